// The nodes of this machine: a node is memory with the CPUs that are near it.

public struct NumaTopology: Equatable, Sendable {
    public struct Node: Equatable, Sendable {
        public let number: Int
        /// In order; none where a node is memory alone.
        public let cpus: [Int]
        /// 0 where a node is CPUs alone.
        public let memoryBytes: Int
        /// From this node to each of the topology's, in its order, in tenths of an access to its
        /// own memory (10); 0 where the firmware does not say.
        public let distances: [Int]

        public init(number: Int, cpus: [Int], memoryBytes: Int, distances: [Int]) {
            self.number = number
            self.cpus = cpus
            self.memoryBytes = memoryBytes
            self.distances = distances
        }
    }

    /// By number; none where the kernel has no NUMA.
    public let nodes: [Node]

    public init(nodes: [Node]) { self.nodes = nodes }

    /// This machine's, as libnuma reads it; nil where libnuma is not installed.
    public static let current = NumaLibrary.installed.map { NumaTopology($0) }

    /// As the library of that file name reads it; nil where there is none, or it is another one.
    public init?(library name: String) {
        guard let library = NumaLibrary(name) else { return nil }
        self.init(library)
    }

    private init(_ library: NumaLibrary) {
        let numbers = library.nodes
        nodes = numbers.map { number in
            Node(
                number: number, cpus: library.cpus(of: number),
                memoryBytes: library.memoryBytes(of: number),
                distances: numbers.map { library.distance(from: number, to: $0) })
        }
    }

    /// Whether memory can be taken from that node. Without NUMA there is one, 0.
    public func hasMemory(on node: Int) -> Bool {
        nodes.isEmpty ? node == 0 : nodes.contains { $0.number == node && $0.memoryBytes > 0 }
    }

    /// CPUs of `cpus` by the node they are on, and the distance from there to the memory of `node`;
    /// without those of that node itself.
    public func far(
        _ cpus: [Int], from node: Int
    ) -> [(node: Int, cpus: [Int], distance: Int)] {
        guard let home = nodes.firstIndex(where: { $0.number == node }) else { return [] }
        var far: [(node: Int, cpus: [Int], distance: Int)] = []
        for other in nodes where other.number != node {
            let there = other.cpus.filter { cpus.contains($0) }
            guard !there.isEmpty else { continue }
            far.append((node: other.number, cpus: there, distance: other.distances[home]))
        }
        return far
    }
}

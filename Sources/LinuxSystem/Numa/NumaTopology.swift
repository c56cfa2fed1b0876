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

    /// CPUs of these nodes, in order.
    public func cpus(of numbers: [Int]) -> [Int] {
        nodes.filter { numbers.contains($0.number) }.flatMap(\.cpus).sorted()
    }

    /// Nodes that have some of these CPUs, in order.
    public func homes(of cpus: [Int]) -> [Int] {
        nodes.filter { node in cpus.contains { node.cpus.contains($0) } }.map(\.number)
    }

    /// CPUs of `cpus` by the node they are on, and the distance from there to the nearest of the
    /// nodes `home`; without those of these nodes themselves.
    public func far(
        _ cpus: [Int], from home: [Int]
    ) -> [(node: Int, cpus: [Int], distance: Int)] {
        let memory = nodes.indices.filter { home.contains(nodes[$0].number) }
        var far: [(node: Int, cpus: [Int], distance: Int)] = []
        for other in nodes where !home.contains(other.number) {
            let there = other.cpus.filter { cpus.contains($0) }
            guard !there.isEmpty, let nearest = memory.map({ other.distances[$0] }).min() else {
                continue
            }
            far.append((node: other.number, cpus: there, distance: nearest))
        }
        return far
    }

    /// Share of a process's pages that is on other nodes than the CPU that reads it, where each of
    /// `cpus` reads all pages alike; nil without pages, or CPUs that are on a node.
    public func farShare(of pages: NumaPages, from cpus: [Int]) -> Double? {
        var near: [Int: Int] = [:]
        for node in nodes { near[node.number] = node.cpus.count { cpus.contains($0) } }
        let all = near.values.reduce(0, +)
        guard all > 0, pages.total > 0 else { return nil }
        let far = pages.byNode.reduce(0.0) { sum, node in
            sum + Double(node.value) * (1 - Double(near[node.key] ?? 0) / Double(all))
        }
        return far / Double(pages.total)
    }

    /// Bytes that a process can still take of a node's memory: free ones, and those of files and
    /// caches that the kernel gives up for it; nil where nothing tells.
    public static func availableBytes(of node: Int) -> Int? {
        SmallFile.read("/sys/devices/system/node/node\(node)/meminfo")
            .flatMap { availableBytes(inMeminfo: $0) }
    }

    /// - Parameter text: `Node 0 MemFree: 3467340 kB` lines.
    public static func availableBytes(inMeminfo text: String) -> Int? {
        let counted = ["MemFree:", "Active(file):", "Inactive(file):", "SReclaimable:"]
        let kibibytes = text.split(separator: "\n").compactMap { line -> Int? in
            let words = line.split(separator: " ")
            guard words.count > 3, counted.contains(String(words[2])) else { return nil }
            return Int(words[3])
        }
        return kibibytes.isEmpty ? nil : kibibytes.reduce(0, +) * 1_024
    }
}

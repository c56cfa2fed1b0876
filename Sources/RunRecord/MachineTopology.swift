// Which CPUs share a core, a cache or a NUMA node: where a server and its load may stand, and how
// far one's memory is from the other's CPUs. Lists of CPUs are as the kernel writes them: `0-3,8`.

public struct MachineTopology: Codable, Equatable, Sendable {
    /// Equal caches.
    public struct Cache: Codable, Equatable, Sendable {
        public var level: Int
        /// `data`, `instruction` or `unified`.
        public var type: String
        /// Of one of them.
        public var bytes: Int
        public var lineBytes: Int?
        public var ways: Int?
        /// How many there are.
        public var count: Int
        /// CPUs that share one.
        public var cpusEach: Int

        public init(
            level: Int, type: String, bytes: Int, lineBytes: Int?, ways: Int?, count: Int,
            cpusEach: Int
        ) {
            self.level = level
            self.type = type
            self.bytes = bytes
            self.lineBytes = lineBytes
            self.ways = ways
            self.count = count
            self.cpusEach = cpusEach
        }

        private enum CodingKeys: String, CodingKey {
            case level, type, bytes, ways, count
            case lineBytes = "line_bytes"
            case cpusEach = "cpus_each"
        }
    }

    /// Memory with the CPUs that are near it.
    public struct Node: Codable, Equatable, Sendable {
        public var number: Int
        /// Empty where a node is memory alone.
        public var cpus: String
        public var memoryBytes: Int
        /// To each node, in tenths of an access to its own memory.
        public var distances: [Int]

        public init(number: Int, cpus: String, memoryBytes: Int, distances: [Int]) {
            self.number = number
            self.cpus = cpus
            self.memoryBytes = memoryBytes
            self.distances = distances
        }

        private enum CodingKeys: String, CodingKey {
            case cpus, distances
            case number = "node"
            case memoryBytes = "memory_bytes"
        }
    }

    /// The CPUs of each core: SMT siblings.
    public var cores: [String]
    public var caches: [Cache]
    /// None where the kernel has no NUMA, or libnuma is not installed.
    public var nodes: [Node]

    public init(cores: [String], caches: [Cache], nodes: [Node]) {
        self.cores = cores
        self.caches = caches
        self.nodes = nodes
    }
}

// The NUMA nodes of a machine: how far one side's memory can be from the other's CPUs.

extension EnvironmentFingerprint {
    /// Memory with the CPUs that are near it.
    public struct Node: Codable, Equatable, Sendable {
        public var number: Int
        /// As the kernel writes them, `0-3,8`; empty where a node is memory alone.
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
}

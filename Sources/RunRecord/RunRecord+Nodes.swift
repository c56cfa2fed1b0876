// What each node of a cluster did for a load. They are no results: nothing is compared by nodes,
// whose addresses are others in every run, and what they did together stands in the results.

extension RunRecord {
    /// One node's part of a load.
    public struct NodeShare: Codable, Equatable, Sendable {
        public var target: String
        public var workload: String
        /// Which repetition of the load, from 0.
        public var repetition: Int
        /// `127.0.0.1:7001`
        public var address: String
        public var isReplica: Bool
        /// Slots that it served at the end, as far as the load knew.
        public var slots: Int
        /// Requests that it answered for good.
        public var operations: Int
        public var operationsPerSecond: Double
        /// Of its process, user and system; nil where that is not on this machine, or was idle.
        public var serverCPUNanosecondsPerOperation: Double?
        /// Detours included; nil where too few requests carry it.
        public var p99Nanoseconds: Double?
        /// Requests that it sent elsewhere or put off.
        public var redirected = 0
        /// Connections to it that broke.
        public var lostConnections = 0

        /// What a node did without any trouble; the rest is set behind it.
        public init(
            target: String, workload: String, repetition: Int, address: String, isReplica: Bool,
            slots: Int, operations: Int, operationsPerSecond: Double
        ) {
            self.target = target
            self.workload = workload
            self.repetition = repetition
            self.address = address
            self.isReplica = isReplica
            self.slots = slots
            self.operations = operations
            self.operationsPerSecond = operationsPerSecond
        }

        private enum CodingKeys: String, CodingKey {
            case target, workload, repetition, address, slots, redirected
            case isReplica = "replica"
            case operations = "ops"
            case operationsPerSecond = "throughput_ops_per_s"
            case serverCPUNanosecondsPerOperation = "server_cpu_ns_per_op"
            case p99Nanoseconds = "p99_ns"
            case lostConnections = "lost_connections"
        }
    }
}

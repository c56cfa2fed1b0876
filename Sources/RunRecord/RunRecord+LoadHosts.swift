// Load that came from several hosts: what each of them had of it, beside results that are of all.

extension RunRecord {
    /// One host's share of one window of load.
    public struct LoadHost: Codable, Equatable, Sendable {
        /// Counts from 0, where the record was written.
        public var rank: Int
        /// As it calls itself.
        public var host: String
        public var target: String
        public var workload: String
        /// Counts the windows of the run, those that warm up included.
        public var window: Int
        /// Since the run began, on the clock of rank 0.
        public var startNanoseconds: Int
        public var durationNanoseconds: Int
        /// By how much it began after the moment that all had agreed on.
        public var lateNanoseconds: Int
        /// Its clock less that of rank 0, and by how much that may be wrong: half the shortest
        /// round trip between the two.
        public var clockOffsetNanoseconds: Int
        public var clockBoundNanoseconds: Int
        /// Replies, errors included.
        public var ops: UInt64
        public var errors: UInt64
        public var clientCPUNanoseconds: Int
        /// Of all its requests: HdrHistogram V2 compressed, base64.
        public var histogram: String

        public init(
            rank: Int, host: String, target: String, workload: String, window: Int,
            startNanoseconds: Int, durationNanoseconds: Int, lateNanoseconds: Int,
            clockOffsetNanoseconds: Int, clockBoundNanoseconds: Int, ops: UInt64,
            errors: UInt64, clientCPUNanoseconds: Int, histogram: String
        ) {
            self.rank = rank
            self.host = host
            self.target = target
            self.workload = workload
            self.window = window
            self.startNanoseconds = startNanoseconds
            self.durationNanoseconds = durationNanoseconds
            self.lateNanoseconds = lateNanoseconds
            self.clockOffsetNanoseconds = clockOffsetNanoseconds
            self.clockBoundNanoseconds = clockBoundNanoseconds
            self.ops = ops
            self.errors = errors
            self.clientCPUNanoseconds = clientCPUNanoseconds
            self.histogram = histogram
        }

        private enum CodingKeys: String, CodingKey {
            case rank, host, target, workload, window, ops, errors, histogram
            case startNanoseconds = "start_ns"
            case durationNanoseconds = "duration_ns"
            case lateNanoseconds = "late_ns"
            case clockOffsetNanoseconds = "clock_offset_ns"
            case clockBoundNanoseconds = "clock_bound_ns"
            case clientCPUNanoseconds = "client_cpu_ns"
        }
    }
}

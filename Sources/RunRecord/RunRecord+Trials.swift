// What a search for the highest rate tried on its way. They are no results: their rates follow from
// what was measured, so no two runs have them in common, and nothing is compared by them.

extension RunRecord {
    /// Load at one offered rate, held against an objective.
    public struct Trial: Codable, Equatable, Sendable {
        public var target: String
        public var workload: String
        /// The percentile that the objective is about, `p99`, and the most that it may be, in ns.
        public var point: String
        public var limitNanoseconds: Double
        /// Offered requests per second.
        public var rate: Double
        /// From the intended send, in ns, by percentile: those that the requests carry.
        public var latencies: [String: Double]
        /// Whether the schedule was kept: of a rate that was not, latencies are the queue's.
        public var isKept: Bool
        /// Whether the objective was met.
        public var isMet: Bool

        public init(
            target: String, workload: String, point: String, limitNanoseconds: Double,
            rate: Double, latencies: [String: Double], isKept: Bool, isMet: Bool
        ) {
            self.target = target
            self.workload = workload
            self.point = point
            self.limitNanoseconds = limitNanoseconds
            self.rate = rate
            self.latencies = latencies
            self.isKept = isKept
            self.isMet = isMet
        }

        private enum CodingKeys: String, CodingKey {
            case target, workload, point
            case limitNanoseconds = "limit_ns"
            case rate = "rate_ops_per_s"
            case latencies = "latencies_ns"
            case isKept = "kept"
            case isMet = "met"
        }
    }
}

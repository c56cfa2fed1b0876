// Raw readings in time order: rounds of slices, and series.
//
// A round launches the servers freshly; a slice is 5 to 20 ms of load on one of them. The round is
// the statistical unit, the slice is evidence: slices are kept so that a later, better statistic
// can be computed from an old record.

extension RunRecord {
    /// One target's share of one round.
    public struct Round: Codable, Equatable, Sendable {
        /// Number of the round, from 0; both targets of a pair have an entry with the same number.
        public var round: Int
        /// The seed of this launch.
        public var seed: UInt64
        /// Position of this target in the order in which the round's servers were launched, from 0.
        public var order: Int
        /// The label of the target.
        public var target: String
        public var slices: [Slice]

        public init(round: Int, seed: UInt64, order: Int, target: String, slices: [Slice] = []) {
            self.round = round
            self.seed = seed
            self.order = order
            self.target = target
            self.slices = slices
        }
    }

    /// A few milliseconds of load on one server. Times in ns; nil where it cannot be read (the CPU
    /// time of a server on another machine).
    public struct Slice: Codable, Equatable, Sendable {
        /// Start on the monotonic clock since the run began.
        public var startNanoseconds: Int
        public var durationNanoseconds: Int?
        /// Requests answered.
        public var ops: Int
        public var serverCPUNanoseconds: Int?
        public var clientCPUNanoseconds: Int?
        /// Time that the hypervisor gave to others, over all CPUs.
        public var stealNanoseconds: Int?
        /// Time for which a CPU quota held this process's group back.
        public var throttledNanoseconds: Int?
        /// The machine's 1-minute load average.
        public var loadAverage: Double?

        public init(
            startNanoseconds: Int, durationNanoseconds: Int? = nil, ops: Int,
            serverCPUNanoseconds: Int? = nil, clientCPUNanoseconds: Int? = nil,
            stealNanoseconds: Int? = nil, throttledNanoseconds: Int? = nil,
            loadAverage: Double? = nil
        ) {
            self.throttledNanoseconds = throttledNanoseconds
            self.loadAverage = loadAverage
            self.startNanoseconds = startNanoseconds
            self.durationNanoseconds = durationNanoseconds
            self.ops = ops
            self.serverCPUNanoseconds = serverCPUNanoseconds
            self.clientCPUNanoseconds = clientCPUNanoseconds
            self.stealNanoseconds = stealNanoseconds
        }

        private enum CodingKeys: String, CodingKey {
            case ops
            case startNanoseconds = "start_ns"
            case durationNanoseconds = "duration_ns"
            case serverCPUNanoseconds = "server_cpu_ns"
            case clientCPUNanoseconds = "client_cpu_ns"
            case stealNanoseconds = "steal_ns"
            case throttledNanoseconds = "throttled_ns"
            case loadAverage = "load_average"
        }
    }

    /// One quantity over time, at equal steps.
    public struct Series: Codable, Equatable, Sendable {
        /// A metric id, or a name of its own where no metric fits (`memory_bytes`).
        public var metric: String
        public var unit: Metric.Unit
        public var target: String
        public var workload: String?
        /// Start of the first step since the run began, in ns.
        public var startNanoseconds: Int
        /// Length of a step, in ms: 250 unless there is a reason.
        public var intervalMilliseconds: Int
        /// One per step; nil where there was no reading.
        public var values: [Double?]

        public init(
            metric: String, unit: Metric.Unit, target: String, workload: String? = nil,
            startNanoseconds: Int, intervalMilliseconds: Int = 250, values: [Double?]
        ) {
            self.metric = metric
            self.unit = unit
            self.target = target
            self.workload = workload
            self.startNanoseconds = startNanoseconds
            self.intervalMilliseconds = intervalMilliseconds
            self.values = values.map(\.finite)
        }

        private enum CodingKeys: String, CodingKey {
            case metric, unit, target, workload, values
            case startNanoseconds = "start_ns"
            case intervalMilliseconds = "interval_ms"
        }
    }
}

extension Double? {
    /// The number, or nil where it is NaN or infinite: JSON has neither, and neither is a reading.
    var finite: Double? { flatMap { $0.isFinite ? $0 : nil } }
}

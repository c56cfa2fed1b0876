// Raw readings in time order: rounds of slices, and series.
//
// A round launches the servers freshly; a slice is 5 to 20 ms of load on one of them. The round is
// the statistical unit, the slice is evidence: slices are kept so that a later, better statistic
// can be computed from an old record.

extension RunRecord {
    /// One target's share of one round, under one load.
    public struct Round: Codable, Equatable, Sendable {
        /// Number of the round, from 0; every target, and every load that the round's servers were
        /// put under, has an entry with the same number.
        public var round: Int
        /// The seed of this launch.
        public var seed: UInt64
        /// Position of this target in the order in which the round's servers were launched, from 0.
        public var order: Int
        /// The label of the target.
        public var target: String
        /// Name of the load; nil in records that had one load a run.
        public var workload: String?
        /// As in the results that follow from it, but for the stage.
        public var conditions: Conditions?
        /// Of a gate: `screen` or `confirm`.
        public var stage: String?
        public var slices: [Slice]
        /// What the round comes to; nil in records that kept slices alone.
        public var totals: Totals?

        public init(
            round: Int, seed: UInt64, order: Int, target: String, workload: String? = nil,
            conditions: Conditions? = nil, stage: String? = nil, slices: [Slice] = [],
            totals: Totals? = nil
        ) {
            self.round = round
            self.seed = seed
            self.order = order
            self.target = target
            self.workload = workload
            self.conditions = conditions
            self.stage = stage
            self.slices = slices
            self.totals = totals
        }
    }

    /// Sums over a target's share of a round. Times in ns.
    public struct Totals: Codable, Equatable, Sendable {
        /// Requests answered in the slices.
        public var ops: Int
        /// CPU time of every process and thread of the server from the first slice to the end of
        /// the round's load: work that it puts off to the pauses is work. Nil where it cannot be
        /// read.
        public var serverCPUNanoseconds: Int?
        public var clientCPUNanoseconds: Int?
        /// Time under load.
        public var nanoseconds: Int
        /// Of it, what the machine took from both sides: waits for a CPU that neither the servers'
        /// processes nor the load generator had.
        public var machineNanoseconds = 0
        /// Time without a single reply for longer than a stall takes, and the longest such time;
        /// the machine's share is taken out.
        public var stallNanoseconds = 0
        public var longestStallNanoseconds = 0
        public var errors = 0
        /// Replies with other bytes than the key's.
        public var wrongValues = 0
        /// Null replies to look-ups of keys that must be there.
        public var lostKeys = 0

        public init(ops: Int, nanoseconds: Int) {
            self.ops = ops
            self.nanoseconds = nanoseconds
        }

        private enum CodingKeys: String, CodingKey {
            case ops, errors
            case serverCPUNanoseconds = "server_cpu_ns"
            case clientCPUNanoseconds = "client_cpu_ns"
            case nanoseconds = "ns"
            case machineNanoseconds = "machine_ns"
            case stallNanoseconds = "stall_ns"
            case longestStallNanoseconds = "stall_ns_max"
            case wrongValues = "wrong_values"
            case lostKeys = "lost_keys"
        }
    }

    /// Something that a server must not do, whatever its speed.
    public struct Incident: Codable, Equatable, Sendable {
        /// Open, so that an older reader accepts a newer kind.
        public struct Kind: RawRepresentable, Hashable, Codable, Sendable {
            public var rawValue: String
            public init(rawValue: String) { self.rawValue = rawValue }

            /// Replies with other bytes than were stored.
            public static let wrongValues = Kind(rawValue: "wrong_values")
            /// Keys that are gone although nothing removed them.
            public static let lostKeys = Kind(rawValue: "lost_keys")
            /// Another share of look-ups found their key than the workload says, or than on the
            /// baseline.
            public static let hitRatio = Kind(rawValue: "hit_ratio")
            /// Error replies that nobody asked for.
            public static let errors = Kind(rawValue: "errors")
            public static let crashed = Kind(rawValue: "crashed")
            /// No reply for longer than any server that still works takes.
            public static let hung = Kind(rawValue: "hung")
            public static let didNotStart = Kind(rawValue: "did_not_start")
        }

        public var target: String
        public var kind: Kind
        public var workload: String?
        public var round: Int?
        /// How many replies, of how many looked at; nil where nothing is counted.
        public var count: Int?
        public var of: Int?
        /// An example, or the server's last words.
        public var detail: String

        public init(
            target: String, kind: Kind, workload: String? = nil, round: Int? = nil,
            count: Int? = nil, of: Int? = nil, detail: String
        ) {
            self.target = target
            self.kind = kind
            self.workload = workload
            self.round = round
            self.count = count
            self.of = of
            self.detail = detail
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
        /// Time that the machine took: waits for a CPU that neither the servers' processes nor the
        /// load generator had.
        public var machineNanoseconds: Int?
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
            case machineNanoseconds = "machine_ns"
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

// Where time (or anything else that is counted) was spent: call stacks with weights.
//
//   StackProfile ── frames   each function once: name, binary, file and line, what kind of code
//                ├─ stacks   a path of frames, root first, leaf last, each once
//                └─ rounds   weights[stack] of one round of measuring, and its operations
//
// Samplers, callgrind's counts and every output (flame graph, speedscope, pprof …) meet here. The
// weights of a clock sampler are samples; what a sample stands for is told by `perOperation`.

/// Weighted call stacks of one target.
public struct StackProfile: Equatable, Sendable, Codable {
    public struct Frame: Hashable, Sendable, Codable {
        public enum Kind: String, Sendable, Codable {
            case user, kernel
            /// Inlined into the frame before it (nearer to the root).
            case inlined
            /// Code without a name: its binary's name or address range stands for it.
            case unnamed
        }

        /// Demangled.
        public var function: String
        /// File name of the binary, without its folder; `[kernel]`, `[vdso]`; nil: no file.
        public var binary: String?
        public var file: String?
        public var line: Int?
        public var kind: Kind

        public init(
            _ function: String, binary: String? = nil, file: String? = nil, line: Int? = nil,
            kind: Kind = .user
        ) {
            self.function = function
            self.binary = binary
            self.file = file
            self.line = line
            self.kind = kind
        }
    }

    /// What was counted, per operation.
    public enum Unit: String, Sendable, Codable {
        /// CPU time, as a clock or a cycle counter sampled it.
        case cpuNanoseconds = "cpu_ns"
        /// Time off the CPU.
        case offCPUNanoseconds = "off_cpu_ns"
        /// Simulated counts.
        case instructions = "sim_instructions"
        case dataReadMisses = "sim_d1_read_misses"
        case lastLevelReadMisses = "sim_ll_read_misses"
    }

    public struct Round: Equatable, Sendable, Codable {
        /// One per stack, in the order of `stacks`; missing ones at the end are 0.
        public var weights: [Double]
        /// Operations that the server confirmed while these were sampled; nil: unknown, as of a
        /// process that Hashmark does not drive.
        public var operations: UInt64?
        /// What all weights together stand for, in the unit: the server's CPU time of the window.
        /// A sampler's weights are shares of it.
        public var total: Double

        public init(weights: [Double], operations: UInt64?, total: Double) {
            self.weights = weights
            self.operations = operations
            self.total = total
        }
    }

    /// How good the stacks are, for people: how many ended at the start of their thread and so on.
    public struct Quality: Equatable, Sendable, Codable {
        public var samples = 0
        /// Records that the kernel dropped.
        public var lost = 0
        /// Stacks that reached main or the start of a thread.
        public var complete = 0
        /// User samples whose leaf has a name.
        public var namedUserLeaves = 0
        public var userSamples = 0
        /// Samples over what CPU time × rate should have given.
        public var sampledShare: Double?
        /// What was missing and why, a sentence each.
        public var remarks: [String] = []

        public init() {}

        private enum CodingKeys: String, CodingKey {
            case samples, lost, complete, remarks
            case namedUserLeaves = "named_user_leaves"
            case userSamples = "user_samples"
            case sampledShare = "sampled_share"
        }
    }

    public var target: String
    public var workload: String?
    public var unit: Unit
    public var frames: [Frame] = []
    /// Indices into `frames`, root first.
    public var stacks: [[Int]] = []
    public var rounds: [Round] = []
    public var quality = Quality()
    /// Of the binaries that have one, by their names in `frames`: hexadecimal digits.
    public var buildIDs: [String: String] = [:]

    public init(target: String, workload: String? = nil, unit: Unit) {
        self.target = target
        self.workload = workload
        self.unit = unit
    }

    /// More than any count or time: thirty years of ns.
    private static let most = 1e18

    private enum CodingKeys: String, CodingKey {
        case target, workload, unit, frames, stacks, rounds, quality
        case buildIDs = "build_ids"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        target = try fields.decode(String.self, forKey: .target)
        workload = try fields.decodeIfPresent(String.self, forKey: .workload)
        unit = try fields.decode(Unit.self, forKey: .unit)
        frames = try fields.list(.frames)
        stacks = try fields.list(.stacks)
        rounds = try fields.list(.rounds)
        quality = try fields.decodeIfPresent(Quality.self, forKey: .quality) ?? Quality()
        buildIDs = try fields.decodeIfPresent([String: String].self, forKey: .buildIDs) ?? [:]
        // A file may hold anything: what counts on it must not fall over.
        let sizes = rounds.flatMap { $0.weights + [$0.total] }
        guard stacks.allSatisfy({ $0.allSatisfy(frames.indices.contains) }),
            sizes.allSatisfy((0...Self.most).contains)
        else {
            throw DecodingError.dataCorruptedError(
                forKey: .stacks, in: fields,
                debugDescription: "a frame that is not there, or a weight that cannot be")
        }
    }
}

extension StackProfile {
    /// Units per operation, one per stack: each round's share of its total, pooled. Per whole run
    /// where operations are unknown.
    public var perOperation: [Double] {
        guard let operations else { return sums }
        return sums.map { $0 / Double(operations) }
    }

    /// Units of the whole run, one per stack.
    public var sums: [Double] {
        var sums = [Double](repeating: 0, count: stacks.count)
        for round in sampledRounds {
            for (stack, value) in values(of: round).enumerated() { sums[stack] += value }
        }
        return sums
    }

    /// Of all rounds that were sampled; nil where one of them is unknown, or none is confirmed.
    public var operations: UInt64? {
        var sum: UInt64 = 0
        for round in sampledRounds {
            guard let count = round.operations else { return nil }
            sum = sum.addingReportingOverflow(count).partialValue
        }
        return sum == 0 ? nil : sum
    }

    /// A round without a sample says nothing of where its time went.
    private var sampledRounds: [Round] {
        rounds.filter { round in round.weights.contains { $0 > 0 } }
    }

    /// What each stack stands for in a round, in the unit; all 0 where nothing was sampled.
    func values(of round: Round) -> [Double] {
        var values = [Double](repeating: 0, count: stacks.count)
        let all = round.weights.reduce(0, +)
        guard all > 0 else { return values }
        for (stack, weight) in round.weights.prefix(stacks.count).enumerated() {
            values[stack] = weight / all * round.total
        }
        return values
    }
}

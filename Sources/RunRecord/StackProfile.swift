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
    }

    public var target: String
    public var workload: String?
    public var unit: Unit
    public var frames: [Frame] = []
    /// Indices into `frames`, root first.
    public var stacks: [[Int]] = []
    public var rounds: [Round] = []
    public var quality = Quality()

    public init(target: String, workload: String? = nil, unit: Unit) {
        self.target = target
        self.workload = workload
        self.unit = unit
    }
}

extension StackProfile {
    /// Units per operation that a stack has over all rounds: each round's share of its total,
    /// pooled. Per whole run where operations are unknown.
    public func perOperation(stack: Int) -> Double {
        var sum = 0.0
        for round in rounds {
            let all = round.weights.reduce(0, +)
            guard all > 0, stack < round.weights.count else { continue }
            sum += round.weights[stack] / all * round.total
        }
        return operations.map { sum / Double($0) } ?? sum
    }

    /// Of all rounds; nil where one of them is unknown, or none is confirmed.
    public var operations: UInt64? {
        var sum: UInt64 = 0
        for round in rounds {
            guard let count = round.operations else { return nil }
            sum = sum.addingReportingOverflow(count).partialValue
        }
        return sum == 0 ? nil : sum
    }
}

// The parts of a run record that only describe: targets, workloads, warnings, phases.

extension RunRecord {
    /// What was measured.
    public struct Target: Codable, Equatable, Sendable {
        /// The name in the output, unique in the record.
        public var label: String
        /// The target as it was spelled: `ref:valkey-9.1?seed=7`, `exec:redis-server`, …
        public var spelling: String
        /// What the server says it is (INFO server).
        public var version: String?
        /// Hash of the server's binary, where it is a local file.
        public var binaryHash: String?
        /// Name and version of the allocator.
        public var allocator: String?
        /// Its size classes in a word or two: `jemalloc quantum 8`.
        public var sizeClasses: String?
        /// Threads of the server's process when it was ready.
        public var threads: Int?
        /// How connections to it were encrypted; nil where they were not.
        public var encryption: Encryption?

        public init(
            label: String, spelling: String, version: String? = nil, binaryHash: String? = nil,
            allocator: String? = nil, sizeClasses: String? = nil, threads: Int? = nil,
            encryption: Encryption? = nil
        ) {
            self.threads = threads
            self.encryption = encryption
            self.label = label
            self.spelling = spelling
            self.version = version
            self.binaryHash = binaryHash
            self.allocator = allocator
            self.sizeClasses = sizeClasses
        }

        private enum CodingKeys: String, CodingKey {
            case label, spelling, version, allocator, threads, encryption
            case binaryHash = "binary_hash"
            case sizeClasses = "size_classes"
        }
    }

    /// The load under which it was measured.
    public struct Workload: Codable, Equatable, Sendable {
        /// The name, unique in the record.
        public var name: String
        /// Hash of the workload file's content (or of the flags that stand for one).
        public var contentHash: String?
        /// What it turned out to be, where that was counted.
        public var distributions: [Distribution]?
        /// How much of a fleet's operations it stands for, relative to other weights of the record.
        public var weight: Double?
        /// Where the weight is from, or `assumed`.
        public var weightSource: String?

        /// The name under which curves of bytes per entry are kept, whose sizes are conditions.
        public static let memoryCurve = "memory"

        public init(name: String, contentHash: String? = nil) {
            self.name = name
            self.contentHash = contentHash
        }

        private enum CodingKeys: String, CodingKey {
            case name, distributions, weight
            case weightSource = "weight_source"
            case contentHash = "content_hash"
        }
    }

    /// A distribution of a workload, requested against realised.
    public struct Distribution: Codable, Equatable, Sendable {
        public struct Class: Codable, Equatable, Sendable {
            /// `get`, `rank 4-7`, `65-1024`.
            public var name: String
            /// Shares of all draws.
            public var requested: Double
            public var realised: Double

            public init(name: String, requested: Double, realised: Double) {
                self.name = name
                self.requested = requested
                self.realised = realised
            }
        }

        /// `commands`, `keys`, `key_sizes`, `value_sizes`.
        public var name: String
        /// Draws that were counted.
        public var count: UInt64
        public var classes: [Class]
        /// The probability of a deviation at least as large (χ²); nil where there was no test.
        public var pValue: Double?

        public init(name: String, count: UInt64, classes: [Class], pValue: Double?) {
            self.name = name
            self.count = count
            self.classes = classes
            self.pValue = pValue
        }

        private enum CodingKeys: String, CodingKey {
            case name, count, classes
            case pValue = "p_value"
        }
    }

    /// Something that makes the numbers worth less, and what to do about it.
    public struct Warning: Codable, Equatable, Sendable, CustomStringConvertible {
        /// What happened, in one line: `7 % of the CPU time was stolen by other guests`.
        public var cause: String
        /// What to do, in one line: `run on a machine of your own, or with more rounds`.
        public var remedy: String
        /// The label of the target it concerns; nil for the whole run.
        public var target: String?
        /// The workload it concerns; nil for all.
        public var workload: String?
        /// True where what was measured is no measurement of what was asked for. (Absent: false.)
        public var invalidates: Bool?

        public init(cause: String, remedy: String, target: String? = nil) {
            self.cause = cause
            self.remedy = remedy
            self.target = target
        }

        public var description: String { "\(subject); \(remedy)" }

        /// What happened, and to which target.
        public var subject: String { "\(target.map { "\($0): " } ?? "")\(cause)" }
    }

    /// A stretch of the run: launch, fill, warm-up, measure …
    public struct Phase: Codable, Equatable, Sendable {
        public var name: String
        /// The label of the target that it was about; nil for all.
        public var target: String?
        /// Start on the monotonic clock since the run began, and length, in ns.
        public var startNanoseconds: Int
        public var durationNanoseconds: Int

        public init(
            name: String, target: String? = nil, startNanoseconds: Int, durationNanoseconds: Int
        ) {
            self.name = name
            self.target = target
            self.startNanoseconds = startNanoseconds
            self.durationNanoseconds = durationNanoseconds
        }

        private enum CodingKeys: String, CodingKey {
            case name, target
            case startNanoseconds = "start_ns"
            case durationNanoseconds = "duration_ns"
        }
    }
}

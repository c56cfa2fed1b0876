// A gate's policy: what is measured, which metrics decide by which rule, and how much of a change
// for the worse each may show.
//
//     schema: hashmark.gate/1
//     name: default
//     workloads: [get-16x64]
//     budget: 5m
//     rules:
//       - {metric: server_cpu_ns_per_op, rule: timed, margin: 2%}
//       - {metric: memory_bytes_per_entry/reported, rule: exact, margin: 0.3%, margin_absolute: 0.5}
//
// The rules, and why each metric has the one it has, are in Rules/. ``standard`` is what
// Workloads/policies/default.yaml says; a test holds one against the other.

public struct Policy: Sendable, Equatable {
    /// The schema that this version reads.
    public static let schema = "hashmark.gate/1"

    public var name = "default"
    public var title = "Server CPU, throughput, bytes per entry and simulated cache misses"
    /// Hash of the file's bytes; empty for a policy made in code.
    public var contentHash = ""
    /// Names of files in Workloads/, or paths: what timed rules are measured under.
    public var workloads = ["get-16x64"]
    /// Keys per workload instead of its own number. A tenth of a million fills in a fifth of a
    /// second and is still fifty times the second-level cache.
    public var entries: Int? = 100_000
    public var connections: Int?
    public var pipeline: Int?
    /// Time for everything, in s.
    public var budgetSeconds = 300.0
    /// Probability of a false confirmation over all timed checks of a run: one in 200.
    public var alpha = 0.005
    /// Share of false suspicions among all suspicions that screening may raise. They cost rounds,
    /// never a verdict.
    public var screenQ = 0.10
    public var rounds = Rounds()
    public var memory = Memory()
    public var simulated = Simulated()
    public var rules = Rule.standard

    public init() {}

    public struct Rounds: Sendable, Equatable {
        /// Rounds of the screening stage.
        public var screen = 20
        /// Least rounds from which anything is decided: with 12, the sign-flip test reaches
        /// p = 0.0005, which a family of ten checks needs for α = 0.005.
        public var least = 12
        /// Most rounds of both stages together, per workload.
        public var cap = 80
        /// An interval is precise, and its check measured no further, when its half-width is at
        /// most this share of the margin: an effect of 1.5 margins is then two half-widths away
        /// from none and one and a half from the margin.
        public var precision = 0.4
        /// Blocks of slices a round: in each, every server has two slices. What RoundPlan has, and
        /// why, is said there.
        public var blocks = 48
        /// Load on each server before its first slice: a fifth of a second at a million requests
        /// per second touches every key of the default size.
        public var warmUpMilliseconds = 200

        public init() {}
    }

    /// The curve of bytes per entry: sizes of the entries, and the counts at which it is read.
    public struct Memory: Sendable, Equatable {
        public var keySize = 16
        public var valueSize = 64
        /// Seven log-spaced counts across more than a doubling, so that a table that grows a little
        /// earlier or later moves points and not the mean.
        public var entries = [65_000, 74_000, 84_000, 95_000, 108_000, 122_000, 139_000]
        public var launches = 2

        public init() {}
    }

    /// Counting under callgrind, paired by the pinned seed.
    public struct Simulated: Sendable, Equatable {
        public var workload: String?
        public var entries = 50_000
        public var requests = 10_000
        /// Seeds looked at first, and at most.
        public var screen = 3
        public var seeds = 8

        public init() {}
    }

    /// The rule for a metric: the first that fits.
    public func rule(for metric: String) -> Rule? { rules.first { $0.matches(metric) } }

    /// Metrics whose rules have that kind are gated.
    func has(_ kind: Rule.Kind) -> Bool { rules.contains { $0.kind == kind } }

    public var isTimed: Bool { has(.timed) }
    /// Launches that the memory rules want; 0 without such rules.
    public var memoryLaunches: Int {
        has(.median)
            ? max(memory.launches, Rule.medianLaunches)
            : has(.exact) ? memory.launches : 0
    }
    public var isSimulated: Bool { has(.paired) }
}

/// How a metric, or several, are judged.
public struct Rule: Sendable, Equatable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Rounds, the two-stage rule.
        case timed
        /// Launches that agree, as a curve over the number of entries.
        case exact
        /// Medians of launches that do not overlap.
        case median
        /// Launches paired by their pinned seed.
        case paired
        /// Shown, never decides.
        case advisory
    }

    /// A metric id; `*` stands for one part between slashes.
    public var metric: String
    public var kind: Kind
    /// As a share of the baseline.
    public var margin: Double
    /// In the metric's unit; the larger of both margins holds.
    public var marginAbsolute: Double?

    public init(_ metric: String, _ kind: Kind, margin: Double = 0, absolute: Double? = nil) {
        self.metric = metric
        self.kind = kind
        self.margin = margin
        marginAbsolute = absolute
    }

    public func matches(_ id: String) -> Bool {
        let pattern = metric.split(separator: "/")
        let parts = id.split(separator: "/")
        return pattern.count == parts.count
            && zip(pattern, parts).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// Medians of five launches a side that do not overlap: p = 1/252, one-sided.
    static let medianLaunches = 5

    /// Margins are what the metrics can hold on a shared machine without performance counters
    /// (scatter of the rounds there: 1 to 3.5 %), not what a user would feel.
    public static let standard: [Rule] = [
        Rule("server_cpu_ns_per_op", .timed, margin: 0.02),
        Rule("throughput_ops_per_s", .timed, margin: 0.05),
        Rule("memory_bytes_per_entry/reported", .exact, margin: 0.003, absolute: 0.5),
        Rule("memory_bytes_per_entry/class", .exact, margin: 0.003, absolute: 0.5),
        Rule("allocations_per_entry", .exact, margin: 0.003, absolute: 0.01),
        Rule("sim_d1_read_misses_per_op", .paired, margin: 0.02),
        Rule("sim_ll_read_misses_per_op", .paired, margin: 0.04),
        // Instructions are no time: Valkey 9.1 executes more of them than 7.2 in half the time.
        Rule("sim_instructions_per_op", .advisory),
        Rule("memory_bytes_per_entry/rss", .advisory),
        Rule("latency_ns/*/actual/p50", .advisory),
        Rule("latency_ns/*/actual/p99", .advisory),
    ]
}

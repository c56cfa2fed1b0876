// How a metric is judged: which rule, and how much worse it may be.
import RunRecord

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
    /// In the metric's unit. Of exact and median rules the larger of both margins holds; a timed
    /// rule with this one compares differences instead of ratios, and has no other.
    public var marginAbsolute: Double?
    /// Of timed rules: the margin of a single cell, on the scale of the other; nil: single cells
    /// are not checked. One cell scatters more than the mean of all, so it is the wider one.
    public var cellMargin: Double?
    /// Where it cannot be measured, the verdict does without it.
    public var isOptional: Bool

    public init(
        _ metric: String, _ kind: Kind, margin: Double = 0, absolute: Double? = nil,
        cell: Double? = nil, isOptional: Bool = false
    ) {
        self.metric = metric
        self.kind = kind
        self.margin = margin
        marginAbsolute = absolute
        cellMargin = cell
        self.isOptional = isOptional
    }

    /// Differences are compared, not ratios: what is usually 0 has no share.
    var isDifference: Bool { kind == .timed && marginAbsolute != nil }

    /// Whether the rule is of that metric; `*` stands for one part of an id.
    public func matches(_ id: String) -> Bool {
        if metric == id { return true }
        guard metric.utf8.contains(UInt8(ascii: "*")) else { return false }
        let pattern = metric.split(separator: "/")
        let parts = id.split(separator: "/")
        return pattern.count == parts.count
            && zip(pattern, parts).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// Medians of five launches a side that do not overlap: p = 1/252, one-sided.
    static let medianLaunches = 5

    private init(
        _ metric: Metric, _ kind: Kind, margin: Double = 0, absolute: Double? = nil,
        cell: Double? = nil, isOptional: Bool = false
    ) {
        self.init(
            metric.id, kind, margin: margin, absolute: absolute, cell: cell, isOptional: isOptional)
    }

    /// Of every command.
    private static func latency(_ timing: Metric.Timing, _ point: String) -> Metric {
        .latency(command: "*", timing: timing, point: point)
    }

    /// What seven minutes can hold on a shared machine with a scatter of 3 % a round and cell
    /// (Scripts/proofs/gate simulated), not what a user would feel.
    public static let standard: [Rule] = [
        Rule(.serverCPU, .timed, margin: 0.015, cell: 2.8 / 100),
        Rule(.throughput, .timed, margin: 0.025, cell: 0.05),
        // Shares of the time: one part in a hundred.
        Rule(.stallShare, .timed, absolute: 0.01),
        // A quarter of what a person notices.
        Rule(.stallMax, .timed, absolute: 25_000_000),
        // Growth under load: a leak of 4 B in one command of eight.
        Rule(.memoryPerOperation, .timed, absolute: 0.5),
        Rule(latency(.intended, "p50"), .timed, margin: 0.06),
        Rule(latency(.intended, "p99"), .timed, margin: 0.4),
        Rule(.memoryPerEntry(.reported), .exact, margin: 0.003, absolute: 0.5),
        // Allocator classes and allocations are counted inside `ref:` servers alone.
        Rule(.memoryPerEntry(.sizeClass), .exact, margin: 0.003, absolute: 0.5, isOptional: true),
        Rule(.allocationsPerEntry, .exact, margin: 0.003, absolute: 0.01, isOptional: true),
        Rule(.simulated(.d1ReadMisses), .paired, margin: 0.02),
        Rule(.simulated(.llReadMisses), .paired, margin: 0.04),
        // Instructions are no time: Valkey 9.1 executes more of them than 7.2 in half the time.
        Rule(.simulated(.instructions), .advisory),
        Rule(.memoryPerEntry(.rss), .advisory),
        Rule(latency(.intended, "p99.9"), .advisory),
        Rule(latency(.actual, "p50"), .advisory),
        Rule(latency(.actual, "p99"), .advisory),
        // Broken answers end a run by themselves; these tell how they were counted.
        Rule(.errorRatio, .advisory),
        Rule(.wrongValueRatio, .advisory),
        Rule(.hitRatio, .advisory),
    ]
}

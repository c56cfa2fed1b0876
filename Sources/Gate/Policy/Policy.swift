// A gate's policy: what is measured, which metrics decide by which rule, and how much of a change
// for the worse each may show.
//
//     schema: hashmark.gate/2
//     name: default
//     cells:
//       - {workload: get-16x64, pipeline: [1, 16]}
//       - {workload: set-16x64, pipeline: [1, 16]}
//     budget: 5m
//     rules:
//       - {metric: server_cpu_ns_per_op, rule: timed, margin: 1.5%, cell_margin: 3%}
//       - {metric: memory_bytes_per_entry/reported, rule: exact, margin: 0.3%,
//          margin_absolute: 0.5}
//
// The rules, and why each metric has the one it has, are in Rule.swift. A policy made in code is
// what Workloads/policies/default.yaml says; a test holds one against the other.

import Foundation

public struct Policy: Sendable, Equatable {
    /// The schema that this version reads. Version 1 had one list of workloads at one pipeline, and
    /// margins for medians of slices: its numbers mean something else, and it is refused.
    public static let schema = "hashmark.gate/2"

    public var name = "default"
    public var title = "What users have: reads and writes, two pipelines, small and larger values"
    /// Hash of the file's bytes; empty for a policy made in code.
    public var contentHash = ""
    /// What every round drives, one after the other.
    public var cells = Cell.standard
    /// Load at a fixed rate at the end of every round, for latencies; nil: none.
    public var openLoop: OpenLoop? = OpenLoop()
    /// Keys per workload where its cell does not say: a tenth of a million fills in a fifth of a
    /// second and is still fifty times the second-level cache. Nil: the workload's own number.
    public var entries: Int? = 100_000
    public var connections: Int?
    /// Time for everything, in s. Five minutes hold some 22 rounds beside curves and counts: at a
    /// scatter of 3 % a cell and round, no margin lets equals pass in nine runs of ten and finds 6
    /// % in one cell in as many. Seven hold 34, which do (Scripts/proofs/gate simulated).
    public var budgetSeconds = 420.0
    /// Probability of a false confirmation over all timed checks of a run: one in 200.
    public var alpha = 0.005
    /// Share of `alpha` that the pooled checks have; the cells have the rest.
    public var pooledShare = 0.2
    /// Share of false suspicions among the cells' suspicions that screening may raise. They cost
    /// rounds, never a verdict.
    public var screenQ = 0.1
    public var rounds = Rounds()
    public var memory = Memory()
    public var simulated = Simulated()
    public var rules = Rule.standard

    public init() {}

    /// One load: a workload at a pipeline.
    public struct Cell: Sendable, Hashable {
        /// Name of a file in Workloads/, or a path.
        public var workload: String
        public var pipeline: Int
        /// Keys instead of the policy's.
        public var entries: Int?

        public init(_ workload: String, pipeline: Int, entries: Int? = nil) {
            self.workload = workload
            self.pipeline = pipeline
            self.entries = entries
        }

        /// Reads and writes; one request in flight per connection and sixteen; values that a server
        /// may embed and values of a kilobyte.
        public static let standard: [Cell] = ["get-16x64", "set-16x64", "get-16x1k", "set-16x1k"]
            .flatMap { workload in
                [1, 16].map {
                    Cell(
                        workload, pipeline: $0,
                        entries: workload.hasSuffix("1k") ? 20_000 : nil)
                }
            }
    }

    /// Requests at a fixed rate, timed from the moment at which each was due.
    public struct OpenLoop: Sendable, Equatable {
        public var workload = "get-16x64"
        /// Share of the slower side's closed-loop rate at pipeline 1.
        public var load = 0.7

        public init() {}
    }

    public struct Rounds: Sendable, Equatable {
        /// Rounds of the screening stage: the fewest in which one cell of sixteen checks can be
        /// suspected beside fifteen that are none.
        public var screen = 8
        /// Fewest rounds that decide, and that confirm. What a run's checks can decide may ask for
        /// more:
        /// ``fewestRounds(checks:alpha:)``.
        public var least = 12
        /// Most rounds of both stages together.
        public var cap = 80
        /// An interval is precise, and its check measured no further, when its half-width is at
        /// most this share of the margin.
        public var precision = 0.25
        /// Load of a round on the baseline and on the candidate, in s, over all cells: ten bursts
        /// of one per 200,000 requests at 700,000 a second.
        public var seconds = 3.0
        /// Load on each server before its first slice.
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
        /// Nil: the first cell's.
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
    /// What is simulated.
    public var simulatedWorkload: String? { simulated.workload ?? cells.first?.workload }
    /// Launches that the memory rules want; 0 without such rules.
    public var memoryLaunches: Int {
        has(.median)
            ? max(memory.launches, Rule.medianLaunches)
            : has(.exact) ? memory.launches : 0
    }
    public var isSimulated: Bool { has(.paired) }

    /// The parts of `alpha`.
    var pooledAlpha: Double { alpha * pooledShare }
    var cellAlpha: Double { alpha * (1 - pooledShare) }

    /// Rounds of both stages from which on everything can be decided.
    public var decidingRounds: Int {
        let least = max(rounds.least, Self.fewestRounds(checks: 1, alpha: cellAlpha))
        let timed = rules.count { $0.kind == .timed }
        return max(
            rounds.screen + least, Self.fewestRounds(checks: timed, alpha: pooledAlpha))
    }

    /// Rounds from which on one of `checks` can be rejected at all: n rounds give a one-sided p of
    /// 2⁻ⁿ at best, and Holm asks the first for α over the number of checks.
    static func fewestRounds(checks: Int, alpha: Double) -> Int {
        Int(log2(Double(max(checks, 1)) / alpha).rounded(.up))
    }
}

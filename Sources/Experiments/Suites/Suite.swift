// A suite as its file states it: which targets are measured under which workloads, and how often.
//
//     schema: hashmark.suite/1
//     name: releases
//     targets:
//       - ref:valkey-7.2
//       - target: exec:redis-server     # skipped, and said so, where it is not installed
//         optional: true
//       - target: cluster:3*exec:redis-server
//         workloads: [bad-failover]     # under these alone
//     workloads:
//       - valkey-fleet-median
//       - workload: twitter-c25-tiny-read
//         weight: 30                    # of the fleet's operations, relative to other weights
//         source: assumed               # or where the number is from
//     rounds: 3
//
// Targets are spellings here (Targets reads them); the first is the one the others are compared
// with.

public struct Suite: Sendable, Equatable {
    /// The schema that this version reads.
    public static let schema = "hashmark.suite/1"

    public struct TargetEntry: Sendable, Equatable {
        public var spelling: String
        public var optional: Bool
        /// Of the suite's workloads; empty: all.
        public var workloads: [String] = []

        /// Whether it is measured under one of the suite's workloads.
        public func isFor(_ workload: String) -> Bool {
            workloads.isEmpty || workloads.contains(workload)
        }
    }

    /// How much of a fleet's operations a workload stands for, relative to the other weights.
    public struct Weight: Sendable, Equatable {
        public var value: Double
        /// Where the number is from, or `assumed`.
        public var source: String

        public init(value: Double, source: String) {
            self.value = value
            self.source = source
        }
    }

    public var name: String
    public var title: String
    public var targets: [TargetEntry]
    /// Names of files in Workloads/, or paths.
    public var workloads: [String]
    /// By the workload, as it is named above; one without is no part of the fleet.
    public var weights: [String: Weight] = [:]
    /// Rounds per workload; each launches every target anew.
    public var rounds: Int
    /// Instead of rounds each workload is replayed on each target, with its phases, its schedule
    /// and what happens meanwhile.
    public var replays = false
    /// Whether cache misses are simulated too, which takes longer than all the rest.
    public var simulated: Bool
    /// Whether bytes per entry are read too, which real servers need half a minute of rest for.
    public var memory = true
    /// Keys per workload, instead of the workload's own number.
    public var entries: UInt64?

    /// Pairs of a target that must be there and a workload: at least so many loads are measured.
    /// At least one, or nothing would be measured.
    public var leastLoads: Int {
        let required = targets.filter { !$0.optional }
        let pairs = required.reduce(0) { sum, target in
            sum + workloads.count { target.isFor($0) }
        }
        return max(pairs, 1)
    }

    /// Enough for a median that one disturbed round does not move.
    public static let defaultRounds = 3
}

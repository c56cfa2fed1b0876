// Two profiles of one load, function by function: what a candidate spends more or less than a
// baseline, and what the rounds leave open. How it is computed is told in Statistics.

public struct StackDifference: Equatable, Sendable {
    /// Own time (or counts) per operation, over the rounds that both sides have.
    public struct Change: Equatable, Sendable {
        public var baseline: Double
        public var candidate: Double
        /// What the true change may be, with a confidence of 95 %; nil for fewer than two rounds.
        public var interval: ClosedRange<Double>?
        /// Of no change; nil as the interval is.
        public var pValue: Double?

        public init(
            baseline: Double, candidate: Double, interval: ClosedRange<Double>?, pValue: Double?
        ) {
            self.baseline = baseline
            self.candidate = candidate
            self.interval = interval
            self.pValue = pValue
        }

        public var size: Double { candidate - baseline }
        /// Whether the interval leaves 0 out; nobody knows without one.
        public var isDistinct: Bool { interval.map { !$0.contains(0) } ?? false }
        public var halfWidth: Double? { interval.map { ($0.upperBound - $0.lowerBound) / 2 } }
    }

    public struct Function: Equatable, Sendable {
        public var name: StackProfile.FunctionName
        public var binary: String?
        public var kind: StackProfile.Frame.Kind
        public var change: Change
        /// The p-value, adjusted for all functions that were looked at (Holm).
        public var adjusted: Double?

        public init(
            name: StackProfile.FunctionName, binary: String?, kind: StackProfile.Frame.Kind,
            change: Change, adjusted: Double?
        ) {
            self.name = name
            self.binary = binary
            self.kind = kind
            self.change = change
            self.adjusted = adjusted
        }

        /// Distinct even among so many: with no change at all, 95 of 100 differences have none.
        public var isMarked: Bool { adjusted.map { $0 <= 0.05 } ?? false }
    }

    public var baseline: String
    public var candidate: String
    public var workload: String?
    public var unit: StackProfile.Unit
    /// How many both sides have.
    public var rounds: Int
    public var whole: Change
    /// Those that were looked at, the largest change first.
    public var functions: [Function]

    public init(
        baseline: StackProfile, candidate: StackProfile, rounds: Int, whole: Change,
        functions: [Function]
    ) {
        self.baseline = baseline.target
        self.candidate = candidate.target
        workload = candidate.workload
        unit = candidate.unit
        self.rounds = rounds
        self.whole = whole
        self.functions = functions
    }

    /// How many of the functions have an interval without 0.
    public var distinctCount: Int { functions.count { $0.change.isDistinct } }
}

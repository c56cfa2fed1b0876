// What a gate decided about a run, check by check. It is part of the record, so that every output
// (table, page, JUnit, step summary) tells the same verdict, and an old one can be read again.
//
// Non-goal: deciding (Gate).

extension RunRecord {
    public struct Verdict: Codable, Equatable, Sendable {
        public enum Status: String, Codable, Sendable, CaseIterable {
            case regression, inconclusive, improvement, pass
        }

        public var status: Status
        /// 0 pass, 2 regression, 3 inconclusive, 4 improvement only (where asked for).
        public var exitCode: Int
        /// Why, one line each, the weightiest first.
        public var reasons: [String]
        /// Name of the policy, and hash of its file.
        public var policy: String
        public var policyHash: String
        /// Labels; the baseline is nil where only stored numbers stood against the candidate.
        public var baseline: String?
        public var candidate: String
        /// Label of the baseline's own copy; nil without timed checks.
        public var sentinel: String?
        public var checks: [Check] = []
        /// The baseline against its own copy: whatever shows here is not the candidate's doing.
        public var sentinelChecks: [Check] = []

        public init(
            status: Status, exitCode: Int, reasons: [String], policy: String, policyHash: String,
            baseline: String?, candidate: String, sentinel: String?
        ) {
            self.status = status
            self.exitCode = exitCode
            self.reasons = reasons
            self.policy = policy
            self.policyHash = policyHash
            self.baseline = baseline
            self.candidate = candidate
            self.sentinel = sentinel
        }

        private enum CodingKeys: String, CodingKey {
            case status, reasons, policy, baseline, candidate, sentinel, checks
            case exitCode = "exit_code"
            case policyHash = "policy_hash"
            case sentinelChecks = "sentinel_checks"
        }
    }

    /// One metric under one workload, judged.
    public struct Check: Codable, Equatable, Sendable {
        public enum Status: String, Codable, Sendable, CaseIterable {
            /// Worse than the margin, confirmed on fresh data.
            case regression
            /// Not decided: too few rounds, too much scatter, or a measurement that is not sound.
            case inconclusive
            /// A regression that a reviewed and unexpired acceptance allows.
            case accepted
            /// Better by more than the margin.
            case improvement
            /// Shown not to be worse than the margin.
            case pass
            /// Informs and decides nothing.
            case advisory
            /// Neither side has this reading, and the reason says why.
            case unmeasured
        }

        public var metric: String
        public var unit: Metric.Unit
        public var better: Metric.Better
        public var kind: Metric.Kind
        public var workload: String?
        /// `timed`, `exact`, `median`, `paired` or `advisory`.
        public var rule: String
        public var status: Status
        /// One line: what was seen and why it means that.
        public var reason: String
        public var baselineValue: Double?
        public var candidateValue: Double?
        /// Change of the candidate against the baseline, as a share of the baseline.
        public var effect: Double?
        /// Interval of `effect`; nil for counted metrics and where the rounds are too few.
        public var lower: Double?
        public var upper: Double?
        /// The most that `effect` may be for the worse, as a share.
        public var margin: Double?
        /// Of the sign-flip test, adjusted for the family it was decided in.
        public var pValue: Double?
        /// The smallest change, as a share, that this run would have confirmed in 80 of 100
        /// repetitions.
        public var detectable: Double?
        /// Rounds, launches or seeds behind the decision.
        public var pairs: Int

        public init(
            metric: String, unit: Metric.Unit, better: Metric.Better, kind: Metric.Kind,
            workload: String?, rule: String, status: Status, reason: String, pairs: Int = 0
        ) {
            self.metric = metric
            self.unit = unit
            self.better = better
            self.kind = kind
            self.workload = workload
            self.rule = rule
            self.status = status
            self.reason = reason
            self.pairs = pairs
        }

        private enum CodingKeys: String, CodingKey {
            case metric, unit, better, kind, workload, rule, status, reason, effect, lower, upper
            case margin, detectable, pairs
            case baselineValue = "baseline_value"
            case candidateValue = "candidate_value"
            case pValue = "p_value"
        }
    }
}

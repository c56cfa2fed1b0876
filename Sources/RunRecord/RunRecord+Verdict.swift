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
        /// What a reader can do about it, one line each.
        public var advice: [String] = []
        /// What the verdict was reached with besides the readings; nil in older records.
        public var basis: Basis?
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

        /// Everything that decides and is no reading: with it a record can be judged again.
        public struct Basis: Codable, Equatable, Sendable {
            /// The policy's every number, as a policy file.
            public var policy: String
            /// As a file of acceptances.
            public var acceptances: String
            /// The day by which acceptances expire, `2027-01-31`.
            public var today: String
            public var tellsImprovement: Bool
            /// Time of the run, and what things cost; in s.
            public var budgetSeconds: Double
            public var spentSeconds: Double
            public var secondsPerRound: Double?
            public var secondsPerLaunch: Double?
            public var secondsPerSeed: Double?

            public init(
                policy: String, acceptances: String, today: String, tellsImprovement: Bool,
                budgetSeconds: Double, spentSeconds: Double
            ) {
                self.policy = policy
                self.acceptances = acceptances
                self.today = today
                self.tellsImprovement = tellsImprovement
                self.budgetSeconds = budgetSeconds
                self.spentSeconds = spentSeconds
            }

            private enum CodingKeys: String, CodingKey {
                case policy, acceptances, today
                case tellsImprovement = "tells_improvement"
                case budgetSeconds = "budget_s"
                case spentSeconds = "spent_s"
                case secondsPerRound = "round_s"
                case secondsPerLaunch = "launch_s"
                case secondsPerSeed = "seed_s"
            }
        }

        private enum CodingKeys: String, CodingKey {
            case status, reasons, policy, baseline, candidate, sentinel, checks, advice, basis
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
        /// Nil for a check over all loads.
        public var workload: String?
        /// What tells the load from others of the workload: pipeline, rate, entries.
        public var conditions: Conditions = [:]
        /// Loads whose mean it is; nil for a check of one.
        public var cells: Int?
        /// `effect`, its interval, `margin` and `detectable` are in the metric's unit, not shares.
        public var isDifference = false
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
        /// Of the one-sided signed-rank test of "worse than the margin", adjusted for the family
        /// that it was decided in.
        public var pValue: Double?
        /// The change of the totals over all rounds, where the metric has totals.
        public var totals: Totals?
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

        public struct Totals: Codable, Equatable, Sendable {
            public var effect: Double
            /// 95 % interval.
            public var lower: Double
            public var upper: Double

            public init(effect: Double, lower: Double, upper: Double) {
                self.effect = effect
                self.lower = lower
                self.upper = upper
            }
        }

        private enum CodingKeys: String, CodingKey {
            case metric, unit, better, kind, workload, rule, status, reason, effect, lower, upper
            case margin, detectable, pairs, conditions, cells, totals
            case isDifference = "is_difference"
            case baselineValue = "baseline_value"
            case candidateValue = "candidate_value"
            case pValue = "p_value"
        }
    }
}

extension RunRecord.Check {
    /// The load in short: `get-16x64 P16`, `get-16x64 at a fixed rate`; nil for a check over all.
    public var load: String? {
        workload.map { name in
            if conditions["rate"] != nil { return "\(name) at a fixed rate" }
            return name + (conditions["pipeline"].map { " P\($0)" } ?? "")
        }
    }
}

// Records of before a field was added lack it.
extension RunRecord.Verdict {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        status = try fields.decode(Status.self, forKey: .status)
        exitCode = try fields.decode(Int.self, forKey: .exitCode)
        reasons = try fields.list(.reasons)
        policy = try fields.decode(String.self, forKey: .policy)
        policyHash = try fields.decode(String.self, forKey: .policyHash)
        baseline = try fields.decodeIfPresent(String.self, forKey: .baseline)
        candidate = try fields.decode(String.self, forKey: .candidate)
        sentinel = try fields.decodeIfPresent(String.self, forKey: .sentinel)
        checks = try fields.list(.checks)
        advice = try fields.list(.advice)
        basis = try fields.decodeIfPresent(Basis.self, forKey: .basis)
        sentinelChecks = try fields.list(.sentinelChecks)
    }
}

extension RunRecord.Check {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        metric = try fields.decode(String.self, forKey: .metric)
        unit = try fields.decode(Metric.Unit.self, forKey: .unit)
        better = try fields.decode(Metric.Better.self, forKey: .better)
        kind = try fields.decode(Metric.Kind.self, forKey: .kind)
        workload = try fields.decodeIfPresent(String.self, forKey: .workload)
        conditions = try fields.decodeIfPresent(Conditions.self, forKey: .conditions) ?? [:]
        cells = try fields.decodeIfPresent(Int.self, forKey: .cells)
        isDifference = try fields.decodeIfPresent(Bool.self, forKey: .isDifference) ?? false
        rule = try fields.decode(String.self, forKey: .rule)
        status = try fields.decode(Status.self, forKey: .status)
        reason = try fields.decode(String.self, forKey: .reason)
        baselineValue = try fields.decodeIfPresent(Double.self, forKey: .baselineValue)
        candidateValue = try fields.decodeIfPresent(Double.self, forKey: .candidateValue)
        effect = try fields.decodeIfPresent(Double.self, forKey: .effect)
        lower = try fields.decodeIfPresent(Double.self, forKey: .lower)
        upper = try fields.decodeIfPresent(Double.self, forKey: .upper)
        margin = try fields.decodeIfPresent(Double.self, forKey: .margin)
        pValue = try fields.decodeIfPresent(Double.self, forKey: .pValue)
        totals = try fields.decodeIfPresent(Totals.self, forKey: .totals)
        detectable = try fields.decodeIfPresent(Double.self, forKey: .detectable)
        pairs = try fields.decode(Int.self, forKey: .pairs)
    }
}

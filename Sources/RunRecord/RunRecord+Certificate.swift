// What a self-test of the gate found out about its runner: how often a gate there raises a false
// alarm, and how often it finds a change.

extension RunRecord {
    /// What gates of one target by one policy are worth on a runner.
    public struct Certificate: Codable, Equatable, Sendable {
        /// Gates of one kind and how they ended.
        public struct Row: Codable, Equatable, Sendable {
            /// What was injected: `nothing`, `CPU +3 %`, `+8 B per entry`.
            public var change: String
            /// True where it is nothing: a regression is then a false alarm.
            public var isHarmless: Bool
            /// `live` servers, rounds `resampled` from live ones, or `modelled` ones.
            public var origin: String
            public var regressions: Int
            public var passes: Int
            public var inconclusive: Int
            /// Gates that have no round in common: what the shares are worth.
            public var worth: Int
            /// 95 % interval of the share of regressions, 0 … 1.
            public var lower: Double
            public var upper: Double

            public var gates: Int { regressions + passes + inconclusive }
            /// Regressions among all gates, 0 … 1; nil of no gate.
            public var share: Double? {
                gates > 0 ? Double(regressions) / Double(gates) : nil
            }

            public init(
                change: String, isHarmless: Bool, origin: String, regressions: Int, passes: Int,
                inconclusive: Int, worth: Int, lower: Double, upper: Double
            ) {
                self.change = change
                self.isHarmless = isHarmless
                self.origin = origin
                self.regressions = regressions
                self.passes = passes
                self.inconclusive = inconclusive
                self.worth = worth
                self.lower = lower
                self.upper = upper
            }

            private enum CodingKeys: String, CodingKey {
                case change, origin, regressions, passes, inconclusive, worth, lower, upper
                case isHarmless = "harmless"
            }
        }

        /// As it was spelled.
        public var target: String
        /// The policy's name.
        public var policy: String
        public var policyHash: String
        public var budgetSeconds: Double
        /// Live rounds, and the hours of the clock that they are from.
        public var rounds: Int
        public var hours: Int
        public var secondsPerRound: Double
        /// Standard deviation of a round over all loads, by metric, as a share.
        public var scatter: [String: Double]
        public var rows: [Row]

        public init(
            target: String, policy: String, policyHash: String, budgetSeconds: Double, rounds: Int,
            hours: Int, secondsPerRound: Double, scatter: [String: Double], rows: [Row]
        ) {
            self.target = target
            self.policy = policy
            self.policyHash = policyHash
            self.budgetSeconds = budgetSeconds
            self.rounds = rounds
            self.hours = hours
            self.secondsPerRound = secondsPerRound
            self.scatter = scatter.filter { $0.value.isFinite }
            self.rows = rows
        }

        private enum CodingKeys: String, CodingKey {
            case target, policy, rounds, hours, scatter, rows
            case policyHash = "policy_hash"
            case budgetSeconds = "budget_s"
            case secondsPerRound = "seconds_per_round"
        }
    }
}

// Published claims, as a run states, measures and judges them.
//
// A claim names a figure of the record: a metric of one target, or the change of it from another
// target, under one workload (an experiment's name in a claims suite). What was published is a
// band; what came out is an outcome with the figure, or the reason why there is none. The
// definition stays in the record beside the outcome, so that a reader can judge again.
//
// Non-goal: the judging itself (Reporting/Claims).

extension RunRecord {
    public struct Claim: Equatable, Sendable {
        /// Unique in the record.
        public var id: String
        /// What was claimed, in a sentence.
        public var statement: String
        /// Who claimed it, and where.
        public var source: String
        /// A metric id.
        public var metric: String
        /// The name under which its results are in the record.
        public var workload: String
        public var quantity: Quantity
        /// The label of the target compared with; nil for a quantity of one target.
        public var baseline: String?
        /// The name under which the baseline's results are in the record; nil: `workload`.
        public var baselineWorkload: String?
        /// The label of the target that the claim is about.
        public var target: String
        public var expected: Band
        /// Part of a function's name: the reading is then of such functions alone, by the counts
        /// that were told by function.
        public var function: String?
        /// What a `cost` is made of.
        public var prices: Prices?
        /// How it would be measured where it cannot be here: a command, or what to do.
        public var command: String?
        /// What a reader should know about it, such as why it comes out otherwise here.
        public var note: String?
        /// Why its experiment came to no end; known before it is judged, and then all that counts.
        public var unmeasured: String?
        /// Nil until it was judged.
        public var outcome: Outcome?
        /// The figure: a share for `change`, else in the metric's unit.
        public var measured: Double?
        /// Of `measured`, where rounds give one.
        public var interval: Band?
        /// Why it is not measurable here, or not reproduced although the figure fits.
        public var reason: String?

        public init(
            id: String, statement: String, source: String, metric: String, workload: String,
            quantity: Quantity, baseline: String? = nil, target: String, expected: Band,
            note: String? = nil
        ) {
            self.id = id
            self.statement = statement
            self.source = source
            self.metric = metric
            self.workload = workload
            self.quantity = quantity
            self.baseline = baseline
            self.target = target
            self.expected = expected
            self.note = note
        }
    }
}

extension RunRecord.Claim {
    /// Which figure of the results is claimed.
    public enum Quantity: String, Codable, Sendable, CaseIterable {
        /// The reading.
        case value
        /// The reading less the bytes of key and value, which are its conditions.
        case overhead
        /// The reading's change from the baseline's, as a share of that.
        case change
        /// The reading less the baseline's.
        case difference
        /// The change, as a share, of what the workload costs per hour: cores by throughput per
        /// core, memory by bytes per entry, at the claim's prices.
        case cost

        /// Whether two targets are compared.
        public var hasBaseline: Bool { self == .change || self == .difference || self == .cost }
        /// Whether the figure is a share and not in the metric's unit.
        public var isShare: Bool { self == .change || self == .cost }
    }

    /// What is asked for, and what a machine's parts cost, in any currency.
    public struct Prices: Codable, Equatable, Sendable {
        public var perCoreHour: Double
        /// Of 10⁹ bytes.
        public var perGBHour: Double
        /// Operations per second.
        public var operations: Double
        /// Entries held.
        public var entries: Double

        public init(
            perCoreHour: Double, perGBHour: Double, operations: Double, entries: Double
        ) {
            self.perCoreHour = perCoreHour
            self.perGBHour = perGBHour
            self.operations = operations
            self.entries = entries
        }

        private enum CodingKeys: String, CodingKey {
            case perCoreHour = "per_core_hour"
            case perGBHour = "per_gb_hour"
            case operations, entries
        }
    }

    /// A closed interval; an end that is nil is open.
    public struct Band: Codable, Equatable, Sendable {
        public var min: Double?
        public var max: Double?

        public init(min: Double? = nil, max: Double? = nil) {
            self.min = min
            self.max = max
        }

        /// Whether a value is in the band, its ends included.
        public func contains(_ value: Double) -> Bool {
            (min.map { $0 <= value } ?? true) && (max.map { value <= $0 } ?? true)
        }

        /// Whether all of another band is in this one.
        public func contains(_ other: Band) -> Bool {
            let above = min.map { own in other.min.map { own <= $0 } ?? false } ?? true
            let below = max.map { own in other.max.map { $0 <= own } ?? false } ?? true
            return above && below
        }

        /// True where the two have a point in common.
        public func overlaps(_ other: Band) -> Bool {
            func isBelow(_ end: Double?, _ start: Double?) -> Bool {
                guard let end, let start else { return false }
                return end < start
            }
            return !isBelow(max, other.min) && !isBelow(other.max, min)
        }
    }

    public enum Outcome: String, Codable, Sendable {
        case reproduced
        case notReproduced = "not_reproduced"
        case notMeasurable = "not_measurable"
    }
}

extension RunRecord.Claim: Codable {
    private enum CodingKeys: String, CodingKey {
        case id, statement, source, metric, workload, quantity, baseline, target, expected, note
        case function, prices, command, unmeasured, outcome, measured, interval, reason
        case baselineWorkload = "baseline_workload"
    }
}

// A result: one metric of one target under one workload, in stated conditions.

extension RunRecord {
    /// One measured number, or the reason why there is none.
    public struct Result: Equatable, Sendable {
        /// A metric id; ``Metric/named(_:)`` explains it.
        public var metric: String
        public var unit: Metric.Unit
        public var better: Metric.Better
        public var kind: Metric.Kind
        /// The label of the target.
        public var target: String
        /// The name of the workload.
        public var workload: String?
        /// Everything two results must share to be compared.
        public var conditions: Conditions
        /// The reading in `unit`; always a finite number.
        public private(set) var value: Double?
        /// Why there is no reading; nil when there is one.
        public private(set) var reason: String?
        /// Raw readings, one per round in the order of the rounds; nil where a round gave none, so
        /// that the same position in two results is the same round.
        public private(set) var samples: [Double?]
        /// Latencies: the whole distribution, HdrHistogram V2 compressed, base64.
        public var histogram: String?
        /// Sum over what the operations returned, in hexadecimal: equal for all that did the same
        /// work on the same keys. Not a number: 64 bits do not survive in every reader of JSON.
        public var checksum: String?

        /// A reading. A `value` that is no finite number becomes null with a reason.
        public init(
            _ metric: Metric, target: String, workload: String? = nil, conditions: Conditions = [:],
            value: Double, samples: [Double?] = [], histogram: String? = nil
        ) {
            self.init(
                metric, target: target, workload: workload, conditions: conditions,
                finite: value.isFinite ? value : nil,
                reason: value.isFinite ? nil : "the reading was not a number (\(value))",
                samples: samples, histogram: histogram)
        }

        /// No reading, and why: `no hardware counters in this guest`.
        public init(
            _ metric: Metric, target: String, workload: String? = nil, conditions: Conditions = [:],
            unavailable reason: String, samples: [Double?] = []
        ) {
            self.init(
                metric, target: target, workload: workload, conditions: conditions,
                finite: nil, reason: reason, samples: samples, histogram: nil)
        }

        private init(
            _ metric: Metric, target: String, workload: String?, conditions: Conditions,
            finite value: Double?, reason: String?, samples: [Double?], histogram: String?
        ) {
            self.metric = metric.id
            self.unit = metric.unit
            self.better = metric.better
            self.kind = metric.kind
            self.target = target
            self.workload = workload
            self.conditions = conditions
            self.value = value
            self.reason = reason
            self.samples = samples.map(\.finite)
            self.histogram = histogram
        }

        /// The same without its bulk, for the history.
        var withoutSamples: Result {
            var short = self
            short.samples = []
            short.histogram = nil
            short.checksum = nil
            return short
        }

        /// The samples of the rounds that gave one.
        public var readings: [Double] { samples.compactMap(\.self) }
    }
}

extension RunRecord.Result: Codable {
    private enum CodingKeys: String, CodingKey {
        case metric, unit, better, kind, target, workload, conditions, value, reason, samples
        case histogram, checksum
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        metric = try fields.decode(String.self, forKey: .metric)
        unit = try fields.decode(Metric.Unit.self, forKey: .unit)
        better = try fields.decode(Metric.Better.self, forKey: .better)
        kind = try fields.decode(Metric.Kind.self, forKey: .kind)
        target = try fields.decode(String.self, forKey: .target)
        workload = try fields.decodeIfPresent(String.self, forKey: .workload)
        conditions = try fields.decodeIfPresent(Conditions.self, forKey: .conditions) ?? [:]
        value = try fields.decodeIfPresent(Double.self, forKey: .value)
        reason = try fields.decodeIfPresent(String.self, forKey: .reason)
        samples = try fields.list(.samples)
        histogram = try fields.decodeIfPresent(String.self, forKey: .histogram)
        checksum = try fields.decodeIfPresent(String.self, forKey: .checksum)
        if value == nil && reason == nil { reason = "the record gives no reason" }
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(metric, forKey: .metric)
        try fields.encode(unit, forKey: .unit)
        try fields.encode(better, forKey: .better)
        try fields.encode(kind, forKey: .kind)
        try fields.encode(target, forKey: .target)
        try fields.encodeIfPresent(workload, forKey: .workload)
        try fields.encode(conditions, forKey: .conditions)
        // Null is written out: a reader must see that the metric was asked for.
        try fields.encode(value, forKey: .value)
        try fields.encodeIfPresent(reason, forKey: .reason)
        if !samples.isEmpty { try fields.encode(samples, forKey: .samples) }
        try fields.encodeIfPresent(histogram, forKey: .histogram)
        try fields.encodeIfPresent(checksum, forKey: .checksum)
    }
}

extension RunRecord {
    /// The results of one target, in order.
    public func results(of target: String) -> [Result] { results.filter { $0.target == target } }
}

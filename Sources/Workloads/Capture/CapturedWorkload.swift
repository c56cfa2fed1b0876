// What was seen of a server or a trace, as a workload file: sizes, times to live and mix, with the
// fit of each in a comment. It holds no key and no value.

public struct CapturedWorkload: Sendable {
    /// One command of the mix.
    public struct Operation: Sendable, Equatable {
        /// As sent, with holes: `SET {key} {value} {expiry}`.
        public var command: String
        public var name: String
        public var perSecond: Double
        /// Whether it asks for keys that may not be there.
        public var isLookUp: Bool

        public init(_ name: String, command: String, perSecond: Double, isLookUp: Bool) {
            self.name = name
            self.command = command
            self.perSecond = perSecond
            self.isLookUp = isLookUp
        }
    }

    public var name: String
    /// What it was captured from: software and sample, no address.
    public var cite: String
    public var keys: UInt64
    public var keySize: FittedDistribution
    public var valueSize: FittedDistribution?
    /// Seconds, 0 for none; nil where no key has one.
    public var ttl: FittedDistribution?
    /// What `ttl` is, where that needs saying.
    public var ttlNote: String?
    public var popularity: FittedPopularity?
    /// Share of the look-ups that found nothing.
    public var missShare = 0.0
    public var operations: [Operation]
    /// What is not in the file, and how much it was: one line each.
    public var leftOut: [String] = []

    public init(
        name: String, cite: String, keys: UInt64, keySize: FittedDistribution,
        operations: [Operation]
    ) {
        self.name = Self.label(name)
        self.cite = cite
        self.keys = max(keys, 1)
        self.keySize = keySize
        self.operations = operations
    }

    /// Letters, digits, `._-`; the rest becomes a dash.
    public static func label(_ text: String) -> String {
        let label = String(
            text.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "-" }
        )
        return label.isEmpty ? "captured" : label
    }
}

// What was seen of a server or a trace, as a workload file: sizes, times to live and mix, with the
// fit of each in a comment. It holds no key and no value.
import Workloads

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
    /// What the file states otherwise than it was, and of how much: one line each.
    public var cuts: [String] = []

    /// What a workload file has room for.
    private static let mostKeys: UInt64 = 1 << 48

    public init(
        name: String, cite: String, keys: UInt64, keySize: FittedDistribution,
        operations: [Operation]
    ) {
        self.name = Self.label(name)
        self.cite = cite
        self.keys = min(max(keys, 1), Self.mostKeys)
        if keys > Self.mostKeys {
            cuts.append("\(keys) keys, which stand here as \(Self.mostKeys)")
        }
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

/// Sizes and times that the format has no room for, cut to what it has.
public enum CapturedLimit: Sendable {
    case keySize, valueSize, timeToLive

    /// One less than the rules let through: a fitted percentile may lie half a unit above.
    public var largest: Int {
        switch self {
        case .keySize: Int(KeyspaceSpec.largestKey) - 1
        case .valueSize: Int(KeyspaceSpec.largestValue) - 1
        case .timeToLive: Int(KeyspaceSpec.longestTTL) - 1
        }
    }

    private var words: (what: String, unit: String) {
        switch self {
        case .keySize: ("keys are longer", "bytes")
        case .valueSize: ("values are longer", "bytes")
        case .timeToLive: ("times to live are longer", "seconds")
        }
    }

    /// Cuts `sample` to 0 … `largest`.
    /// - Returns: what was cut, as a line for the head of the file; nil for nothing.
    public func cut(_ sample: inout [Int]) -> String? {
        let count = sample.count { $0 > largest || $0 < 0 }
        guard count > 0 else { return nil }
        sample = sample.map { min(max($0, 0), largest) }
        return "\(count) of \(sample.count) \(words.what) than \(largest) \(words.unit), and "
            + "stand here as of that many"
    }
}

// One request of a trace, whatever format it came in.

/// What a request does, in RESP's words.
public enum TraceVerb: UInt8, Sendable {
    case get, set
    /// SET … NX
    case setIfAbsent
    /// SET … XX
    case setIfPresent
    case append, delete, increment, decrement
    /// EXPIRE
    case expire

    /// Whether it asks for a value.
    public var isRead: Bool { self == .get }

    /// Whether it carries a value of its own.
    public var storesValue: Bool {
        switch self {
        case .set, .setIfAbsent, .setIfPresent, .append: true
        case .get, .delete, .increment, .decrement, .expire: false
        }
    }
}

/// A format's word for what a request does: what results are reported under.
public struct TraceOperation: Sendable, Equatable {
    public let name: String
    public let verb: TraceVerb

    public init(_ name: String, _ verb: TraceVerb) {
        self.name = name
        self.verb = verb
    }
}

public struct TraceRecord: Sendable, Equatable {
    /// Identity of the key: the trace's own number, or a 64-bit hash of the key's text.
    public var key: UInt64
    /// In ns, from an origin that only the trace knows; a multiple of its format's `tick`.
    public var time: UInt64
    /// Time to live in ns; 0 is none.
    public var timeToLive: UInt64
    /// Bytes of the key; 0 where the trace does not say.
    public var keySize: UInt32
    /// Bytes of the value; where the key's size is not known, of key and value together.
    public var valueSize: UInt32
    public var verb: TraceVerb
    /// The trace's word for that: a place in its format's `operations`.
    public var operation: UInt8

    public init(
        key: UInt64 = 0, time: UInt64 = 0, timeToLive: UInt64 = 0, keySize: UInt32 = 0,
        valueSize: UInt32 = 0, verb: TraceVerb = .get, operation: UInt8 = 0
    ) {
        self.key = key
        self.time = time
        self.timeToLive = timeToLive
        self.keySize = keySize
        self.valueSize = valueSize
        self.verb = verb
        self.operation = operation
    }

    /// A second of `time` and `timeToLive`: a 32-bit number of them, times this, fits 64 bits.
    public static let second: UInt64 = 1_000_000_000

    /// The largest value that servers take (`proto-max-bulk-len`).
    static let largestValue: UInt32 = 512 << 20
}

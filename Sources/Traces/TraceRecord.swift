// One request of a trace, whatever format it came in.

/// What a request did, in memcached's words; raw values are those of the twr layout.
public enum TraceOperation: UInt8, Sendable, CaseIterable {
    case get = 1
    case gets, set, add, cas, replace, append, prepend, delete, incr, decr

    /// As the Twitter traces spell it.
    public var name: String { "\(self)" }

    /// Whether it asks for a value.
    public var isRead: Bool { self == .get || self == .gets }

    /// Whether it carries a value of its own.
    public var storesValue: Bool {
        switch self {
        case .set, .add, .cas, .replace, .append, .prepend: true
        case .get, .gets, .delete, .incr, .decr: false
        }
    }
}

public struct TraceRecord: Sendable, Equatable {
    /// Identity of the key: the trace's own number, or a 64-bit hash of the key's text.
    public var key: UInt64
    /// Seconds, from an origin that only the trace knows.
    public var time: UInt32
    /// Bytes of the key; 0 where the trace does not say.
    public var keySize: UInt32
    /// Bytes of the value; where the key's size is not known, of key and value together.
    public var valueSize: UInt32
    /// Time to live in seconds; 0 is none.
    public var ttlSeconds: UInt32
    public var operation: TraceOperation

    public init(
        key: UInt64 = 0, time: UInt32 = 0, keySize: UInt32 = 0, valueSize: UInt32 = 0,
        ttlSeconds: UInt32 = 0, operation: TraceOperation = .get
    ) {
        self.key = key
        self.time = time
        self.keySize = keySize
        self.valueSize = valueSize
        self.ttlSeconds = ttlSeconds
        self.operation = operation
    }
}

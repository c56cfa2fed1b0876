// Memcached's operations, which the traces of Twitter's caches are spelled in, as RESP has them.
//
//     get, gets     GET                       append, prepend   APPEND
//     set           SET                       delete            DEL
//     add           SET … NX                  incr, decr        INCR, DECR
//     replace, cas  SET … XX                  (cas without its condition: it writes what is there)

/// Raw values are those of the twr layout; one less is the place in `operations`.
public enum MemcachedOperation: UInt8, Sendable, CaseIterable {
    case get = 1
    case gets, set, add, cas, replace, append, prepend, delete, incr, decr

    public var verb: TraceVerb {
        switch self {
        case .get, .gets: .get
        case .set: .set
        case .add: .setIfAbsent
        case .cas, .replace: .setIfPresent
        case .append, .prepend: .append
        case .delete: .delete
        case .incr: .increment
        case .decr: .decrement
        }
    }

    /// As the Twitter traces spell them.
    public static let operations = allCases.map { TraceOperation("\($0)", $0.verb) }
}

extension TraceRecord {
    @inline(__always)
    mutating func does(_ operation: MemcachedOperation) {
        verb = operation.verb
        self.operation = operation.rawValue &- 1
    }
}

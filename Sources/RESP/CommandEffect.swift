// What a client of a cluster has to know of a command besides its keys: whether a replica can
// answer it, and whether it may be sent again when nobody knows if it was executed.
//
// Credits: kinds are those of the servers' own command tables (valkey 9.1).

/// What comes of executing a command twice.
public enum CommandEffect: Sendable {
    /// It changes nothing: a replica may answer it.
    case reads
    /// The second time changes nothing more.
    case repeatable
    /// The second time is another one: INCR, LPUSH, SPOP.
    case once

    private static let reading: Set<String> = [
        "BITCOUNT", "BITPOS", "DUMP", "ECHO", "EVAL_RO", "EVALSHA_RO", "EXISTS", "EXPIRETIME",
        "FCALL_RO", "GEODIST", "GEOHASH", "GEOPOS", "GEOSEARCH", "GET", "GETBIT", "GETRANGE",
        "HEXISTS", "HGET", "HGETALL", "HKEYS", "HLEN", "HMGET", "HRANDFIELD", "HSCAN", "HSTRLEN",
        "HVALS", "LCS", "LINDEX", "LLEN", "LPOS", "LRANGE", "MGET", "OBJECT", "PEXPIRETIME",
        "PFCOUNT", "PING", "PTTL", "SCARD", "SDIFF", "SINTER", "SINTERCARD", "SISMEMBER",
        "SMEMBERS", "SMISMEMBER", "SRANDMEMBER", "SSCAN", "STRLEN", "SUBSTR", "SUNION", "TIME",
        "TOUCH", "TTL", "TYPE", "XLEN", "XRANGE", "XREAD", "XREVRANGE", "ZCARD", "ZCOUNT", "ZDIFF",
        "ZINTER", "ZINTERCARD", "ZLEXCOUNT", "ZMSCORE", "ZRANDMEMBER", "ZRANGE", "ZRANGEBYLEX",
        "ZRANGEBYSCORE", "ZRANK", "ZREVRANGE", "ZREVRANGEBYSCORE", "ZREVRANK", "ZSCAN", "ZSCORE",
        "ZUNION",
    ]
    private static let idempotent: Set<String> = [
        "DEL", "EXPIRE", "EXPIREAT", "GETEX", "HDEL", "HMSET", "HSET", "LSET", "MSET", "PERSIST",
        "PEXPIRE", "PEXPIREAT", "PFADD", "PSETEX", "SADD", "SET", "SETBIT", "SETEX", "SETRANGE",
        "SREM", "UNLINK", "ZADD", "ZREM",
    ]
    /// Options that make such a command depend on what was there before.
    private static let conditions: Set<String> = [
        "NX", "XX", "GT", "LT", "GET", "IFEQ", "INCR", "CH", "FNX", "FXX",
    ]

    /// - Parameter command: the name in capitals.
    public init(of command: String) {
        self =
            Self.reading.contains(command)
            ? .reads : Self.idempotent.contains(command) ? .repeatable : .once
    }

    /// Whether a whole request may be executed twice.
    /// - Parameter arguments: the name among them.
    public static func mayRepeat(_ arguments: [[UInt8]]) -> Bool {
        let words = arguments.map { String(decoding: $0, as: UTF8.self).uppercased() }
        guard let name = words.first else { return false }
        switch CommandEffect(of: name) {
        case .reads: return true
        case .once: return false
        // A member called NX is a reason to be careful, too.
        case .repeatable: return words.dropFirst(2).allSatisfy { !conditions.contains($0) }
        }
    }
}

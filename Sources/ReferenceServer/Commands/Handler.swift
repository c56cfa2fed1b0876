// Which function a command is: one case per row of the table (`Command.all`), in the same order.
// The cases are those of families, each a small enum of its own, so that the switches that dispatch
// (Engine+Dispatch.swift) are short and name every case: one that nobody thought of does not
// compile.

/// What a command's function is. One case per row of the table.
public enum Handler: Equatable, Sendable {
    case string(Strings)
    case bit(Bits)
    case key(Keys)
    case expiry(Expiries)
    case connection(Connections)
    case transaction(Transactions)
    case message(Messages)
    case server(Servers)
    case hash(Hashes)
    case field(Fields)
    case set(Sets)
    case list(Lists)
    case sorted(SortedSets)
    case sort(Sorts)
    case bloom(BloomFilters)

    public enum Strings: CaseIterable, Sendable {
        case get, set, strlen, append, decr, decrby, getdel, getex, getrange, getset, incr, incrby
        case incrbyfloat, mget, mset, msetnx, psetex, setex, setnx, setrange, substr, lcs, delifeq
        case msetex
    }

    /// Bits and HyperLogLogs.
    public enum Bits: CaseIterable, Sendable {
        case setbit, getbit, bitcount, bitpos, bitop, bitfield, bitfieldRO
        case pfadd, pfcount, pfmerge
    }

    public enum Keys: CaseIterable, Sendable {
        case del, unlink, exists, touch, type, object, copy, keys, randomkey, rename, renamenx, scan
        case move
    }

    public enum Expiries: CaseIterable, Sendable {
        case expire, pexpire, expireat, pexpireat, ttl, pttl, expiretime, pexpiretime, persist
    }

    public enum Connections: CaseIterable, Sendable {
        case ping, echo, select, client, hello, auth, reset, quit, readonly, readwrite
    }

    public enum Transactions: CaseIterable, Sendable {
        case multi, exec, discard, watch, unwatch
    }

    /// Publish and subscribe.
    public enum Messages: CaseIterable, Sendable {
        case subscribe, unsubscribe, psubscribe, punsubscribe, ssubscribe, sunsubscribe
        case publish, spublish, pubsub
    }

    public enum Servers: CaseIterable, Sendable {
        case swapdb
        case dbsize, flushall, flushdb, info, config, command, debug, shutdown, time, memory, role
        case cluster, hashmark, wait, waitaof
    }

    public enum Hashes: CaseIterable, Sendable {
        case hset, hmset, hsetnx, hget, hmget, hgetall, hkeys, hvals, hlen, hexists, hstrlen, hdel
        case hincrby, hincrbyfloat, hrandfield, hscan
    }

    /// Fields that end.
    public enum Fields: CaseIterable, Sendable {
        case hexpire, hpexpire, hexpireat, hpexpireat, httl, hpttl, hexpiretime, hpexpiretime
        case hpersist, hgetex, hsetex
    }

    public enum Sets: CaseIterable, Sendable {
        case sadd, srem, scard, sismember, smismember, smembers, spop, srandmember, smove
        case sinter, sinterstore, sintercard, sunion, sunionstore, sdiff, sdiffstore, sscan
    }

    public enum Lists: CaseIterable, Sendable {
        case lpush, rpush, lpushx, rpushx, lpop, rpop, llen, lindex, lset, lrange, ltrim, lrem
        case linsert, lpos, lmove, rpoplpush, lmpop, blpop, brpop, blmove, brpoplpush, blmpop
    }

    public enum SortedSets: CaseIterable, Sendable {
        case zadd, zincrby, zrem, zcard, zscore, zmscore, zrank, zrevrank, zcount, zlexcount
        case zrange, zrangestore, zrevrange, zrangebyscore, zrevrangebyscore, zrangebylex
        case zrevrangebylex, zremrangebyrank, zremrangebyscore, zremrangebylex, zpopmin, zpopmax
        case zmpop, zrandmember, zunion, zunionstore, zinter, zinterstore, zdiff, zdiffstore
        case zintercard, zscan, bzpopmin, bzpopmax, bzmpop
    }

    /// Elements in order.
    public enum Sorts: CaseIterable, Sendable {
        case sort, sortRO
    }

    public enum BloomFilters: CaseIterable, Sendable {
        case bfadd, bfmadd, bfexists, bfmexists, bfcard, bfreserve, bfinfo, bfinsert
    }
}

extension Handler: CaseIterable {
    /// In the order of the rows.
    public static let allCases: [Handler] = {
        let families: [[Handler]] = [
            Strings.allCases.map { .string($0) },
            Bits.allCases.map { .bit($0) },
            Keys.allCases.map { .key($0) },
            Expiries.allCases.map { .expiry($0) },
            Connections.allCases.map { .connection($0) },
            Transactions.allCases.map { .transaction($0) },
            Messages.allCases.map { .message($0) },
            Servers.allCases.map { .server($0) },
            Hashes.allCases.map { .hash($0) },
            Fields.allCases.map { .field($0) },
            Sets.allCases.map { .set($0) },
            Lists.allCases.map { .list($0) },
            SortedSets.allCases.map { .sorted($0) },
            Sorts.allCases.map { .sort($0) },
            BloomFilters.allCases.map { .bloom($0) },
        ]
        return families.flatMap { $0 }
    }()
}

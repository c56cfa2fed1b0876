// What commands ask of a table: one that does not have it refuses them by name (`Capability`).
import Keyspaces
import RESP

extension Handler {
    /// What the command needs whatever its arguments are. Those that need something for one of
    /// their options or subcommands ask where they read it (`tableHas`).
    var need: Capability? {
        switch self {
        case .scan: .scan
        case .randomkey: .random
        case .setex, .psetex, .expire, .pexpire, .expireat, .pexpireat: .expiry
        // Nothing ends in a table without expiries, and so they answer.
        case .ttl, .pttl, .expiretime, .pexpiretime, .persist: nil
        // SET … EX, GETEX … EX, MSETEX … EX, OBJECT FREQ, MEMORY USAGE
        case .set, .getex, .msetex, .object, .memory: nil
        case .get, .strlen, .append, .decr, .decrby, .getdel, .getrange, .getset, .incr, .incrby,
            .incrbyfloat, .mget, .mset, .msetnx, .setnx, .setrange, .substr, .lcs, .delifeq, .del,
            .unlink, .exists, .touch, .type, .copy, .keys, .rename, .renamenx, .move, .setbit,
            .getbit, .bitcount, .bitpos, .bitop, .bitfield, .bitfieldRO, .pfadd, .pfcount,
            .pfmerge:
            nil
        case .multi, .exec, .discard, .watch, .unwatch, .subscribe, .unsubscribe, .psubscribe,
            .punsubscribe, .ssubscribe, .sunsubscribe, .publish, .spublish, .pubsub, .swapdb:
            nil
        case .ping, .echo, .select, .client, .hello, .auth, .reset, .quit, .readonly, .readwrite:
            nil
        case .hset, .hmset, .hsetnx, .hget, .hmget, .hgetall, .hkeys, .hvals, .hlen, .hexists,
            .hstrlen, .hdel, .hincrby, .hincrbyfloat, .hrandfield, .hscan, .hexpire, .hpexpire,
            .hexpireat, .hpexpireat, .httl, .hpttl, .hexpiretime, .hpexpiretime, .hpersist,
            .hgetex, .hsetex:
            .collections
        case .sadd, .srem, .scard, .sismember, .smismember, .smembers, .spop, .srandmember, .smove,
            .sinter, .sinterstore, .sintercard, .sunion, .sunionstore, .sdiff, .sdiffstore, .sscan:
            .collections
        case .lpush, .rpush, .lpushx, .rpushx, .lpop, .rpop, .llen, .lindex, .lset, .lrange,
            .ltrim, .lrem, .linsert, .lpos, .lmove, .rpoplpush, .lmpop, .blpop, .brpop, .blmove,
            .brpoplpush, .blmpop, .sort, .sortRO:
            .collections
        case .zadd, .zincrby, .zrem, .zcard, .zscore, .zmscore, .zrank, .zrevrank, .zcount,
            .zlexcount, .zrange, .zrangestore, .zrevrange, .zrangebyscore, .zrevrangebyscore,
            .zrangebylex, .zrevrangebylex, .zremrangebyrank, .zremrangebyscore, .zremrangebylex,
            .zpopmin, .zpopmax, .zmpop, .zrandmember, .zunion, .zunionstore, .zinter,
            .zinterstore, .zdiff, .zdiffstore, .zintercard, .zscan, .bzpopmin, .bzpopmax, .bzmpop:
            .collections
        case .bfadd, .bfmadd, .bfexists, .bfmexists, .bfcard, .bfreserve, .bfinfo, .bfinsert:
            .collections
        // Cluster mode is refused before the server starts.
        case .dbsize, .flushall, .flushdb, .info, .config, .command, .debug, .shutdown, .time,
            .role, .cluster, .hashmark, .wait, .waitaof:
            nil
        }
    }
}

extension Engine where K: ~Copyable {
    /// False after an error reply.
    mutating func tableHas(_ capability: Capability, _ request: Request) -> Bool {
        guard lacks.contains(capability) else { return true }
        fail(
            request, "ERR this table has no \(capability.rawValue) (\(configuration.table.name))")
        return false
    }
}

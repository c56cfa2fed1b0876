// From a command of a collection to its function (see Engine+Dispatch.swift): an exhaustive switch
// for each family.
import Keyspaces

extension Engine where K: ~Copyable {
    mutating func run(_ request: Request, _ command: Handler.Hashes) {
        switch command {
        case .hset: hset(request, answersCount: true)
        case .hmset: hset(request, answersCount: false)
        case .hsetnx: hsetnx(request)
        case .hget: hget(request)
        case .hmget: hmget(request)
        case .hgetall: hgetall(request, fields: true, values: true)
        case .hkeys: hgetall(request, fields: true, values: false)
        case .hvals: hgetall(request, fields: false, values: true)
        case .hlen: hlen(request)
        case .hexists: hexists(request)
        case .hstrlen: hstrlen(request)
        case .hdel: hdel(request)
        case .hincrby: hincrby(request)
        case .hincrbyfloat: hincrbyfloat(request)
        case .hrandfield: hrandfield(request)
        case .hscan: hscan(request)
        }
    }

    mutating func run(_ request: Request, _ command: Handler.Fields) {
        switch command {
        case .hexpire: hexpire(request, "hexpire", unitMilliseconds: 1_000, isAbsolute: false)
        case .hpexpire: hexpire(request, "hpexpire", unitMilliseconds: 1, isAbsolute: false)
        case .hexpireat: hexpire(request, "hexpireat", unitMilliseconds: 1_000, isAbsolute: true)
        case .hpexpireat: hexpire(request, "hpexpireat", unitMilliseconds: 1, isAbsolute: true)
        case .httl: httl(request, unitMilliseconds: 1_000, isAbsolute: false)
        case .hpttl: httl(request, unitMilliseconds: 1, isAbsolute: false)
        case .hexpiretime: httl(request, unitMilliseconds: 1_000, isAbsolute: true)
        case .hpexpiretime: httl(request, unitMilliseconds: 1, isAbsolute: true)
        case .hpersist: hpersist(request)
        case .hgetex: hgetex(request)
        case .hsetex: hsetex(request)
        }
    }

    mutating func run(_ request: Request, _ command: Handler.Sets) {
        switch command {
        case .sadd: sadd(request)
        case .srem: srem(request)
        case .scard: scard(request)
        case .sismember: sismember(request, isMany: false)
        case .smismember: sismember(request, isMany: true)
        case .smembers: smembers(request)
        case .spop: spop(request)
        case .srandmember: srandmember(request)
        case .smove: smove(request)
        case .sinter: combineSets(request, .intersection)
        case .sinterstore: storeSets(request, .intersection)
        case .sintercard: sintercard(request)
        case .sunion: combineSets(request, .union)
        case .sunionstore: storeSets(request, .union)
        case .sdiff: combineSets(request, .difference)
        case .sdiffstore: storeSets(request, .difference)
        case .sscan: sscan(request)
        }
    }

    mutating func run(_ request: Request, _ command: Handler.Lists) {
        switch command {
        case .lpush: push(request, atFront: true, makes: true)
        case .rpush: push(request, atFront: false, makes: true)
        case .lpushx: push(request, atFront: true, makes: false)
        case .rpushx: push(request, atFront: false, makes: false)
        case .lpop: pop(request, atFront: true)
        case .rpop: pop(request, atFront: false)
        case .llen: llen(request)
        case .lindex: lindex(request)
        case .lset: lset(request)
        case .lrange: lrange(request)
        case .ltrim: ltrim(request)
        case .lrem: lrem(request)
        case .linsert: linsert(request)
        case .lpos: lpos(request)
        case .lmove: lmove(request, hasEnds: true, waits: false)
        case .rpoplpush: lmove(request, hasEnds: false, waits: false)
        case .lmpop: lmpop(request, waits: false)
        case .blpop: waitingPop(request, atFront: true)
        case .brpop: waitingPop(request, atFront: false)
        case .blmove: lmove(request, hasEnds: true, waits: true)
        case .brpoplpush: lmove(request, hasEnds: false, waits: true)
        case .blmpop: lmpop(request, waits: true)
        }
    }

    mutating func run(_ request: Request, _ command: Handler.SortedSets) {
        switch command {
        case .zadd: zadd(request)
        case .zincrby: zincrby(request)
        case .zrem: zrem(request)
        case .zcard: zcard(request)
        case .zscore: zscore(request)
        case .zmscore: zmscore(request)
        case .zrank: zrank(request, reversed: false)
        case .zrevrank: zrank(request, reversed: true)
        case .zcount: zcount(request, by: .scores)
        case .zlexcount: zcount(request, by: .members)
        case .zrange: zrange(request)
        case .zrangestore: zrangestore(request)
        case .zrevrange: zrange(request, by: .ranks, reversed: true)
        case .zrangebyscore: zrange(request, by: .scores, reversed: false)
        case .zrevrangebyscore: zrange(request, by: .scores, reversed: true)
        case .zrangebylex: zrange(request, by: .members, reversed: false)
        case .zrevrangebylex: zrange(request, by: .members, reversed: true)
        case .zremrangebyrank: zremrange(request, by: .ranks)
        case .zremrangebyscore: zremrange(request, by: .scores)
        case .zremrangebylex: zremrange(request, by: .members)
        case .zpopmin: zpop(request, reversed: false)
        case .zpopmax: zpop(request, reversed: true)
        case .zmpop: zmpop(request, waits: false)
        case .bzpopmin: waitingZpop(request, reversed: false)
        case .bzpopmax: waitingZpop(request, reversed: true)
        case .bzmpop: zmpop(request, waits: true)
        case .zrandmember: zrandmember(request)
        case .zunion: combineSorted(request, .union)
        case .zunionstore: storeSorted(request, .union)
        case .zinter: combineSorted(request, .intersection)
        case .zinterstore: storeSorted(request, .intersection)
        case .zdiff: combineSorted(request, .difference)
        case .zdiffstore: storeSorted(request, .difference)
        case .zintercard: zintercard(request)
        case .zscan: zscan(request)
        }
    }

    mutating func run(_ request: Request, _ command: Handler.Sorts) {
        switch command {
        case .sort: sort(request, isReadOnly: false)
        case .sortRO: sort(request, isReadOnly: true)
        }
    }

    mutating func run(_ request: Request, _ command: Handler.BloomFilters) {
        switch command {
        case .bfadd: bfadd(request, isMany: false)
        case .bfmadd: bfadd(request, isMany: true)
        case .bfexists: bfexists(request, isMany: false)
        case .bfmexists: bfexists(request, isMany: true)
        case .bfcard: bfcard(request)
        case .bfreserve: bfreserve(request)
        case .bfinfo: bfinfo(request)
        case .bfinsert: bfinsert(request)
        }
    }
}

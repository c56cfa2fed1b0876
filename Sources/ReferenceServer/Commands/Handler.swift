// Which function a command is: one case per row of the table (`Command.all`), in the same order,
// and an arm in Engine+Dispatch.swift for each.

/// What a command's function is. One case per row of the table.
public enum Handler: UInt8, CaseIterable, Sendable {
    // strings
    case get, set, strlen, append, decr, decrby, getdel, getex, getrange, getset, incr, incrby
    case incrbyfloat, mget, mset, msetnx, psetex, setex, setnx, setrange, substr, lcs, delifeq
    case msetex
    // bits
    case setbit, getbit, bitcount, bitpos, bitop, bitfield, bitfieldRO
    // HyperLogLog
    case pfadd, pfcount, pfmerge
    // keys
    case del, unlink, exists, touch, type, object, copy, keys, randomkey, rename, renamenx, scan
    case move
    // expiry
    case expire, pexpire, expireat, pexpireat, ttl, pttl, expiretime, pexpiretime, persist
    // connection
    case ping, echo, select, client, hello, auth, reset, quit, readonly, readwrite
    // transactions
    case multi, exec, discard, watch, unwatch
    // publish and subscribe
    case subscribe, unsubscribe, psubscribe, punsubscribe, ssubscribe, sunsubscribe
    case publish, spublish, pubsub
    // server
    case swapdb
    case dbsize, flushall, flushdb, info, config, command, debug, shutdown, time, memory, role
    case cluster, hashmark, wait, waitaof
    // hashes
    case hset, hmset, hsetnx, hget, hmget, hgetall, hkeys, hvals, hlen, hexists, hstrlen, hdel
    case hincrby, hincrbyfloat, hrandfield, hscan
    // fields that end
    case hexpire, hpexpire, hexpireat, hpexpireat, httl, hpttl, hexpiretime, hpexpiretime
    case hpersist, hgetex, hsetex
    // sets
    case sadd, srem, scard, sismember, smismember, smembers, spop, srandmember, smove
    case sinter, sinterstore, sintercard, sunion, sunionstore, sdiff, sdiffstore, sscan
    // lists
    case lpush, rpush, lpushx, rpushx, lpop, rpop, llen, lindex, lset, lrange, ltrim, lrem
    case linsert, lpos, lmove, rpoplpush, lmpop, blpop, brpop, blmove, brpoplpush, blmpop
    // sorted sets
    case zadd, zincrby, zrem, zcard, zscore, zmscore, zrank, zrevrank, zcount, zlexcount
    case zrange, zrangestore, zrevrange, zrangebyscore, zrevrangebyscore, zrangebylex
    case zrevrangebylex, zremrangebyrank, zremrangebyscore, zremrangebylex, zpopmin, zpopmax
    case zmpop, zrandmember, zunion, zunionstore, zinter, zinterstore, zdiff, zdiffstore
    case zintercard, zscan, bzpopmin, bzpopmax, bzmpop
    // elements in order
    case sort, sortRO
    // Bloom filters
    case bfadd, bfmadd, bfexists, bfmexists, bfcard, bfreserve, bfinfo, bfinsert
}

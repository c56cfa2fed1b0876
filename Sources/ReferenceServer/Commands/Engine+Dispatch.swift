// From a command to its function; those of collections are in Engine+DispatchCollections.swift.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// GET and SET come through as well, but those that are hot have been taken out before.
    @inline(never)
    mutating func dispatch(_ request: Request, _ handler: Handler) {
        if !lacks.isEmpty, let need = handler.need, !tableHas(need, request) { return }
        if shard.isPart, let fault = shardFault(request, handler) {
            return fail(request, fault)
        }
        if keyspace.collectionCount != 0, commands.rows[request.row].needsStrings,
            !hasStrings(request)
        {
            return
        }
        run(request, handler)
        if waits.hasChanges { serveWaits(after: request) }
    }

    private mutating func run(_ request: Request, _ handler: Handler) {
        switch handler {
        case .get: get(request)
        case .set: setWithOptions(request)
        case .strlen: strlen(request)
        case .append: append(request)
        case .incr, .decr, .incrby, .decrby, .incrbyfloat: dispatchToNumbers(request, handler)
        case .getdel: getdel(request)
        case .getex: getex(request)
        case .getrange, .substr: getrange(request)
        case .getset: getset(request)
        case .mget: mget(request)
        case .mset: mset(request)
        case .msetnx: msetnx(request)
        case .setex: setex(request, "setex", unitMilliseconds: 1_000)
        case .psetex: setex(request, "psetex", unitMilliseconds: 1)
        case .setnx: setnx(request)
        case .setrange: setrange(request)
        case .msetex: msetex(request)
        case .lcs: lcs(request)
        case .delifeq: delifeq(request)
        case .setbit, .getbit, .bitcount, .bitpos, .bitop, .bitfield, .bitfieldRO, .pfadd,
            .pfcount, .pfmerge:
            dispatchToBits(request, handler)
        case .move: move(request)
        case .swapdb: swapDatabases(request)
        case .multi, .exec, .discard, .watch, .unwatch, .subscribe, .unsubscribe, .psubscribe,
            .punsubscribe, .ssubscribe, .sunsubscribe, .publish, .spublish, .pubsub:
            dispatchToSession(request, handler)
        case .del: del(request, unlinks: false)
        case .unlink: del(request, unlinks: true)
        case .exists: exists(request)
        case .touch: touch(request)
        case .type: type(request)
        case .object: object(request)
        case .expire, .pexpire, .expireat, .pexpireat, .ttl, .pttl, .expiretime, .pexpiretime,
            .persist:
            dispatchToExpiry(request, handler)
        case .copy: copy(request)
        case .keys: keys(request)
        case .randomkey: randomkey(request)
        case .rename: rename(request, onlyIfFree: false)
        case .renamenx: rename(request, onlyIfFree: true)
        case .scan: scan(request)
        case .ping: ping(request)
        case .echo: reply.bulk(argument(request, 1).bytes)
        case .select: selectDatabase(request)
        case .client: client(request)
        case .hello: hello(request)
        case .reset: reset(request)
        case .quit: quit(request)
        case .dbsize: reply.integer(keyspace.count)
        case .flushall: flush(request, everything: true)
        case .flushdb: flush(request, everything: false)
        case .info: info(request)
        case .config: config(request)
        case .command: command(request)
        case .debug: debug(request)
        case .shutdown: shutdown(request)
        case .time: time(request)
        case .hashmark: hashmark(request)
        case .auth: auth(request)
        case .readonly, .readwrite: replicaMode(request)
        case .memory: memory(request)
        case .role, .wait, .waitaof: tellReplication(request, handler)
        case .cluster: cluster(request)
        default: dispatchToCollections(request, handler)
        }
    }

    private mutating func dispatchToNumbers(_ request: Request, _ handler: Handler) {
        switch handler {
        case .incr: increment(request, by: 1)
        case .decr: increment(request, by: -1)
        case .incrby: incrementBy(request, isNegated: false)
        case .decrby: incrementBy(request, isNegated: true)
        default: incrementByFloat(request)
        }
    }

    private mutating func dispatchToExpiry(_ request: Request, _ handler: Handler) {
        switch handler {
        case .expire: expire(request, "expire", unitMilliseconds: 1_000, isAbsolute: false)
        case .pexpire: expire(request, "pexpire", unitMilliseconds: 1, isAbsolute: false)
        case .expireat: expire(request, "expireat", unitMilliseconds: 1_000, isAbsolute: true)
        case .pexpireat: expire(request, "pexpireat", unitMilliseconds: 1, isAbsolute: true)
        case .ttl: ttl(request, unitMilliseconds: 1_000)
        case .pttl: ttl(request, unitMilliseconds: 1)
        case .expiretime: expiretime(request, unitMilliseconds: 1_000)
        case .pexpiretime: expiretime(request, unitMilliseconds: 1)
        default: persist(request)
        }
    }

    /// Bits and HyperLogLogs.
    private mutating func dispatchToBits(_ request: Request, _ handler: Handler) {
        switch handler {
        case .setbit: setbit(request)
        case .getbit: getbit(request)
        case .bitcount: bitcount(request)
        case .bitpos: bitpos(request)
        case .bitop: bitop(request)
        case .bitfield: bitfield(request, isReadOnly: false)
        case .bitfieldRO: bitfield(request, isReadOnly: true)
        case .pfadd: pfadd(request)
        case .pfcount: pfcount(request)
        default: pfmerge(request)
        }
    }

    /// Transactions and messages.
    private mutating func dispatchToSession(_ request: Request, _ handler: Handler) {
        switch handler {
        case .multi: multi(request)
        case .exec: exec(request)
        case .discard: discard(request)
        case .watch: watch(request)
        case .unwatch: unwatch(request)
        case .subscribe: subscribe(request, "subscribe", .channel)
        case .unsubscribe: unsubscribe(request, "unsubscribe", .channel)
        case .psubscribe: subscribe(request, "psubscribe", .pattern)
        case .punsubscribe: unsubscribe(request, "punsubscribe", .pattern)
        case .ssubscribe: subscribe(request, "ssubscribe", .shard)
        case .sunsubscribe: unsubscribe(request, "sunsubscribe", .shard)
        case .publish: publish(request)
        case .spublish: publishToShard(request)
        default: pubsub(request)
        }
    }
}

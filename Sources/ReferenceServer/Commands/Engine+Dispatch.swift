// From a command to its function; those of collections are in Engine+DispatchCollections.swift.
//
// One switch over the families of `Handler` and one over each family, all of them exhaustive: a
// command without an arm does not compile.
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
        case .string(let command): run(request, command)
        case .bit(let command): run(request, command)
        case .key(let command): run(request, command)
        case .expiry(let command): run(request, command)
        case .connection(let command): run(request, command)
        case .transaction(let command): run(request, command)
        case .message(let command): run(request, command)
        case .server(let command): run(request, command)
        case .hash(let command): run(request, command)
        case .field(let command): run(request, command)
        case .set(let command): run(request, command)
        case .list(let command): run(request, command)
        case .sorted(let command): run(request, command)
        case .sort(let command): run(request, command)
        case .bloom(let command): run(request, command)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Strings) {
        switch command {
        case .get: get(request)
        case .set: setWithOptions(request)
        case .strlen: strlen(request)
        case .append: append(request)
        case .decr: increment(request, by: -1)
        case .decrby: incrementBy(request, isNegated: true)
        case .getdel: getdel(request)
        case .getex: getex(request)
        case .getrange, .substr: getrange(request)
        case .getset: getset(request)
        case .incr: increment(request, by: 1)
        case .incrby: incrementBy(request, isNegated: false)
        case .incrbyfloat: incrementByFloat(request)
        case .mget: mget(request)
        case .mset: mset(request)
        case .msetnx: msetnx(request)
        case .psetex: setex(request, "psetex", unitMilliseconds: 1)
        case .setex: setex(request, "setex", unitMilliseconds: 1_000)
        case .setnx: setnx(request)
        case .setrange: setrange(request)
        case .lcs: lcs(request)
        case .delifeq: delifeq(request)
        case .msetex: msetex(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Bits) {
        switch command {
        case .setbit: setbit(request)
        case .getbit: getbit(request)
        case .bitcount: bitcount(request)
        case .bitpos: bitpos(request)
        case .bitop: bitop(request)
        case .bitfield: bitfield(request, isReadOnly: false)
        case .bitfieldRO: bitfield(request, isReadOnly: true)
        case .pfadd: pfadd(request)
        case .pfcount: pfcount(request)
        case .pfmerge: pfmerge(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Keys) {
        switch command {
        case .del: del(request, unlinks: false)
        case .unlink: del(request, unlinks: true)
        case .exists: exists(request)
        case .touch: touch(request)
        case .type: type(request)
        case .object: object(request)
        case .copy: copy(request)
        case .keys: keys(request)
        case .randomkey: randomkey(request)
        case .rename: rename(request, onlyIfFree: false)
        case .renamenx: rename(request, onlyIfFree: true)
        case .scan: scan(request)
        case .move: move(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Expiries) {
        switch command {
        case .expire: expire(request, "expire", unitMilliseconds: 1_000, isAbsolute: false)
        case .pexpire: expire(request, "pexpire", unitMilliseconds: 1, isAbsolute: false)
        case .expireat: expire(request, "expireat", unitMilliseconds: 1_000, isAbsolute: true)
        case .pexpireat: expire(request, "pexpireat", unitMilliseconds: 1, isAbsolute: true)
        case .ttl: ttl(request, unitMilliseconds: 1_000)
        case .pttl: ttl(request, unitMilliseconds: 1)
        case .expiretime: expiretime(request, unitMilliseconds: 1_000)
        case .pexpiretime: expiretime(request, unitMilliseconds: 1)
        case .persist: persist(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Connections) {
        switch command {
        case .ping: ping(request)
        case .echo: reply.bulk(argument(request, 1).bytes)
        case .select: selectDatabase(request)
        case .client: client(request)
        case .hello: hello(request)
        case .auth: auth(request)
        case .reset: reset(request)
        case .quit: quit(request)
        case .readonly, .readwrite: replicaMode(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Transactions) {
        switch command {
        case .multi: multi(request)
        case .exec: exec(request)
        case .discard: discard(request)
        case .watch: watch(request)
        case .unwatch: unwatch(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Messages) {
        switch command {
        case .subscribe: subscribe(request, "subscribe", .channel)
        case .unsubscribe: unsubscribe(request, "unsubscribe", .channel)
        case .psubscribe: subscribe(request, "psubscribe", .pattern)
        case .punsubscribe: unsubscribe(request, "punsubscribe", .pattern)
        case .ssubscribe: subscribe(request, "ssubscribe", .shard)
        case .sunsubscribe: unsubscribe(request, "sunsubscribe", .shard)
        case .publish: publish(request)
        case .spublish: publishToShard(request)
        case .pubsub: pubsub(request)
        }
    }

    private mutating func run(_ request: Request, _ command: Handler.Servers) {
        switch command {
        case .swapdb: swapDatabases(request)
        case .dbsize: reply.integer(keyspace.count)
        case .flushall: flush(request, everything: true)
        case .flushdb: flush(request, everything: false)
        case .info: info(request)
        case .config: config(request)
        case .command: self.command(request)
        case .debug: debug(request)
        case .shutdown: shutdown(request)
        case .time: time(request)
        case .memory: memory(request)
        case .role: role(request)
        case .cluster: cluster(request)
        case .hashmark: hashmark(request)
        case .wait: waitForReplicas(request)
        case .waitaof: waitForFiles(request)
        }
    }
}

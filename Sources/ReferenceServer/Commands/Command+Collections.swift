// The rows of the commands about hashes, lists, sets and sorted sets, in the order of `Handler`.

extension Command {
    private static let change: CommandFlags = [.write, .denyoom]
    private static let quickChange: CommandFlags = [.write, .denyoom, .fast]
    private static let quickRemoval: CommandFlags = [.write, .fast]
    private static let quickRead: CommandFlags = [.readonly, .fast]
    private static let waitingRemoval: CommandFlags = [.write, .noscript, .blocking]
    private static let quickWaitingRemoval: CommandFlags = [.write, .noscript, .blocking, .fast]
    private static let waitingChange: CommandFlags = [.write, .denyoom, .noscript, .blocking]

    static let hashes: [Command] = [
        Command("hset", .hset, -4, quickChange, keys: oneKey, .hash, "Sets fields of a hash."),
        Command("hmset", .hmset, -4, quickChange, keys: oneKey, .hash, "Sets fields of a hash."),
        Command(
            "hsetnx", .hsetnx, 4, quickChange, keys: oneKey, .hash,
            "Sets a field if it does not exist."),
        Command("hget", .hget, 3, quickRead, keys: oneKey, .hash, "The value of a field."),
        Command("hmget", .hmget, -3, quickRead, keys: oneKey, .hash, "The values of fields."),
        Command("hgetall", .hgetall, 2, [.readonly], keys: oneKey, .hash, "Fields and values."),
        Command("hkeys", .hkeys, 2, [.readonly], keys: oneKey, .hash, "The fields of a hash."),
        Command("hvals", .hvals, 2, [.readonly], keys: oneKey, .hash, "The values of a hash."),
        Command("hlen", .hlen, 2, quickRead, keys: oneKey, .hash, "The number of fields."),
        Command("hexists", .hexists, 3, quickRead, keys: oneKey, .hash, "Whether a field exists."),
        Command("hstrlen", .hstrlen, 3, quickRead, keys: oneKey, .hash, "The length of a value."),
        Command("hdel", .hdel, -3, quickRemoval, keys: oneKey, .hash, "Removes fields."),
        Command(
            "hincrby", .hincrby, 4, quickChange, keys: oneKey, .hash, "Adds to a field's integer."),
        Command(
            "hincrbyfloat", .hincrbyfloat, 4, quickChange, keys: oneKey, .hash,
            "Adds to a field's floating-point number."),
        Command("hrandfield", .hrandfield, -2, [.readonly], keys: oneKey, .hash, "Some fields."),
        Command(
            "hscan", .hscan, -3, [.readonly], keys: oneKey, .hash,
            "All fields, a few at a time."),
    ]

    /// Of 9.0 and later.
    static let fieldExpiry: [Command] = [
        timing("hexpire", .hexpire, "Sets fields' time to live in seconds."),
        timing("hpexpire", .hpexpire, "Sets fields' time to live in milliseconds."),
        timing("hexpireat", .hexpireat, "Sets fields' end as a Unix time in seconds."),
        timing("hpexpireat", .hpexpireat, "Sets fields' end as a Unix time in milliseconds."),
        timed("httl", .httl, "Fields' time to live in seconds."),
        timed("hpttl", .hpttl, "Fields' time to live in milliseconds."),
        timed("hexpiretime", .hexpiretime, "Fields' end as a Unix time in seconds."),
        timed("hpexpiretime", .hpexpiretime, "Fields' end as a Unix time in milliseconds."),
        Command(
            "hpersist", .hpersist, -5, quickRemoval, keys: oneKey, .hash,
            "Removes fields' time to live.", since: .valkey91),
        Command(
            "hgetex", .hgetex, -5, quickRemoval, keys: oneKey, .hash,
            "The values of fields, whose time to live is set.", since: .valkey91),
        Command(
            "hsetex", .hsetex, -6, quickChange, keys: oneKey, .hash,
            "Sets fields and their time to live.", since: .valkey91),
    ]

    private static func timing(_ name: String, _ handler: Handler, _ summary: String) -> Command {
        Command(
            name, handler, -6, quickChange, keys: oneKey, .hash, summary, since: .valkey91)
    }

    private static func timed(_ name: String, _ handler: Handler, _ summary: String) -> Command {
        Command(name, handler, -5, quickRead, keys: oneKey, .hash, summary, since: .valkey91)
    }

    static let sets: [Command] = [
        Command("sadd", .sadd, -3, quickChange, keys: oneKey, .set, "Adds members."),
        Command("srem", .srem, -3, quickRemoval, keys: oneKey, .set, "Removes members."),
        Command("scard", .scard, 2, quickRead, keys: oneKey, .set, "The number of members."),
        Command("sismember", .sismember, 3, quickRead, keys: oneKey, .set, "Whether it is one."),
        Command("smismember", .smismember, -3, quickRead, keys: oneKey, .set, "Which ones are."),
        Command("smembers", .smembers, 2, [.readonly], keys: oneKey, .set, "All members."),
        Command("spop", .spop, -2, quickRemoval, keys: oneKey, .set, "Takes some members out."),
        Command("srandmember", .srandmember, -2, [.readonly], keys: oneKey, .set, "Some members."),
        Command(
            "smove", .smove, 4, quickRemoval, keys: (1, 2, 1), .set,
            "Moves a member to another set."),
        Command("sinter", .sinter, -2, [.readonly], keys: manyKeys, .set, "What all sets have."),
        Command(
            "sinterstore", .sinterstore, -3, change, keys: manyKeys, .set,
            "Stores what all sets have."),
        Command(
            "sintercard", .sintercard, -3, [.readonly, .movableKeys], .set,
            "How many members all sets have."),
        Command("sunion", .sunion, -2, [.readonly], keys: manyKeys, .set, "What any set has."),
        Command(
            "sunionstore", .sunionstore, -3, change, keys: manyKeys, .set,
            "Stores what any set has."),
        Command(
            "sdiff", .sdiff, -2, [.readonly], keys: manyKeys, .set,
            "What only the first set has."),
        Command(
            "sdiffstore", .sdiffstore, -3, change, keys: manyKeys, .set,
            "Stores what only the first set has."),
        Command(
            "sscan", .sscan, -3, [.readonly], keys: oneKey, .set, "All members, a few at a time."),
    ]

    static let lists: [Command] = [
        Command("lpush", .lpush, -3, quickChange, keys: oneKey, .list, "Adds at the front."),
        Command("rpush", .rpush, -3, quickChange, keys: oneKey, .list, "Adds at the end."),
        Command(
            "lpushx", .lpushx, -3, quickChange, keys: oneKey, .list,
            "Adds at the front of a list that exists."),
        Command(
            "rpushx", .rpushx, -3, quickChange, keys: oneKey, .list,
            "Adds at the end of a list that exists."),
        Command("lpop", .lpop, -2, quickRemoval, keys: oneKey, .list, "Takes the first out."),
        Command("rpop", .rpop, -2, quickRemoval, keys: oneKey, .list, "Takes the last out."),
        Command("llen", .llen, 2, quickRead, keys: oneKey, .list, "The number of elements."),
        Command("lindex", .lindex, 3, [.readonly], keys: oneKey, .list, "An element by its index."),
        Command("lset", .lset, 4, change, keys: oneKey, .list, "Sets an element by its index."),
        Command("lrange", .lrange, 4, [.readonly], keys: oneKey, .list, "A range of elements."),
        Command("ltrim", .ltrim, 4, [.write], keys: oneKey, .list, "Keeps a range of elements."),
        Command("lrem", .lrem, 4, [.write], keys: oneKey, .list, "Removes equal elements."),
        Command("linsert", .linsert, 5, change, keys: oneKey, .list, "Adds beside an element."),
        Command("lpos", .lpos, -3, [.readonly], keys: oneKey, .list, "Where an element is."),
        Command(
            "lmove", .lmove, 5, change, keys: (1, 2, 1), .list,
            "Moves an element to another list."),
        Command(
            "rpoplpush", .rpoplpush, 3, change, keys: (1, 2, 1), .list,
            "Moves the last element to the front of another list."),
        Command(
            "lmpop", .lmpop, -4, [.write, .movableKeys], .list,
            "Takes elements out of the first list that has some."),
        Command(
            "blpop", .blpop, -3, waitingRemoval, keys: (1, -2, 1), .list,
            "Takes the first out, and waits for one."),
        Command(
            "brpop", .brpop, -3, waitingRemoval, keys: (1, -2, 1), .list,
            "Takes the last out, and waits for one."),
        Command(
            "blmove", .blmove, 6, waitingChange, keys: (1, 2, 1), .list,
            "Moves an element to another list, and waits for one."),
        Command(
            "brpoplpush", .brpoplpush, 4, waitingChange, keys: (1, 2, 1), .list,
            "Moves the last element to the front of another list, and waits for one."),
        Command(
            "blmpop", .blmpop, -5, [.write, .blocking, .movableKeys], .list,
            "Takes elements out of the first list that has some, and waits for one."),
    ]

    static let sortedSets: [Command] = [
        Command("zadd", .zadd, -4, quickChange, keys: oneKey, .sortedSet, "Adds members."),
        Command("zincrby", .zincrby, 4, quickChange, keys: oneKey, .sortedSet, "Adds to a score."),
        Command("zrem", .zrem, -3, quickRemoval, keys: oneKey, .sortedSet, "Removes members."),
        Command("zcard", .zcard, 2, quickRead, keys: oneKey, .sortedSet, "How many there are."),
        Command("zscore", .zscore, 3, quickRead, keys: oneKey, .sortedSet, "A score."),
        Command("zmscore", .zmscore, -3, quickRead, keys: oneKey, .sortedSet, "Scores."),
        Command("zrank", .zrank, -3, quickRead, keys: oneKey, .sortedSet, "A member's place."),
        Command(
            "zrevrank", .zrevrank, -3, quickRead, keys: oneKey, .sortedSet,
            "A member's place from the end."),
        counting("zcount", .zcount, "How many there are in a range of scores."),
        counting("zlexcount", .zlexcount, "How many there are in a range of members."),
        ranging("zrange", .zrange, "A range."),
        Command(
            "zrangestore", .zrangestore, -5, change, keys: (1, 2, 1), .sortedSet,
            "Stores a range."),
        ranging("zrevrange", .zrevrange, "A range by rank, from the end."),
        ranging("zrangebyscore", .zrangebyscore, "A range by score."),
        ranging("zrevrangebyscore", .zrevrangebyscore, "A range by score, from the end."),
        ranging("zrangebylex", .zrangebylex, "A range by member."),
        ranging("zrevrangebylex", .zrevrangebylex, "A range by member, from the end."),
        removing("zremrangebyrank", .zremrangebyrank, "Removes a range by rank."),
        removing("zremrangebyscore", .zremrangebyscore, "Removes a range by score."),
        removing("zremrangebylex", .zremrangebylex, "Removes a range by member."),
        Command(
            "zpopmin", .zpopmin, -2, quickRemoval, keys: oneKey, .sortedSet, "Takes the first."),
        Command("zpopmax", .zpopmax, -2, quickRemoval, keys: oneKey, .sortedSet, "Takes the last."),
        Command(
            "zmpop", .zmpop, -4, [.write, .movableKeys], .sortedSet,
            "Takes members out of the first sorted set that has some."),
        Command(
            "zrandmember", .zrandmember, -2, [.readonly], keys: oneKey, .sortedSet,
            "Some members."),
        combining("zunion", .zunion, "What any has."),
        storing("zunionstore", .zunionstore, "Stores what any has."),
        combining("zinter", .zinter, "What all have."),
        storing("zinterstore", .zinterstore, "Stores what all have."),
        combining("zdiff", .zdiff, "What only the first has."),
        storing("zdiffstore", .zdiffstore, "Stores what only the first has."),
        combining("zintercard", .zintercard, "How many members all have."),
        Command(
            "zscan", .zscan, -3, [.readonly], keys: oneKey, .sortedSet,
            "All members, a few at a time."),
        Command(
            "bzpopmin", .bzpopmin, -3, quickWaitingRemoval, keys: (1, -2, 1), .sortedSet,
            "Takes the first, and waits for one."),
        Command(
            "bzpopmax", .bzpopmax, -3, quickWaitingRemoval, keys: (1, -2, 1), .sortedSet,
            "Takes the last, and waits for one."),
        Command(
            "bzmpop", .bzmpop, -5, [.write, .blocking, .movableKeys], .sortedSet,
            "Takes members out of the first sorted set that has some, and waits for one."),
    ]

    private static func counting(
        _ name: String, _ handler: Handler, _ summary: String
    ) -> Command {
        Command(name, handler, 4, quickRead, keys: oneKey, .sortedSet, summary)
    }

    private static func ranging(
        _ name: String, _ handler: Handler, _ summary: String
    ) -> Command {
        Command(name, handler, -4, [.readonly], keys: oneKey, .sortedSet, summary)
    }

    private static func removing(
        _ name: String, _ handler: Handler, _ summary: String
    ) -> Command {
        Command(name, handler, 4, [.write], keys: oneKey, .sortedSet, summary)
    }

    private static func combining(
        _ name: String, _ handler: Handler, _ summary: String
    ) -> Command {
        Command(name, handler, -3, [.readonly, .movableKeys], .sortedSet, summary)
    }

    private static func storing(
        _ name: String, _ handler: Handler, _ summary: String
    ) -> Command {
        Command(
            name, handler, -4, [.write, .denyoom, .movableKeys], keys: oneKey, .sortedSet, summary)
    }

    static let sorting: [Command] = [
        Command(
            "sort", .sort, -2, [.write, .denyoom, .movableKeys], keys: oneKey, .generic,
            "The elements of a list, set or sorted set in order."),
        Command(
            "sort_ro", .sortRO, -2, [.readonly, .movableKeys], keys: oneKey, .generic,
            "As SORT, and stores nothing."),
    ]
}

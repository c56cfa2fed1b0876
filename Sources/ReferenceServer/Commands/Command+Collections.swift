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
        Command(
            "hset", .hash(.hset), -4, quickChange, keys: oneKey, .hash, "Sets fields of a hash."),
        Command(
            "hmset", .hash(.hmset), -4, quickChange, keys: oneKey, .hash, "Sets fields of a hash."),
        Command(
            "hsetnx", .hash(.hsetnx), 4, quickChange, keys: oneKey, .hash,
            "Sets a field if it does not exist."),
        Command("hget", .hash(.hget), 3, quickRead, keys: oneKey, .hash, "The value of a field."),
        Command(
            "hmget", .hash(.hmget), -3, quickRead, keys: oneKey, .hash, "The values of fields."),
        Command(
            "hgetall", .hash(.hgetall), 2, [.readonly], keys: oneKey, .hash, "Fields and values."),
        Command(
            "hkeys", .hash(.hkeys), 2, [.readonly], keys: oneKey, .hash, "The fields of a hash."),
        Command(
            "hvals", .hash(.hvals), 2, [.readonly], keys: oneKey, .hash, "The values of a hash."),
        Command("hlen", .hash(.hlen), 2, quickRead, keys: oneKey, .hash, "The number of fields."),
        Command(
            "hexists", .hash(.hexists), 3, quickRead, keys: oneKey, .hash, "Whether a field exists."
        ),
        Command(
            "hstrlen", .hash(.hstrlen), 3, quickRead, keys: oneKey, .hash,
            "The length of a value."),
        Command("hdel", .hash(.hdel), -3, quickRemoval, keys: oneKey, .hash, "Removes fields."),
        Command(
            "hincrby", .hash(.hincrby), 4, quickChange, keys: oneKey, .hash,
            "Adds to a field's integer."),
        Command(
            "hincrbyfloat", .hash(.hincrbyfloat), 4, quickChange, keys: oneKey, .hash,
            "Adds to a field's floating-point number."),
        Command(
            "hrandfield", .hash(.hrandfield), -2, [.readonly], keys: oneKey, .hash, "Some fields."),
        Command(
            "hscan", .hash(.hscan), -3, [.readonly], keys: oneKey, .hash,
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
            "hpersist", .field(.hpersist), -5, quickRemoval, keys: oneKey, .hash,
            "Removes fields' time to live.", since: .valkey91),
        Command(
            "hgetex", .field(.hgetex), -5, quickRemoval, keys: oneKey, .hash,
            "The values of fields, whose time to live is set.", since: .valkey91),
        Command(
            "hsetex", .field(.hsetex), -6, quickChange, keys: oneKey, .hash,
            "Sets fields and their time to live.", since: .valkey91),
    ]

    private static func timing(
        _ name: String, _ handler: Handler.Fields, _ summary: String
    ) -> Command {
        Command(
            name, .field(handler), -6, quickChange, keys: oneKey, .hash, summary, since: .valkey91)
    }

    private static func timed(
        _ name: String, _ handler: Handler.Fields, _ summary: String
    ) -> Command {
        Command(
            name, .field(handler), -5, quickRead, keys: oneKey, .hash, summary, since: .valkey91)
    }

    static let sets: [Command] = [
        Command("sadd", .set(.sadd), -3, quickChange, keys: oneKey, .set, "Adds members."),
        Command("srem", .set(.srem), -3, quickRemoval, keys: oneKey, .set, "Removes members."),
        Command("scard", .set(.scard), 2, quickRead, keys: oneKey, .set, "The number of members."),
        Command(
            "sismember", .set(.sismember), 3, quickRead, keys: oneKey, .set, "Whether it is one."),
        Command(
            "smismember", .set(.smismember), -3, quickRead, keys: oneKey, .set, "Which ones are."),
        Command("smembers", .set(.smembers), 2, [.readonly], keys: oneKey, .set, "All members."),
        Command(
            "spop", .set(.spop), -2, quickRemoval, keys: oneKey, .set, "Takes some members out."),
        Command(
            "srandmember", .set(.srandmember), -2, [.readonly], keys: oneKey, .set,
            "Some members."),
        Command(
            "smove", .set(.smove), 4, quickRemoval, keys: (1, 2, 1), .set,
            "Moves a member to another set."),
        Command(
            "sinter", .set(.sinter), -2, [.readonly], keys: manyKeys, .set, "What all sets have."),
        Command(
            "sinterstore", .set(.sinterstore), -3, change, keys: manyKeys, .set,
            "Stores what all sets have."),
        Command(
            "sintercard", .set(.sintercard), -3, [.readonly, .movableKeys], .set,
            "How many members all sets have."),
        Command(
            "sunion", .set(.sunion), -2, [.readonly], keys: manyKeys, .set, "What any set has."),
        Command(
            "sunionstore", .set(.sunionstore), -3, change, keys: manyKeys, .set,
            "Stores what any set has."),
        Command(
            "sdiff", .set(.sdiff), -2, [.readonly], keys: manyKeys, .set,
            "What only the first set has."),
        Command(
            "sdiffstore", .set(.sdiffstore), -3, change, keys: manyKeys, .set,
            "Stores what only the first set has."),
        Command(
            "sscan", .set(.sscan), -3, [.readonly], keys: oneKey, .set,
            "All members, a few at a time."),
    ]

    static let lists: [Command] = [
        Command("lpush", .list(.lpush), -3, quickChange, keys: oneKey, .list, "Adds at the front."),
        Command("rpush", .list(.rpush), -3, quickChange, keys: oneKey, .list, "Adds at the end."),
        Command(
            "lpushx", .list(.lpushx), -3, quickChange, keys: oneKey, .list,
            "Adds at the front of a list that exists."),
        Command(
            "rpushx", .list(.rpushx), -3, quickChange, keys: oneKey, .list,
            "Adds at the end of a list that exists."),
        Command(
            "lpop", .list(.lpop), -2, quickRemoval, keys: oneKey, .list, "Takes the first out."),
        Command("rpop", .list(.rpop), -2, quickRemoval, keys: oneKey, .list, "Takes the last out."),
        Command("llen", .list(.llen), 2, quickRead, keys: oneKey, .list, "The number of elements."),
        Command(
            "lindex", .list(.lindex), 3, [.readonly], keys: oneKey, .list,
            "An element by its index."),
        Command(
            "lset", .list(.lset), 4, change, keys: oneKey, .list, "Sets an element by its index."),
        Command(
            "lrange", .list(.lrange), 4, [.readonly], keys: oneKey, .list, "A range of elements."),
        Command(
            "ltrim", .list(.ltrim), 4, [.write], keys: oneKey, .list, "Keeps a range of elements."),
        Command("lrem", .list(.lrem), 4, [.write], keys: oneKey, .list, "Removes equal elements."),
        Command(
            "linsert", .list(.linsert), 5, change, keys: oneKey, .list, "Adds beside an element."),
        Command("lpos", .list(.lpos), -3, [.readonly], keys: oneKey, .list, "Where an element is."),
        Command(
            "lmove", .list(.lmove), 5, change, keys: (1, 2, 1), .list,
            "Moves an element to another list."),
        Command(
            "rpoplpush", .list(.rpoplpush), 3, change, keys: (1, 2, 1), .list,
            "Moves the last element to the front of another list."),
        Command(
            "lmpop", .list(.lmpop), -4, [.write, .movableKeys], .list,
            "Takes elements out of the first list that has some."),
        Command(
            "blpop", .list(.blpop), -3, waitingRemoval, keys: (1, -2, 1), .list,
            "Takes the first out, and waits for one."),
        Command(
            "brpop", .list(.brpop), -3, waitingRemoval, keys: (1, -2, 1), .list,
            "Takes the last out, and waits for one."),
        Command(
            "blmove", .list(.blmove), 6, waitingChange, keys: (1, 2, 1), .list,
            "Moves an element to another list, and waits for one."),
        Command(
            "brpoplpush", .list(.brpoplpush), 4, waitingChange, keys: (1, 2, 1), .list,
            "Moves the last element to the front of another list, and waits for one."),
        Command(
            "blmpop", .list(.blmpop), -5, [.write, .blocking, .movableKeys], .list,
            "Takes elements out of the first list that has some, and waits for one."),
    ]

    static let sortedSets: [Command] = [
        Command("zadd", .sorted(.zadd), -4, quickChange, keys: oneKey, .sortedSet, "Adds members."),
        Command(
            "zincrby", .sorted(.zincrby), 4, quickChange, keys: oneKey, .sortedSet,
            "Adds to a score."),
        Command(
            "zrem", .sorted(.zrem), -3, quickRemoval, keys: oneKey, .sortedSet, "Removes members."),
        Command(
            "zcard", .sorted(.zcard), 2, quickRead, keys: oneKey, .sortedSet,
            "How many there are."),
        Command("zscore", .sorted(.zscore), 3, quickRead, keys: oneKey, .sortedSet, "A score."),
        Command("zmscore", .sorted(.zmscore), -3, quickRead, keys: oneKey, .sortedSet, "Scores."),
        Command(
            "zrank", .sorted(.zrank), -3, quickRead, keys: oneKey, .sortedSet, "A member's place."),
        Command(
            "zrevrank", .sorted(.zrevrank), -3, quickRead, keys: oneKey, .sortedSet,
            "A member's place from the end."),
        counting("zcount", .zcount, "How many there are in a range of scores."),
        counting("zlexcount", .zlexcount, "How many there are in a range of members."),
        ranging("zrange", .zrange, "A range."),
        Command(
            "zrangestore", .sorted(.zrangestore), -5, change, keys: (1, 2, 1), .sortedSet,
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
            "zpopmin", .sorted(.zpopmin), -2, quickRemoval, keys: oneKey, .sortedSet,
            "Takes the first."),
        Command(
            "zpopmax", .sorted(.zpopmax), -2, quickRemoval, keys: oneKey, .sortedSet,
            "Takes the last."),
        Command(
            "zmpop", .sorted(.zmpop), -4, [.write, .movableKeys], .sortedSet,
            "Takes members out of the first sorted set that has some."),
        Command(
            "zrandmember", .sorted(.zrandmember), -2, [.readonly], keys: oneKey, .sortedSet,
            "Some members."),
        combining("zunion", .zunion, "What any has."),
        storing("zunionstore", .zunionstore, "Stores what any has."),
        combining("zinter", .zinter, "What all have."),
        storing("zinterstore", .zinterstore, "Stores what all have."),
        combining("zdiff", .zdiff, "What only the first has."),
        storing("zdiffstore", .zdiffstore, "Stores what only the first has."),
        combining("zintercard", .zintercard, "How many members all have."),
        Command(
            "zscan", .sorted(.zscan), -3, [.readonly], keys: oneKey, .sortedSet,
            "All members, a few at a time."),
        Command(
            "bzpopmin", .sorted(.bzpopmin), -3, quickWaitingRemoval, keys: (1, -2, 1), .sortedSet,
            "Takes the first, and waits for one."),
        Command(
            "bzpopmax", .sorted(.bzpopmax), -3, quickWaitingRemoval, keys: (1, -2, 1), .sortedSet,
            "Takes the last, and waits for one."),
        Command(
            "bzmpop", .sorted(.bzmpop), -5, [.write, .blocking, .movableKeys], .sortedSet,
            "Takes members out of the first sorted set that has some, and waits for one."),
    ]

    private static func counting(
        _ name: String, _ handler: Handler.SortedSets, _ summary: String
    ) -> Command {
        Command(name, .sorted(handler), 4, quickRead, keys: oneKey, .sortedSet, summary)
    }

    private static func ranging(
        _ name: String, _ handler: Handler.SortedSets, _ summary: String
    ) -> Command {
        Command(name, .sorted(handler), -4, [.readonly], keys: oneKey, .sortedSet, summary)
    }

    private static func removing(
        _ name: String, _ handler: Handler.SortedSets, _ summary: String
    ) -> Command {
        Command(name, .sorted(handler), 4, [.write], keys: oneKey, .sortedSet, summary)
    }

    private static func combining(
        _ name: String, _ handler: Handler.SortedSets, _ summary: String
    ) -> Command {
        Command(name, .sorted(handler), -3, [.readonly, .movableKeys], .sortedSet, summary)
    }

    private static func storing(
        _ name: String, _ handler: Handler.SortedSets, _ summary: String
    ) -> Command {
        Command(
            name, .sorted(handler), -4, [.write, .denyoom, .movableKeys], keys: oneKey, .sortedSet,
            summary)
    }

    static let sorting: [Command] = [
        Command(
            "sort", .sort(.sort), -2, [.write, .denyoom, .movableKeys], keys: oneKey, .generic,
            "The elements of a list, set or sorted set in order."),
        Command(
            "sort_ro", .sort(.sortRO), -2, [.readonly, .movableKeys], keys: oneKey, .generic,
            "As SORT, and stores nothing."),
    ]
}

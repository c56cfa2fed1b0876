// Random commands on collections to redis-server and to ours: the same replies, but for the order
// of what has none. What differs on purpose is left out of the vocabulary: encodings, which changed
// between the releases, what is drawn, cursors, commands younger than Redis 7.0, scores that it
// spells with more digits than are needed; and what is not defined: ranges by member where scores
// differ, and orders that a locale decides.
import Distributions
import Glibc
import Keyspaces
import RESP
import ReferenceServer
import TestSupport
import Testing

/// A place for a random argument.
private enum Word {
    case hash, list, set, sorted, member, score, index, count, bound
    case one([String])
}

private let shapes: [(String, [Word])] = [
    ("HSET", [.hash, .member, .member, .member, .member]), ("HSETNX", [.hash, .member, .member]),
    ("HGET", [.hash, .member]), ("HMGET", [.hash, .member, .member]), ("HGETALL", [.hash]),
    ("HKEYS", [.hash]), ("HVALS", [.hash]), ("HLEN", [.hash]), ("HEXISTS", [.hash, .member]),
    ("HSTRLEN", [.hash, .member]), ("HDEL", [.hash, .member, .member]),
    ("HINCRBY", [.hash, .member, .count]),
    ("HINCRBYFLOAT", [.hash, .member, .one(["1", "0.5", "-3", "x"])]),
    ("SADD", [.set, .member, .member]), ("SREM", [.set, .member, .member]), ("SCARD", [.set]),
    ("SISMEMBER", [.set, .member]), ("SMISMEMBER", [.set, .member, .member]),
    ("SMEMBERS", [.set]), ("SMOVE", [.set, .set, .member]), ("SINTER", [.set, .set]),
    ("SUNION", [.set, .set]), ("SDIFF", [.set, .set, .set]), ("SINTERSTORE", [.set, .set, .set]),
    ("SUNIONSTORE", [.set, .set, .set]), ("SDIFFSTORE", [.set, .set, .set]),
    ("SINTERCARD", [.one(["2"]), .set, .set, .one(["LIMIT"]), .one(["0", "1", "3"])]),
    ("ZADD", [.sorted, .score, .member, .score, .member]),
    ("ZADD", [.sorted, .one(["NX", "XX", "GT", "LT", "CH", "INCR"]), .score, .member]),
    ("ZADD", [.sorted, .one(["XX", "CH"]), .one(["GT", "LT"]), .score, .member]),
    ("ZINCRBY", [.sorted, .score, .member]), ("ZREM", [.sorted, .member, .member]),
    ("ZCARD", [.sorted]), ("ZSCORE", [.sorted, .member]), ("ZMSCORE", [.sorted, .member, .member]),
    ("ZRANK", [.sorted, .member]), ("ZREVRANK", [.sorted, .member]),
    ("ZCOUNT", [.sorted, .bound, .bound]),
    ("ZRANGE", [.sorted, .index, .index, .one(["WITHSCORES", "REV"])]),
    ("ZRANGE", [.sorted, .bound, .bound, .one(["BYSCORE"]), .one(["REV", "WITHSCORES"])]),
    (
        "ZRANGE",
        [.sorted, .bound, .bound, .one(["BYSCORE"]), .one(["LIMIT"]), .index, .index]
    ),
    ("ZRANGESTORE", [.sorted, .sorted, .index, .index]),
    ("ZREVRANGE", [.sorted, .index, .index]), ("ZRANGEBYSCORE", [.sorted, .bound, .bound]),
    ("ZREVRANGEBYSCORE", [.sorted, .bound, .bound, .one(["WITHSCORES"])]),
    ("ZREMRANGEBYRANK", [.sorted, .index, .index]),
    ("ZREMRANGEBYSCORE", [.sorted, .bound, .bound]), ("ZPOPMIN", [.sorted]),
    ("ZPOPMAX", [.sorted, .one(["0", "1", "2"])]),
    ("ZMPOP", [.one(["2"]), .sorted, .sorted, .one(["MIN", "MAX"])]),
    ("ZUNION", [.one(["2"]), .sorted, .set, .one(["WITHSCORES"])]),
    ("ZINTER", [.one(["2"]), .sorted, .sorted, .one(["WITHSCORES"])]),
    ("ZDIFF", [.one(["2"]), .sorted, .sorted, .one(["WITHSCORES"])]),
    (
        "ZUNIONSTORE",
        [.sorted, .one(["2"]), .sorted, .sorted, .one(["AGGREGATE"]), .one(["MIN", "MAX", "SUM"])]
    ),
    (
        "ZINTERSTORE",
        [.sorted, .one(["2"]), .sorted, .set, .one(["WEIGHTS"]), .one(["2"]), .one(["0.5"])]
    ),
    ("ZINTERCARD", [.one(["2"]), .sorted, .sorted]), ("RPUSH", [.list, .member, .member]),
    ("LPUSH", [.list, .member, .member]), ("RPUSHX", [.list, .member]),
    ("LPUSHX", [.list, .member]), ("LPOP", [.list]), ("RPOP", [.list, .one(["0", "1", "2"])]),
    ("LLEN", [.list]), ("LINDEX", [.list, .index]), ("LSET", [.list, .index, .member]),
    ("LRANGE", [.list, .index, .index]), ("LTRIM", [.list, .one(["0", "1"]), .index]),
    ("LREM", [.list, .one(["0", "1", "-1", "2"]), .member]),
    ("LINSERT", [.list, .one(["BEFORE", "AFTER", "x"]), .member, .member]),
    ("LPOS", [.list, .member, .one(["RANK"]), .one(["1", "-1", "2"])]),
    ("LPOS", [.list, .member, .one(["COUNT"]), .one(["0", "2"])]),
    ("LMOVE", [.list, .list, .one(["LEFT", "RIGHT"]), .one(["LEFT", "RIGHT"])]),
    ("RPOPLPUSH", [.list, .list]),
    ("LMPOP", [.one(["2"]), .list, .list, .one(["LEFT", "RIGHT"])]),
    ("TYPE", [.hash]), ("DEL", [.set]),
    ("EXISTS", [.sorted, .list]), ("GET", [.hash]), ("APPEND", [.list, .member]),
    ("RENAME", [.hash, .hash]), ("COPY", [.sorted, .sorted, .one(["REPLACE"])]),
    ("SETNX", [.set, .member]), ("STRLEN", [.sorted]), ("MGET", [.hash, .list]),
]

private func argument(_ word: Word, _ random: inout SplitMix64) -> String {
    // Now and then a key of another type.
    let isOdd = Int.random(in: 0..<40, using: &random) == 0
    func key(_ letter: String) -> [String] {
        isOdd ? ["h1", "l1", "s1", "z1"] : (1...3).map { "\(letter)\($0)" }
    }
    let words: [String] =
        switch word {
        case .hash: key("h")
        case .list: key("l")
        case .set: key("s")
        case .sorted: key("z")
        case .member:
            (0..<30).map { "m\($0)" } + (0..<20).map { "\($0)" }
                + [String(repeating: "y", count: 70), "-5", "007", ""]
        case .score: ["0", "1", "2", "-3", "0.5", "2.25", "10", "-inf", "x"]
        case .index: ["0", "1", "2", "5", "-1", "-2", "-100", "100", "x"]
        case .count: ["1", "-2", "100", "9223372036854775807", "x"]
        case .bound: ["-inf", "+inf", "0", "1", "(1", "(0.5", "2", "10", "x"]
        case .one(let words): words
        }
    return words.randomElement(using: &random)!
}

/// Replies without an order, sorted; a hash's by pairs.
private func ordered(_ value: RESPValue, _ command: String) -> RESPValue {
    guard let elements = value.elements else { return value }
    func text(_ values: ArraySlice<RESPValue>) -> String {
        values.map { $0.text ?? "" }.joined(separator: "\n")
    }
    switch command {
    case "HKEYS", "HVALS", "SMEMBERS", "SINTER", "SUNION", "SDIFF":
        return .array(elements.sorted { text([$0]) < text([$1]) })
    case "HGETALL":
        let pairs = stride(from: 0, to: elements.count - 1, by: 2).map {
            elements[$0...($0 + 1)]
        }
        return .array(pairs.sorted { text($0) < text($1) }.flatMap { Array($0) })
    default: return .array(elements)
    }
}

@Suite(.serialized) struct CollectionDifferentialTests {
    /// Another seed than the suite's, and more requests: by hand.
    private func setting(_ name: String) -> Int? {
        getenv(name).flatMap { Int(String(cString: $0)) }
    }

    @Test(arguments: [Table.valkey72, .valkey91]) func answersAsRedisDoes(_ table: Table) throws {
        let seed = UInt64(setting("HASHMARK_DIFFERENTIAL_SEED") ?? 1)
        // One that runs, of another release for instance: by hand.
        let running = setting("HASHMARK_DIFFERENTIAL_PORT").flatMap { UInt16(exactly: $0) }
        let redis = try running == nil ? RedisServer() : nil
        guard let other = running ?? redis?.port else { return }
        try withServer(ServerConfiguration(table: table)) { port in
            let theirs = try RawClient(port: other)
            // Of the run before.
            let keys = ["h", "l", "s", "z"].flatMap { letter in (1...3).map { "\(letter)\($0)" } }
            try theirs.send(encode(["DEL"] + keys))
            _ = try theirs.reply()
            let ours = try RawClient(port: port)
            var random = SplitMix64(seed: seed)
            for number in 0..<(setting("HASHMARK_DIFFERENTIAL_REQUESTS") ?? 25_000) {
                let (name, places) = shapes.randomElement(using: &random)!
                let words = [name] + places.map { argument($0, &random) }
                try theirs.send(encode(words))
                try ours.send(encode(words))
                let expected = ordered(try theirs.reply(), name)
                let got = ordered(try ours.reply(), name)
                try #require(
                    got == expected,
                    "request \(number) of seed \(seed): \(words): \(got), theirs \(expected)")
            }
            try ours.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
        }
        withExtendedLifetime(redis) {}
    }
}

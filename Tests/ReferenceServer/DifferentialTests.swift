// Random commands, most of them wrong in some way, to redis-server and to ours: the same replies
// and the same words of errors. What differs on purpose is left out of the vocabulary: shared
// integers' reference counts, the count of keys (theirs holds SET's past times until it meets
// them), commands younger than Redis 7.0; and where the two clocks would decide: times that end
// while the test runs, and conditions between times from now. Times that are told are compared to
// the hour.
import Distributions
import Glibc
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import TestSupport
import Testing

/// A place for a random argument.
private enum Place {
    case key, value, number, option
    case one([String])
}

private let shapes: [(String, [Place])] = [
    ("SET", [.key, .value, .option, .number, .option, .number]), ("GET", [.key, .value]),
    ("GETEX", [.key, .option, .number, .option]), ("GETDEL", [.key, .key]),
    ("GETSET", [.key, .value, .value]), ("SETNX", [.key, .value, .value]),
    ("SETEX", [.key, .number, .value, .value]), ("PSETEX", [.key, .number, .value, .value]),
    ("SETRANGE", [.key, .number, .value, .value]),
    ("GETRANGE", [.key, .number, .number, .number]), ("SUBSTR", [.key, .number, .number]),
    ("APPEND", [.key, .value, .value]), ("STRLEN", [.key, .key]), ("INCR", [.key, .number]),
    ("DECR", [.key, .number]), ("INCRBY", [.key, .number, .number]),
    ("DECRBY", [.key, .number, .number]), ("INCRBYFLOAT", [.key, .number, .number]),
    ("MGET", [.key, .key, .key]), ("MSET", [.key, .value, .key, .value, .key]),
    ("MSETNX", [.key, .value, .key, .value, .key]), ("DEL", [.key, .key, .key]),
    ("UNLINK", [.key, .key]), ("EXISTS", [.key, .key]), ("TOUCH", [.key, .key]),
    ("TYPE", [.key, .key]), ("EXPIRE", [.key, .number, .option, .option]),
    ("PEXPIRE", [.key, .number, .option, .option]),
    ("EXPIREAT", [.key, .number, .option, .option]),
    ("PEXPIREAT", [.key, .number, .option, .option]), ("TTL", [.key, .key]),
    ("PERSIST", [.key, .key]), ("EXPIRETIME", [.key, .key]), ("RENAME", [.key, .key, .key]),
    ("RENAMENX", [.key, .key, .key]), ("COPY", [.key, .key, .one(["REPLACE", "DB", "x"])]),
    ("OBJECT", [.one(["ENCODING", "FREQ", "IDLETIME", "no"]), .key, .key]),
    (
        "LCS",
        [
            .key, .key, .one(["LEN", "IDX", "MINMATCHLEN", "x"]),
            .one(["WITHMATCHLEN", "2", "LEN"]),
            .one(["WITHMATCHLEN", "2", "IDX"]),
        ]
    ),
    ("ECHO", [.value, .value]), ("PING", [.value, .value]), ("KEYS", [.one(["a", "[x-z]"])]),
    ("MEMORY", [.one(["USAGE", "no"]), .one(["none"]), .option, .number]),
    (
        "CLIENT",
        [.one(["GETNAME", "SETNAME", "NO-EVICT", "no"]), .one(["n", "on", "off", "a b"])]
    ),
    ("CONFIG", [.one(["RESETSTAT", "no"]), .value]), ("NOSUCH", [.value, .value]),
    ("FLUSHDB", [.one(["ASYNC", "SYNC", "no"])]), ("RESET", [.value]), ("AUTH", [.value, .value]),
]

private let numbers = [
    "0", "1", "-1", "5", "10", "1000", "1000000000", "-100", "9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "1.5", "abc", "", "3e2", " 1", "01", "-0", "inf",
    "nan", "9999999999999", "536870912",
]
private let options = [
    "NX", "XX", "GT", "LT", "EX", "PX", "EXAT", "PXAT", "KEEPTTL", "GET", "PERSIST", "nx", "ex",
    "no",
]

private func argument(_ place: Place, _ random: inout SplitMix64) -> String {
    let words =
        switch place {
        case .key: ["a", "b", "c", "d"]
        case .number: numbers
        case .option: options
        case .one(let words): words
        case .value:
            numbers + [
                "x", "hello world", String(repeating: "y", count: 44),
                String(repeating: "y", count: 45), String(repeating: "z", count: 200),
            ]
        }
    return words.randomElement(using: &random)!
}

/// A request of all, or of some, of its places; never one whose expiry is milliseconds away.
private func request(_ random: inout SplitMix64) -> [String] {
    while true {
        let (name, places) = shapes.randomElement(using: &random)!
        let count = Bool.random(using: &random) ? places.count : Int.random(in: 0...places.count)
        let words = [name] + places[..<count].map { argument($0, &random) }
        let isShort = ["PX", "PSETEX", "PEXPIRE", "SETEX", "EXPIRE", "EX", "ex"].contains {
            words.contains($0)
        }
        let soon = ["1", "5", "10", "1000", "01"]
        if isShort && words.contains(where: soon.contains) { continue }
        let isRelative = name == "EXPIRE" || name == "PEXPIRE"
        if isRelative && (words.contains("GT") || words.contains("LT")) { continue }
        return words
    }
}

/// Replies that tell or follow from a time: an hour is more than the test takes, and less than what
/// lies between the times in the vocabulary.
private func agree(_ ours: RESPValue, _ theirs: RESPValue, _ words: [String]) -> Bool {
    let telling = ["TTL", "EXPIRETIME", "OBJECT"]
    if telling.contains(words[0]), let ours = ours.number, let theirs = theirs.number,
        ours >= 0, theirs >= 0
    {
        return abs(ours - theirs) < 3_600
    }
    return ours == theirs
}

@Suite struct DifferentialTests {
    /// Another seed than the suite's: Scripts/verify-server draws one.
    private var seed: UInt64 {
        getenv("HASHMARK_DIFFERENTIAL_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1
    }

    /// Valkey 9.1 looks at GETEX's time before the key, and embeds longer values.
    private func isOfRedis(_ words: [String], _ table: Table) -> Bool {
        table != .valkey91 || (words[0] != "GETEX" && !words.starts(with: ["OBJECT", "ENCODING"]))
    }

    @Test(arguments: [Table.valkey72, .valkey91]) func answersAsRedisDoes(_ table: Table) throws {
        let redis = try RedisServer()
        try withServer(ServerConfiguration(table: table)) { port in
            let theirs = try RawClient(port: redis.port)
            let ours = try RawClient(port: port)
            var random = SplitMix64(seed: seed)
            for number in 0..<30_000 {
                let words = request(&random)
                guard isOfRedis(words, table) else { continue }
                try theirs.send(encode(words))
                try ours.send(encode(words))
                let (expected, got) = (try theirs.reply(), try ours.reply())
                try #require(
                    agree(got, expected, words),
                    "request \(number) of seed \(seed): \(words): \(got), theirs \(expected)")
            }
        }
    }
}

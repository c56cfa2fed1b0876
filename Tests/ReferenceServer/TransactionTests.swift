// Transactions, databases and watched keys, against redis-server: two connections to each take
// turns at random, and every reply must be the same.
import Distributions
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import TestSupport
import Testing

private let keys = ["a", "b", "c"]
private let databases = ["0", "1", "2", "3", "16", "-1", "x"]

/// A request; about one in six controls a transaction.
private func request(_ random: inout SplitMix64) -> [String] {
    let key = keys.randomElement(using: &random)!
    let other = keys.randomElement(using: &random)!
    let database = databases.randomElement(using: &random)!
    let choices: [[String]] = [
        ["MULTI"], ["EXEC"], ["EXEC"], ["DISCARD"], ["WATCH", key, other], ["UNWATCH"],
        ["SET", key, "1"], ["SET", key, "x", "NX"], ["SET", key, "x", "XX", "GET"], ["GET", key],
        ["INCR", key], ["DEL", key, other], ["APPEND", key, "y"], ["EXPIRE", key, "1000"],
        ["PERSIST", key], ["GETDEL", key], ["GETSET", key, "2"], ["SETNX", key, "3"],
        ["MSET", key, "4", other, "5"], ["RENAME", key, other], ["GETEX", key, "PERSIST"],
        ["SELECT", database], ["MOVE", key, database], ["COPY", key, other, "DB", database],
        ["SWAPDB", database, databases.randomElement(using: &random)!], ["FLUSHDB"], ["DBSIZE"],
        ["FLUSHALL", "SYNC"], ["GET"], ["NOSUCH", key], ["OBJECT", "NOSUCH", key], ["PING"],
        ["CONFIG", "GET", "databases"], ["SHUTDOWN", "ABORT", "x"],
    ]
    return choices.randomElement(using: &random)!
}

@Suite(.serialized) struct TransactionTests {
    @Test(arguments: [Table.valkey72, .valkey91]) func answersAsRedisDoes(_ table: Table) throws {
        let redis = try RedisServer()
        try withServer(ServerConfiguration(table: table)) { port in
            let theirs = [try Talker(redis.port), try Talker(redis.port)]
            let ours = [try Talker(port), try Talker(port)]
            var random = SplitMix64(seed: 3)
            for number in 0..<20_000 {
                let words = request(&random)
                let index = Int.random(in: 0...1, using: &random)
                let expected = try theirs[index].ask(words)
                let got = try ours[index].ask(words)
                try #require(
                    got == expected, "request \(number): \(words): \(got), theirs \(expected)")
            }
            let checker = try RawClient(port: port)
            try checker.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
        }
    }

    @Test func databasesCountTogether() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                "SET a 1\r\nSELECT 3\r\nDBSIZE\r\nSET b 2\r\nSET c 3\r\n",
                "+OK\r\n+OK\r\n:0\r\n+OK\r\n+OK\r\n")
            try client.send("INFO keyspace\r\n")
            let text = try client.reply().text ?? ""
            #expect(text.contains("db0:keys=1,expires=0") && text.contains("db3:keys=2,expires=0"))
            // Another connection is still in database 0.
            let other = try RawClient(port: port)
            try other.exchange("DBSIZE\r\nGET b\r\n", ":1\r\n$-1\r\n")
            try client.exchange("FLUSHALL\r\nDBSIZE\r\n", "+OK\r\n:0\r\n")
            try other.exchange("DBSIZE\r\nHASHMARK VERIFY\r\n", ":0\r\n*0\r\n")
        }
    }

    /// The limit of memory is for all databases, and each of them can make room.
    @Test func memoryIsLimitedOverAllDatabases() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.maxMemory = 2 << 20
        configuration.keyspace.eviction = .allkeysRandom
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let value = String(repeating: "v", count: 1_000)
            for database in [0, 5] {
                try client.exchange(encode("SELECT", "\(database)"), "+OK\r\n")
                for number in 0..<3_000 {
                    try client.exchange(encode("SET", "k\(number)", value), "+OK\r\n")
                }
            }
            try client.send("INFO memory\r\n")
            let lines = try client.reply().text?.split(whereSeparator: \.isNewline) ?? []
            let used = lines.first { $0.hasPrefix("used_memory:") }?.dropFirst(12)
            #expect(try #require(used.flatMap { Int($0) }) < (2 << 20) + 200_000)
        }
    }

    @Test func keysThatExpireSpoilTheTransaction() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                "SET a 1\r\nPEXPIRE a 20\r\nWATCH a none\r\nMULTI\r\nPING\r\n",
                "+OK\r\n:1\r\n+OK\r\n+OK\r\n+QUEUED\r\n")
            Clock.sleep(milliseconds: 40)
            try client.exchange("EXEC\r\n", "*-1\r\n")
            try client.exchange("EXEC\r\n", "-ERR EXEC without MULTI\r\n")
        }
    }

    @Test func aClustersTransactionHasOneSlot() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.keyspace.cluster = true
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let crossed = "-CROSSSLOT Keys in request don't hash to the same slot\r\n"
            try client.exchange(
                "MULTI\r\nSET a 1\r\nSET b 2\r\nEXEC\r\nGET a\r\n",
                "+OK\r\n+QUEUED\r\n+QUEUED\r\n\(crossed)$-1\r\n")
            try client.exchange(
                "MULTI\r\nMSET a 1 b 2\r\nEXEC\r\n",
                "+OK\r\n\(crossed)"
                    + "-EXECABORT Transaction discarded because of previous errors.\r\n")
            try client.exchange(
                "SWAPDB 0 1\r\nMOVE a 1\r\n",
                "-ERR SWAPDB is not allowed in cluster mode\r\n"
                    + "-ERR MOVE is not allowed in cluster mode\r\n")
        }
    }

    /// Values that are sent from where they lie are copied inside of EXEC.
    @Test(arguments: threadModels) func longValues(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let value = String(repeating: "v", count: 100_000)
            let bulk = "$100000\r\n\(value)\r\n"
            let requests = [
                encode("SET", "a", value), encode("MULTI"), encode("GET", "a"), encode("DEL", "a"),
                encode("GET", "a"), encode("EXEC"),
            ]
            try client.exchange(
                requests.joined(),
                "+OK\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n\(bulk):1\r\n$-1\r\n")
        }
    }
}

/// A connection that can be one of several.
private final class Talker {
    private let raw: RawClient

    init(_ port: UInt16) throws { raw = try RawClient(port: port) }

    func ask(_ words: [String]) throws -> RESPValue {
        try raw.send(encode(words))
        return try raw.reply()
    }
}

// Limits of collections as settings: the encoding at each of them and just above, by their names of
// today and by their old ones, in all databases.
import Keyspaces
import RESP
import ReferenceServer
import Testing

@Suite(.serialized) struct CollectionLimitTests {
    private static let limits = [
        ("hash-max-listpack-entries", "2"), ("hash-max-listpack-value", "3"),
        ("set-max-intset-entries", "2"), ("set-max-listpack-entries", "3"),
        ("set-max-listpack-value", "4"), ("zset-max-listpack-entries", "2"),
        ("zset-max-listpack-value", "5"), ("list-max-listpack-size", "3"),
    ]

    /// What makes a value of a key `k` at a limit or above it, and its encoding then.
    private static let cases: [(requests: [String], encoding: String)] = [
        (["hset k a 1 b 2"], "listpack"), (["hset k a 1 b 2", "hset k c 3"], "hashtable"),
        (["hset k a abc"], "listpack"), (["hset k a abcd"], "hashtable"),
        (["sadd k 1 2"], "intset"), (["sadd k 1 2", "sadd k 3"], "hashtable"),
        (["sadd k a 1 2"], "listpack"), (["sadd k a 1 2", "sadd k 3"], "hashtable"),
        (["sadd k abcd"], "listpack"), (["sadd k abcde"], "hashtable"),
        (["zadd k 1 a 2 b"], "listpack"), (["zadd k 1 a 2 b", "zadd k 3 c"], "skiplist"),
        (["zadd k 1 abcde"], "listpack"), (["zadd k 1 abcdef"], "skiplist"),
        (["rpush k a b c"], "listpack"), (["rpush k a b c", "lpush k d"], "quicklist"),
        (["rpush k a b c d"], "quicklist"), (["rpush k a b c d", "rpop k 2"], "quicklist"),
        (["rpush k a b c d", "rpop k 3"], "listpack"),
    ]

    private func check(_ client: borrowing RawClient) throws {
        for (requests, encoding) in Self.cases {
            for request in requests {
                try client.send(request + "\r\n")
                _ = try client.reply()
            }
            try client.exchange(
                "object encoding k\r\ndel k\r\n", "$\(encoding.utf8.count)\r\n\(encoding)\r\n:1\r\n"
            )
        }
        try client.exchange("hashmark verify\r\n", "*0\r\n")
    }

    @Test(arguments: Table.releases) func encodingsFollowTheSettings(_ table: Table) throws {
        var configuration = ServerConfiguration(table: table)
        for (name, value) in Self.limits { try configuration.set(name, value) }
        try withServer(configuration) { port in try check(try RawClient(port: port)) }
    }

    /// While the server runs, with databases that are there already and others that are not.
    @Test(arguments: allThreadModels) func theyChangeWhileItRuns(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let isSharded = threads.hasPrefix("sharded")
            if !isSharded { try client.exchange("select 2\r\nset a 1\r\n", "+OK\r\n+OK\r\n") }
            let words = Self.limits.flatMap { [$0.0, $0.1] }
            try client.exchange(encode(["CONFIG", "SET"] + words), "+OK\r\n")
            for database in isSharded ? [0] : [2, 0, 3] {
                try client.exchange("select \(database)\r\n", "+OK\r\n")
                try check(client)
            }
        }
    }

    @Test func oldNamesAreTheSame() throws {
        try withServer(ServerConfiguration(table: .valkey72)) { port in
            let client = try RawClient(port: port)
            for (name, value) in [
                ("hash-max-%-entries", "7"), ("hash-max-%-value", "8"),
                ("zset-max-%-entries", "9"), ("zset-max-%-value", "10"),
                ("list-max-%-size", "-4"),
            ] {
                let old = name.split(separator: "%").joined(separator: "ziplist")
                let new = name.split(separator: "%").joined(separator: "listpack")
                try client.exchange(encode("CONFIG", "SET", old, value), "+OK\r\n")
                for name in [old, new] {
                    try client.send(encode("CONFIG", "GET", name))
                    #expect(try client.reply().elements?.last?.text == value, "\(name)")
                }
            }
            let prefix = "-ERR CONFIG SET failed (possibly related to argument "
            try client.exchange(
                "CONFIG SET set-max-intset-entries -1\r\n",
                prefix + "'set-max-intset-entries') - argument must be between 0 and"
                    + " 9223372036854775807 inclusive\r\n")
            try client.exchange(
                "CONFIG SET list-compress-depth 0\r\nCONFIG SET list-compress-depth 1\r\n",
                "+OK\r\n\(prefix)'list-compress-depth') - can't set immutable config\r\n")
        }
    }

    /// A table that holds strings only has no use for them.
    @Test func tablesWithoutCollectionsRefuseThem() {
        var configuration = ServerConfiguration(table: .swiss)
        let error = #expect(throws: ConfigurationError.self) {
            try configuration.set("hash-max-listpack-entries", "3")
        }
        #expect(error?.description.contains("use another table") == true)
    }
}

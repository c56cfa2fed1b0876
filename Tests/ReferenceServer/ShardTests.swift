// `threads=sharded:N`: what several shards answer together, in which order, and what is refused.
import Distributions
import Glibc
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import Testing

@Suite(.serialized) struct ShardTests {
    private static func configuration(
        _ count: Int, _ table: Table = .valkey91
    ) throws -> ServerConfiguration {
        var configuration = ServerConfiguration(table: table)
        try configuration.set("threads", "sharded:\(count)")
        return configuration
    }

    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

    /// Keys enough for each shard to have some.
    private static let names = (0..<60).map { "key:\($0)" }

    private static func fill(_ client: borrowing RawClient) throws {
        var pairs = ["MSET"]
        for name in names { pairs += [name, "value of \(name)"] }
        try client.exchange(encode(pairs), "+OK\r\n")
    }

    @Test(arguments: Table.served + [.compact, .dash], [1, 3])
    func commandsOfManyKeys(_ table: Table, _ count: Int) throws {
        try withServer(try Self.configuration(count, table)) { port in
            let client = try RawClient(port: port)
            try Self.fill(client)
            let values = Self.names.map { Self.bulk("value of \($0)") }.joined()
            try client.exchange(encode(["MGET"] + Self.names), "*60\r\n" + values)
            let mixed =
                "*4\r\n" + Self.bulk("value of key:7") + "$-1\r\n$-1\r\n"
                + Self.bulk("value of key:7")
            try client.exchange(encode("MGET", "key:7", "none", "other", "key:7"), mixed)
            try client.exchange(encode(["EXISTS"] + Self.names + ["none", "key:1"]), ":61\r\n")
            try client.exchange(encode(["TOUCH"] + Self.names), ":60\r\n")
            try client.exchange("DBSIZE\r\n", ":60\r\n")
            try client.exchange(encode(["DEL"] + Self.names.prefix(10)), ":10\r\n")
            try client.exchange(encode(["UNLINK"] + Self.names.prefix(20)), ":10\r\n")
            try client.exchange("DBSIZE\r\nHASHMARK VERIFY\r\n", ":40\r\n*0\r\n")
            try client.exchange("FLUSHALL\r\nDBSIZE\r\n", "+OK\r\n:0\r\n")
            try client.exchange("RANDOMKEY\r\nKEYS *\r\n", "$-1\r\n*0\r\n")
        }
    }

    @Test func walks() throws {
        try withServer(try Self.configuration(4)) { port in
            let client = try RawClient(port: port)
            try Self.fill(client)
            try client.send("KEYS *\r\n")
            let keys = try client.reply().elements?.compactMap(\.text) ?? []
            #expect(keys.sorted() == Self.names.sorted())
            var seen: Set<String> = []
            var cursor = "0"
            repeat {
                try client.send(encode("SCAN", cursor, "COUNT", "3"))
                let parts = try #require(try client.reply().elements)
                cursor = try #require(parts[0].text)
                seen.formUnion(parts[1].elements?.compactMap(\.text) ?? [])
            } while cursor != "0"
            #expect(seen == Set(Self.names))
            var drawn: Set<String> = []
            for _ in 0..<400 {
                try client.send("RANDOMKEY\r\n")
                drawn.insert(try #require(try client.reply().text))
            }
            #expect(drawn.isSubset(of: Self.names))
            // Of 60 keys in four shards 400 draws miss half in one of 10¹⁰⁰ cases.
            #expect(drawn.count > 30)
        }
    }

    /// Replies come in the order of the requests, whoever executes them.
    @Test func replyOrder() throws {
        try withServer(try Self.configuration(3)) { port in
            let client = try RawClient(port: port)
            var (requests, replies) = ("", "")
            for round in 0..<40 {
                for name in Self.names {
                    requests += encode("SET", name, "\(round)") + encode("PING")
                    requests += encode("GET", name)
                    replies += "+OK\r\n+PONG\r\n" + Self.bulk("\(round)")
                }
                // Behind what was sent before it, and before what comes after it.
                requests += encode("MGET", "key:1", "key:2", "key:3") + encode("DBSIZE")
                requests += encode("INCR", "key:2") + encode("MGET", "key:2", "key:3")
                let (old, new) = (Self.bulk("\(round)"), Self.bulk("\(round + 1)"))
                replies += "*3\r\n" + old + old + old + ":60\r\n:\(round + 1)\r\n"
                replies += "*2\r\n" + new + old
            }
            try client.send(requests + "QUIT\r\nPING\r\n")
            let isExpected = try client.receiveAll() == replies + "+OK\r\n"
            #expect(isExpected)
        }
    }

    /// Whoever sees a part of a command of several shards sees all of it from then on.
    @Test func commandsOfManyKeysAreAtomic() throws {
        try withServer(try Self.configuration(3)) { port in
            let first = try RawClient(port: port)
            let pairs = Self.names.prefix(12).flatMap { [$0, "0"] }
            try first.exchange(encode(["MSET"] + pairs), "+OK\r\n")
            var workers = WorkerGroup(capacity: 1)
            try workers.start {
                do {
                    let writer = try RawClient(port: port)
                    for round in 1...300 {
                        let pairs = Self.names.prefix(12).flatMap { [$0, "\(round)"] }
                        try writer.exchange(encode(["MSET"] + pairs), "+OK\r\n")
                    }
                } catch {
                    Issue.record(error)
                }
            }
            var random = SplitMix64(seed: 5)
            var faults: [String] = []
            for _ in 0..<300 {
                try first.send(encode(["MGET"] + Self.names.prefix(12)))
                let seen = Set(try first.reply().elements?.compactMap(\.text) ?? [])
                if seen.count != 1 { faults.append("MGET \(seen)") }
                let (one, other) = (
                    Self.names[Int.random(in: 0..<12, using: &random)],
                    Self.names[Int.random(in: 0..<12, using: &random)]
                )
                try first.send(encode("GET", one))
                let earlier = try first.reply().number ?? -1
                try first.send(encode("GET", other))
                let later = try first.reply().number ?? -1
                if later < earlier { faults.append("\(one) \(earlier), \(other) \(later)") }
            }
            workers.join()
            #expect(faults.isEmpty)
        }
    }

    /// Commands of several shards that begin in all threads at once wait for each other in one
    /// order.
    @Test func crossingsDoNotLock() throws {
        try withServer(try Self.configuration(4)) { port in
            let clients = try (0..<8).map { _ in try Talker(port) }
            let request = encode(["MSET"] + Self.names.prefix(8).flatMap { [$0, "v"] })
            for _ in 0..<50 {
                for client in clients { try client.raw.send(request + encode("DBSIZE")) }
                for client in clients { try client.raw.exchange("", "+OK\r\n:8\r\n") }
            }
        }
    }

    @Test(arguments: [
        ("MULTI", "MULTI"), ("WATCH a", "WATCH"), ("SUBSCRIBE a", "SUBSCRIBE"),
        ("PUBLISH a b", "PUBLISH"), ("CLIENT TRACKING ON", "CLIENT TRACKING"),
        ("RENAME key:1 key:2", ""), ("COPY key:1 key:2", ""), ("MSETNX key:1 a key:2 b", ""),
    ])
    func whatIsNotThere(_ request: String, _ name: String) throws {
        try withServer(try Self.configuration(16)) { port in
            let client = try RawClient(port: port)
            try Self.fill(client)
            try client.send(request + "\r\n")
            guard case .error(let text) = try client.reply() else {
                // Two keys that share one of sixteen shards.
                #expect(name.isEmpty)
                return
            }
            let word = name.isEmpty ? String(request.prefix { $0 != " " }) : name
            #expect(text.hasPrefix("ERR \(word)"))
            #expect(
                text.hasSuffix(
                    "is not there with threads=sharded:16: use single, io:N or global-lock:N"))
        }
    }

    /// Keys named after elements may be in any shard.
    @Test func sortLooksNothingUp() throws {
        try withServer(try Self.configuration(3)) { port in
            let client = try RawClient(port: port)
            try client.exchange("RPUSH f 2 1\r\n", ":2\r\n")
            let sorted = "*2\r\n" + Self.bulk("1") + Self.bulk("2")
            try client.exchange("SORT f GET #\r\nSORT_RO f\r\n", sorted + sorted)
            try client.exchange("SORT f BY nosort DESC\r\n", sorted)
            for (request, what) in [
                ("SORT f BY w_*", "SORT with BY"), ("SORT_RO f BY w_*", "SORT_RO with BY"),
                ("SORT f LIMIT 0 1 GET # GET w_*", "SORT with GET"),
            ] {
                try client.exchange(
                    "\(request)\r\n",
                    "-ERR \(what) of other keys is not there with threads=sharded:3: use single,"
                        + " io:N or global-lock:N\r\n")
            }
        }
    }

    @Test func oneDatabase() throws {
        try withServer(try Self.configuration(2)) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                "SELECT 0\r\nSELECT 1\r\nMOVE a 1\r\n",
                "+OK\r\n-ERR DB index is out of range\r\n-ERR DB index is out of range\r\n")
        }
    }

    private static func info(_ client: borrowing RawClient) throws -> [String: String] {
        try client.send("INFO everything\r\n")
        let text = try #require(try client.reply().text)
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        return fields
    }

    @Test func figuresAreSums() throws {
        try withServer(try Self.configuration(3)) { port in
            let clients = try (0..<5).map { _ in try Talker(port) }
            let client = try RawClient(port: port)
            try Self.fill(client)
            let values = Self.names.prefix(9).map { Self.bulk("value of \($0)") }.joined()
            try client.exchange(
                encode(["MGET"] + Self.names.prefix(9)) + "GET none\r\nHASHMARK SETTLE\r\n",
                "*9\r\n" + values + "$-1\r\n+OK\r\n")
            let fields = try Self.info(client)
            #expect(fields["connected_clients"] == "\(clients.count + 1)")
            #expect(fields["db0"] == "keys=60,expires=0,avg_ttl=0")
            #expect(fields["keyspace_hits"] == "9")
            #expect(fields["keyspace_misses"] == "1")
            #expect(fields["hashmark_threads"] == "sharded:3")
            // Once, whoever executed parts of it; this one included.
            #expect(fields["cmdstat_mget"]?.hasPrefix("calls=1,") == true)
            #expect(fields["cmdstat_mset"]?.hasPrefix("calls=1,") == true)
            #expect(fields["total_commands_processed"] == "5")
            try client.exchange("HASHMARK COMMANDS\r\n", ":6\r\n")
            try client.send("HASHMARK STATS\r\n")
            let stats = try #require(try client.reply().elements).compactMap(\.text)
            let entries = try #require(stats.firstIndex(of: "entries"))
            #expect(stats[entries + 1] == "60")
            try client.send("HASHMARK RECOUNT\r\n")
            let recount = try #require(try client.reply().elements).compactMap(\.text)
            #expect(recount[0] == "requested")
            #expect(recount[1] == fields["hashmark_requested_bytes"])
        }
    }

    @Test func clientsOfAllThreads() throws {
        try withServer(try Self.configuration(3)) { port in
            let admin = try RawClient(port: port)
            let others = try (0..<5).map { _ in try Talker(port) }
            for other in others { try other.raw.exchange("PING\r\n", "+PONG\r\n") }
            try admin.send("CLIENT LIST\r\n")
            let list = try #require(try admin.reply().text)
            let ids = list.split(separator: "\n").compactMap { $0.split(separator: " ").first }
            #expect(Set(ids).count == 6)
            try admin.exchange("CLIENT KILL TYPE normal\r\n", ":5\r\n")
            for other in others { #expect(try other.raw.receiveAll() == "") }
            try admin.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    /// The limit is for the sum of the shards.
    @Test func memoryLimit() throws {
        var configuration = try Self.configuration(3)
        let limit = 4 << 20
        configuration.maxMemory = limit
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let value = String(repeating: "v", count: 1_000)
            var stored = 0
            for number in 0..<5_000 {
                try client.send(encode("SET", "key:\(number)", value))
                guard case .status = try client.reply() else { continue }
                stored += 1
            }
            try client.exchange("DBSIZE\r\n", ":\(stored)\r\n")
            let used = try #require(Int(try Self.info(client)["used_memory"] ?? ""))
            // Nobody knows of the others' last few entries, or of a table that doubles.
            #expect(used > limit - (limit >> 3) && used < limit + (limit >> 3))
            #expect(stored > 2_000 && stored < 3_100)
        }
    }

    @Test func eviction() throws {
        var configuration = try Self.configuration(2)
        configuration.maxMemory = 4 << 20
        try configuration.set("policy", "allkeys-lru")
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let value = String(repeating: "v", count: 1_000)
            for number in 0..<6_000 {
                try client.exchange(encode("SET", "key:\(number)", value), "+OK\r\n")
            }
            let fields = try Self.info(client)
            let used = try #require(Int(fields["used_memory"] ?? ""))
            #expect(used < (4 << 20) + (1 << 19))
            #expect(Int(fields["evicted_keys"] ?? "") ?? 0 > 2_000)
        }
    }

    @Test func passwords() throws {
        var configuration = try Self.configuration(2)
        configuration.password = "secret"
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let refused = "-NOAUTH Authentication required.\r\n"
            try client.exchange(
                "GET a\r\nGET b\r\nMGET a b\r\nDBSIZE\r\nAUTH secret\r\nDBSIZE\r\n",
                refused + refused + refused + refused + "+OK\r\n:0\r\n")
            try client.exchange("MGET a b c d\r\n", "*4\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n")
        }
    }

    private final class Talker {
        let raw: RawClient
        init(_ port: UInt16) throws { raw = try RawClient(port: port) }
    }
}

// The server around a foreign table: what it offers works, what it lacks is refused by name.
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import TestSupport
import Testing

@Suite(.serialized) struct ForeignTests {
    /// Requests of one line to a store, and their replies.
    private static let conversation: [(String, String)] = [
        ("set a 12", "+OK\r\n"), ("get a", "$2\r\n12\r\n"), ("incr a", ":13\r\n"),
        ("append a x", ":3\r\n"), ("get a", "$3\r\n13x\r\n"), ("strlen a", ":3\r\n"),
        ("set b y nx", "+OK\r\n"), ("set b z keepttl get", "$1\r\ny\r\n"),
        ("exists a b c", ":2\r\n"),
        ("mget a b c", "*3\r\n$3\r\n13x\r\n$1\r\nz\r\n$-1\r\n"), ("setrange a 1 ab", ":3\r\n"),
        ("ttl a", ":-1\r\n"), ("pttl none", ":-2\r\n"), ("persist a", ":0\r\n"),
        ("getex a", "$3\r\n1ab\r\n"), ("getex a persist", "$3\r\n1ab\r\n"),
        ("rename a d", "+OK\r\n"), ("copy d e", ":1\r\n"), ("get e", "$3\r\n1ab\r\n"),
        ("keys b*", "*1\r\n$1\r\nb\r\n"), ("getdel d", "$3\r\n1ab\r\n"), ("del b none", ":1\r\n"),
        ("dbsize", ":1\r\n"), ("type e", "+string\r\n"), ("incrbyfloat f 1.5", "$3\r\n1.5\r\n"),
        ("hashmark verify", "*0\r\n"), ("hashmark settled", ":1\r\n"), ("flushall", "+OK\r\n"),
        ("dbsize", ":0\r\n"), ("get e", "$-1\r\n"),
    ]

    /// What each refused request lacks.
    private static let refusals: [(String, String)] = [
        ("scan 0", "scan cursor"), ("randomkey", "random entries"), ("expire a 10", "expiry"),
        ("pexpire a 10", "expiry"), ("expireat a 10", "expiry"), ("pexpireat a 10", "expiry"),
        ("setex a 10 v", "expiry"), ("psetex a 10 v", "expiry"), ("set a v ex 10", "expiry"),
        ("set a v pxat 10", "expiry"), ("getex a ex 10", "expiry"),
        ("object encoding a", "representation of single values"),
        ("object refcount a", "representation of single values"),
        ("object freq a", "record of use"), ("object idletime a", "record of use"),
        ("memory usage a", "representation of single values"),
        ("hset a f v", "hashes, lists, sets, sorted sets and Bloom filters"),
        ("zrange a 0 -1", "hashes, lists, sets, sorted sets and Bloom filters"),
        ("bf.add a b", "hashes, lists, sets, sorted sets and Bloom filters"),
    ]

    @Test func aStoreDoesWhatItCan() throws {
        try withServer(ServerConfiguration(table: .foreignStore)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in Self.conversation {
                try client.exchange("\(request)\r\n", reply)
            }
        }
    }

    @Test func whatAStoreLacksIsRefusedByName() throws {
        let name = Table.foreignStore.name
        try withServer(ServerConfiguration(table: .foreignStore)) { port in
            let client = try RawClient(port: port)
            try client.exchange("set a old\r\n", "+OK\r\n")
            for (request, missing) in Self.refusals {
                try client.exchange(
                    "\(request)\r\n", "-ERR this table has no \(missing) (\(name))\r\n")
            }
            // None of them did anything, and the server goes on.
            try client.exchange("get a\r\n", "$3\r\nold\r\n")
            try client.exchange("dbsize\r\n", ":1\r\n")
        }
    }

    @Test func settingsThatTheTableHasNoUseFor() throws {
        var store = ServerConfiguration(table: .foreignStore)
        for (name, value) in [("cluster", "1"), ("policy", "allkeys-lru"), ("match", "scalar")] {
            let error = #expect(throws: ConfigurationError.self) { try store.set(name, value) }
            #expect(error?.description.contains("has no ") == true, "\(name)")
        }
        try store.set("cluster", "0")
        try store.set("policy", "noeviction")
        var index = ServerConfiguration(table: .foreignIndex)
        try index.set("cluster", "1")
        try index.set("policy", "allkeys-lru")
    }

    /// All that Hashmark adds to an index: expiries, eviction, slots; and its own cursors.
    @Test(arguments: [false, true]) func anIndexCanEverything(_ cluster: Bool) throws {
        var configuration = ServerConfiguration(table: .foreignIndex)
        try configuration.set("cluster", cluster ? "1" : "0")
        try configuration.set("policy", "allkeys-lru")
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let sets = (0..<500).map { encode("SET", "k\($0)", "v") }.joined()
            try client.exchange(sets, String(repeating: "+OK\r\n", count: 500))
            try client.exchange("expire k1 1000\r\n", ":1\r\n")
            try client.exchange("ttl k1\r\n", ":1000\r\n")
            try client.exchange("object encoding k1\r\n", "$6\r\nembstr\r\n")
            var cursor = "0"
            var found = Set<String>()
            repeat {
                try client.send("SCAN \(cursor) COUNT 100\r\n")
                let reply = try client.reply().elements ?? []
                try #require(reply.count == 2)
                cursor = reply[0].text ?? "0"
                found.formUnion((reply[1].elements ?? []).compactMap(\.text))
            } while cursor != "0"
            #expect(found.count == 500)
            try client.send("randomkey\r\n")
            let drawn = try client.reply().text ?? ""
            #expect(found.contains(drawn), "\(drawn)")
            try client.exchange("config set maxmemory 1\r\n", "+OK\r\n")
            try client.send("set x y\r\n")
            guard case .error(let refusal) = try client.reply() else {
                Issue.record("a write without room was not refused")
                return
            }
            #expect(refusal.hasPrefix("OOM"))
            try client.exchange("dbsize\r\n", ":0\r\n")
            try client.exchange("hashmark verify\r\n", "*0\r\n")
        }
    }

    @Test func statisticsAreAsFarAsThereAreNumbers() throws {
        for (table, words) in [
            (Table.foreignStore, ["linear probing", "readers at once", "scan cursor", "unknown"]),
            (Table.foreignIndex, ["chains that are resized", "probe_lengths", "readers at once"]),
        ] {
            try withServer(ServerConfiguration(table: table)) { port in
                let client = try RawClient(port: port)
                try client.exchange("set a b\r\n", "+OK\r\n")
                try client.send("hashmark stats\r\n")
                let pairs = (try client.reply().elements ?? []).compactMap(\.text)
                let text = pairs.joined(separator: " ")
                for word in words { #expect(text.contains(word), "\(text)") }
                try client.send("info memory\r\n")
                let memory = try client.reply().text ?? ""
                #expect(memory.contains("used_memory:"))
                #expect(!memory.contains("hashmark_foreign_bytes"))
            }
        }
    }
}

// Who may use a server and how much of it: passwords, connections, memory, idle and slow clients,
// hash slots.
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct LimitTests {
    @Test func passwords() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.password = "secret"
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let refused = "-NOAUTH Authentication required.\r\n"
            try client.exchange("GET a\r\nNOSUCH\r\n", refused + refused)
            let wrong = "-WRONGPASS invalid username-password pair or user is disabled.\r\n"
            try client.exchange("AUTH nope\r\nAUTH other secret\r\n", wrong + wrong)
            try client.exchange("AUTH secret\r\nGET a\r\n", "+OK\r\n$-1\r\n")
            try client.exchange("RESET\r\nGET a\r\n", "+RESET\r\n" + refused)
            try client.exchange("AUTH default secret\r\n", "+OK\r\n")
            try client.exchange("CONFIG SET requirepass \"\"\r\n", "+OK\r\n")
            let other = try RawClient(port: port)
            try other.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    @Test func connectionsPastTheLimitAreToldAndClosed() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.maxClients = 2
        try withServer(configuration) { port in
            let first = try RawClient(port: port)
            try first.exchange("PING\r\n", "+PONG\r\n")
            let second = try RawClient(port: port)
            try second.exchange("PING\r\n", "+PONG\r\n")
            let third = try RawClient(port: port)
            #expect(try third.receiveAll() == "-ERR max number of clients reached\r\n")
            try first.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    @Test func idleConnectionsEnd() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.idleTimeout = 1
        configuration.hz = 50
        try withServer(configuration) { port in
            let idle = try RawClient(port: port)
            let busy = try RawClient(port: port)
            for _ in 0..<15 {
                try busy.exchange("PING\r\n", "+PONG\r\n")
                Clock.sleep(milliseconds: 100)
            }
            #expect(try idle.receive(milliseconds: 2_000) == [])
            try busy.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    /// Who asks for more than the limit without reading is cut off; others are served.
    @Test func slowReadersAreCutOff() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.outputLimit = 4 << 20
        try withServer(configuration) { port in
            let slow = try RawClient(port: port)
            let value = String(repeating: "v", count: 1_000_000)
            try slow.exchange(encode("SET", "key", value), "+OK\r\n")
            try slow.send(String(repeating: encode("GET", "key"), count: 100))
            let other = try RawClient(port: port)
            for _ in 0..<100 { try other.exchange("PING\r\n", "+PONG\r\n") }
            var received = 0
            while let more = try? slow.receive(limit: 1 << 20), !more.isEmpty {
                received += more.count
            }
            #expect(received < 100_000_000)
            try other.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    @Test func memoryIsLimited() throws {
        for (policy, fits) in [(EvictionPolicy.noeviction, false), (.allkeysRandom, true)] {
            var configuration = ServerConfiguration(table: .valkey91)
            configuration.maxMemory = 3 << 20
            configuration.keyspace.eviction = policy
            try withServer(configuration) { port in
                let client = try RawClient(port: port)
                var refused = 0
                for key in 0..<40_000 {
                    try client.send(encode("SET", "key:\(key)", String(repeating: "v", count: 64)))
                    let reply = try #require(try client.receive())
                    if reply.first == UInt8(ascii: "-") { refused += 1 }
                }
                #expect((refused == 0) == fits)
                try client.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
            }
        }
    }

    @Test func aClusterOfOneNode() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.keyspace.cluster = true
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            try client.exchange("CLUSTER KEYSLOT 123456789\r\n", ":12739\r\n")
            try client.exchange(
                "MSET a 1 b 2\r\n", "-CROSSSLOT Keys in request don't hash to the same slot\r\n")
            try client.exchange("MSET a{x} 1 b{x} 2\r\nDBSIZE\r\n", "+OK\r\n:2\r\n")
            try client.exchange("CLUSTER COUNTKEYSINSLOT 16287\r\n", ":2\r\n")
            try client.send("CLUSTER SLOTS\r\n")
            let reply = String(decoding: try #require(try client.receive()), as: UTF8.self)
            #expect(reply.hasPrefix("*1\r\n*3\r\n:0\r\n:16383\r\n*4\r\n$9\r\n127.0.0.1\r\n"))
        }
    }

    @Test func clientsAreKilled() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let victim = try RawClient(port: port)
            try victim.exchange("CLIENT ID\r\n", ":1\r\n")
            let killer = try RawClient(port: port)
            try killer.exchange("CLIENT KILL ID 1\r\n", ":1\r\n")
            #expect(try victim.receive(milliseconds: 2_000) == [])
            try killer.exchange("CLIENT KILL ID 1\r\n", ":0\r\n")
        }
    }

    @Test func scanMeetsEveryKey() throws {
        for table in Table.served {
            try withServer(ServerConfiguration(table: table)) { port in
                let client = try RawClient(port: port)
                let sets = (0..<1_000).map { encode("SET", "k\($0)", "v") }.joined()
                try client.exchange(sets, String(repeating: "+OK\r\n", count: 1_000))
                var cursor = "0"
                var found = Set<Substring>()
                repeat {
                    try client.send("SCAN \(cursor) COUNT 50 MATCH k* TYPE string\r\nPING\r\n")
                    var text = ""
                    while !text.hasSuffix("+PONG\r\n") {
                        text += String(
                            decoding: try #require(try client.receive()), as: UTF8.self)
                    }
                    let lines = text.split(separator: "\r\n")
                    cursor = String(lines[2])
                    found.formUnion(lines.filter { $0.hasPrefix("k") })
                } while cursor != "0"
                #expect(found.count == 1_000)
            }
        }
    }
}

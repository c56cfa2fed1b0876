// A node that was told of others: MOVED for what is theirs, and what CLUSTER tells of them.
import Keyspaces
import RESP
import ReferenceServer
import Testing

@Suite(.serialized) struct PeerTests {
    private static let peer = String(repeating: "a", count: 40)

    private func withNode(_ body: (borrowing RawClient) throws -> Void) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.keyspace.cluster = true
        try withServer(configuration) { port in try body(try RawClient(port: port)) }
    }

    @Test func whatIsOthersIsMoved() throws {
        try withNode { client in
            // foo lies in slot 12182, bar in 5061
            try client.exchange(
                encode("HASHMARK", "PEER", Self.peer, "10.0.0.2", "7001", "8192", "16383"),
                "+OK\r\n")
            let moved = "-MOVED 12182 10.0.0.2:7001\r\n"
            try client.exchange(encode("SET", "foo", "1"), moved)
            try client.exchange(encode("GET", "foo"), moved)
            try client.exchange(encode("OBJECT", "ENCODING", "foo"), moved)
            try client.exchange(encode("SET", "bar", "1"), "+OK\r\n")
            try client.exchange(encode("PING"), "+PONG\r\n")
            try client.exchange(encode("DBSIZE"), ":1\r\n")
            // keys stay, so their slot does
            try client.send(encode("CLUSTER", "SETSLOT", "5061", "NODE", Self.peer))
            guard case .error(let text) = try client.reply() else {
                Issue.record("a slot with keys was given away")
                return
            }
            #expect(text.hasPrefix("ERR Can't assign hashslot 5061"))
            try client.exchange(
                encode("CLUSTER", "SETSLOT", "5062", "NODE", Self.peer), "+OK\r\n")
        }
    }

    @Test func theMapNamesAllNodes() throws {
        try withNode { client in
            try client.exchange(
                encode("HASHMARK", "PEER", Self.peer, "10.0.0.2", "7001", "100", "200"),
                "+OK\r\n")
            try client.send(encode("CLUSTER", "SLOTS"))
            let ranges = try #require(
                ClusterSlots.ranges(of: try client.reply(), askedOf: "127.0.0.1"))
            #expect(ranges.map(\.slots) == [0...99, 100...200, 201...16_383])
            #expect(ranges[1].primary.host == "10.0.0.2" && ranges[1].primary.port == 7_001)
            #expect(ranges[0].primary == ranges[2].primary)
            try client.send(encode("CLUSTER", "NODES"))
            let nodes = try #require(try client.reply().text)
            #expect(nodes.contains("\(Self.peer) 10.0.0.2:7001@17001 master"))
            #expect(nodes.contains(" connected 0-99 201-16383\n"))
            try client.send(encode("CLUSTER", "SHARDS"))
            #expect(try client.reply().elements?.count == 2)
        }
    }

    @Test func nonsenseIsRefused() throws {
        try withNode { client in
            try client.exchange(
                encode("HASHMARK", "PEER", Self.peer, "h", "0", "0", "1"),
                "-ERR value is not an integer or out of range\r\n")
            try client.exchange(
                encode("HASHMARK", "PEER", Self.peer, "h", "1", "2", "1"),
                "-ERR Invalid slot\r\n")
            try client.exchange(
                encode("CLUSTER", "SETSLOT", "1", "NODE", "x"), "-ERR Unknown node x\r\n")
        }
    }
}

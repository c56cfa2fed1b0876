// Long values are sent from where they lie: nothing that runs after the look-up may show in them.
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct LargeReplyTests {
    /// Every GET is followed by what changes, frees or moves the value.
    @Test(arguments: Table.releases, allThreadModels)
    func laterWritesDoNotShow(_ table: Table, _ threads: String) throws {
        var configuration = ServerConfiguration(table: table)
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            for size in [32_767, 32_768, 60_000, 300_000, 3_000_000] {
                let first = String(repeating: "a", count: size)
                let second = String(repeating: "b", count: size)
                let requests = [
                    encode("SET", "key", first), encode("GET", "key"),
                    encode("SET", "key", second), encode("GET", "key"), encode("GET", "key"),
                    encode("SETRANGE", "key", "0", "c"), encode("GET", "key"),
                    encode("APPEND", "key", "d"), encode("GET", "key"), encode("DEL", "key"),
                    encode("SET", "key", "short"), encode("GET", "key"), encode("FLUSHALL"),
                ]
                let changed = "c" + second.dropFirst()
                let replies = [
                    "+OK\r\n", bulk(first), "+OK\r\n", bulk(second), bulk(second),
                    ":\(size)\r\n", bulk(changed), ":\(size + 1)\r\n", bulk(changed + "d"),
                    ":1\r\n", "+OK\r\n", bulk("short"), "+OK\r\n",
                ].joined()
                try client.send(requests.joined())
                let got = try client.receive(exactly: replies.utf8.count)
                #expect(got.elementsEqual(replies.utf8), "\(size) bytes")
            }
        }
    }

    /// The socket takes a part; the value is gone by the time that the rest is read.
    @Test func whatTheSocketDidNotTakeIsKept() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let slow = try RawClient(port: port)
            let other = try RawClient(port: port)
            let value = String(repeating: "v", count: 30_000_000)
            try other.exchange(encode("SET", "key", value), "+OK\r\n")
            try slow.send(encode("GET", "key") + encode("PING"))
            try #require(Socket.waitReadable(slow.descriptor, milliseconds: 10_000))
            try other.exchange(encode("DEL", "key"), ":1\r\n")
            let reply = bulk(value) + "+PONG\r\n"
            let got = try slow.receive(exactly: reply.utf8.count)
            #expect(got.elementsEqual(reply.utf8))
        }
    }

    private func bulk(_ value: String) -> String { "$\(value.utf8.count)\r\n\(value)\r\n" }
}

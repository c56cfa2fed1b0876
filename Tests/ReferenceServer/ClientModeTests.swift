// CLIENT: answers switched off, pauses, usage left alone.
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct ClientModeTests {
    @Test(arguments: allThreadModels + ["lock-free:2"])
    func repliesAreSwitchedOff(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .executed(by: threads))
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                "SET a 1\r\nCLIENT REPLY SKIP\r\nINCR a\r\nINCR a\r\n", "+OK\r\n:3\r\n")
            try client.exchange(
                "CLIENT REPLY OFF\r\nINCR a\r\nNOSUCH\r\nCLIENT REPLY SKIP\r\nINCR a\r\n"
                    + "CLIENT REPLY ON\r\nGET a\r\n", "+OK\r\n$1\r\n5\r\n")
            try client.exchange("CLIENT REPLY MAYBE\r\n", "-ERR syntax error\r\n")
            try client.exchange("CLIENT REPLY OFF\r\nRESET\r\nPING\r\n", "+RESET\r\n+PONG\r\n")
            // A long value is not sent either, and what comes after it is.
            let value = String(repeating: "v", count: 100_000)
            try client.exchange(
                encode("SET", "a", value) + encode("CLIENT", "REPLY", "SKIP") + encode("GET", "a")
                    + encode("STRLEN", "a"), "+OK\r\n:100000\r\n")
        }
    }

    @Test(arguments: allThreadModels + ["lock-free:2"])
    func pausesHoldRequestsBack(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .executed(by: threads))
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let admin = try RawClient(port: port)
            let reader = try RawClient(port: port)
            let writer = try RawClient(port: port)
            try admin.exchange("CLIENT PAUSE 60000 WRITE\r\n", "+OK\r\n")
            // Reads go on, also of a connection up to its first write; order is kept behind that.
            try reader.exchange(resp("GET a\r\n"), "$-1\r\n")
            try writer.exchange(
                resp("GET a\r\n" + "SET a 1\r\n" + "GET a\r\n"), "$-1\r\n")
            #expect(try writer.receive(milliseconds: 50) == nil)
            try writer.send(resp("INCR a\r\n"))
            #expect(try writer.receive(milliseconds: 50) == nil)
            try admin.exchange(resp("CLIENT UNPAUSE\r\n"), "+OK\r\n")
            let rest = "+OK\r\n$1\r\n1\r\n:2\r\n"
            #expect(
                String(decoding: try writer.receive(exactly: rest.utf8.count), as: UTF8.self)
                    == rest)

            let start = Clock.monotonicNanoseconds()
            try admin.exchange("CLIENT PAUSE 300\r\n", "+OK\r\n")
            try reader.exchange("GET a\r\n", "$1\r\n2\r\n")
            #expect(Clock.monotonicNanoseconds() - start > 250_000_000)
            try admin.exchange(
                "CLIENT PAUSE -1\r\nCLIENT PAUSE x\r\nCLIENT PAUSE 1 SOME\r\n",
                "-ERR timeout is negative\r\n-ERR timeout is not an integer or out of range\r\n"
                    + "-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n")
        }
    }

    /// Ends of time that do not fit are as good as for ever, and UNPAUSE ends that too.
    @Test(arguments: [Int64.max, Int64.max / 1_000_000, Int64.max / 1_000_000 + 1])
    func pausesWithoutEnd(_ milliseconds: Int64) throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let admin = try RawClient(port: port)
            let writer = try RawClient(port: port)
            try admin.exchange(encode("CLIENT", "PAUSE", "\(milliseconds)", "WRITE"), "+OK\r\n")
            try writer.send(encode("SET", "a", "1"))
            #expect(try writer.receive(milliseconds: 50) == nil)
            try admin.exchange(encode("CLIENT", "UNPAUSE"), "+OK\r\n")
            try writer.exchange("", "+OK\r\n")
        }
    }

    /// More pipelined reads than a batch holds, then a write: all but that are answered.
    @Test func pausedPipelinesLongerThanABatch() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let admin = try RawClient(port: port)
            let client = try RawClient(port: port)
            try admin.exchange("CLIENT PAUSE 60000 WRITE\r\n", "+OK\r\n")
            let reads = 300
            try client.exchange(
                String(repeating: encode("STRLEN", "a"), count: reads) + encode("DEL", "a"),
                String(repeating: ":0\r\n", count: reads))
            #expect(try client.receive(milliseconds: 50) == nil)
            try admin.exchange(encode("CLIENT", "UNPAUSE"), "+OK\r\n")
            #expect(try client.receive(exactly: 4) == Array(":0\r\n".utf8))
        }
    }

    /// Pauses end while I/O threads send replies: what a connection held back is executed after
    /// them.
    @Test func pausesEndWhileRepliesAreSent() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", "io:2")
        try withServer(configuration) { port in
            let admin = try RawClient(port: port)
            let a = try RawClient(port: port)
            let b = try RawClient(port: port)
            let c = try RawClient(port: port)
            for round in 0..<200 {
                let value = String(repeating: "\(round % 10)", count: 20_000)
                let request =
                    encode("SET", "k", value) + String(repeating: encode("GET", "k"), count: 20)
                let reply = "+OK\r\n" + String(repeating: "$20000\r\n\(value)\r\n", count: 20)
                try a.send(request)
                try b.send(request)
                try c.send(request)
                try admin.send(encode("CLIENT", "PAUSE", "1", "WRITE"))
                try a.send(request)
                try b.send(request)
                try c.send(request)
                try a.exchange("", reply + reply)
                try b.exchange("", reply + reply)
                try c.exchange("", reply + reply)
                try admin.exchange("", "+OK\r\n")
            }
        }
    }

    @Test(arguments: Table.releases) func noTouchLeavesUsageAlone(_ table: Table) throws {
        var configuration = ServerConfiguration(table: table)
        configuration.keyspace.eviction = .allkeysLFU
        try withServer(configuration) { port in
            let quiet = try RawClient(port: port)
            let other = try RawClient(port: port)
            try quiet.exchange("CLIENT NO-TOUCH ON\r\nSET a 1\r\n", "+OK\r\n+OK\r\n")
            let gets = 2_000
            let replies = String(repeating: "$1\r\n1\r\n", count: gets)
            try quiet.exchange(String(repeating: "GET a\r\n", count: gets), replies)
            // A new key's counter.
            try quiet.exchange("OBJECT FREQ a\r\n", ":5\r\n")
            try other.exchange(String(repeating: "GET a\r\n", count: gets), replies)
            try other.send("OBJECT FREQ a\r\n")
            let reply = String(decoding: try #require(try other.receive()), as: UTF8.self)
            // CR LF is one character.
            #expect(try #require(Int(reply.dropFirst().dropLast())) > 5)
        }
    }

    @Test func whatDriversSendAtConnect() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            let refused =
                "-ERR CLIENT TRACKING REDIRECT is not supported by this server: speak RESP3"
                + " (HELLO 3) on the connection that tracks\r\n"
            for (request, reply) in [
                ("CLIENT SETINFO LIB-NAME driver", "+OK\r\n"),
                ("CLIENT SETINFO LIB-VER 1.0", "+OK\r\n"), ("CLIENT NO-EVICT ON", "+OK\r\n"),
                ("CLIENT NO-EVICT MAYBE", "-ERR syntax error\r\n"),
                ("CLIENT NO-TOUCH OFF", "+OK\r\n"), ("CLIENT TRACKING OFF", "+OK\r\n"),
                ("CLIENT TRACKING ON REDIRECT 1", refused), ("CLIENT CAPA redirect", "+OK\r\n"),
                ("CLIENT GETREDIR", ":-1\r\n"),
                (
                    "CLIENT TRACKINGINFO",
                    "*6\r\n$5\r\nflags\r\n*1\r\n$3\r\noff\r\n$8\r\nredirect\r\n:-1\r\n"
                        + "$8\r\nprefixes\r\n*0\r\n"
                ),
            ] {
                try client.exchange(request + "\r\n", reply)
            }
        }
    }
}

/// Lines of plain words as arrays of bulk strings.
private func resp(_ lines: String) -> String {
    lines.split(separator: "\r\n").map { line in
        encode(line.split(separator: " ").map { String($0) })
    }.joined()
}

// `threads=lock-free:N`: what each thread executes on the store of all, what is told of all threads
// together, and what is refused by name.
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct ConcurrentServerTests {
    private static func configuration(_ count: Int) throws -> ServerConfiguration {
        var configuration = ServerConfiguration(table: .tsavorite)
        try configuration.set("threads", "lock-free:\(count)")
        return configuration
    }

    private static func bulk(_ text: String) -> String { "$\(text.utf8.count)\r\n\(text)\r\n" }

    /// Connections are dealt out in turn: what one wrote, the other has from another thread.
    @Test(arguments: [1, 2, 3]) func everyThreadHasAllKeys(_ count: Int) throws {
        try withServer(try Self.configuration(count)) { port in
            let first = try RawClient(port: port)
            let second = try RawClient(port: port)
            try first.exchange(encode("SET", "key", "value"), "+OK\r\n")
            try second.exchange(encode("GET", "key"), Self.bulk("value"))
            try second.exchange(encode("APPEND", "key", "s"), ":6\r\n")
            try first.exchange(encode("STRLEN", "key"), ":6\r\n")
            try first.exchange(encode("INCRBY", "number", "7"), ":7\r\n")
            try second.exchange(encode("DECR", "number"), ":6\r\n")
            try first.exchange(
                encode("MGET", "key", "none", "number"),
                "*3\r\n" + Self.bulk("values") + "$-1\r\n" + Self.bulk("6"))
            try second.exchange(encode("MSET", "a", "1", "b", "2"), "+OK\r\n")
            try first.exchange(encode("EXISTS", "a", "b", "c"), ":2\r\n")
            try second.exchange(encode("DEL", "a", "none"), ":1\r\n")
            try first.exchange(encode("DBSIZE"), ":3\r\n")
            try second.exchange(encode("HASHMARK", "VERIFY"), "*0\r\n")
            try first.exchange(encode("FLUSHALL"), "+OK\r\n")
            try second.exchange(encode("GET", "key"), "$-1\r\n")
            try second.exchange(encode("DBSIZE"), ":0\r\n")
        }
    }

    @Test func stringsAndTimes() throws {
        try withServer(try Self.configuration(2)) { port in
            let client = try RawClient(port: port)
            try client.exchange(encode("SET", "k", "1", "EX", "1000", "NX"), "+OK\r\n")
            try client.exchange(encode("SET", "k", "2", "NX"), "$-1\r\n")
            try client.exchange(encode("SET", "k", "2", "XX", "KEEPTTL", "GET"), Self.bulk("1"))
            try client.exchange(encode("TTL", "k"), ":1000\r\n")
            try client.exchange(encode("PERSIST", "k"), ":1\r\n")
            try client.exchange(encode("PTTL", "k"), ":-1\r\n")
            try client.exchange(encode("EXPIRE", "k", "50"), ":1\r\n")
            try client.exchange(encode("GETSET", "k", "3"), Self.bulk("2"))
            try client.exchange(encode("TTL", "k"), ":-1\r\n")
            try client.exchange(encode("GETEX", "k", "EX", "9"), Self.bulk("3"))
            try client.exchange(encode("SETRANGE", "k", "3", "x"), ":4\r\n")
            try client.exchange(encode("GETRANGE", "k", "2", "-1"), Self.bulk("\0x"))
            try client.exchange(encode("SETNX", "k", "4"), ":0\r\n")
            try client.exchange(encode("PEXPIRE", "k", "-1"), ":1\r\n")
            try client.exchange(encode("GETDEL", "k"), "$-1\r\n")
            try client.exchange(encode("INCRBYFLOAT", "f", "1.5"), Self.bulk("1.5"))
            try client.exchange(encode("TYPE", "f"), "+string\r\n")
            try client.exchange(encode("MEMORY", "USAGE", "f"), ":24\r\n")
            try client.exchange(encode("SELECT", "0"), "+OK\r\n")
            try client.exchange(encode("SELECT", "1"), "-ERR DB index is out of range\r\n")
            try client.exchange(encode("HASHMARK", "VERIFY"), "*0\r\n")
        }
    }

    /// Replies come in the order of the requests: those of one thread, and those that all tell of.
    @Test func replyOrder() throws {
        try withServer(try Self.configuration(3)) { port in
            let client = try RawClient(port: port)
            var (requests, replies) = ("", "")
            for round in 0..<200 {
                requests += encode("SET", "key", "\(round)") + encode("CONFIG", "RESETSTAT")
                requests += encode("GET", "key") + encode("PING") + encode("INCR", "key")
                replies += "+OK\r\n+OK\r\n" + Self.bulk("\(round)") + "+PONG\r\n:\(round + 1)\r\n"
            }
            try client.send(requests + "QUIT\r\n")
            let isExpected = try client.receiveAll() == replies + "+OK\r\n"
            #expect(isExpected)
        }
    }

    /// Keys and memory are counted once, clients and commands of every thread.
    @Test func figuresAreOfAllThreads() throws {
        try withServer(try Self.configuration(3)) { port in
            var clients = [ClientBox]()
            for number in 0..<3 {
                clients.append(ClientBox(try RawClient(port: port)))
                for key in 0..<10 {
                    try clients[number].raw.exchange(
                        encode("SET", "key:\(number):\(key)", "value"), "+OK\r\n")
                }
            }
            try clients[0].raw.send(encode("INFO", "everything"))
            let text = try #require(try clients[0].raw.reply().text)
            #expect(text.contains("connected_clients:3\r\n"))
            #expect(text.contains("db0:keys=30,expires=0"))
            #expect(text.contains("cmdstat_set:calls=30,"))
            #expect(text.contains("hashmark_threads:lock-free:3\r\n"))
            try clients[0].raw.send(encode("HASHMARK", "STATS"))
            let first = try clients[0].raw.reply()
            try clients[2].raw.send(encode("HASHMARK", "STATS"))
            let second = try clients[2].raw.reply()
            #expect(first == second)
            try clients[1].raw.send(encode("CLIENT", "LIST"))
            let list = try #require(try clients[1].raw.reply().text)
            #expect(list.split(separator: "\n").count == 3)
        }
    }

    /// A connection that is kept in an array.
    private final class ClientBox {
        let raw: RawClient

        init(_ raw: consuming RawClient) { self.raw = raw }
    }

    @Test(arguments: [
        ["MULTI"], ["WATCH", "a"], ["SUBSCRIBE", "c"], ["PUBLISH", "c", "m"], ["RENAME", "a", "b"],
        ["COPY", "a", "b"], ["MSETNX", "a", "1", "b", "2"], ["SCAN", "0"], ["KEYS", "*"],
        ["RANDOMKEY"], ["OBJECT", "ENCODING", "a"], ["BITOP", "NOT", "a", "b"],
        ["PFADD", "a", "b"], ["MOVE", "a", "1"], ["SWAPDB", "0", "1"],
    ])
    func whatIsNotOneStepIsRefusedByName(_ words: [String]) throws {
        try withServer(try Self.configuration(2)) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                encode(words),
                "-ERR \(words[0]) is not there with threads=lock-free:2: use single, io:N or"
                    + " global-lock:N\r\n")
            try client.exchange(
                encode("CLIENT", "TRACKING", "ON"),
                "-ERR CLIENT TRACKING is not there with threads=lock-free:2: use single, io:N or"
                    + " global-lock:N\r\n")
            try client.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    /// Nothing is evicted: writes are refused, and deletes make room.
    @Test func fullMemory() throws {
        var configuration = try Self.configuration(2)
        configuration.maxMemory = 3 << 20
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            var isFull = false
            let value = String(repeating: "v", count: 10_000)
            for number in 0..<1_000 where !isFull {
                try client.send(encode("SET", "key:\(number)", value))
                let reply = try client.reply()
                isFull = reply.text != "OK"
            }
            #expect(isFull)
            try client.exchange(encode("FLUSHALL"), "+OK\r\n")
            try client.exchange(encode("SET", "key", value), "+OK\r\n")
        }
    }
}

// Clients that ask for much and read late: they get everything, and the server's memory stays
// bounded.
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct SlowReaderTests {
    private static let size = 1_000_000
    private let value = String(repeating: "v", count: size)

    /// 400 MB of replies for one client, asked for in one piece, and in between requests whose
    /// order and spelling (inline, with quotes) must survive their being held.
    @Test(arguments: allThreadModels + ["lock-free:2"])
    func slowReadersAreServed(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .executed(by: threads))
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let slow = try RawClient(port: port)
            let others = try (0..<4).map { _ in Client(try RawClient(port: port)) }
            try slow.exchange(encode("SET", "key", value), "+OK\r\n")
            let request =
                encode("GET", "key") + "GET \"k\\x65y\"\r\n" + encode("INCR", "n")
                + "ECHO 'a b'\r\n"
            let bulk = "$\(value.utf8.count)\r\n\(value)\r\n"
            let count = 200
            try slow.send(String(repeating: request, count: count))
            // Executed as far as memory allows, and no further: of 400 MB a few are asked for.
            for _ in 0..<50 {
                for other in others { try other.raw.exchange("PING\r\n", "+PONG\r\n") }
            }
            let waiting = ProcessAccounting.residentBytes(getpid()) ?? 0
            for number in 1...count {
                let reply = bulk + bulk + ":\(number)\r\n$3\r\na b\r\n"
                let got = try slow.receive(exactly: reply.utf8.count)
                let isExpected = got.elementsEqual(reply.utf8)
                try #require(isExpected, "reply \(number)")
            }
            let after = ProcessAccounting.residentBytes(getpid()) ?? 0
            #expect(waiting - after < 200_000_000)
            try slow.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    /// What waits counts in CLIENT LIST (omem): it is what one turn may add to the limit.
    @Test func whatWaitsIsBounded() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let slow = try RawClient(port: port)
            try slow.exchange(encode("SET", "key", value), "+OK\r\n")
            try slow.send(String(repeating: "GET key\r\n", count: 400))
            let other = try RawClient(port: port)
            for _ in 0..<20 {
                try other.send("CLIENT LIST ID 1\r\n")
                let line = try #require(try other.reply().text)
                let memory = try #require(
                    line.split(separator: " ").first { $0.hasPrefix("omem=") }?.dropFirst(5))
                #expect(try #require(Int(memory)) < 10_000_000)
            }
            // Its last words are answered too, although it says no more.
            slow.endOutput()
            var received = 0
            while let more = try slow.receive(limit: 1 << 20), !more.isEmpty {
                received += more.count
            }
            #expect(received == 400 * (Self.size + "$1000000\r\n\r\n".utf8.count))
        }
    }

    /// A client that sends everything before it reads anything waits for nobody.
    @Test(arguments: allThreadModels + ["lock-free:2"])
    func writersThatDoNotReadAreTaken(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .executed(by: threads))
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            let part = String(repeating: "p", count: 10_000)
            let count = 5_000
            let requests = (0..<count).map {
                encode("SET", "k\($0)", part, "GET") + encode("GET", "k\($0)")
            }
            try client.send(requests.joined() + "*1\r\n$4\r\nPINGxx")
            let reply = "$-1\r\n$10000\r\n\(part)\r\n"
            for _ in 0..<count {
                let got = try client.receive(exactly: reply.utf8.count)
                let isExpected = got.elementsEqual(reply.utf8)
                try #require(isExpected)
            }
            #expect(
                try client.receiveAll() == "-ERR Protocol error: invalid CRLF in request\r\n")
        }
    }

    private final class Client {
        let raw: RawClient
        init(_ raw: consuming RawClient) { self.raw = raw }
    }
}

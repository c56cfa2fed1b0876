// Client-side caching: who reads what is told when it changes, by pushes behind the replies.
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct TrackingTests {
    /// Two connections of RESP3.
    private func withTwo(
        _ threads: String, _ body: (borrowing RawClient, borrowing RawClient) throws -> Void
    ) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let reader = try RawClient(port: port)
            let writer = try RawClient(port: port)
            try reader.send("HELLO 3\r\n")
            _ = try reader.reply()
            try writer.send("HELLO 3\r\n")
            _ = try writer.reply()
            try body(reader, writer)
        }
    }

    private func invalidation(_ keys: String...) -> String {
        ">2\r\n$10\r\ninvalidate\r\n*\(keys.count)\r\n"
            + keys.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    private let everything = ">2\r\n$10\r\ninvalidate\r\n_\r\n"

    @Test(arguments: threadModels) func whatWasRead(_ threads: String) throws {
        try withTwo(threads) { reader, writer in
            try writer.exchange("SET k v\r\n", "+OK\r\n")
            try reader.exchange("CLIENT TRACKING ON\r\nGET k\r\n", "+OK\r\n$1\r\nv\r\n")
            try writer.exchange("SET k w\r\n", "+OK\r\n")
            try reader.exchange("", invalidation("k"))
            // Told once; what was not read is not told, nor what did not change.
            try writer.exchange("SET k x\r\nSET other 1\r\n", "+OK\r\n+OK\r\n")
            try reader.exchange("MGET k none\r\n", "*2\r\n$1\r\nx\r\n_\r\n")
            try writer.exchange("SETNX k y\r\nDEL nothing\r\n", ":0\r\n:0\r\n")
            try reader.exchange("PING\r\n", "+PONG\r\n")
            try writer.exchange("APPEND none 1\r\nINCR none\r\n", ":1\r\n:2\r\n")
            try reader.exchange("", invalidation("none"))
            // Its own change is told behind the reply to it.
            try reader.exchange(
                "DEL k\r\nPING\r\n", ":1\r\n" + invalidation("k") + "+PONG\r\n")
            try reader.exchange(
                "GET a\r\nMULTI\r\nSET a 1\r\nPING\r\nEXEC\r\nPING\r\n",
                "_\r\n+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n+OK\r\n+PONG\r\n"
                    + invalidation("a") + "+PONG\r\n")
            try reader.exchange("GET a\r\n", "$1\r\n1\r\n")
            try writer.exchange("FLUSHDB\r\n", "+OK\r\n")
            try reader.exchange("", everything)
            try reader.exchange("GET a\r\nCLIENT TRACKING OFF\r\n", "_\r\n+OK\r\n")
            try writer.exchange("SET a 2\r\n", "+OK\r\n")
            try reader.exchange("PING\r\n", "+PONG\r\n")
        }
    }

    @Test func keysThatExpire() throws {
        try withTwo("single") { reader, writer in
            try writer.exchange("SET k v PX 30\r\n", "+OK\r\n")
            try reader.exchange("CLIENT TRACKING ON\r\nGET k\r\n", "+OK\r\n$1\r\nv\r\n")
            try reader.exchange("", invalidation("k"))
        }
    }

    @Test func prefixes() throws {
        try withTwo("single") { reader, writer in
            let collision =
                "-ERR Prefix 'ab' overlaps with another provided prefix 'a'. Prefixes for a single"
                + " client must not overlap.\r\n"
            try reader.exchange("CLIENT TRACKING ON BCAST PREFIX ab PREFIX a\r\n", collision)
            try reader.exchange(
                "CLIENT TRACKING ON BCAST PREFIX a PREFIX b NOLOOP\r\n", "+OK\r\n")
            try writer.exchange("SET a1 1\r\n", "+OK\r\n")
            try reader.exchange("", invalidation("a1"))
            try writer.exchange("SET c 1\r\n", "+OK\r\n")
            try writer.exchange("SET b 1\r\n", "+OK\r\n")
            try reader.exchange("", invalidation("b"))
            // Not its own.
            try reader.exchange("SET a2 1\r\nPING\r\n", "+OK\r\n+PONG\r\n")
            try writer.exchange("FLUSHALL\r\n", "+OK\r\n")
            try reader.exchange("", everything)
            try reader.exchange(
                "CLIENT TRACKINGINFO\r\n",
                "%3\r\n$5\r\nflags\r\n~3\r\n$2\r\non\r\n$5\r\nbcast\r\n$6\r\nnoloop\r\n"
                    + "$8\r\nredirect\r\n:0\r\n$8\r\nprefixes\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n")
        }
    }

    @Test func onlyWhatIsNamed() throws {
        try withTwo("single") { reader, writer in
            let refused =
                "-ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.\r\n"
            try reader.exchange(
                "CLIENT TRACKING ON OPTIN\r\nCLIENT CACHING NO\r\nGET a\r\nCLIENT CACHING YES\r\n"
                    + "GET b\r\nGET c\r\n", "+OK\r\n\(refused)_\r\n+OK\r\n_\r\n_\r\n")
            try writer.exchange("MSET a 1 b 1 c 1\r\n", "+OK\r\n")
            try reader.exchange("", invalidation("b"))
            try reader.exchange(
                "CLIENT TRACKING OFF\r\nCLIENT TRACKING ON OPTOUT\r\nCLIENT CACHING NO\r\nGET a\r\n"
                    + "GET b\r\n", "+OK\r\n+OK\r\n+OK\r\n$1\r\n1\r\n$1\r\n1\r\n")
            try writer.exchange("MSET a 2 b 2\r\n", "+OK\r\n")
            try reader.exchange("PING\r\n", invalidation("b") + "+PONG\r\n")
        }
    }

    /// Clients that track and go, in the middle of things, leave nothing behind.
    @Test func clientsThatGo() throws {
        try withTwo("io:2") { reader, writer in
            try reader.exchange("CLIENT TRACKING ON\r\nGET k\r\n", "+OK\r\n_\r\n")
            try reader.exchange("RESET\r\n", "+RESET\r\n")
            try writer.exchange("SET k 1\r\n", "+OK\r\n")
            try reader.exchange("CLIENT TRACKING OFF\r\n", "+OK\r\n")
            try reader.exchange("QUIT\r\n", "+OK\r\n")
            try writer.send("INFO clients\r\n")
            let text = try writer.reply().text ?? ""
            #expect(text.contains("tracking_clients:0\r\n"))
        }
    }
}

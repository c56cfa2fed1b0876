// Messages from one client to others, in both protocols.
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct PubSubTests {
    private func bulk(_ words: String...) -> String {
        words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    @Test(arguments: [(2, "single"), (3, "single"), (2, "io:2"), (3, "io:2")])
    func messages(_ version: Int, _ threads: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        let type = version == 2 ? "*" : ">"
        try withServer(configuration) { port in
            let listener = try RawClient(port: port)
            let sender = try RawClient(port: port)
            try listener.send("HELLO \(version)\r\n")
            _ = try listener.reply()
            try listener.exchange(
                "SUBSCRIBE a b\r\nPSUBSCRIBE a*\r\nSSUBSCRIBE a\r\n",
                "\(type)3\r\n" + bulk("subscribe", "a") + ":1\r\n\(type)3\r\n"
                    + bulk("subscribe", "b") + ":2\r\n\(type)3\r\n" + bulk("psubscribe", "a*")
                    + ":3\r\n\(type)3\r\n" + bulk("ssubscribe", "a") + ":1\r\n")
            try sender.exchange(
                "PUBLISH a hello\r\nPUBLISH c x\r\nSPUBLISH a shard\r\n", ":2\r\n:0\r\n:1\r\n")
            try listener.exchange(
                "",
                "\(type)3\r\n" + bulk("message", "a", "hello") + "\(type)4\r\n"
                    + bulk("pmessage", "a*", "a", "hello") + "\(type)3\r\n"
                    + bulk("smessage", "a", "shard"))
            try sender.exchange(
                "PUBSUB NUMSUB a c\r\nPUBSUB NUMPAT\r\nPUBSUB CHANNELS b*\r\n"
                    + "PUBSUB SHARDCHANNELS\r\n",
                "*4\r\n" + bulk("a") + ":1\r\n" + bulk("c") + ":0\r\n:1\r\n*1\r\n" + bulk("b")
                    + "*1\r\n" + bulk("a"))
            if version == 2 {
                try listener.exchange(
                    "GET a\r\nPING\r\nPING x\r\n",
                    "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
                        + " / RESET are allowed in this context\r\n*2\r\n" + bulk("pong", "")
                        + "*2\r\n" + bulk("pong", "x"))
            } else {
                // To itself: behind the reply.
                try listener.exchange(
                    "PUBLISH b me\r\nPING\r\n",
                    ":1\r\n>3\r\n" + bulk("message", "b", "me") + "+PONG\r\n")
            }
            try listener.exchange(
                "UNSUBSCRIBE\r\nUNSUBSCRIBE\r\nRESET\r\nPING\r\n",
                "\(type)3\r\n" + bulk("unsubscribe", "a") + ":2\r\n\(type)3\r\n"
                    + bulk("unsubscribe", "b") + ":1\r\n\(type)3\r\n" + bulk("unsubscribe")
                    + (version == 2 ? "$-1" : "_") + "\r\n:1\r\n+RESET\r\n+PONG\r\n")
            try sender.exchange("PUBLISH a x\r\nSPUBLISH a x\r\n", ":0\r\n:0\r\n")
        }
    }

    /// Listeners who do not read, and some who go, while many messages are sent.
    @Test(arguments: ["single", "io:2"]) func manyMessages(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let sender = try RawClient(port: port)
            let first = try RawClient(port: port)
            let second = try RawClient(port: port)
            let acknowledged = "*3\r\n" + bulk("subscribe", "a") + ":1\r\n"
            try first.exchange("SUBSCRIBE a\r\n", acknowledged)
            try second.exchange("SUBSCRIBE a\r\n", acknowledged)
            do {
                let third = try RawClient(port: port)
                try third.exchange("SUBSCRIBE a\r\n", acknowledged)
            }
            let message = String(repeating: "m", count: 10_000)
            let count = 500
            for _ in 0..<count {
                try sender.send(encode("PUBLISH", "a", message))
                _ = try sender.reply()
            }
            let expected = String(
                repeating: "*3\r\n" + bulk("message", "a", message), count: count)
            try first.exchange("", expected)
            try second.exchange("", expected)
        }
    }
}

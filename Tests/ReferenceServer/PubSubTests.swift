// Messages from one client to others, in both protocols.
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

@Suite(.serialized) struct PubSubTests {
    private func bulk(_ word: String) -> String { "$\(word.utf8.count)\r\n\(word)\r\n" }

    /// Words, and a number behind them, as an array or a push.
    private func told(_ type: String, _ words: String..., count: Int? = nil) -> String {
        var text = "\(type)\(words.count + (count == nil ? 0 : 1))\r\n"
        for word in words { text += bulk(word) }
        if let count { text += ":\(count)\r\n" }
        return text
    }

    @Test(arguments: [
        (2, "single"), (3, "single"), (2, "io:2"), (3, "io:2"), (3, "global-lock:2"),
    ])
    func messages(_ version: Int, _ threads: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        let type = version == 2 ? "*" : ">"
        try withServer(configuration) { port in
            let listener = try RawClient(port: port)
            let sender = try RawClient(port: port)
            try listener.send("HELLO \(version)\r\n")
            _ = try listener.reply()
            let subscribed = [
                told(type, "subscribe", "a", count: 1), told(type, "subscribe", "b", count: 2),
                told(type, "psubscribe", "a*", count: 3), told(type, "ssubscribe", "a", count: 1),
            ]
            try listener.exchange(
                "SUBSCRIBE a b\r\nPSUBSCRIBE a*\r\nSSUBSCRIBE a\r\n", subscribed.joined())
            try sender.exchange(
                "PUBLISH a hello\r\nPUBLISH c x\r\nSPUBLISH a shard\r\n", ":2\r\n:0\r\n:1\r\n")
            let messages = [
                told(type, "message", "a", "hello"), told(type, "pmessage", "a*", "a", "hello"),
                told(type, "smessage", "a", "shard"),
            ]
            try listener.exchange("", messages.joined())
            let counts = ["*4\r\n", bulk("a"), ":1\r\n", bulk("c"), ":0\r\n"]
            try sender.exchange("PUBSUB NUMSUB a c\r\n", counts.joined())
            try sender.exchange(
                "PUBSUB NUMPAT\r\nPUBSUB CHANNELS b*\r\nPUBSUB SHARDCHANNELS\r\n",
                ":1\r\n" + told("*", "b") + told("*", "a"))
            if version == 2 {
                let refused =
                    "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT"
                    + " / RESET are allowed in this context\r\n"
                try listener.exchange(
                    "GET a\r\nPING\r\nPING x\r\n",
                    refused + told("*", "pong", "") + told("*", "pong", "x"))
            } else {
                // To itself: behind the reply.
                try listener.exchange(
                    "PUBLISH b me\r\nPING\r\n",
                    ":1\r\n" + told(">", "message", "b", "me") + "+PONG\r\n")
            }
            let none = version == 2 ? "$-1\r\n" : "_\r\n"
            let unsubscribed = [
                told(type, "unsubscribe", "a", count: 2), told(type, "unsubscribe", "b", count: 1),
                "\(type)3\r\n", bulk("unsubscribe"), none, ":1\r\n", "+RESET\r\n+PONG\r\n",
            ]
            try listener.exchange(
                "UNSUBSCRIBE\r\nUNSUBSCRIBE\r\nRESET\r\nPING\r\n", unsubscribed.joined())
            try sender.exchange("PUBLISH a x\r\nSPUBLISH a x\r\n", ":0\r\n:0\r\n")
        }
    }

    /// Listeners who do not read, and some who go, while many messages are sent.
    @Test(arguments: threadModels) func manyMessages(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            let sender = try RawClient(port: port)
            let first = try RawClient(port: port)
            let second = try RawClient(port: port)
            let acknowledged = told("*", "subscribe", "a", count: 1)
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
            let expected = String(repeating: told("*", "message", "a", message), count: count)
            try first.exchange("", expected)
            try second.exchange("", expected)
        }
    }
}

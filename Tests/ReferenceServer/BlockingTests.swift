// Commands that wait for a key: who is served, by what and when, and what ends a wait otherwise.
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import Testing

/// Until so many clients wait.
private func expect(
    waiting count: Int, _ client: borrowing RawClient,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for _ in 0..<5_000 {
        try client.send("INFO clients\r\n")
        if try client.reply().text?.contains("blocked_clients:\(count)\r\n") == true { return }
        Clock.sleep(milliseconds: 1)
    }
    Issue.record("never \(count) clients that wait", sourceLocation: sourceLocation)
}

@Suite(.serialized) struct BlockingTests {
    private static let wrongType =
        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"

    private func withModel(_ threads: String, _ body: (UInt16) throws -> Void) throws {
        var configuration = ServerConfiguration(table: .valkey91)
        try configuration.set("threads", threads)
        try withServer(configuration) { try body($0) }
    }

    /// Requests of one line that are answered at once, or soon, and their replies.
    private static let conversation: [(String, String)] = [
        ("rpush l a b c", ":3\r\n"), ("blpop none l 1", "*2\r\n$1\r\nl\r\n$1\r\na\r\n"),
        ("brpop l 0", "*2\r\n$1\r\nl\r\n$1\r\nc\r\n"), ("blmove l m left right 0", "$1\r\nb\r\n"),
        ("brpoplpush m l 0", "$1\r\nb\r\n"),
        ("blmpop 0 2 none l left count 5", "*2\r\n$1\r\nl\r\n*1\r\n$1\r\nb\r\n"),
        ("zadd z 1 a 2 b 3 c", ":3\r\n"),
        ("bzpopmin z 0", "*3\r\n$1\r\nz\r\n$1\r\na\r\n$1\r\n1\r\n"),
        ("bzpopmax none z 0", "*3\r\n$1\r\nz\r\n$1\r\nc\r\n$1\r\n3\r\n"),
        ("bzmpop 0 1 z max", "*2\r\n$1\r\nz\r\n*1\r\n*2\r\n$1\r\nb\r\n$1\r\n2\r\n"),
        ("blpop l -1", "-ERR timeout is negative\r\n"),
        ("brpop l -0.5", "-ERR timeout is negative\r\n"),
        ("bzpopmin l x", "-ERR timeout is not a float or out of range\r\n"),
        ("blmove l m left up 0", "-ERR syntax error\r\n"),
        ("brpoplpush l m nan", "-ERR timeout is not a float or out of range\r\n"),
        ("blpop l 1e16", "-ERR timeout is out of range\r\n"),
        ("bzpopmax z inf", "-ERR timeout is out of range\r\n"),
        ("blmpop 0 0 l left", "-ERR numkeys should be greater than 0\r\n"),
        ("blmpop x 1 l up", "-ERR syntax error\r\n"),
        ("bzmpop x 1 z min", "-ERR timeout is not a float or out of range\r\n"),
        ("set s x", "+OK\r\n"), ("blpop none s 0", wrongType), ("bzpopmin s 0", wrongType),
        ("blmove s l left left 0", wrongType), ("blpop none 0.01", "*-1\r\n"),
        ("blmove none l left left 0.01", "*-1\r\n"), ("bzmpop 0.01 1 none min", "*-1\r\n"),
        ("multi", "+OK\r\n"), ("blpop none 0", "+QUEUED\r\n"),
        ("blmove none l left left 0", "+QUEUED\r\n"), ("bzpopmax none 0", "+QUEUED\r\n"),
        ("exec", "*3\r\n*-1\r\n$-1\r\n*-1\r\n"),
        (
            "command getkeys blmpop 0 2 a b left",
            "*2\r\n$1\r\na\r\n$1\r\nb\r\n"
        ),
    ]

    @Test(arguments: Table.releases) func answersAtOnceOrWhenTimeIsOver(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in Self.conversation {
                try client.exchange(request + "\r\n", reply)
            }
            try client.send("hello 3\r\n")
            _ = try client.reply()
            try client.exchange(
                "zadd z 1.5 a\r\nbzpopmin z 0\r\nblpop none 0.01\r\n"
                    + "blmove none l left left 0.01\r\n",
                ":1\r\n*3\r\n$1\r\nz\r\n$1\r\na\r\n,1.5\r\n_\r\n_\r\n")
            try client.exchange("hashmark verify\r\n", "*0\r\n")
        }
    }

    @Test(arguments: threadModels) func whoCameFirstIsServedFirst(_ threads: String) throws {
        try withModel(threads) { port in
            let first = try RawClient(port: port)
            let second = try RawClient(port: port)
            let third = try RawClient(port: port)
            let pusher = try RawClient(port: port)
            try first.send("BLPOP none l 0\r\n")
            try expect(waiting: 1, pusher)
            try second.send("BRPOP l 0\r\n")
            try expect(waiting: 2, pusher)
            try third.send("BLMOVE l m LEFT RIGHT 0\r\n")
            try expect(waiting: 3, pusher)
            try pusher.exchange("RPUSH l a b\r\n", ":2\r\n")
            try first.exchange("", "*2\r\n$1\r\nl\r\n$1\r\na\r\n")
            try second.exchange("", "*2\r\n$1\r\nl\r\n$1\r\nb\r\n")
            try expect(waiting: 1, pusher)
            try pusher.exchange(
                "EXISTS l\r\nRPUSH l c d\r\nLRANGE l 0 -1\r\n",
                ":0\r\n:2\r\n*1\r\n$1\r\nd\r\n")
            try third.exchange("", "$1\r\nc\r\n")
            try expect(waiting: 0, pusher)
            try pusher.exchange("LRANGE m 0 -1\r\n", "*1\r\n$1\r\nc\r\n")
        }
    }

    /// What is behind a request that waits is executed after it, whether it came with it or later.
    @Test(arguments: threadModels) func whatFollowsWaitsToo(_ threads: String) throws {
        try withModel(threads) { port in
            let waiter = try RawClient(port: port)
            let pusher = try RawClient(port: port)
            try waiter.exchange(
                "SET a 1\r\nBLPOP l 0\r\nGET a\r\nBZPOPMIN z 0\r\nGET a\r\n", "+OK\r\n")
            try expect(waiting: 1, pusher)
            try waiter.send(encode("INCR", "a"))
            #expect(try waiter.receive(milliseconds: 50) == nil)
            try pusher.exchange("SET a 5\r\nRPUSH l x\r\n", "+OK\r\n:1\r\n")
            try waiter.exchange("", "*2\r\n$1\r\nl\r\n$1\r\nx\r\n$1\r\n5\r\n")
            try expect(waiting: 1, pusher)
            try pusher.exchange("SET a 7\r\nZADD z 2 y\r\n", "+OK\r\n:1\r\n")
            try waiter.exchange("", "*3\r\n$1\r\nz\r\n$1\r\ny\r\n$1\r\n2\r\n$1\r\n7\r\n:8\r\n")
        }
    }

    /// More requests than a batch holds, and more bytes than a buffer.
    @Test(arguments: threadModels) func longPipelinesWait(_ threads: String) throws {
        try withModel(threads) { port in
            let waiter = try RawClient(port: port)
            let pusher = try RawClient(port: port)
            let value = String(repeating: "v", count: 300)
            try waiter.send(
                encode("BLPOP", "l", "0")
                    + String(repeating: encode("APPEND", "a", value), count: 500))
            try expect(waiting: 1, pusher)
            try pusher.exchange("STRLEN a\r\nRPUSH l x\r\n", ":0\r\n:1\r\n")
            let replies = (1...500).map { ":\($0 * 300)\r\n" }.joined()
            try waiter.exchange("", "*2\r\n$1\r\nl\r\n$1\r\nx\r\n" + replies)
        }
    }

    /// Everything that makes a key hold a list, each before somebody is served.
    private static let ways: [(requests: String, replies: String, element: String)] = [
        ("RPUSH o v\r\nRENAME o l\r\n", ":1\r\n+OK\r\n", "v"),
        ("RPUSH o w\r\nCOPY o l\r\nDEL o\r\n", ":1\r\n:1\r\n:1\r\n", "w"),
        ("RPUSH o 2 1\r\nSORT o STORE l\r\nDEL o l\r\n", ":2\r\n:2\r\n:2\r\n", "1"),
        ("RPUSH o x\r\nLMOVE o l LEFT LEFT\r\n", ":1\r\n$1\r\nx\r\n", "x"),
        (
            "MULTI\r\nRPUSH l a\r\nLPUSH l b\r\nEXEC\r\nDEL l\r\n",
            "+OK\r\n+QUEUED\r\n+QUEUED\r\n*2\r\n:1\r\n:2\r\n:1\r\n", "b"
        ),
        (
            "SELECT 1\r\nRPUSH l m\r\nMOVE l 0\r\nSELECT 0\r\n",
            "+OK\r\n:1\r\n:1\r\n+OK\r\n", "m"
        ),
        (
            "SELECT 1\r\nRPUSH l s\r\nSELECT 0\r\nSWAPDB 0 1\r\n",
            "+OK\r\n:1\r\n+OK\r\n+OK\r\n", "s"
        ),
        // Of another type it serves nobody.
        (
            "SET l x\r\nDEL l\r\nZADD l 1 a\r\nDEL l\r\nRPUSH l t\r\n",
            "+OK\r\n:1\r\n:1\r\n:1\r\n:1\r\n", "t"
        ),
    ]

    @Test func everyWayToMakeAList() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let waiter = try RawClient(port: port)
            let pusher = try RawClient(port: port)
            for (requests, replies, element) in Self.ways {
                try waiter.send("BLPOP l 0\r\n")
                try expect(waiting: 1, pusher)
                try pusher.exchange(requests, replies)
                try waiter.exchange("", "*2\r\n$1\r\nl\r\n$1\r\n\(element)\r\n")
                try expect(waiting: 0, pusher)
            }
            try pusher.exchange("DBSIZE\r\nHASHMARK VERIFY\r\n", ":0\r\n*0\r\n")
        }
    }

    @Test(arguments: threadModels) func waitsAreEndedByOthers(_ threads: String) throws {
        try withModel(threads) { port in
            let waiter = try RawClient(port: port)
            let admin = try RawClient(port: port)
            try waiter.send("CLIENT ID\r\n")
            let id = try #require(try waiter.reply().number)
            try admin.exchange("CLIENT UNBLOCK \(id)\r\n", ":0\r\n")
            try waiter.send("BLPOP l 0\r\n")
            try expect(waiting: 1, admin)
            try admin.send("CLIENT LIST ID \(id)\r\n")
            #expect(try admin.reply().text?.contains(" flags=b ") == true)
            try admin.exchange("CLIENT UNBLOCK \(id)\r\n", ":1\r\n")
            try waiter.exchange("PING\r\n", "*-1\r\n+PONG\r\n")
            try waiter.send("BZPOPMAX z 100\r\n")
            try expect(waiting: 1, admin)
            try admin.exchange("CLIENT UNBLOCK \(id) ERROR\r\n", ":1\r\n")
            try waiter.exchange("", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n")
            try admin.exchange(
                "CLIENT UNBLOCK \(id) TIMEOUT\r\nCLIENT UNBLOCK x\r\nCLIENT UNBLOCK 1 no\r\n",
                ":0\r\n-ERR value is not an integer or out of range\r\n"
                    + "-ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR\r\n")
        }
    }

    /// Who is gone takes nothing.
    @Test(arguments: threadModels) func clientsThatGoWaitNoMore(_ threads: String) throws {
        try withModel(threads) { port in
            let admin = try RawClient(port: port)
            do {
                let leaver = try RawClient(port: port)
                try leaver.send("BLPOP l 0\r\nPING\r\n")
                let closer = try RawClient(port: port)
                try closer.send("BLPOP l 0\r\n")
                closer.endOutput()
                #expect(try closer.receiveAll() == "")
                try expect(waiting: 1, admin)
                #expect(try leaver.receive(milliseconds: 1) == nil)
            }
            try expect(waiting: 0, admin)
            let killed = try RawClient(port: port)
            try killed.send("CLIENT SETNAME k\r\nBLPOP l 0\r\n")
            try expect(waiting: 1, admin)
            try admin.exchange(
                "CLIENT KILL NAME k\r\nRPUSH l a\r\nLLEN l\r\n", ":1\r\n:1\r\n:1\r\n")
            try expect(waiting: 0, admin)
            #expect(try killed.receiveAll() == "+OK\r\n")
        }
    }

    /// The reply that is not wanted is not sent when it comes late either.
    @Test(arguments: threadModels) func repliesAreSwitchedOff(_ threads: String) throws {
        try withModel(threads) { port in
            let waiter = try RawClient(port: port)
            let pusher = try RawClient(port: port)
            for mode in ["SKIP", "OFF"] {
                try waiter.send("CLIENT REPLY \(mode)\r\nBLPOP l 0\r\nCLIENT REPLY ON\r\n")
                try expect(waiting: 1, pusher)
                try pusher.exchange("RPUSH l a\r\n", ":1\r\n")
                try waiter.exchange("PING\r\n", "+OK\r\n+PONG\r\n")
            }
        }
    }

    @Test func timesAreKept() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        // Nothing else wakes the server.
        configuration.hz = 0
        try withServer(configuration) { port in
            let short = try RawClient(port: port)
            let long = try RawClient(port: port)
            try long.send("BLPOP l 1000\r\n")
            try expect(waiting: 1, short)
            try short.exchange("BLPOP l m 0.05\r\nPING\r\n", "*-1\r\n+PONG\r\n")
            try expect(waiting: 1, short)
            try short.exchange("RPUSH l a\r\n", ":1\r\n")
            try long.exchange("", "*2\r\n$1\r\nl\r\n$1\r\na\r\n")
        }
    }

    @Test func shardsRefuseThem() throws {
        try withModel("sharded:2") { port in
            let client = try RawClient(port: port)
            let rest = " is not there with threads=sharded:2: use single, io:N or global-lock:N\r\n"
            for request in [
                "BLPOP a 0", "BRPOP a b 0", "BLMOVE a a LEFT LEFT 0", "BRPOPLPUSH a a 0",
                "BLMPOP 0 1 a LEFT", "BZPOPMIN a 0", "BZPOPMAX a 0", "BZMPOP 0 1 a MIN",
            ] {
                let name = request.prefix { $0 != " " }
                try client.exchange(request + "\r\n", "-ERR \(name)\(rest)")
            }
        }
    }
}

// The commands of Bloom filters: replies in both protocols, the errors of valkey-bloom 1.0, and
// what other commands make of such keys.
import Keyspaces
import RESP
import ReferenceServer
import Testing

@Suite(.serialized) struct BloomCommandTests {
    private static let wrongType =
        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
    private static let seed = "0123456789abcdef0123456789abcdef"

    private static func arity(_ name: String) -> String {
        "-ERR wrong number of arguments for '\(name)' command\r\n"
    }

    /// Requests of one line, and their replies.
    private static let conversation: [(String, String)] = [
        ("bf.add f a", ":1\r\n"), ("BF.ADD f a", ":0\r\n"), ("bf.exists f a", ":1\r\n"),
        ("bf.exists f b", ":0\r\n"), ("bf.mexists f a b", "*2\r\n:1\r\n:0\r\n"),
        ("bf.exists none a", ":0\r\n"), ("bf.mexists none a b", "*2\r\n:0\r\n:0\r\n"),
        ("bf.madd f a b c", "*3\r\n:0\r\n:1\r\n:1\r\n"), ("bf.card f", ":3\r\n"),
        ("bf.card none", ":0\r\n"), ("type f", "+bloomfltr\r\n"),
        ("object encoding f", "$3\r\nraw\r\n"), ("exists f", ":1\r\n"),
        ("bf.info f capacity", ":100\r\n"), ("bf.info f size", ":384\r\n"),
        ("bf.info f filters", ":1\r\n"), ("bf.info f items", ":3\r\n"),
        ("bf.info f error", "$4\r\n0.01\r\n"), ("bf.info f expansion", ":2\r\n"),
        ("bf.info f tightening", "$3\r\n0.5\r\n"),
        ("bf.info f maxscaledcapacity", ":26214300\r\n"),
        (
            "bf.info f",
            "*16\r\n+Capacity\r\n:100\r\n+Size\r\n:384\r\n+Number of filters\r\n:1\r\n"
                + "+Number of items inserted\r\n:3\r\n+Error rate\r\n$4\r\n0.01\r\n"
                + "+Expansion rate\r\n:2\r\n+Tightening ratio\r\n$3\r\n0.5\r\n"
                + "+Max scaled capacity\r\n:26214300\r\n"
        ),
        ("bf.reserve g 0.001 1000", "+OK\r\n"), ("bf.info g size", ":2062\r\n"),
        ("bf.card g", ":0\r\n"), ("exists g", ":1\r\n"),
        ("bf.reserve h 0.5 1 expansion 4", "+OK\r\n"), ("bf.info h expansion", ":4\r\n"),
        // A filter that does not scale.
        ("bf.reserve n 0.000001 2 nonscaling", "+OK\r\n"),
        ("bf.madd n a b c d", "*3\r\n:1\r\n:1\r\n-ERR non scaling filter is full\r\n"),
        ("bf.add n c", "-ERR non scaling filter is full\r\n"), ("bf.add n a", ":0\r\n"),
        ("bf.info n expansion", "$-1\r\n"),
        ("bf.info n tightening", "-ERR invalid information value\r\n"),
        ("bf.info n maxscaledcapacity", "-ERR invalid information value\r\n"),
        (
            "bf.info n",
            "*12\r\n+Capacity\r\n:2\r\n+Size\r\n:272\r\n+Number of filters\r\n:1\r\n"
                + "+Number of items inserted\r\n:2\r\n+Error rate\r\n$8\r\n0.000001\r\n"
                + "+Expansion rate\r\n$-1\r\n"
        ),
        // What it is made as, it stays.
        ("bf.insert i capacity 1000 error 0.001 items a b", "*2\r\n:1\r\n:1\r\n"),
        ("bf.insert i capacity 9 nonscaling nocreate items b c", "*2\r\n:0\r\n:1\r\n"),
        ("bf.info i capacity", ":1000\r\n"), ("bf.info i expansion", ":2\r\n"),
        ("bf.insert j", "*0\r\n"), ("bf.info j capacity", ":100\r\n"),
        ("bf.insert k tightening 0.25 seed \(seed) expansion 3 items x", "*1\r\n:1\r\n"),
        ("bf.info k tightening", "$4\r\n0.25\r\n"),
        ("bf.insert l validatescaleto 26214300 items x", "*1\r\n:1\r\n"),
        ("bf.insert m capacity +07 error 5e-1", "*0\r\n"), ("bf.info m capacity", ":7\r\n"),
        ("scan 0 count 100 type hash", "*2\r\n$1\r\n0\r\n*0\r\n"),
        ("unlink g h n i j k l m", ":8\r\n"),
        ("scan 0 count 100 type bloomfltr", "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nf\r\n"),
        // Other commands.
        ("copy f g", ":1\r\n"), ("bf.add g z", ":1\r\n"), ("bf.exists f z", ":0\r\n"),
        ("rename g h", "+OK\r\n"), ("bf.mexists h a z", "*2\r\n:1\r\n:1\r\n"),
        ("expire h 1000", ":1\r\n"), ("bf.exists h a", ":1\r\n"), ("persist h", ":1\r\n"),
        ("move h 1", ":1\r\n"), ("select 1", "+OK\r\n"), ("bf.card h", ":4\r\n"),
        ("pexpireat h 1", ":1\r\n"), ("exists h", ":0\r\n"), ("select 0", "+OK\r\n"),
        ("hashmark verify", "*0\r\n"),
        ("get f", wrongType), ("append f x", wrongType), ("incr f", wrongType),
        ("pfadd f x", wrongType), ("setbit f 1 1", wrongType), ("hget f a", wrongType),
        ("sadd f a", wrongType), ("lpush f a", wrongType), ("zadd f 1 a", wrongType),
        ("sort f", wrongType), ("sunion f", wrongType), ("zunion 1 f", wrongType),
        ("set s v", "+OK\r\n"), ("sadd t v", ":1\r\n"), ("bf.add s a", wrongType),
        ("bf.madd t a", wrongType), ("bf.exists s a", wrongType), ("bf.mexists t a", wrongType),
        ("bf.card s", wrongType), ("bf.info t", wrongType), ("bf.reserve s 0.1 1", wrongType),
        ("bf.insert t nocreate items a", wrongType), ("set f v", "+OK\r\n"),
        ("get f", "$1\r\nv\r\n"), ("del f s t", ":3\r\n"), ("dbsize", ":0\r\n"),
        ("multi", "+OK\r\n"), ("bf.add f a", "+QUEUED\r\n"), ("bf.card f", "+QUEUED\r\n"),
        ("exec", "*2\r\n:1\r\n:1\r\n"), ("del f", ":1\r\n"), ("hashmark settle", "+OK\r\n"),
        ("hashmark verify", "*0\r\n"),
    ]

    private static let badRate = "-ERR bad error rate\r\n"
    private static let rateRange = "-ERR (0 < error rate range < 1)\r\n"
    private static let badCapacity = "-ERR bad capacity\r\n"
    private static let noCapacity = "-ERR (capacity should be larger than 0)\r\n"
    private static let badExpansion = "-ERR bad expansion\r\n"
    private static let beyondLimit = "-ERR operation exceeds bloom object memory limit\r\n"

    private static let errors: [(String, String)] = [
        ("bf.add f", arity("BF.ADD")), ("bf.add f a b", arity("BF.ADD")),
        ("bf.madd f", arity("BF.MADD")), ("bf.exists f", arity("BF.EXISTS")),
        ("bf.mexists f", arity("BF.MEXISTS")), ("bf.card f a", arity("BF.CARD")),
        ("bf.info", arity("BF.INFO")), ("bf.info f size items", arity("BF.INFO")),
        ("bf.insert", arity("BF.INSERT")), ("bf.insert f items", arity("BF.INSERT")),
        ("bf.insert f expansion 2 error", arity("BF.INSERT")),
        ("bf.reserve f 0.01", arity("BF.RESERVE")),
        ("bf.reserve f 0.01 1 nonscaling expansion 1", arity("BF.RESERVE")),
        ("bf.info f", "-ERR not found\r\n"), ("bf.info f size", "-ERR not found\r\n"),
        ("bf.insert f nocreate items a", "-ERR not found\r\n"),
        ("bf.insert f nosuch items a", "-ERR unknown argument received\r\n"),
        ("bf.reserve f text 100", badRate), ("bf.reserve f 0x1p-3 100", badRate),
        ("bf.reserve f 0 100", rateRange), ("bf.reserve f 1 100", rateRange),
        ("bf.reserve f nan 100", rateRange), ("bf.reserve f -0.5 100", rateRange),
        ("bf.insert f error 2 items a", rateRange), ("bf.insert f error x items a", badRate),
        ("bf.reserve f 0.01 text", badCapacity), ("bf.reserve f 0.01 0.5", badCapacity),
        ("bf.reserve f 0.01 -1", badCapacity),
        ("bf.reserve f 0.01 9223372036854775808", badCapacity),
        ("bf.reserve f 0.01 0", noCapacity), ("bf.insert f capacity 0 items a", noCapacity),
        ("bf.insert f validatescaleto 0 items a", noCapacity),
        ("bf.insert f validatescaleto x items a", badCapacity),
        ("bf.reserve f 0.01 1 expansion 0", badExpansion),
        ("bf.reserve f 0.01 1 expansion 4294967296", badExpansion),
        ("bf.insert f expansion 0.99 items a", badExpansion),
        ("bf.reserve f 0.01 1 expansion", "-ERROR\r\n"),
        ("bf.reserve f 0.01 1 nonscaling 1", "-ERROR\r\n"),
        ("bf.insert f tightening x items a", "-ERR bad tightening ratio\r\n"),
        ("bf.insert f tightening 1 items a", "-ERR (0 < tightening ratio range < 1)\r\n"),
        ("bf.insert f seed short items a", "-ERR invalid seed\r\n"),
        ("bf.reserve f 0.01 200000000", beyondLimit),
        ("bf.insert f capacity 9223372036854775807 items a", beyondLimit),
        (
            "bf.insert f nonscaling validatescaleto 200 items a",
            "-ERR cannot use NONSCALING and VALIDATESCALETO options together\r\n"
        ),
        (
            "bf.insert f validatescaleto 26214301 items a",
            "-ERR provided VALIDATESCALETO causes bloom object to exceed memory limit\r\n"
        ),
        (
            "bf.insert f tightening 1e-300 validatescaleto 1000 items a",
            "-ERR provided VALIDATESCALETO causes false positive to degrade to 0\r\n"
        ),
        ("exists f", ":0\r\n"), ("bf.add f a", ":1\r\n"),
        ("bf.reserve f 0.01 100", "-ERR item exists\r\n"),
        ("bf.info f nosuch", "-ERR invalid information value\r\n"),
        (
            "bf.insert v error 1e-300 tightening 1e-300 capacity 1 items a b c",
            "*2\r\n:1\r\n-ERR false positive degrades to 0 on scale out\r\n"
        ),
        ("bf.insert o capacity 9223372036854775807 error 0.9999999999999999", "*0\r\n"),
        ("bf.info o maxscaledcapacity", badCapacity), ("bf.info o", badCapacity),
        // The second filter would be larger than all that there may be.
        ("bf.insert p capacity 2 error 1e-9 expansion 100000000 items a b", "*2\r\n:1\r\n:1\r\n"),
        ("bf.add p c", beyondLimit), ("bf.madd p a c d", "*2\r\n:0\r\n" + beyondLimit),
        ("bf.card p", ":2\r\n"), ("hashmark verify", "*0\r\n"),
    ]

    private static let tables: [Table] = [.valkey80, .valkey81, .valkey91, .foreignIndex]

    private func hold(_ conversation: [(String, String)], _ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for (request, reply) in conversation { try client.exchange("\(request)\r\n", reply) }
        }
    }

    @Test(arguments: tables) func answersAsTheModuleDoes(_ table: Table) throws {
        try hold(Self.conversation, table)
    }

    @Test(arguments: tables) func refusesAsTheModuleDoes(_ table: Table) throws {
        try hold(Self.errors, table)
    }

    @Test func answersInTheNewProtocol() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.send(encode("HELLO", "3"))
            _ = try client.reply()
            for (request, reply) in [
                ("bf.reserve n 0.25 2 nonscaling", "+OK\r\n"), ("bf.info n error", ",0.25\r\n"),
                ("bf.info n expansion", "_\r\n"), ("bf.insert n items x", "*1\r\n:1\r\n"),
                ("bf.mexists n x", "*1\r\n:1\r\n"),
            ] {
                try client.exchange("\(request)\r\n", reply)
            }
        }
    }

    /// The module loads from 8.0 on.
    @Test func older() throws {
        try withServer(ServerConfiguration(table: .valkey72)) { port in
            let client = try RawClient(port: port)
            try client.send("bf.add f a\r\n")
            guard case .error(let text) = try client.reply() else {
                Issue.record("7.2 answers BF.ADD")
                return
            }
            #expect(text.hasPrefix("ERR unknown command 'bf.add'"))
            try client.exchange("command list filterby module bf\r\n", "*0\r\n")
        }
        try withServer(ServerConfiguration(table: .valkey80)) { port in
            let client = try RawClient(port: port)
            try client.send("command list filterby module bf\r\n")
            #expect(try client.reply().elements?.count == 8)
            try client.exchange("command getkeys bf.madd f a b\r\n", "*1\r\n$1\r\nf\r\n")
        }
    }

    /// A filter that takes all it was made for, and grows, item by item and many at a time.
    @Test(arguments: [Table.valkey80, .valkey91]) func scales(_ table: Table) throws {
        try withServer(ServerConfiguration(table: table)) { port in
            let client = try RawClient(port: port)
            for first in stride(from: 0, to: 2_000, by: 100) {
                let items = (first..<first + 100).map { "item:\($0)" }
                try client.send(encode(["BF.MADD", "f"] + items))
                #expect(try client.reply().elements?.count == 100)
                try client.send(encode(["BF.MEXISTS", "f"] + items))
                let found = try #require(try client.reply().elements)
                #expect(found.allSatisfy { $0 == .integer(1) })
            }
            // 100 + 200 + 400 + 800 + 1,600; some of the 2,000 look as if they were there.
            try client.exchange(
                "bf.info f filters\r\nbf.info f capacity\r\nbf.info f size\r\n",
                ":5\r\n:3100\r\n:6636\r\n")
            try client.send("bf.card f\r\n")
            let count = try #require(try client.reply().number)
            #expect(count > 1_940 && count <= 2_000)
            try client.exchange("hashmark verify\r\n", "*0\r\n")
        }
    }
}

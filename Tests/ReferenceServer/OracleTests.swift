// Random pipelined commands of several clients against a dictionary: every reply is compared.
import Distributions
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import Testing

/// What one client's own keys should hold. Clients use disjoint keys, so that their interleaving
/// does not matter.
private struct Oracle {
    var values: [String: String] = [:]
    private var random: SplitMix64
    private let prefix: String

    init(prefix: String, seed: UInt64) {
        self.prefix = prefix
        random = SplitMix64(seed: seed)
    }

    private func bulk(_ value: String?) -> String {
        value.map { "$\($0.utf8.count)\r\n\($0)\r\n" } ?? "$-1\r\n"
    }

    private mutating func key() -> String { "\(prefix):\(Int.random(in: 0..<200, using: &random))" }

    private mutating func value() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: ""
        case 1: "\(Int64.random(in: .min ... .max, using: &random))"
        case 2: "\(Int.random(in: -20...20, using: &random))"
        case 3: "0\(Int.random(in: 0...9, using: &random))"
        case 4 where Int.random(in: 0..<20, using: &random) == 0:
            String(repeating: "u", count: Int.random(in: 0..<300_000, using: &random))
        case 4: String(repeating: "v", count: Int.random(in: 0..<5_000, using: &random))
        default: String(repeating: "w", count: Int.random(in: 0..<200, using: &random))
        }
    }

    /// A random request and the reply that it must get.
    mutating func next() -> (request: String, reply: String) {
        let key = key()
        let old = values[key]
        switch Int.random(in: 0..<16, using: &random) {
        case 0, 1, 2, 3:
            return (encode("GET", key), bulk(old))
        case 4, 5, 6:
            let value = value()
            values[key] = value
            return (encode("SET", key, value), "+OK\r\n")
        case 7:
            let value = value()
            if old == nil { values[key] = value }
            return (encode("SET", key, value, "NX"), old == nil ? "+OK\r\n" : "$-1\r\n")
        case 8:
            let value = value()
            values[key] = value
            return (encode("SET", key, value, "EX", "1000", "GET"), bulk(old))
        case 9:
            let other = self.key()
            let removed = Set([key, other]).count { values.removeValue(forKey: $0) != nil }
            return (encode("DEL", key, other), ":\(removed)\r\n")
        case 11:
            let suffix = value()
            values[key] = (old ?? "") + suffix
            return (encode("APPEND", key, suffix), ":\(values[key]!.utf8.count)\r\n")
        case 12:
            values[key] = nil
            return (encode("GETDEL", key), bulk(old))
        case 13:
            let other = self.key()
            return (encode("MGET", key, other), "*2\r\n" + bulk(old) + bulk(values[other]))
        case 14:
            guard let number = Int64(old ?? "0"), old == nil || "\(number)" == old else {
                return (
                    encode("INCR", key), "-ERR value is not an integer or out of range\r\n"
                )
            }
            guard number < .max else {
                return (
                    encode("INCR", key), "-ERR increment or decrement would overflow\r\n"
                )
            }
            values[key] = "\(number + 1)"
            return (encode("INCR", key), ":\(number + 1)\r\n")
        case 10:
            return (encode("STRLEN", key), ":\(old?.utf8.count ?? 0)\r\n")
        default:
            return (encode("EXISTS", key, key), old == nil ? ":0\r\n" : ":2\r\n")
        }
    }
}

/// A number from the environment: Scripts/verify-server sets them.
private func setting(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

@Suite(.serialized) struct OracleTests {
    @Test(arguments: Table.served + [.foreignIndex], [1, 16, 64])
    func randomPipelines(_ table: Table, _ batch: Int) throws {
        var configuration = ServerConfiguration(table: table)
        configuration.batch = batch
        try converse(configuration, clients: 6, commands: commands / 10)
    }

    /// A few clients that are parsed one request at a time; then many, which keep all threads busy,
    /// with values longer than a socket's buffer that wait.
    @Test(arguments: [
        "single", "io:1", "io:2", "io:4", "global-lock:1", "global-lock:2", "global-lock:4",
        "sharded:1", "sharded:2", "sharded:4", "lock-free:1", "lock-free:2", "lock-free:4",
    ])
    func underEveryThreadSetting(_ threads: String) throws {
        for (batch, clients) in [(1, 6), (64, 60)] {
            var configuration = ServerConfiguration(table: .executed(by: threads))
            configuration.batch = batch
            try configuration.set("threads", threads)
            try converse(configuration, clients: clients, commands: commands / 2)
        }
    }

    /// A server that somebody else runs, of a sanitizer's build for instance.
    @Test(.enabled(if: setting("HASHMARK_ORACLE_PORT") != nil)) func elsewhere() throws {
        try converse(UInt16(setting("HASHMARK_ORACLE_PORT") ?? 0), clients: 60, commands: commands)
    }

    /// Another seed than the suite's: Scripts/verify-server draws one.
    private var seed: UInt64 { UInt64(setting("HASHMARK_ORACLE_SEED") ?? 1) }

    private var commands: Int { setting("HASHMARK_ORACLE_COMMANDS") ?? 120_000 }

    private func converse(
        _ configuration: ServerConfiguration, clients: Int, commands: Int
    ) throws {
        try withServer(configuration) { port in
            try converse(port, clients: clients, commands: commands)
        }
    }

    private func converse(_ port: UInt16, clients count: Int, commands: Int) throws {
        // A client sends 100 commands a round in the mean.
        let rounds = max(commands / (count * 100), 1)
        let clients = try (0..<count).map { try Client(port, $0, seed: seed + UInt64($0)) }
        var random = SplitMix64(seed: seed)
        for _ in 0..<rounds {
            // All write, then all read: their requests meet in one wake-up.
            for client in clients {
                try client.write(requests: Int.random(in: 1...200, using: &random))
            }
            for client in clients { try client.read() }
        }
        let keys = clients.reduce(0) { $0 + $1.oracle.values.count }
        try clients[0].raw.exchange("DBSIZE\r\n", ":\(keys)\r\n")
        try clients[0].raw.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
    }

    private final class Client {
        let raw: RawClient
        var oracle: Oracle
        private var expected: [UInt8] = []

        init(_ port: UInt16, _ number: Int, seed: UInt64) throws {
            raw = try RawClient(port: port)
            oracle = Oracle(prefix: "client\(number)", seed: seed)
        }

        func write(requests: Int) throws {
            var bytes = ""
            for _ in 0..<requests {
                let (request, reply) = oracle.next()
                bytes += request
                expected += reply.utf8
            }
            try raw.send(bytes)
        }

        func read() throws {
            let got = try raw.receive(exactly: expected.count)
            let isExpected = got == expected
            #expect(isExpected)
            expected.removeAll(keepingCapacity: true)
        }
    }
}

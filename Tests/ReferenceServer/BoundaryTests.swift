// Numbers from the ends of their ranges in every place of every command of the table, and as every
// setting: the server answers all of them and goes on.
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import Testing

enum Boundary {
    static let numbers = [
        "", "-1", "0", "1", "2147483647", "2147483648", "-2147483649", "4294967295", "4294967296",
        "9223372036854775806", "9223372036854775807", "9223372036854775808",
        "-9223372036854775807", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "99999999999999", "1e300", "-1e300",
        "1e-300", "1e4932", "nan", "inf", "-inf", "0x7fffffffffffffff",
    ]

    /// Every command and every subcommand there is, but those that by their nature end the server,
    /// or keep everybody waiting for as long as they are told.
    static let commands: [[String]] = Command.all.flatMap { command in
        [[command.name]] + command.subcommands.keys.sorted().map { [command.name, $0] }
    }.filter { ![["shutdown"], ["debug", "sleep"], ["client", "pause"]].contains($0) }

    /// Words before a number that some command takes for an option.
    static let options = [
        "ex", "px", "exat", "pxat", "keepttl", "get", "persist", "nx", "gt", "ifeq", "count",
        "match", "db", "minmatchlen", "samples", "maxage", "idle", "id", "skipme", "setname",
    ]

    /// Bits so far out that a value of a quarter or half a gigabyte would have to be made.
    private static let farBits = ["2147483647", "2147483648", "4294967295"]

    /// `head` with each number in each of up to four places, and behind each option.
    static func requests(_ head: [String]) -> [[String]] {
        let isFar: (String) -> Bool = { head == ["setbit"] && farBits.contains($0) }
        let numbers = Self.numbers.filter { !isFar($0) }
        var all = [head]
        for count in 1...4 {
            for place in 0..<count {
                for number in numbers {
                    var words = Array(repeating: "1", count: count)
                    words[place] = number
                    all.append(head + words)
                }
            }
        }
        for option in options {
            for number in numbers {
                all += [head + ["1", option, number], head + ["1", "1", option, number]]
            }
        }
        return all
    }
}

extension RawClient {
    /// The names of all settings, but that of the password: after it nobody else is served.
    func parameters() throws -> [String] {
        try send(encode("CONFIG", "GET", "*"))
        let pairs = try #require(try reply().elements)
        return stride(from: 0, to: pairs.count, by: 2).compactMap { pairs[$0].text }
            .filter { $0 != "requirepass" }
    }
}

@Suite(.serialized) struct BoundaryTests {
    @Test(arguments: Table.served, [false, true])
    func everyCommandTakesEveryNumber(_ table: Table, _ cluster: Bool) throws {
        var configuration = ServerConfiguration(table: table)
        configuration.keyspace.cluster = cluster
        try withServer(configuration) { port in
            for head in Boundary.commands where head[0] != "config" {
                let client = try RawClient(port: port)
                // Some close the connection: what comes after them is lost.
                try? client.send(Boundary.requests(head).map { encode($0) }.joined())
                client.endOutput()
                while let more = try? client.receive(limit: 1 << 20), !more.isEmpty {}
            }
            let client = try RawClient(port: port)
            try client.exchange("PING\r\nHASHMARK VERIFY\r\n", "+PONG\r\n*0\r\n")
        }
    }

    /// Each value that is taken lives through ticks, reports and commands.
    @Test func everySettingTakesEveryNumber() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.hz = 500
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            try client.exchange(encode("SET", "k", "v"), "+OK\r\n")
            for name in try client.parameters() {
                for number in Boundary.numbers + ["normal \(Int.max) 1 1", "normal -1 0 0"] {
                    try client.send(encode("CONFIG", "SET", name, number))
                    guard try client.reply() == .status("OK") else { continue }
                    Clock.sleep(milliseconds: 5)
                    for request in [
                        ["INFO", "everything"], ["GET", "k"], ["CONFIG", "GET", name],
                    ] {
                        try client.send(encode(request))
                        _ = try client.reply()
                    }
                }
                try client.exchange(
                    encode(
                        "CONFIG", "SET", "hz", "500", "timeout", "0", "maxclients", "100",
                        "maxmemory", "0", "client-output-buffer-limit", "normal 0 0 0"),
                    "+OK\r\n")
            }
            try client.exchange("PING\r\nHASHMARK VERIFY\r\n", "+PONG\r\n*0\r\n")
        }
    }

    /// Without ticks, nothing but a request or the order to stop wakes the server; with them again,
    /// at once, keys expire.
    @Test func ticksComeAndGo() throws {
        var configuration = ServerConfiguration(table: .valkey91)
        configuration.hz = 0
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                encode("CONFIG", "SET", "hz", "500") + encode("SET", "k", "v", "PX", "1"),
                "+OK\r\n+OK\r\n")
            var size = RESPValue.integer(1)
            for _ in 0..<5_000 where size == .integer(1) {
                Clock.sleep(milliseconds: 2)
                try client.send(encode("DBSIZE"))
                size = try client.reply()
            }
            #expect(size == .integer(0))
            // Nothing is on its way when it is told to stop.
            try client.exchange(encode("CONFIG", "SET", "hz", "0"), "+OK\r\n")
            Clock.sleep(milliseconds: 20)
        }
    }

    /// A pause is refused, or ends when it says, or with the server.
    @Test(arguments: Boundary.numbers) func pauses(_ number: String) throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.send(encode("CLIENT", "PAUSE", number))
            _ = try client.reply()
        }
    }

    @Test func moreArgumentsThanAMillion() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            let count = 1_100_000
            let words = String(repeating: "$1\r\nk\r\n", count: count)
            try client.exchange("SET k v\r\n", "+OK\r\n")
            try client.exchange("*\(count + 1)\r\n$6\r\nEXISTS\r\n" + words, ":\(count)\r\n")
        }
    }
}

// Bits, bit fields and HyperLogLogs against redis-server: the same replies, and after each change
// the same bytes of the value.
import Distributions
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import TestSupport
import Testing

private let keys = ["a", "b", "c", "d"]
private let offsets = ["0", "1", "7", "8", "100", "1000", "-1", "abc", "4294967296", "#1"]
private let positions = ["0", "1", "5", "-1", "-3", "100", "-100", "7", "9"]
private let types = ["u8", "i8", "u1", "i5", "u63", "i64", "u64", "i65", "x8", "u", "i0"]
private let places = ["0", "3", "#0", "#1", "#3", "100", "-1", "abc"]
private let operands = [
    "0", "1", "-1", "127", "128", "255", "256", "-129", "9223372036854775807",
    "-9223372036854775808", "abc",
]

private func pick(_ words: [String], _ random: inout SplitMix64) -> String {
    words.randomElement(using: &random)!
}

/// One, two or three operations of BITFIELD.
private func fieldOperations(_ random: inout SplitMix64) -> [String] {
    var words: [String] = []
    for _ in 0..<Int.random(in: 1...3, using: &random) {
        let (type, place) = (pick(types, &random), pick(places, &random))
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: words += ["GET", type, place]
        case 2, 3: words += ["SET", type, place, pick(operands, &random)]
        case 4, 5: words += ["INCRBY", type, place, pick(operands, &random)]
        case 6: words += ["OVERFLOW", pick(["WRAP", "SAT", "FAIL", "no"], &random)]
        default: words += ["SET", type]
        }
    }
    return words
}

/// What 7.0 looks at in another order, wrong arguments for keys that are not there, is left out.
private func bitRequest(_ random: inout SplitMix64) -> [String] {
    let key = pick(keys, &random)
    switch Int.random(in: 0..<10, using: &random) {
    case 0, 1: return ["SETBIT", key, pick(offsets, &random), pick(["0", "1", "1", "2"], &random)]
    case 2: return ["GETBIT", key, pick(offsets, &random)]
    case 3:
        var words = ["BITCOUNT", key]
        guard Bool.random(using: &random) else { return words }
        words += [pick(positions, &random), pick(positions, &random)]
        if Bool.random(using: &random) { words.append(pick(["BIT", "bYte"], &random)) }
        return words
    case 4, 5:
        var words = ["BITPOS", key, pick(["0", "1"], &random)]
        let count = Int.random(in: 0...3, using: &random)
        for _ in 0..<min(count, 2) { words.append(pick(positions, &random)) }
        if count == 3 { words.append(pick(["BIT", "bYte"], &random)) }
        return words
    case 6:
        var words = ["BITOP", pick(["AND", "OR", "XOR", "NOT", "no"], &random), key]
        for _ in 0..<Int.random(in: 1...3, using: &random) { words.append(pick(keys, &random)) }
        return words
    case 7: return ["BITFIELD", key] + fieldOperations(&random)
    case 8: return ["BITFIELD_RO", key] + fieldOperations(&random)
    default:
        let choices = [
            ["DEL", key], ["SET", key, "12"], ["APPEND", key, "xyz"], ["EXPIRE", key, "1000"],
        ]
        return choices.randomElement(using: &random)!
    }
}

private func logRequest(_ random: inout SplitMix64) -> [String] {
    let (key, other) = (pick(keys, &random), pick(keys, &random))
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return ["PFCOUNT", key]
    case 1: return ["PFCOUNT", key, other]
    case 2: return ["PFMERGE", key, other]
    case 3 where Int.random(in: 0..<8, using: &random) == 0: return ["DEL", key]
    case 4 where Int.random(in: 0..<20, using: &random) == 0: return ["SET", key, "no log"]
    case 5: return ["PFADD", key]
    default:
        var words = ["PFADD", key]
        for _ in 0..<Int.random(in: 1...40, using: &random) {
            words.append("\(Int.random(in: 0..<100_000, using: &random))")
        }
        return words
    }
}

@Suite(.serialized) struct BitTests {
    private func compare(
        _ table: Table, requests: Int, _ next: (inout SplitMix64) -> [String]
    ) throws {
        let redis = try RedisServer()
        try withServer(ServerConfiguration(table: table)) { port in
            let theirs = try RawClient(port: redis.port)
            let ours = try RawClient(port: port)
            var random = SplitMix64(seed: 5)
            for number in 0..<requests {
                let words = next(&random)
                for words in [words, ["GET", keys[number % keys.count]]] {
                    try theirs.send(encode(words))
                    try ours.send(encode(words))
                    let (expected, got) = (try theirs.reply(), try ours.reply())
                    try #require(
                        got == expected, "request \(number): \(words): \(got), theirs \(expected)")
                }
            }
            try ours.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
        }
    }

    @Test(arguments: [Table.valkey72, .valkey91]) func bitsAsRedisHasThem(_ table: Table) throws {
        try compare(table, requests: 15_000, bitRequest)
    }

    /// Both representations, the way between them, and the cached cardinality.
    @Test(arguments: [Table.valkey72, .valkey91]) func logsAsRedisHasThem(_ table: Table) throws {
        try compare(table, requests: 4_000, logRequest)
    }

    /// Registers that no element makes: what redis-server calls corrupt, and what it counts.
    @Test func logsOfOthers() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            let wrong = "-WRONGTYPE Key is not a valid HyperLogLog string value.\r\n"
            try client.exchange(encode("SET", "k", "HYLL"), "+OK\r\n")
            try client.exchange("PFADD k x\r\n", wrong)
            // Sparse, not cached, and without registers.
            let head = "HYLL\u{1}\0\0\0" + String(repeating: "\0", count: 8)
            try client.exchange(encode("SET", "k", head), "+OK\r\n")
            try client.exchange("PFADD k x\r\n", "-INVALIDOBJ Corrupted HLL object detected\r\n")
            try client.exchange("PFCOUNT k\r\n", ":0\r\n")
        }
    }

    @Test func severalKeysWithOneTime() throws {
        try withServer(ServerConfiguration(table: .valkey91)) { port in
            let client = try RawClient(port: port)
            try client.exchange(
                "MSETEX 2 a 1 b 2 EX 100\r\nTTL a\r\nMGET a b\r\nMSETEX 2 a 3 c 4 NX\r\n"
                    + "EXISTS c\r\nMSETEX 1 a 5 XX KEEPTTL\r\nTTL a\r\nMSETEX 1 a 6 NX XX\r\n",
                ":1\r\n:100\r\n*2\r\n$1\r\n1\r\n$1\r\n2\r\n:0\r\n:0\r\n:1\r\n:100\r\n"
                    + "-ERR syntax error\r\n")
            try client.exchange(
                "COMMAND GETKEYS MSETEX 2 a 1 b 2\r\n", "*2\r\n$1\r\na\r\n$1\r\nb\r\n")
        }
    }

    /// A table's server has the commands of its release.
    @Test func releasesHaveTheirCommands() throws {
        for (table, has) in [(Table.valkey72, false), (.valkey81, false), (.valkey91, true)] {
            try withServer(ServerConfiguration(table: table)) { port in
                let client = try RawClient(port: port)
                try client.send("MSETEX 1 a 1\r\n")
                let answer = try client.reply()
                #expect((answer == .integer(1)) == has)
                try client.send("COMMAND LIST FILTERBY PATTERN m*ex\r\n")
                let names = try client.reply()
                #expect(names == .array(has ? [.bytes(Array("msetex".utf8))] : []))
            }
        }
    }
}

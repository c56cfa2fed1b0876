// Random commands that wait for keys, and commands that make them ready, to redis-server and to
// ours: after each of them as many clients wait, the same ones were served, and got the same.
//
// What 7.0 and its successors do differently is left out: a client that waits for several keys of
// which one request makes more than one ready, or another type.
import Distributions
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import TestSupport
import Testing

private final class Talker {
    private let raw: RawClient

    init(_ port: UInt16) throws { raw = try RawClient(port: port) }

    func send(_ words: [String]) throws { try raw.send(encode(words)) }

    func ask(_ words: [String]) throws -> RESPValue {
        try send(words)
        return try raw.reply()
    }

    /// The next reply, if it is there soon.
    func poll() throws -> RESPValue? {
        guard let bytes = try raw.receive(milliseconds: 1) else { return nil }
        return try ReplyDecoder.first(in: bytes)
    }
}

/// A server, clients that may wait there, and one that never does.
private final class Party {
    private struct Stuck: Error {}

    private let pusher: Talker
    private let waiters: [Talker]
    private let ids: [String]
    /// Who waits.
    private(set) var waiting: [Int] = []

    init(_ port: UInt16, clients: Int) throws {
        pusher = try Talker(port)
        let waiters = try (0..<clients).map { _ in try Talker(port) }
        self.waiters = waiters
        ids = try waiters.map { "\(try $0.ask(["CLIENT", "ID"]).number ?? 0)" }
    }

    private func countWaiting() throws -> Int {
        let lines = try pusher.ask(["INFO", "clients"]).text?.split(whereSeparator: \.isNewline)
        let name = "blocked_clients:"
        let line = lines?.first { $0.hasPrefix(name) }
        return try #require(line.flatMap { Int($0.dropFirst(name.count)) })
    }

    /// What the client is told at once, nil: it waits; and whom that lets go: an element that it
    /// moves may be what another waits for.
    func ask(
        _ client: Int, _ words: [String]
    ) throws -> (reply: RESPValue?, served: [Int: RESPValue]) {
        try waiters[client].send(words)
        for _ in 0..<5_000 {
            if let reply = try waiters[client].poll() { return (reply, try collect()) }
            if try countWaiting() > waiting.count {
                waiting.append(client)
                return (nil, [:])
            }
        }
        throw Stuck()
    }

    /// The replies to requests of the one that never waits; and to whom they let go. `#n` is the
    /// id of client n.
    func push(_ requests: [[String]]) throws -> (replies: [RESPValue], served: [Int: RESPValue]) {
        let replies = try requests.map { words in
            try pusher.ask(words.map { $0.hasPrefix("#") ? ids[Int($0.dropFirst())!] : $0 })
        }
        return (replies, try collect())
    }

    /// The replies of those who wait no longer.
    private func collect() throws -> [Int: RESPValue] {
        let left = try countWaiting()
        var served: [Int: RESPValue] = [:]
        for _ in 0..<5_000 where served.count < waiting.count - left {
            for client in waiting where served[client] == nil {
                served[client] = try waiters[client].poll()
            }
        }
        waiting.removeAll { served[$0] != nil }
        guard waiting.count == left else { throw Stuck() }
        return served
    }
}

private func pick(_ words: [String], _ random: inout SplitMix64) -> String {
    words.randomElement(using: &random)!
}

private func waiting(_ random: inout SplitMix64) -> [String] {
    func key(_ letter: String) -> String { pick((1...3).map { "\(letter)\($0)" }, &random) }
    func end() -> String { pick(["LEFT", "RIGHT"], &random) }
    switch Int.random(in: 0..<9, using: &random) {
    case 0: return ["BLPOP", key("l"), "0"]
    case 1: return ["BRPOP", key("l"), key("l"), "0"]
    case 2: return ["BLMOVE", key("l"), key("l"), end(), end(), "0"]
    case 3: return ["BRPOPLPUSH", key("l"), key("l"), "0"]
    case 4: return ["BLMPOP", "0", "2", key("l"), key("l"), end(), "COUNT", "2"]
    case 5: return ["BZPOPMIN", key("z"), "0"]
    case 6: return ["BZPOPMAX", key("z"), key("z"), "0"]
    case 7: return ["BZMPOP", "0", "1", key("z"), pick(["MIN", "MAX"], &random), "COUNT", "2"]
    default: return ["BLPOP", key("z"), key("l"), pick(["-1", "x"], &random)]
    }
}

private func pushing(_ clients: Int, _ random: inout SplitMix64) -> [[String]] {
    func key(_ letter: String) -> String { pick((1...3).map { "\(letter)\($0)" }, &random) }
    func value() -> String { pick((0..<20).map { "v\($0)" }, &random) }
    let (list, sorted) = (key("l"), key("z"))
    switch Int.random(in: 0..<12, using: &random) {
    case 0, 1: return [["RPUSH", list, value()]]
    case 2: return [["LPUSH", list, value(), value(), value()]]
    case 3: return [["ZADD", sorted, "1", value(), "2", value()]]
    case 4: return [["LMOVE", list, key("l"), "LEFT", "RIGHT"]]
    case 5: return [["RENAME", list, key("l")]]
    case 6: return [["COPY", sorted, key("z"), "REPLACE"]]
    case 7: return [["ZUNIONSTORE", sorted, "2", key("z"), key("z")]]
    case 8: return [["MULTI"], ["RPUSH", list, value()], ["LPUSH", list, value()], ["EXEC"]]
    case 9: return [["SORT", list, "ALPHA", "STORE", key("l")]]
    case 10: return [["DEL", list, sorted]]
    default:
        let client = Int.random(in: 0..<clients, using: &random)
        return [["CLIENT", "UNBLOCK", "#\(client)", pick(["TIMEOUT", "ERROR"], &random)]]
    }
}

@Suite(.serialized) struct BlockingDifferentialTests {
    @Test(arguments: [Table.valkey72, .valkey91]) func servesAsRedisDoes(_ table: Table) throws {
        let clients = 5
        let redis = try RedisServer()
        try withServer(ServerConfiguration(table: table)) { port in
            let theirs = try Party(redis.port, clients: clients)
            let ours = try Party(port, clients: clients)
            var random = SplitMix64(seed: 11)
            for number in 0..<1_200 {
                let idle = (0..<clients).filter { !ours.waiting.contains($0) }
                if let client = idle.randomElement(using: &random), Bool.random(using: &random) {
                    let words = waiting(&random)
                    let expected = try theirs.ask(client, words)
                    let got = try ours.ask(client, words)
                    try #require(got.reply == expected.reply, "request \(number): \(words)")
                    try #require(got.served == expected.served, "request \(number): \(words)")
                } else {
                    let requests = pushing(clients, &random)
                    let (expected, got) = (try theirs.push(requests), try ours.push(requests))
                    try #require(got.replies == expected.replies, "request \(number): \(requests)")
                    try #require(got.served == expected.served, "request \(number): \(requests)")
                }
                try #require(ours.waiting == theirs.waiting, "request \(number)")
            }
            let checker = try RawClient(port: port)
            try checker.exchange("HASHMARK VERIFY\r\n", "*0\r\n")
        }
    }
}

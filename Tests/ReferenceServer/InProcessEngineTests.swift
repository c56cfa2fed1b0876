// The engine without sockets answers as the server does, turn by turn.
import Keyspaces
import RESP
import ReferenceServer
import Testing

/// Executes turns, and collects the replies.
private func answers(
    _ engine: any InProcessEngine, _ turns: [String], tells: Bool = true
) -> (text: String, bytes: Int) {
    var input = turns.flatMap { Array($0.utf8) }
    var ends: [Int] = []
    for turn in turns { ends.append((ends.last ?? 0) + turn.utf8.count) }
    var replies: [UInt8] = []
    let bytes = input.withUnsafeMutableBytes { input in
        engine.execute(
            input, from: 0, ends: ends[...], told: tells ? { replies.append(contentsOf: $0) } : nil)
    }
    return (String(decoding: replies, as: UTF8.self), bytes)
}

@Suite struct InProcessEngineTests {
    @Test(arguments: Table.served, [1, 64])
    func answersAreTheServers(_ table: Table, _ batch: Int) throws {
        var configuration = ServerConfiguration(table: table)
        configuration.batch = batch
        // More requests than a batch holds, one connection's each.
        let large = String(repeating: "x", count: 40_000)
        let turns = [
            (0..<100).map { encode("SET", "key:\($0)", "value \($0)") }.joined(),
            encode("SET", "large", large) + encode("GET", "large") + encode("GET", "key:7"),
            (0..<130).map { encode("GET", "key:\($0)") }.joined(),
            encode("DEL", "key:3") + encode("DEL", "key:3") + encode("NONSENSE"),
        ]
        let engine = configuration.makeEngine()
        let (text, bytes) = answers(engine, turns)
        #expect(bytes == text.utf8.count)
        #expect(engine.entries == 100 && engine.commands == 235)
        try withServer(configuration) { port in
            let client = try RawClient(port: port)
            try client.exchange(turns.joined(), text)
        }
        engine.rest()
        // Replies that nobody hears of are counted all the same.
        let again = answers(engine, [turns[2]], tells: false)
        #expect(again.text.isEmpty && again.bytes > 1_000)
    }
}

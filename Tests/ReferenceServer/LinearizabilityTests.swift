// What concurrent clients see of a key, under each thread model, can have happened one after the
// other; and the checker that says so finds histories that cannot.
import Distributions
import Glibc
import Keyspaces
import LinuxSystem
import RESP
import ReferenceServer
import Synchronization
import Testing

@Suite(.serialized) struct LinearizabilityTests {
    private static func at(
        _ start: UInt64, _ end: UInt64, _ kind: Operation.Kind
    ) -> Operation {
        Operation(kind: kind, start: start, end: end)
    }

    private static let good: [[Operation]] = [
        [],
        [at(0, 1, .get(nil)), at(2, 3, .set(1)), at(4, 5, .get(1))],
        // Two at once, in either order.
        [at(0, 10, .set(1)), at(0, 10, .set(2)), at(11, 12, .get(1))],
        [at(0, 10, .set(1)), at(0, 10, .set(2)), at(11, 12, .get(2))],
        // Seen while it is under way, by one and not yet by another.
        [at(0, 10, .set(1)), at(1, 2, .get(nil)), at(3, 4, .get(1))],
        [at(0, 10, .increment(2)), at(0, 10, .increment(1)), at(11, 12, .remove(true))],
        [at(0, 10, .remove(false)), at(5, 20, .set(7)), at(15, 30, .get(nil))],
    ]

    private static let bad: [[Operation]] = [
        [at(0, 1, .get(1))],
        // Read before it was written, or after it was overwritten.
        [at(0, 1, .get(1)), at(2, 3, .set(1))],
        [at(0, 1, .set(1)), at(2, 3, .set(2)), at(4, 5, .get(1))],
        // Seen, and then not any more.
        [at(0, 10, .set(1)), at(1, 2, .get(1)), at(3, 4, .get(nil))],
        // An update that was lost.
        [at(0, 10, .increment(1)), at(0, 10, .increment(1))],
        [at(0, 10, .set(1)), at(0, 10, .set(2)), at(11, 12, .get(1)), at(13, 14, .get(2))],
        [at(0, 1, .set(1)), at(2, 5, .remove(true)), at(2, 5, .remove(true))],
        // Two readers that disagree about the order of two writes.
        [
            at(0, 20, .set(1)), at(0, 20, .set(2)), at(1, 2, .get(1)), at(3, 4, .get(2)),
            at(5, 6, .get(1)),
        ],
    ]

    @Test func theCheckerKnowsGoodFromBad() {
        for (index, history) in Self.good.enumerated() {
            #expect(LinearizabilityChecker.isLinearizable(history), "good history \(index)")
        }
        for (index, history) in Self.bad.enumerated() {
            #expect(!LinearizabilityChecker.isLinearizable(history), "bad history \(index)")
        }
    }

    private static let clients = 3
    private static let keys = 2
    /// Of a client and round: those of a key stay few enough for the checker.
    private static let operations = 30
    private static let rounds = 12

    @Test(
        arguments: allThreadModels + [
            "io:1", "global-lock:3", "sharded:3", "lock-free:1", "lock-free:2", "lock-free:3",
        ])
    func recordedHistories(_ threads: String) throws {
        var configuration = ServerConfiguration(table: .executed(by: threads))
        try configuration.set("threads", threads)
        try withServer(configuration) { port in
            for round in 0..<Self.rounds {
                let histories = try Self.record(port, round)
                for (key, history) in histories.enumerated() {
                    // By chance more than fit went to one key.
                    guard history.count <= LinearizabilityChecker.operationsMax else { continue }
                    #expect(
                        LinearizabilityChecker.isLinearizable(history),
                        "\(threads), round \(round), key \(key): \(history)")
                }
            }
        }
    }

    /// What clients on threads of their own do to a few keys, and see; by key.
    private static func record(_ port: UInt16, _ round: Int) throws -> [[Operation]] {
        let box = HistoryBox(keys: keys)
        var workers = WorkerGroup(capacity: clients)
        for number in 0..<clients {
            try workers.start {
                do {
                    try Self.act(port, round, number, box)
                } catch {
                    box.fail("\(error)")
                }
            }
        }
        workers.join()
        try #require(box.failure == nil)
        return box.histories
    }

    private static func act(
        _ port: UInt16, _ round: Int, _ number: Int, _ box: HistoryBox
    ) throws {
        var random = SplitMix64(seed: UInt64(round * clients + number))
        let client = try RawClient(port: port)
        for step in 0..<operations {
            let key = Int.random(in: 0..<keys, using: &random)
            let name = "round\(round):key\(key)"
            let value = (number + 1) * 1_000 + step
            let choice = Int.random(in: 0..<8, using: &random)
            let request =
                switch choice {
                case 0...2: encode("GET", name)
                case 3...4: encode("SET", name, "\(value)")
                case 5...6: encode("INCR", name)
                default: encode("DEL", name)
                }
            let start = Clock.monotonicNanoseconds()
            try client.send(request)
            let reply = try client.reply()
            let end = Clock.monotonicNanoseconds()
            let kind: Operation.Kind =
                switch choice {
                case 0...2: .get(reply.text.flatMap { Int($0) })
                case 3...4: .set(value)
                case 5...6: .increment(Int(reply.number ?? -1))
                default: .remove(reply.number == 1)
                }
            box.add(Operation(kind: kind, start: start, end: end), key: key)
        }
    }
}

/// Histories that several threads write.
private final class HistoryBox: Sendable {
    private let state: Mutex<(histories: [[Operation]], failure: String?)>

    init(keys: Int) {
        state = Mutex((histories: [[Operation]](repeating: [], count: keys), failure: nil))
    }

    func add(_ operation: Operation, key: Int) {
        state.withLock { $0.histories[key].append(operation) }
    }

    func fail(_ text: String) { state.withLock { $0.failure = text } }

    var histories: [[Operation]] { state.withLock { $0.histories } }
    var failure: String? { state.withLock { $0.failure } }
}

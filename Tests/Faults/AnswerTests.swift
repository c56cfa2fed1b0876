// What it answers: soundly without faults, and wrong in the way that was ordered.
import LinuxSystem
import RESP
import Targets
import TestSupport
import Testing

@Suite struct AnswerTests {
    @Test func itIsSoundWithoutFaults() throws {
        try withFaulty("") { server, connection in
            for index in 0..<5_000 { try connection.set("key:\(index)", "value:\(index)") }
            #expect(try connection.databaseSize() == 5_000)
            for index in stride(from: 0, to: 5_000, by: 3) {
                #expect(try connection.send(["DEL", "key:\(index)"]) == .integer(1))
            }
            for index in 0..<5_000 {
                let expected = index % 3 == 0 ? RESPValue.null : .text("value:\(index)")
                #expect(try connection.get("key:\(index)") == expected)
            }
            #expect(try connection.send(["EXISTS", "key:1", "key:3"]) == .integer(1))
            #expect(
                try connection.send(["MGET", "key:1", "key:3"])
                    == .array([.text("value:1"), .null]))
            _ = try connection.call(["FLUSHALL"])
            #expect(try connection.databaseSize() == 0)
            #expect(server.death == nil)
        }
    }

    @Test func conditionsTimesAndNumbersWork() throws {
        try withFaulty("") { _, connection in
            try connection.ping()
            #expect(try connection.send(["SET", "a", "1", "XX"]) == .null)
            #expect(try connection.send(["SET", "a", "1", "EX", "100"]) == .status("OK"))
            #expect(try connection.send(["SET", "a", "2", "NX"]) == .null)
            #expect(try connection.send(["TTL", "a"]) == .integer(100))
            #expect(try connection.send(["INCR", "a"]) == .integer(2))
            #expect(try connection.send(["TTL", "a"]) == .integer(100))
            #expect(try connection.send(["SET", "a", "x", "KEEPTTL"]) == .status("OK"))
            #expect(try connection.send(["TTL", "a"]) == .integer(100))
            #expect(try connection.send(["INCR", "a"]).isError)
            #expect(try connection.send(["PEXPIRE", "a", "0"]) == .integer(1))
            #expect(try connection.get("a") == .null)
            #expect(try connection.send(["SET", "a", "1", "BOGUS"]).isError)
            #expect(try connection.send(["NOSUCH"]).isError)
        }
    }

    @Test func scanFindsEveryKeyOnce() throws {
        try withFaulty("") { _, connection in
            for index in 0..<1_000 { try connection.set("k\(index)", "v") }
            var keys: [String] = []
            var cursor = "0"
            repeat {
                let reply = try connection.call(["SCAN", cursor, "COUNT", "37"]).elements ?? []
                cursor = reply.first?.text ?? "0"
                keys += reply.last?.elements?.compactMap(\.text) ?? []
            } while cursor != "0"
            #expect(keys.sorted() == (0..<1_000).map { "k\($0)" }.sorted())
        }
    }

    /// How an answer differs from the key's value.
    enum Difference: Sendable { case oneByte, everyByte, lastByteMissing, anotherKeys, missing }

    @Test(arguments: [
        ("--wrong-byte 1", Difference.oneByte), ("--wrong-value 1", .everyByte),
        ("--wrong-length 1", .lastByteMissing), ("--other-key 1", .anotherKeys),
        ("--nil 1", .missing), ("--corrupt-set 1", .oneByte), ("--drop-set 1", .missing),
    ])
    func wrongAnswersAreAsOrdered(flags: String, difference: Difference) throws {
        try withFaulty(flags) { _, connection in
            for index in 0..<10 { try connection.set("key:\(index)", "value:\(index)") }
            for index in 0..<10 {
                let own = Array("value:\(index)".utf8)
                let reply = try connection.get("key:\(index)")
                guard case .bytes(let value) = reply else {
                    #expect(reply == .null && difference == .missing)
                    continue
                }
                let wrong = zip(value, own).count { $0 != $1 }
                switch difference {
                case .oneByte: #expect(value.count == own.count && wrong == 1)
                case .everyByte: #expect(value.count == own.count && wrong == own.count)
                case .lastByteMissing: #expect(value == own.dropLast())
                case .anotherKeys:
                    #expect(value != own && value.starts(with: "value:".utf8))
                case .missing: Issue.record("\(reply)")
                }
            }
        }
    }

    @Test func errorsAndTypesAreAsOrdered() throws {
        try withFaulty("--set-error 1 --after 3 --get-error 1") { _, connection in
            #expect(try connection.send(["SET", "a", "1"]).isError)
            #expect(try connection.get("a") == .null)
            #expect(try connection.send(["PING"]) == .status("PONG"))
            try connection.set("a", "1")
            #expect(try connection.databaseSize() == 0)
        }
        try withFaulty("--wrong-type 1") { _, connection in
            try connection.set("a", "x")
            #expect(try connection.get("a") == .integer(1))
        }
        try withFaulty("--malformed 1") { _, connection in
            try connection.set("a", "x")
            #expect(throws: TargetError.self) { try connection.get("a") }
        }
        try withFaulty("--after 1gets --close 1") { _, connection in
            try connection.set("a", "x")
            #expect(try connection.get("a") == .text("x"))
            #expect(throws: TargetError.self) { try connection.get("a") }
        }
    }

    /// The draws have a seed, so these are the same on every run.
    @Test(arguments: [(0.001, 10...35), (0.1, 1_900...2_100), (0.5, 9_800...10_200)])
    func ratesAreKept(rate: Double, expected: ClosedRange<Int>) throws {
        try withFaulty("--nil \(rate)") { _, connection in
            try connection.set("a", "x")
            let missing = try connection.many(20_000, ["GET", "a"]).count { $0 == .null }
            #expect(expected.contains(missing))
        }
    }

    @Test func faultsBeginWhenOrdered() throws {
        try withFaulty("--after 5gets --nil 1") { _, connection in
            try connection.set("a", "x")
            for _ in 0..<5 { #expect(try connection.get("a") == .text("x")) }
            for _ in 0..<5 { #expect(try connection.get("a") == .null) }
        }
        try withFaulty("--after 300ms --lose-all") { _, connection in
            try connection.set("a", "x")
            let start = Clock.monotonicNanoseconds()
            while try connection.databaseSize() == 1 {
                try #require(Clock.monotonicNanoseconds() - start < 10_000_000_000)
            }
            try connection.set("a", "y")
            #expect(try connection.get("a") == .text("y"))
        }
        try withFaulty("--launches 0 --nil 1") { _, connection in
            try connection.set("a", "x")
            #expect(try connection.get("a") == .text("x"))
        }
    }
}

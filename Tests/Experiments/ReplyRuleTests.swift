// When replies of two servers agree: every rule on replies that do and that do not.
import Experiments
import RESP
import Testing

private func command(_ text: String) -> [[UInt8]] {
    text.split(separator: " ").map { Array($0.utf8) }
}

private func strings(_ words: String...) -> RESPValue {
    .array(words.map { .bytes(Array($0.utf8)) })
}

@Suite struct ReplyRuleTests {
    @Test func commandsHaveTheirRules() {
        let rules: [(String, ReplyRule)] = [
            ("GET k", .exact), ("get k", .exact), ("ZRANGE z 0 -1", .exact),
            ("SMEMBERS s", .unordered), ("keys *", .unordered), ("HGETALL h", .pairs),
            ("TTL k", .life(tolerance: 1)), ("PTTL k", .life(tolerance: 1_000)),
            ("TIME", .leftOut), ("SPOP s", .leftOut), ("RANDOMKEY", .leftOut),
            ("XADD s * f v", .leftOut), ("XADD s 1-1 f v", .exact), ("SCAN 0", .leftOut),
        ]
        for (text, rule) in rules { #expect(ReplyRule(command(text)) == rule, "\(text)") }
    }

    @Test func orderMattersWhereThereIsOne() {
        let (one, other) = (strings("a", "b", "b"), strings("b", "a", "b"))
        #expect(!ReplyRule.exact.agrees(one, other) && ReplyRule.exact.agrees(one, one))
        #expect(ReplyRule.unordered.agrees(one, other))
        // As often as each is there.
        #expect(!ReplyRule.unordered.agrees(one, strings("a", "a", "b")))
        #expect(!ReplyRule.unordered.agrees(one, .bytes([])))
    }

    @Test func fieldsKeepTheirValues() {
        let one = strings("f", "1", "g", "2")
        #expect(ReplyRule.pairs.agrees(one, strings("g", "2", "f", "1")))
        #expect(!ReplyRule.pairs.agrees(one, strings("f", "2", "g", "1")))
        #expect(!ReplyRule.pairs.agrees(one, strings("f", "1", "g")))
    }

    @Test func timesToLiveMayPass() {
        let rule = ReplyRule.life(tolerance: 1)
        for (one, other, agrees) in [
            (10, 10, true), (10, 9, true), (10, 8, false), (-1, -1, true), (-1, 10, false),
            (-2, -1, false), (-2, 1, true), (-2, 0, true), (-2, 2, false), (0, -1, false),
        ] as [(Int64, Int64, Bool)] {
            #expect(rule.agrees(.integer(one), .integer(other)) == agrees, "\(one) \(other)")
            #expect(rule.agrees(.integer(other), .integer(one)) == agrees, "\(other) \(one)")
        }
    }

    @Test func errorsAgreeInTheirKind() {
        let rule = ReplyRule.exact
        #expect(rule.agrees(.error("ERR syntax error"), .error("ERR wrong number")))
        #expect(!rule.agrees(.error("ERR x"), .error("WRONGTYPE x")))
        #expect(!rule.agrees(.error("OK"), .status("OK")))
        #expect(!rule.agrees(.null, .bytes([])) && !rule.agrees(.integer(1), .bytes([0x31])))
    }
}

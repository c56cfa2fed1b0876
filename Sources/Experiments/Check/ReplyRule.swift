// When the replies of two servers to one request agree.
//
//     exact       the same value of the same type                      GET, SET, ZRANGE, LRANGE …
//     unordered   the same elements, in any order                      SMEMBERS, KEYS, SUNION …
//     pairs       the same fields with the same values, in any order   HGETALL
//     life        as long to live, but for what passes in between      TTL, PTTL, EXPIRETIME …
//     leftOut     not sent: what it replies or does is drawn, or depends on the clock
//
// Errors agree in their first word (ERR, WRONGTYPE …): releases word the rest anew.
import RESP

public enum ReplyRule: Equatable, Sendable {
    case exact, unordered, pairs
    /// What two times may differ by, in their own unit.
    case life(tolerance: Int64)
    case leftOut

    /// - Parameter command: a request's arguments, its name first.
    public init(_ command: [[UInt8]]) {
        let name = Self.name(of: command)
        if Self.drawn.contains(name) || Self.isDrawn(name, command) {
            self = .leftOut
        } else if Self.withoutOrder.contains(name) {
            self = .unordered
        } else if name == "HGETALL" {
            self = .pairs
        } else {
            self = Self.lives[name].map { ReplyRule.life(tolerance: $0) } ?? .exact
        }
    }

    /// In upper case.
    static func name(of command: [[UInt8]]) -> String {
        String(decoding: command.first ?? [], as: UTF8.self).uppercased()
    }

    /// Whether the arguments behind the name hold a word, in any case.
    static func holds(_ word: String, _ command: [[UInt8]]) -> Bool {
        command.dropFirst().contains { argument in
            argument.count == word.utf8.count
                && String(decoding: argument, as: UTF8.self).uppercased() == word
        }
    }

    private static let withoutOrder: Set = [
        "SMEMBERS", "SINTER", "SUNION", "SDIFF", "KEYS", "HKEYS", "HVALS", "GEORADIUS",
        "GEORADIUS_RO", "GEORADIUSBYMEMBER", "GEORADIUSBYMEMBER_RO", "GEOSEARCH",
    ]

    /// Two servers get a request one after the other, and each rounds.
    private static let lives: [String: Int64] = [
        "TTL": 1, "EXPIRETIME": 1, "PTTL": 1_000, "PEXPIRETIME": 1_000,
    ]

    /// Draws, cursors of a table's own order, clocks, and what a server says of itself.
    private static let drawn: Set = [
        "TIME", "RANDOMKEY", "SPOP", "SRANDMEMBER", "HRANDFIELD", "ZRANDMEMBER", "SCAN", "SSCAN",
        "HSCAN", "ZSCAN", "LASTSAVE", "INFO", "OBJECT", "MEMORY", "DEBUG", "LOLWUT", "DUMP", "ROLE",
        "DBSIZE", "XINFO", "XPENDING", "XCLAIM", "XAUTOCLAIM", "COMMAND", "CONFIG", "CLIENT",
        "SLOWLOG", "LATENCY", "HELLO",
    ]

    /// A stream gives an entry the id of the moment where `*` asks it to.
    private static func isDrawn(_ name: String, _ command: [[UInt8]]) -> Bool {
        name == "XADD" && command.dropFirst(2).contains { $0 == [UInt8(ascii: "*")] }
    }

    /// Whether two replies are the same to a client.
    public func agrees(_ one: RESPValue, _ other: RESPValue) -> Bool {
        if case .error(let first) = one, case .error(let second) = other {
            return first.prefix { $0 != " " } == second.prefix { $0 != " " }
        }
        if one == other { return true }
        switch self {
        case .exact, .leftOut: return false
        case .unordered:
            guard let first = one.elements, let second = other.elements else { return false }
            return Self.counts(first) == Self.counts(second)
        case .pairs:
            guard let first = Self.fields(of: one), let second = Self.fields(of: other) else {
                return false
            }
            return Self.counts(first) == Self.counts(second)
        case .life(let tolerance):
            guard case .integer(let first) = one, case .integer(let second) = other else {
                return false
            }
            let (less, more) = (min(first, second), max(first, second))
            // What is about to expire on one of them may be gone on the other (-2).
            if less == -2 { return more >= 0 && more <= tolerance }
            return less >= 0 && more - less <= tolerance
        }
    }

    private static func counts<Element: Hashable>(_ elements: [Element]) -> [Element: Int] {
        var counts: [Element: Int] = [:]
        for element in elements { counts[element, default: 0] += 1 }
        return counts
    }

    private static func fields(of value: RESPValue) -> [RESPValue.Pair]? {
        guard let elements = value.elements, elements.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: elements.count, by: 2).map {
            RESPValue.Pair(elements[$0], elements[$0 + 1])
        }
    }
}

// What replies came to beside what they had to be: plain values, merged from the workers.
import RESP

public struct AnswerTally: Sendable, Equatable, Codable {
    /// One reply that is not what it had to be.
    public struct Example: Sendable, Equatable, Codable {
        public var command: String
        /// Empty where it is not known.
        public var key: String
        /// In words.
        public var expected: String
        /// The reply's first bytes, escaped.
        public var got: String
        /// Clock.monotonicNanoseconds.
        public var atNanoseconds: UInt64
    }

    /// Replies that were looked into.
    public var checked: UInt64 = 0
    /// Of these, replies whose every byte was compared.
    public var whole: UInt64 = 0
    /// Replies of another kind or length, or with other bytes.
    public var wrong: UInt64 = 0
    /// Nulls for keys that must be there.
    public var lost: UInt64 = 0
    public var firstWrong: Example?
    public var firstLost: Example?

    /// All bytes of one value in so many: at 1 KB a comparison costs as much as the rest of a
    /// request's work, so a sixtieth of them costs little. A prime, so that no pipeline depth or
    /// sequence of commands hides a part of the requests.
    public static let wholeInterval = 61

    public init() {}

    /// Adds another worker's counts; of what went wrong first, the earlier one stays.
    public mutating func merge(_ other: AnswerTally) {
        checked += other.checked
        whole += other.whole
        wrong += other.wrong
        lost += other.lost
        firstWrong = Self.earlier(firstWrong, other.firstWrong)
        firstLost = Self.earlier(firstLost, other.firstLost)
    }

    private static func earlier(_ one: Example?, _ other: Example?) -> Example? {
        guard let one, let other else { return one ?? other }
        return one.atNanoseconds <= other.atNanoseconds ? one : other
    }

    /// The first bytes of a reply, as a message can show them.
    static func shown(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> String {
        // enough to see a length and the start of a value
        let limit = 40
        let text = UnsafeBufferPointer(start: bytes, count: min(count, limit)).map { byte in
            switch byte {
            case UInt8(ascii: "\r"): "\\r"
            case UInt8(ascii: "\n"): "\\n"
            case 0x20..<0x7f: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return text.joined() + (count > limit ? "…" : "")
    }
}

extension AnswerTally.Example: CustomStringConvertible {
    public var description: String {
        (key.isEmpty ? command : "\(command) \(key)") + " → \(got) instead of \(expected)"
    }
}

extension ExpectedReply {
    /// In words, for a message.
    var described: String {
        guard let value else { return elements > 0 ? "\(elements) values" : "a value" }
        let length = least == most ? "\(least)" : "\(least) to \(most)"
        let start = AnswerTally.shown(value, min(Int(least), 16))
        return "\(length) bytes that begin \"\(start)\""
    }
}

// Looking into a reply piece by piece: what the short way (`ReplyShape.fits`) cannot do,
// because the reply arrives in parts, is an array, is to be looked at whole, or is not right.
//
// It is fed what the scanner has consumed of one reply: whole lines, and strings cut anywhere.
//
//     $1000\r\n abcdefgh … stuvwxyz \r\n        body   bytes of a string and its CR LF to come
//     └ length ┘└first 8┘   └last 8┘            offset bytes of the string that were there
//
// Of a string its length and its ends are compared, or all of it (`isWhole`).
import Glibc
import RESP
import Workloads

struct ReplyCheck {
    /// Whether a part of a reply has been looked at, and the rest is to come.
    private(set) var isUnderWay = false
    var isWhole = false
    private(set) var isWrong = false
    /// Nulls among the keys that must be there.
    private(set) var lost: UInt64 = 0
    /// Strings that were compared.
    private(set) var compared: UInt64 = 0

    private var body = 0
    private var offset = 0
    private var length = 0
    private var current = ExpectedReply.unknown
    private var element = 0
    private var isArray = false
    /// An attribute precedes the reply, or the reply is out of band: nothing is said about it.
    private var isForeign = false

    /// Bytes of a string that are compared at either end.
    private static let end = 8

    /// Looks at the next `count` bytes of a reply whose only, or first, string must be `first`.
    mutating func feed<Source: RequestSource & ~Copyable>(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ content: AnswerRule.Content,
        _ first: ExpectedReply, _ ticket: UInt64, _ source: borrowing Source
    ) {
        isUnderWay = true
        var position = 0
        while position < count && !isForeign {
            if body > 0 {
                if body > 2 {
                    let taken = min(count - position, body - 2)
                    compare(bytes + position, taken)
                    position += taken
                    body -= taken
                    offset += taken
                }
                // CR and LF may come apart
                let ending = min(count - position, body)
                if body <= 2 {
                    position += ending
                    body -= ending
                }
                if body == 0 { element += 1 }
                continue
            }
            let type = bytes[position]
            var number = 0
            var isNegative = false
            position += 1
            while position < count && bytes[position] != UInt8(ascii: "\r") {
                if bytes[position] == UInt8(ascii: "-") { isNegative = true }
                number = number &* 10 &+ Int(bytes[position] &- UInt8(ascii: "0"))
                position += 1
            }
            position += 2
            if isArray || content != .values {
                current = content == .values ? source.answer(to: ticket, at: element) : first
            }
            switch type {
            case UInt8(ascii: "$"), UInt8(ascii: "="):
                if isNegative { null() } else { begin(number, content) }
            case UInt8(ascii: "_"): null()
            case UInt8(ascii: "*"):
                if isNegative {
                    null()
                } else {
                    isWrong = isWrong || isArray || number != Int(first.elements)
                    isArray = true
                }
            case UInt8(ascii: ">"), UInt8(ascii: "|"): isForeign = true
            default:
                // a number or a status where a value must be
                isWrong = isWrong || content == .values || current.value != nil
                element += 1
            }
        }
    }

    private mutating func null() {
        if current.mustHit { lost += 1 }
        element += 1
    }

    private mutating func begin(_ number: Int, _ content: AnswerRule.Content) {
        length = number
        offset = 0
        body = number + 2
        if content == .presence { current.value = nil }
        guard current.value != nil else { return }
        compared += 1
        guard Int(current.least)...Int(current.most) ~= number else {
            isWrong = true
            current.value = nil
            return
        }
    }

    /// Compares the string's next `count` bytes, as far as they are looked at.
    private mutating func compare(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        guard let value = current.value else { return }
        if isWhole || length <= 2 * Self.end {
            compare(bytes, count, value, 0..<length)
        } else {
            compare(bytes, count, value, 0..<Self.end)
            compare(bytes, count, value, length - Self.end..<length)
        }
    }

    /// Compares what the next `count` bytes hold of a range of the string.
    private mutating func compare(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ value: UnsafePointer<UInt8>,
        _ range: Range<Int>
    ) {
        let part = range.clamped(to: offset..<offset + count)
        if !Self.isEqual(bytes + (part.lowerBound - offset), value, part) { isWrong = true }
    }

    /// Whether `bytes` are those of `range` in a value that repeats.
    private static func isEqual(
        _ bytes: UnsafePointer<UInt8>, _ value: UnsafePointer<UInt8>, _ range: Range<Int>
    ) -> Bool {
        var done = 0
        while done < range.count {
            let start = (range.lowerBound + done) % ValueFiller.chunk
            let part = min(range.count - done, ValueFiller.chunk - start)
            if memcmp(bytes + done, value + start, part) != 0 { return false }
            done += part
        }
        return true
    }
}

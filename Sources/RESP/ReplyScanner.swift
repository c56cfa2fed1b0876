// The reader of a load loop: steps over replies, tells what kind each was, and keeps nothing.
//
// It is fed whatever has arrived. Strings are stepped over piecemeal, so a caller needs room for
// one line only, however large a value is; what `scan` did not consume (the start of a line) has to
// be presented again in front of the next bytes.
//
//     state between calls     body  bytes of a string and its CR LF still to come
//                             left[0..<depth]  elements still to come, per open aggregate
//
// It checks the framing alone: that an integer's line holds digits is the decoder's business.
//
// Non-goals: streamed types ("$?", "*?"), which no server sends.

/// What a reply was, as far as a load generator cares.
public enum ReplyKind: UInt8, Sendable {
    /// A simple string: +OK, +PONG, …
    case status
    case integer
    /// A bulk or verbatim string.
    case bytes
    /// A null of any shape.
    case null
    case error
    /// An array, map or set.
    case aggregate
    /// A double, boolean or big number.
    case scalar
    /// An out-of-band message: not the answer to a request.
    case push
}

public struct ReplyScanner {
    public enum Step: Equatable, Sendable {
        case reply(ReplyKind)
        case needMore
        case malformed(MalformedReply)
    }

    // Visible to other modules, as `scan` has to be for its fast path to become part of their loop.
    @usableFromInline var body = 0
    @usableFromInline var depth = 0
    private var outer = ReplyKind.aggregate
    /// Bit i: level i is an attribute, which precedes a reply instead of being one.
    private var attributes: UInt64 = 0
    private var left = InlineArray<32, UInt32>(repeating: 0)
    /// Where the text of the last error reply was, in the bytes of the call that returned it.
    public private(set) var errorText = 0..<0

    public init() {}

    /// True between replies.
    public var isIdle: Bool { body == 0 && depth == 0 }

    /// Consumes bytes from `position` on until one reply is complete or the bytes are used up.
    ///
    /// - Returns: the reply's kind; `needMore` with `position` at the first byte to present again.
    /// - Complexity: linear in the bytes consumed; a line that is not whole is looked at again.
    /// - Allocations: none.
    @inlinable @inline(__always)
    public mutating func scan(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ position: inout Int
    ) -> Step {
        // The two replies that a load is made of, when they are whole: a string and a status line.
        if body == 0 && depth == 0 && position &+ 4 < count {
            let type = bytes[position]
            if type == UInt8(ascii: "$") {
                if let step = wholeString(bytes, count, &position) { return step }
            } else if type == UInt8(ascii: "+") && bytes[position &+ 3] == UInt8(ascii: "\r")
                && bytes[position &+ 4] == UInt8(ascii: "\n")
                && bytes[position &+ 1] != UInt8(ascii: "\r")
                && bytes[position &+ 2] != UInt8(ascii: "\r")
            {
                position &+= 5
                return .reply(.status)
            }
        }
        return scanSlowly(bytes, count, &position)
    }

    /// A top-level string that is there to its end, else nil.
    @inlinable @inline(__always)
    func wholeString(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ position: inout Int
    ) -> Step? {
        var index = position &+ 1
        var length = 0
        // Six digits: more than any receive buffer holds, and no overflow.
        let last = min(count &- 1, index &+ 6)
        while index < last {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit > 9 { break }
            length = length &* 10 &+ Int(digit)
            index &+= 1
        }
        let end = index &+ 2 &+ length
        guard index > position &+ 1, end &+ 2 <= count,
            bytes[index] == UInt8(ascii: "\r"), bytes[index &+ 1] == UInt8(ascii: "\n"),
            bytes[end] == UInt8(ascii: "\r"), bytes[end &+ 1] == UInt8(ascii: "\n")
        else { return nil }
        position = end &+ 2
        return .reply(.bytes)
    }

    @usableFromInline @inline(never)
    mutating func scanSlowly(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ position: inout Int
    ) -> Step {
        while true {
            if body > 0 {
                let taken = min(count &- position, body &- 2)
                position &+= taken
                body &-= taken
                guard body == 2, count &- position >= 2 else { return .needMore }
                guard bytes[position] == UInt8(ascii: "\r"),
                    bytes[position &+ 1] == UInt8(ascii: "\n")
                else { return .malformed(.missingLineEnd) }
                position &+= 2
                body = 0
                if let kind = complete(.bytes) { return .reply(kind) }
                continue
            }
            guard position < count else { return .needMore }
            let type = bytes[position]
            let start = position &+ 1
            let end: Int
            switch findLineEnd(bytes, start, count) {
            case .at(let index): end = index
            case .notYet:
                return isReplyType(type) ? .needMore : .malformed(.unknownType(type))
            case .malformed(let reason): return .malformed(reason)
            }
            let finished: ReplyKind?
            switch type {
            case UInt8(ascii: "+"): finished = .status
            case UInt8(ascii: ":"): finished = .integer
            case UInt8(ascii: "_"): finished = .null
            case UInt8(ascii: ","), UInt8(ascii: "#"), UInt8(ascii: "("): finished = .scalar
            case UInt8(ascii: "-"):
                if depth == 0 { errorText = start..<end }
                finished = .error
            case UInt8(ascii: "!"):
                guard let length = parseLength(bytes, start, end), length >= 0 else {
                    return .malformed(.badLength)
                }
                // Errors are wanted whole, for their text.
                guard length <= ReplyLimits.lineBytes else { return .malformed(.tooLong) }
                let text = end &+ 2
                guard text &+ length &+ 2 <= count else { return .needMore }
                guard bytes[text &+ length] == UInt8(ascii: "\r"),
                    bytes[text &+ length &+ 1] == UInt8(ascii: "\n")
                else { return .malformed(.missingLineEnd) }
                if depth == 0 { errorText = text..<(text &+ length) }
                position = text &+ length &+ 2
                if let kind = complete(.error) { return .reply(kind) }
                continue
            case UInt8(ascii: "$"), UInt8(ascii: "="):
                guard let length = parseLength(bytes, start, end) else {
                    return .malformed(.badLength)
                }
                guard length <= ReplyLimits.bulkBytes else { return .malformed(.tooLong) }
                if length >= 0 { body = length &+ 2 }
                finished = length < 0 ? .null : nil
            default:
                switch open(type, parseLength(bytes, start, end)) {
                case .success(let kind): finished = kind
                case .failure(let reason): return .malformed(reason)
                }
            }
            position = end &+ 2
            if let finished, let kind = complete(finished) { return .reply(kind) }
        }
    }

    /// Enters an aggregate. Success with a kind when it is empty and therefore complete.
    private mutating func open(
        _ type: UInt8, _ length: Int?
    ) -> Result<ReplyKind?, MalformedReply> {
        guard isReplyType(type) else { return .failure(.unknownType(type)) }
        guard let length else { return .failure(.badLength) }
        let isMap = type == UInt8(ascii: "%") || type == UInt8(ascii: "|")
        let isAttribute = type == UInt8(ascii: "|")
        if length < 0 {
            return type == UInt8(ascii: "*") ? .success(.null) : .failure(.badLength)
        }
        guard length <= ReplyLimits.elements else { return .failure(.tooLong) }
        let kind = type == UInt8(ascii: ">") ? ReplyKind.push : .aggregate
        if length == 0 { return .success(isAttribute ? nil : kind) }
        guard depth < ReplyLimits.depth else { return .failure(.tooDeep) }
        if depth == 0 { outer = kind }
        left[depth] = UInt32(isMap ? length * 2 : length)
        if isAttribute {
            attributes |= 1 << UInt64(depth)
        } else {
            attributes &= ~(1 << UInt64(depth))
        }
        depth += 1
        return .success(nil)
    }

    /// An element is complete: closes what it closes. The reply's kind when that was the last.
    private mutating func complete(_ element: ReplyKind) -> ReplyKind? {
        var kind = element
        while depth > 0 {
            left[depth - 1] -= 1
            if left[depth - 1] > 0 { return nil }
            depth -= 1
            if attributes & (1 << UInt64(depth)) != 0 { return nil }  // its reply follows
            kind = depth == 0 ? outer : .aggregate
        }
        return kind
    }
}

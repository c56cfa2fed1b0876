// Requests out of a byte stream: arrays of bulk strings (`*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`) and
// inline commands (`GET k\r\n`, as typed), resumable at any byte.
//
// A request that lies complete in the buffer is parsed in one pass into the argument vector. Of an
// incomplete one only the progress is kept (how far it was checked, how many bulks are to come);
// when more bytes arrive the check resumes there, and the one pass is made once the request is
// whole. So a connection needs no argument vector of its own, a request that trickles in costs
// twice its length and not its square, and errors are reported as early as real servers do.
//
// Nothing is allocated for a length prefix: the buffer's owner grows it as bytes come.
//
// Invariant: between calls, the bytes given begin where the last returned request ended; `scanned`
// is a position inside the current request at which a bulk header or a bulk's body begins.
//
// Texts and limits follow Redis 7 and Valkey, networking.c (`processInlineBuffer`,
// `processMultibulkBuffer`); as Valkey from 9.1 on, every line and every bulk must end with `\r\n`.
import Glibc

/// Why a stream is no RESP request; the connection is answered and closed.
public enum RequestError: Error, Equatable, Sendable {
    case inlineTooBig
    case unbalancedQuotes
    case countLineTooBig
    case invalidCount
    case bulkLengthLineTooBig
    case invalidBulkLength
    /// A line or a bulk ends with something else than `\r\n`.
    case invalidLineEnd
    /// A bulk was to come, but this byte did.
    case expectedBulk(UInt8)

    /// What the peer is told, without `-` and line end.
    public var message: String {
        switch self {
        case .inlineTooBig: "ERR Protocol error: too big inline request"
        case .unbalancedQuotes: "ERR Protocol error: unbalanced quotes in request"
        case .countLineTooBig: "ERR Protocol error: too big mbulk count string"
        case .invalidCount: "ERR Protocol error: invalid multibulk length"
        case .bulkLengthLineTooBig: "ERR Protocol error: too big bulk count string"
        case .invalidBulkLength: "ERR Protocol error: invalid bulk length"
        case .invalidLineEnd: "ERR Protocol error: invalid CRLF in request"
        case .expectedBulk(let byte):
            "ERR Protocol error: expected '$', got '\(Self.printable(byte))'"
        }
    }

    /// Line ends would end the reply early: real servers send blanks for them.
    private static func printable(_ byte: UInt8) -> Character {
        byte == 13 || byte == 10 ? " " : Character(UnicodeScalar(byte))
    }
}

/// Where one connection's request stream stands. A plain value: it lives in the connection.
public struct RequestParser {
    /// Longest inline command and longest line of a count (`PROTO_INLINE_MAX_SIZE`).
    public static let maxLine = 64 * 1024
    /// Most arguments of a request (`INT_MAX`, from Redis 7.0 on).
    public static let maxArguments = Int64(Int32.max)
    /// Longest bulk (`proto-max-bulk-len`).
    public static let maxBulk: Int64 = 512 * 1024 * 1024

    public enum Outcome: Equatable {
        /// A request of this many bytes; its arguments were appended. No arguments: an empty line
        /// or an empty array, to be ignored.
        case request(Int)
        case incomplete
        case failed(RequestError)
    }

    /// Bytes of the current, incomplete request that need no second look; 0 when none has begun.
    private var scanned = 0
    /// Bulks of it still to come after `scanned`.
    private var bulksLeft = 0

    @inline(__always)
    public init() {}

    /// Takes the next request off the front of `bytes`.
    /// - Parameter bytes: all bytes that came after the last request; quoted arguments of an inline
    ///   command are unescaped in place.
    /// - Complexity: O(length of the request) once, however it was split.
    /// - Allocations: none but the argument vector's growth.
    @inline(__always)
    public mutating func next(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, into arguments: inout ArgumentVector
    ) -> Outcome {
        guard count > 0 else { return .incomplete }
        if scanned == 0 && bytes.load(as: UInt8.self) == UInt8(ascii: "*") {
            let mark = arguments.count
            let length = Self.parseWhole(bytes, count, into: &arguments)
            if length > 0 { return .request(length) }
            arguments.truncate(to: mark)
        }
        return nextSlowly(bytes, count, into: &arguments)
    }

    @inline(never)
    private mutating func nextSlowly(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, into arguments: inout ArgumentVector
    ) -> Outcome {
        if bytes.load(as: UInt8.self) != UInt8(ascii: "*") {
            return InlineRequest.next(bytes, count, into: &arguments)
        }
        if let outcome = check(bytes, count) { return outcome }
        // Checked to its end: the request is whole and well formed.
        let length = scanned
        self = RequestParser()
        let parsed = Self.parseChecked(bytes, count, into: &arguments)
        assert(parsed == length)
        return .request(length)
    }

    // MARK: One pass over a whole request in its usual spelling

    /// Parses a request that is whole and spelled as clients spell it; 0 for anything else, which
    /// the checking pass then names.
    @inline(__always)
    private static func parseWhole(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, into arguments: inout ArgumentVector
    ) -> Int {
        var position = 1
        let bulks = length(bytes, count, &position, digits: 10)
        guard bulks > 0, bulks <= Int(maxArguments) else { return 0 }
        var left = bulks
        // Looked at once, after the last: no branch per bulk.
        var wrongEnds: UInt16 = 0
        repeat {
            guard position < count,
                bytes.load(fromByteOffset: position, as: UInt8.self) == UInt8(ascii: "$")
            else { return 0 }
            position &+= 1
            let size = length(bytes, count, &position, digits: 9)
            guard size >= 0, size <= Int(maxBulk), size &+ 2 <= count &- position else { return 0 }
            arguments.append(Argument(bytes + position, size))
            position &+= size
            wrongEnds |= bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self) ^ lineEnd
            position &+= 2
            left &-= 1
        } while left > 0
        return wrongEnds == 0 ? position : 0
    }

    /// `\r\n` as the two bytes lie in memory.
    private static var lineEnd: UInt16 {
        @inline(__always) get { UInt16(littleEndian: 0x0a0d) }
    }

    /// Digits and `\r\n` at `position`, which moves past them; −1 for anything else, and for a
    /// number with a leading zero or more than `digits` digits.
    @inline(__always)
    private static func length(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, _ position: inout Int, digits: Int
    ) -> Int {
        var cursor = position
        let limit = min(count &- 1, cursor &+ digits &+ 1)
        guard cursor < limit else { return -1 }
        var value = Int(bytes.load(fromByteOffset: cursor, as: UInt8.self) &- 0x30)
        guard value <= 9 else { return -1 }
        cursor &+= 1
        while cursor < limit {
            let pair = bytes.loadUnaligned(fromByteOffset: cursor, as: UInt16.self)
            if pair == lineEnd {
                position = cursor &+ 2
                return value
            }
            let digit = UInt8(truncatingIfNeeded: UInt16(littleEndian: pair)) &- 0x30
            guard digit <= 9, value != 0 else { return -1 }
            value = value &* 10 &+ Int(digit)
            cursor &+= 1
        }
        return -1
    }

    /// As `parseWhole` for a request that `check` went through: counts of zero or less included.
    private static func parseChecked(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, into arguments: inout ArgumentVector
    ) -> Int {
        var position = lineEnd(bytes, count, 0)! + 2
        let bulks = Decimal.parse(bytes + 1, position - 3)!
        for _ in 0..<max(bulks, 0) {
            let end = lineEnd(bytes, count, position)!
            let size = Int(Decimal.parse(bytes + position + 1, end - position - 1)!)
            arguments.append(Argument(bytes + end + 2, size))
            position = end + 2 + size + 2
        }
        return position
    }

    // MARK: The checking pass

    /// Moves `scanned` over what has come of an array; nil once the request is whole.
    private mutating func check(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Outcome? {
        if scanned == 0 {
            guard let end = Self.lineEnd(bytes, count, 0) else {
                return count > Self.maxLine ? .failed(.countLineTooBig) : .incomplete
            }
            guard Self.endsLine(bytes, end) else { return .failed(.invalidLineEnd) }
            guard let number = Decimal.parse(bytes + 1, end - 1), number <= Self.maxArguments
            else { return .failed(.invalidCount) }
            scanned = end + 2
            bulksLeft = Int(max(number, 0))
        }
        while bulksLeft > 0 {
            guard scanned < count else { return .incomplete }
            guard let end = Self.lineEnd(bytes, count, scanned) else {
                return count - scanned > Self.maxLine ? .failed(.bulkLengthLineTooBig) : .incomplete
            }
            guard Self.endsLine(bytes, end) else { return .failed(.invalidLineEnd) }
            let first = bytes.load(fromByteOffset: scanned, as: UInt8.self)
            guard first == UInt8(ascii: "$") else { return .failed(.expectedBulk(first)) }
            guard let size = Decimal.parse(bytes + scanned + 1, end - scanned - 1),
                size >= 0, size <= Self.maxBulk
            else { return .failed(.invalidBulkLength) }
            // The header is looked at again when more of the body comes: a few bytes, once a read.
            guard count - end - 2 >= Int(size) + 2 else { return .incomplete }
            guard Self.endsLine(bytes, end + 2 + Int(size)) else {
                return .failed(.invalidLineEnd)
            }
            scanned = end + 2 + Int(size) + 2
            bulksLeft -= 1
        }
        return nil
    }

    private static func endsLine(_ bytes: UnsafeMutableRawPointer, _ position: Int) -> Bool {
        bytes.loadUnaligned(fromByteOffset: position, as: UInt16.self) == lineEnd
    }

    /// The position of the `\r` at or after `start` behind which a byte has come too, or nil.
    private static func lineEnd(
        _ bytes: UnsafeMutableRawPointer, _ count: Int, _ start: Int
    ) -> Int? {
        // A line within its limit ends in the first 64 KiB; further on there is no need to look.
        let window = min(count - start, maxLine + 2)
        guard window > 0, let found = memchr(bytes + start, 13, window) else { return nil }
        let position = bytes.distance(to: found)
        return position + 1 < count ? position : nil
    }
}

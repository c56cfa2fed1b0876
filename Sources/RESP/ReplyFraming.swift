// What the two readers of replies share: the limits they enforce and how they refuse.
// The protocol is https://redis.io/docs/latest/develop/reference/protocol-spec/ (RESP2 and RESP3).

public enum ReplyLimits {
    /// Levels of aggregates inside each other. COMMAND DOCS, the deepest reply of a real server,
    /// needs about ten; a reply made to exhaust a stack needs thousands.
    public static let depth = 32
    /// Bytes of one string: the default of `proto-max-bulk-len`.
    public static let bulkBytes = 512 << 20
    /// Elements of one aggregate: what fits a 32-bit count after a map has doubled it.
    public static let elements = Int(Int32.max)
    /// Bytes of a line (status, error, number) without its end. Servers keep errors under 1 KiB.
    public static let lineBytes = 64 << 10
}

/// Why bytes are not a reply. The stream cannot be read on after one of these.
public enum MalformedReply: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownType(UInt8)
    case badLength
    case badNumber
    case tooLong
    case tooDeep
    case missingLineEnd

    public var description: String {
        switch self {
        case .unknownType(let byte):
            byte >= 0x20 && byte < 0x7f
                ? "no reply starts with '\(Character(UnicodeScalar(byte)))'"
                : "no reply starts with byte \(byte)"
        case .badLength: "a length is not a number in range"
        case .badNumber: "a number is malformed"
        case .tooLong: "a line or string is longer than any server sends"
        case .tooDeep: "aggregates are nested more than \(ReplyLimits.depth) deep"
        case .missingLineEnd: "a line or string does not end with CR LF"
        }
    }
}

/// One line of the protocol: where it ends, or that it is not whole yet.
enum LineEnd {
    /// Index of the CR; the LF behind it was seen.
    case at(Int)
    case notYet
    case malformed(MalformedReply)
}

/// Looks for the CR LF of the line whose content starts at `start`.
@inline(__always)
func findLineEnd(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> LineEnd {
    var index = start
    while index < count {
        if bytes[index] == UInt8(ascii: "\r") {
            if index &+ 1 == count { return .notYet }
            return bytes[index &+ 1] == UInt8(ascii: "\n")
                ? .at(index) : .malformed(.missingLineEnd)
        }
        index &+= 1
    }
    return count &- start > ReplyLimits.lineBytes ? .malformed(.tooLong) : .notYet
}

/// The length or count between `start` and `end`: −1 for the null of RESP2, nil when it is none.
@inline(__always)
func parseLength(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
    // Ten digits hold every length inside the limits and cannot overflow.
    guard end > start, end &- start <= 10 else { return nil }
    var value = 0
    for index in start..<end {
        let digit = bytes[index] &- UInt8(ascii: "0")
        guard digit <= 9 else {
            return end &- start == 2 && bytes[start] == UInt8(ascii: "-")
                && bytes[start &+ 1] == UInt8(ascii: "1") ? -1 : nil
        }
        value = value &* 10 &+ Int(digit)
    }
    return value
}

/// Whether a reply can start with `byte`.
func isReplyType(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "$"),
        UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "#"), UInt8(ascii: ","),
        UInt8(ascii: "("), UInt8(ascii: "!"), UInt8(ascii: "="), UInt8(ascii: "%"),
        UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "|"):
        true
    default: false
    }
}

// A reply as a value, for control connections: INFO, DBSIZE, CONFIG, COMMAND. Not for load loops.

/// Any reply of RESP2 or RESP3. The nulls of both are one; attributes are dropped.
public enum RESPValue: Hashable, Sendable {
    case null
    case status(String)
    case error(String)
    case integer(Int64)
    case bytes([UInt8])
    case double(Double)
    case boolean(Bool)
    case bigNumber(String)
    case array([RESPValue])
    /// Keys and values in the server's order.
    case map([Pair])
    case set([RESPValue])
    case push([RESPValue])

    public struct Pair: Hashable, Sendable {
        public var key: RESPValue
        public var value: RESPValue

        public init(_ key: RESPValue, _ value: RESPValue) {
            self.key = key
            self.value = value
        }
    }

    /// The text of a status, string or big number; malformed UTF-8 is repaired.
    public var text: String? {
        switch self {
        case .status(let text), .bigNumber(let text): text
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// An integer, or a string that is one (CONFIG GET answers numbers as strings).
    public var number: Int64? {
        if case .integer(let value) = self { return value }
        return text.flatMap { Int64($0) }
    }

    /// The elements of an array, set or push, or a map's keys and values in turn: what RESP2
    /// would have sent.
    public var elements: [RESPValue]? {
        switch self {
        case .array(let items), .set(let items), .push(let items): items
        case .map(let pairs): pairs.flatMap { [$0.key, $0.value] }
        default: nil
        }
    }
}

/// Decodes whole replies. See `ReplyScanner` for finding out cheaply whether one is whole.
public enum ReplyDecoder {
    /// The reply that `bytes` starts with and its length, or nil while it is not whole.
    /// - Complexity: linear in the reply.
    public static func decode(
        _ bytes: UnsafeBufferPointer<UInt8>
    ) throws(MalformedReply) -> (value: RESPValue, length: Int)? {
        guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
        var cursor = Cursor(bytes: base, count: bytes.count)
        guard let value = try cursor.value(depth: 0) else { return nil }
        return (value, cursor.position)
    }

    /// The first whole reply in `bytes` that answers a request, or nil: pushes may come before it.
    public static func answer(in bytes: [UInt8]) throws(MalformedReply) -> RESPValue? {
        var result: Result<RESPValue?, MalformedReply> = .success(nil)
        bytes.withUnsafeBufferPointer { buffer in
            do throws(MalformedReply) {
                var start = 0
                while let found = try decode(UnsafeBufferPointer(rebasing: buffer[start...])) {
                    start += found.length
                    if case .push = found.value { continue }
                    result = .success(found.value)
                    return
                }
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    /// The first whole reply in `bytes`, or nil.
    public static func first(in bytes: [UInt8]) throws(MalformedReply) -> RESPValue? {
        var result: Result<RESPValue?, MalformedReply> = .success(nil)
        bytes.withUnsafeBufferPointer { buffer in
            do throws(MalformedReply) {
                result = .success(try decode(buffer)?.value)
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }
}

private struct Cursor {
    let bytes: UnsafePointer<UInt8>
    let count: Int
    var position = 0

    /// nil: more bytes are needed.
    mutating func value(depth: Int) throws(MalformedReply) -> RESPValue? {
        while true {
            guard position < count else { return nil }
            let type = bytes[position]
            let start = position + 1
            let end: Int
            switch findLineEnd(bytes, start, count) {
            case .at(let index): end = index
            case .notYet:
                guard isReplyType(type) else { throw .unknownType(type) }
                return nil
            case .malformed(let reason): throw reason
            }
            position = end + 2
            if type != UInt8(ascii: "|") { return try value(type, start, end, depth) }
            // An attribute: read and forget it, the reply it describes follows.
            guard try list(try length(start, end), 2, depth) != nil else { return nil }
        }
    }

    private mutating func value(
        _ type: UInt8, _ start: Int, _ end: Int, _ depth: Int
    ) throws(MalformedReply) -> RESPValue? {
        switch type {
        case UInt8(ascii: "+"): return .status(string(start, end))
        case UInt8(ascii: "-"): return .error(string(start, end))
        case UInt8(ascii: "_"): return .null
        case UInt8(ascii: ":"):
            guard let number = Int64(string(start, end)) else { throw .badNumber }
            return .integer(number)
        case UInt8(ascii: ","):
            guard let number = Double(string(start, end)) else { throw .badNumber }
            return .double(number)
        case UInt8(ascii: "#"):
            guard end - start == 1 else { throw .badNumber }
            switch bytes[start] {
            case UInt8(ascii: "t"): return .boolean(true)
            case UInt8(ascii: "f"): return .boolean(false)
            default: throw .badNumber
            }
        case UInt8(ascii: "("): return .bigNumber(string(start, end))
        case UInt8(ascii: "$"), UInt8(ascii: "="), UInt8(ascii: "!"):
            return try block(type, start, end)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: ">"), UInt8(ascii: "%"):
            return try aggregate(type, start, end, depth)
        default: throw .unknownType(type)
        }
    }

    private mutating func block(
        _ type: UInt8, _ start: Int, _ end: Int
    ) throws(MalformedReply) -> RESPValue? {
        guard let length = parseLength(bytes, start, end) else { throw .badLength }
        if length < 0 {
            guard type != UInt8(ascii: "!") else { throw .badLength }
            return .null
        }
        let limit =
            type == UInt8(ascii: "!") ? ReplyLimits.lineBytes : ReplyLimits.bulkBytes
        guard length <= limit else { throw .tooLong }
        let body = position
        guard count - body >= length + 2 else { return nil }
        guard bytes[body + length] == UInt8(ascii: "\r"),
            bytes[body + length + 1] == UInt8(ascii: "\n")
        else { throw .missingLineEnd }
        position = body + length + 2
        if type == UInt8(ascii: "!") { return .error(string(body, body + length)) }
        // A verbatim string starts with its format and a colon, "txt:".
        let skipped = type == UInt8(ascii: "=") && length >= 4 ? 4 : 0
        return .bytes(
            Array(UnsafeBufferPointer(start: bytes + body + skipped, count: length - skipped)))
    }

    private mutating func aggregate(
        _ type: UInt8, _ start: Int, _ end: Int, _ depth: Int
    ) throws(MalformedReply) -> RESPValue? {
        let isMap = type == UInt8(ascii: "%")
        guard let length = parseLength(bytes, start, end) else { throw .badLength }
        if length < 0 {
            guard type == UInt8(ascii: "*") else { throw .badLength }
            return .null
        }
        guard let items = try list(length, isMap ? 2 : 1, depth) else { return nil }
        switch type {
        case UInt8(ascii: "*"): return .array(items)
        case UInt8(ascii: "~"): return .set(items)
        case UInt8(ascii: ">"): return .push(items)
        default:
            return .map(
                stride(from: 0, to: items.count, by: 2).map { .init(items[$0], items[$0 + 1]) })
        }
    }

    private func length(_ start: Int, _ end: Int) throws(MalformedReply) -> Int {
        guard let length = parseLength(bytes, start, end), length >= 0 else { throw .badLength }
        return length
    }

    private mutating func list(
        _ length: Int, _ perElement: Int, _ depth: Int
    ) throws(MalformedReply) -> [RESPValue]? {
        guard length <= ReplyLimits.elements else { throw .tooLong }
        guard length == 0 || depth < ReplyLimits.depth else { throw .tooDeep }
        var items: [RESPValue] = []
        // A claimed length is not believed further than the bytes that are there (3 is the least
        // an element takes).
        items.reserveCapacity(min(length * perElement, (count - position) / 3))
        for _ in 0..<length * perElement {
            guard let item = try value(depth: depth + 1) else { return nil }
            items.append(item)
        }
        return items
    }

    private func string(_ start: Int, _ end: Int) -> String {
        String(
            decoding: UnsafeBufferPointer(start: bytes + start, count: end - start), as: UTF8.self)
    }
}

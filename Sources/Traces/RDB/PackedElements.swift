// Small collections as servers pack them into one string, and RDB files hold that string:
//
//     listpack  | bytes u32 | count u16 | (encoding, data, length backwards)… | ff |
//     ziplist   | bytes u32 | tail u32 | count u16 | (length before, encoding, data)… | ff |
//     zipmap    | count u8 | (length, key, length, free u8, value, free bytes)… | ff |
//     intset    | width u32 | count u32 | numbers of 2, 4 or 8 bytes… |
//
// Everything little-endian, but for ziplist's lengths of text. What they say of their own size is
// not believed: every step looks at what there is.

/// An element: text, or a number that stands for its decimal digits.
enum PackedValue {
    case text(UnsafeRawBufferPointer)
    case number(Int64)
}

/// One packed collection, from front to back.
protocol PackedElements {
    init(_ bytes: UnsafeRawBufferPointer) throws(DamagedRecord)
    /// The next element; nil at the end.
    mutating func next() throws(DamagedRecord) -> PackedValue?
}

/// A place in bytes that must not be left.
struct PackedCursor {
    private let bytes: UnsafeRawBufferPointer
    private let name: StaticString
    private(set) var place = 0

    init(_ bytes: UnsafeRawBufferPointer, _ name: StaticString) {
        self.bytes = bytes
        self.name = name
    }

    var isAtEnd: Bool { place == bytes.count }
    var damage: DamagedRecord { DamagedRecord("a damaged \(name) at its byte \(place)") }

    mutating func take(_ count: Int) throws(DamagedRecord) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - place else { throw damage }
        defer { place += count }
        return UnsafeRawBufferPointer(rebasing: bytes[place..<place + count])
    }

    mutating func byte() throws(DamagedRecord) -> UInt8 {
        guard place < bytes.count else { throw damage }
        defer { place &+= 1 }
        return bytes[place]
    }

    /// A little-endian number of `count` bytes, 8 at most, without its sign.
    mutating func number(_ count: Int) throws(DamagedRecord) -> UInt64 {
        let part = try take(count)
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(part[index]) << UInt64(8 * index) }
        return value
    }

    /// The same with its sign.
    mutating func signed(_ count: Int) throws(DamagedRecord) -> Int64 {
        let shift = UInt64(64 - 8 * count)
        return Int64(bitPattern: try number(count) << shift) >> Int64(shift)
    }
}

/// The tables have a reader of their own (Keyspaces' Listpack.swift), which walks blocks that it
/// wrote itself and checks nothing, for it is timed; these bytes are a stranger's.
struct RDBListpack: PackedElements {
    private var cursor: PackedCursor

    init(_ bytes: UnsafeRawBufferPointer) throws(DamagedRecord) {
        cursor = PackedCursor(bytes, "listpack")
        _ = try cursor.take(6)
    }

    mutating func next() throws(DamagedRecord) -> PackedValue? {
        let start = cursor.place
        let first = try cursor.byte()
        let value: PackedValue
        switch first {
        case 0xff:
            guard cursor.isAtEnd else { throw cursor.damage }
            return nil
        case 0..<0x80: value = .number(Int64(first))
        case 0x80..<0xc0: value = .text(try cursor.take(Int(first & 0x3f)))
        case 0xc0..<0xe0:
            let bits = UInt16(first & 0x1f) << 8 | UInt16(try cursor.byte())
            value = .number(Int64(Int16(bitPattern: bits << 3) >> 3))
        case 0xe0..<0xf0:
            let count = Int(first & 0xf) << 8 | Int(try cursor.byte())
            value = .text(try cursor.take(count))
        case 0xf0:
            let count = try cursor.number(4)
            value = .text(try cursor.take(Int(count)))
        case 0xf1: value = .number(try cursor.signed(2))
        case 0xf2: value = .number(try cursor.signed(3))
        case 0xf3: value = .number(try cursor.signed(4))
        case 0xf4: value = .number(try cursor.signed(8))
        default: throw cursor.damage
        }
        _ = try cursor.take(Self.backwardBytes(cursor.place - start))
        return value
    }

    /// Bytes of the length that stands behind an entry (`lpEncodeBacklenBytes`).
    private static func backwardBytes(_ length: Int) -> Int {
        switch length {
        case ...127: 1
        case ..<16_383: 2
        case ..<2_097_151: 3
        case ..<268_435_455: 4
        default: 5
        }
    }
}

struct Ziplist: PackedElements {
    private var cursor: PackedCursor

    init(_ bytes: UnsafeRawBufferPointer) throws(DamagedRecord) {
        cursor = PackedCursor(bytes, "ziplist")
        _ = try cursor.take(10)
    }

    mutating func next() throws(DamagedRecord) -> PackedValue? {
        switch try cursor.byte() {
        case 0xff:
            guard cursor.isAtEnd else { throw cursor.damage }
            return nil
        case 0xfe: _ = try cursor.take(4)
        default: break
        }
        let first = try cursor.byte()
        switch first {
        case 0..<0x40: return .text(try cursor.take(Int(first)))
        case 0x40..<0x80:
            let count = Int(first & 0x3f) << 8 | Int(try cursor.byte())
            return .text(try cursor.take(count))
        case 0x80:
            let count = UInt32(truncatingIfNeeded: try cursor.number(4)).byteSwapped
            return .text(try cursor.take(Int(count)))
        case 0xc0: return .number(try cursor.signed(2))
        case 0xd0: return .number(try cursor.signed(4))
        case 0xe0: return .number(try cursor.signed(8))
        case 0xf0: return .number(try cursor.signed(3))
        case 0xfe: return .number(try cursor.signed(1))
        case 0xf1...0xfd: return .number(Int64(first & 0xf) - 1)
        default: throw cursor.damage
        }
    }
}

struct Zipmap: PackedElements {
    private var cursor: PackedCursor
    private var isValue = false

    init(_ bytes: UnsafeRawBufferPointer) throws(DamagedRecord) {
        cursor = PackedCursor(bytes, "zipmap")
        _ = try cursor.byte()
    }

    mutating func next() throws(DamagedRecord) -> PackedValue? {
        let first = try cursor.byte()
        if first == 0xff {
            guard cursor.isAtEnd, !isValue else { throw cursor.damage }
            return nil
        }
        let count = first == 0xfe ? Int(try cursor.number(4)) : Int(first)
        let free = isValue ? Int(try cursor.byte()) : 0
        let text = try cursor.take(count)
        _ = try cursor.take(free)
        isValue.toggle()
        return .text(text)
    }
}

struct Intset: PackedElements {
    private var cursor: PackedCursor
    private let width: Int
    private var left: UInt64

    init(_ bytes: UnsafeRawBufferPointer) throws(DamagedRecord) {
        cursor = PackedCursor(bytes, "intset")
        let width = try cursor.number(4)
        left = try cursor.number(4)
        guard [2, 4, 8].contains(width), UInt64(bytes.count - 8) == left * width else {
            throw cursor.damage
        }
        self.width = Int(width)
    }

    mutating func next() throws(DamagedRecord) -> PackedValue? {
        guard left > 0 else { return nil }
        left -= 1
        return .number(try cursor.signed(width))
    }
}

// One item of a segment: a header of 5 bytes, then all of an entry, padded to 8 bytes.
//
//     0                     3          4         5
//     [value length 24]     [key 8]    [flags 8] [lengths 32+32] [Unix ms 8] [key][value][·]
//                                                └─ each where its flag says ─┘
//
// A longer key or value than the header can tell has both lengths behind it. Integers are kept as
// they are spelled, with a flag. What was replaced or removed is dead: nothing leads to it, and it
// stays for the walk through its segment.
//
// Deviation from Segcache, whose items end with their segment and by its time: an entry that
// expires has its own moment here, to the millisecond, because a server's replies tell it.
//
// Credits: the header is the one of Segcache (Yang, Yue, Vinayak; NSDI 2021) in Pelikan.

struct SegcacheItem: ShapedRecord {
    typealias Shape = RecordShape<SegcacheItem>

    static var headerSize: Int { 5 }
    static var keyMax: Int { 0xff }
    static var valueMax: Int { 0xff_ffff }

    private enum Flag {
        static let dead: UInt8 = 1
        static let time: UInt8 = 2
        static let wide: UInt8 = 4
        static let integer: UInt8 = 8
        static let appended: UInt8 = 16
    }

    private static let flagsOffset = 4
    private static let valueMask: UInt32 = 0xff_ffff
    private static let keyShift: UInt32 = 24

    let address: UnsafeMutableRawPointer

    private var flags: UInt8 {
        get { address.load(fromByteOffset: Self.flagsOffset, as: UInt8.self) }
        nonmutating set {
            address.storeBytes(of: newValue, toByteOffset: Self.flagsOffset, as: UInt8.self)
        }
    }

    var isDead: Bool { flags & Flag.dead != 0 }
    func die() { flags |= Flag.dead }

    @inline(__always)
    var shape: Shape {
        let flags = flags
        let hasTime = flags & Flag.time != 0
        guard flags & Flag.wide == 0 else {
            let key = address.loadUnaligned(fromByteOffset: Self.headerSize, as: UInt32.self)
            let value = address.loadUnaligned(
                fromByteOffset: Self.headerSize &+ 4, as: UInt32.self)
            return Shape(keyLength: Int(key), valueLength: Int(value), hasTime: hasTime)
        }
        let lengths = address.load(as: UInt32.self)
        return Shape(
            keyLength: Int(lengths &>> Self.keyShift), valueLength: Int(lengths & Self.valueMask),
            hasTime: hasTime)
    }

    /// Bytes in the segment.
    var room: Int { shape.size }

    @inline(__always)
    var isInteger: Bool { flags & Flag.integer != 0 }
    var isAppended: Bool { flags & Flag.appended != 0 }

    private var timeOffset: Int { Self.headerSize &+ (flags & Flag.wide != 0 ? 8 : 0) }

    /// Unix ms.
    @inline(__always)
    var time: Int64? {
        guard flags & Flag.time != 0 else { return nil }
        return address.loadUnaligned(fromByteOffset: timeOffset, as: Int64.self)
    }

    /// Only of an item that has one.
    func setTime(_ time: Int64) {
        address.storeBytes(of: time, toByteOffset: timeOffset, as: Int64.self)
    }

    // MARK: Writing

    /// Makes an item at an address that has room for `shape`, its value of two parts.
    func initialize(
        _ shape: Shape, key: Bytes, value: Bytes, suffix: Bytes, kind: ValueKind, time: Int64?
    ) {
        write(shape, kind)
        if let time { setTime(time) }
        (address + shape.keyOffset).copyMemory(from: key)
        let place = address + shape.valueOffset
        place.copyMemory(from: value)
        (place + value.count).copyMemory(from: suffix)
    }

    /// Writes a value over the old one, which may hold its bytes.
    /// - Returns: false, and nothing changed, where the item would have another size.
    func rewrite(_ value: Bytes, _ kind: ValueKind) -> Bool {
        let old = shape
        var new = old
        new.valueLength = value.count
        guard new.size == old.size, new.isWide == old.isWide else { return false }
        (address + new.valueOffset).copyMemory(from: value)  // memmove
        write(new, kind)
        return true
    }

    /// In its place only where the item keeps its size.
    func append(_ suffix: Bytes) -> Bool {
        let old = shape
        var new = old
        new.valueLength &+= suffix.count
        guard new.size == old.size, new.isWide == old.isWide else { return false }
        (address + (old.valueOffset &+ old.valueLength)).copyMemory(from: suffix)
        write(new, .appended)
        return true
    }

    /// Writes the header.
    private func write(_ shape: Shape, _ kind: ValueKind) {
        var flags: UInt8 = shape.hasTime ? Flag.time : 0
        switch kind {
        case .integer: flags |= Flag.integer
        case .text: break
        case .appended: flags |= Flag.appended
        }
        let key = UInt32(truncatingIfNeeded: shape.keyLength)
        let value = UInt32(truncatingIfNeeded: shape.valueLength)
        if shape.isWide {
            flags |= Flag.wide
            address.storeBytes(of: 0, as: UInt32.self)
            address.storeBytes(of: key, toByteOffset: Self.headerSize, as: UInt32.self)
            address.storeBytes(of: value, toByteOffset: Self.headerSize &+ 4, as: UInt32.self)
        } else {
            address.storeBytes(of: key &<< Self.keyShift | value, as: UInt32.self)
        }
        self.flags = flags
    }
}

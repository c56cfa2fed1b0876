// One record of the log: a header of 16 bytes, then all of an entry, padded to 8 bytes.
//
//     0                          8                                16
//     [previous 48│flags 16]     [usage 24│key 16│value 24]       [lengths 32+32] [Unix ms 8]
//                                                                 └─ each where its flag says ─┘
//     [key][value][·]  [filler: its length 4, and as many bytes less 4]
//
//     previous   logical address of an older record whose key has the same bucket and tag; 0: none
//     filler     what a shorter value left over: a record stays as long as it was made
//
// A longer key or value than the header can tell has its lengths behind it. Integers are kept as
// they are spelled, with a flag. What was replaced or removed is dead: in no chain, and still there
// for the walk through its page.
//
// Deviation from Tsavorite: its header has 4 bytes for each length and no record of use.
//
// Credits: FASTER (Chandramouli et al., SIGMOD 2018) and Tsavorite's LogRecord.

struct TsavoriteRecord: ShapedRecord {
    typealias Shape = RecordShape<TsavoriteRecord>

    static var headerSize: Int { 16 }
    static var keyMax: Int { 0xffff }
    static var valueMax: Int { 0xff_ffff }
    static let noTime: Int64 = -1

    private enum Flag {
        static let dead: UInt64 = 1 << 48
        static let time: UInt64 = 1 << 49
        static let wide: UInt64 = 1 << 50
        static let filler: UInt64 = 1 << 51
        static let integer: UInt64 = 1 << 52
        static let appended: UInt64 = 1 << 53
    }

    private static let addressMask: UInt64 = 0xffff_ffff_ffff
    private static let usageMask: UInt64 = 0xff_ffff

    let address: UnsafeMutableRawPointer

    private var head: UInt64 {
        get { address.load(as: UInt64.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt64.self) }
    }

    private var lengths: UInt64 {
        get { address.load(fromByteOffset: 8, as: UInt64.self) }
        nonmutating set { address.storeBytes(of: newValue, toByteOffset: 8, as: UInt64.self) }
    }

    private func set(_ flag: UInt64, _ isSet: Bool) {
        head = isSet ? head | flag : head & ~flag
    }

    /// Logical address of the next record of the chain, 0 at its end.
    var previous: UInt64 {
        get { head & Self.addressMask }
        nonmutating set { head = head & ~Self.addressMask | newValue }
    }

    var isDead: Bool { head & Flag.dead != 0 }
    func die() { set(Flag.dead, true) }

    /// The 24 bits of LRU or LFU.
    var usage: UInt32 {
        get { UInt32(truncatingIfNeeded: lengths & Self.usageMask) }
        nonmutating set { lengths = lengths & ~Self.usageMask | UInt64(newValue) }
    }

    /// Whether there is room for an expiry.
    var hasTimeField: Bool { head & Flag.time != 0 }

    @inline(__always)
    var shape: Shape {
        let head = head
        let lengths = lengths
        let hasTime = head & Flag.time != 0
        guard head & Flag.wide == 0 else {
            let key = address.load(fromByteOffset: Self.headerSize, as: UInt32.self)
            let value = address.load(fromByteOffset: Self.headerSize &+ 4, as: UInt32.self)
            return Shape(keyLength: Int(key), valueLength: Int(value), hasTime: hasTime)
        }
        return Shape(
            keyLength: Int(truncatingIfNeeded: lengths &>> 24) & Self.keyMax,
            valueLength: Int(truncatingIfNeeded: lengths &>> 40), hasTime: hasTime)
    }

    @inline(__always)
    var isInteger: Bool { head & Flag.integer != 0 }
    var isAppended: Bool { head & Flag.appended != 0 }

    private var timeOffset: Int { Self.headerSize &+ (head & Flag.wide != 0 ? 8 : 0) }

    /// Unix ms.
    @inline(__always)
    var time: Int64? {
        guard hasTimeField else { return nil }
        let time = address.load(fromByteOffset: timeOffset, as: Int64.self)
        return time == Self.noTime ? nil : time
    }

    /// Only with room for it.
    func setTime(_ time: Int64?) {
        address.storeBytes(of: time ?? Self.noTime, toByteOffset: timeOffset, as: Int64.self)
    }

    /// Bytes in the log, what a shorter value leaves over included.
    var room: Int {
        let size = shape.size
        guard head & Flag.filler != 0 else { return size }
        return size &+ Int(address.load(fromByteOffset: size, as: UInt32.self))
    }

    // MARK: Writing

    /// Makes a record at an address that has room for `shape`, its value of two parts.
    func initialize(
        _ shape: Shape, previous: UInt64, key: Bytes, value: Bytes, suffix: Bytes, kind: ValueKind,
        time: Int64?, usage: UInt32
    ) {
        head = previous
        set(Flag.time, shape.hasTime)
        set(Flag.wide, shape.isWide)
        lengths = UInt64(usage)
        if shape.hasTime { setTime(time) }
        write(shape, kind)
        let place = address + shape.keyOffset
        place.copyMemory(from: key)
        (place + shape.keyLength).copyMemory(from: value)
        (place + (shape.keyLength &+ value.count)).copyMemory(from: suffix)
    }

    /// Whether a value of so many bytes fits where the record is.
    func hasRoom(valueLength: Int) -> Bool {
        let old = shape
        var new = old
        new.valueLength = valueLength
        return new.isWide == old.isWide && new.size <= room
    }

    /// Writes a value over the old one, which may hold its bytes; only where it has room.
    func rewrite(_ value: Bytes, _ kind: ValueKind) {
        let room = room
        var shape = shape
        (address + (shape.keyOffset &+ shape.keyLength)).copyMemory(from: value)  // memmove
        shape.valueLength = value.count
        write(shape, kind)
        fill(shape, room)
    }

    func append(_ suffix: Bytes) -> Bool {
        var shape = shape
        guard hasRoom(valueLength: shape.valueLength &+ suffix.count) else { return false }
        let room = room
        let end = shape.valueOffset &+ shape.valueLength
        (address + end).copyMemory(from: suffix)
        shape.valueLength &+= suffix.count
        write(shape, .appended)
        fill(shape, room)
        return true
    }

    private func write(_ shape: Shape, _ kind: ValueKind) {
        set(Flag.integer, kind == .integer)
        set(Flag.appended, kind == .appended)
        guard !shape.isWide else {
            let key = UInt32(truncatingIfNeeded: shape.keyLength)
            let value = UInt32(truncatingIfNeeded: shape.valueLength)
            address.storeBytes(of: key, toByteOffset: Self.headerSize, as: UInt32.self)
            address.storeBytes(of: value, toByteOffset: Self.headerSize &+ 4, as: UInt32.self)
            return
        }
        let key = UInt64(shape.keyLength) &<< 24
        let value = UInt64(shape.valueLength) &<< 40
        lengths = lengths & Self.usageMask | key | value
    }

    private func fill(_ shape: Shape, _ room: Int) {
        let left = room &- shape.size
        set(Flag.filler, left > 0)
        guard left > 0 else { return }
        let length = UInt32(truncatingIfNeeded: left)
        address.storeBytes(of: length, toByteOffset: shape.size, as: UInt32.self)
    }

    /// Makes it a copy of `other` without what that has left over.
    func copy(_ other: TsavoriteRecord) {
        address.copyMemory(from: other.address, byteCount: other.shape.size)
        set(Flag.filler, false)
    }
}

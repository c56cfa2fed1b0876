// One record of a log that threads share: a header of 16 bytes, then all of an entry, padded to 8.
//
//     0                        8                            16
//     [previous 48│flags 16]   [value 24│key 16│room/8 24]  [room 64][value 32│key 32] [Unix ms 64]
//                                                           └─ wide ─────────────────┘ └─ timed ──┘
//     [key][value][·]
//
//     previous   address of an older record whose key has the same bucket and tag; 0: none
//     room       bytes of the record, for as long as it is there
//
// What others may read of it without a latch is atomic, or never changes once the record is in a
// chain: the first word; the key, and the lengths of key and room. The value, its length and its
// expiry are read under a latch of the bucket and written under its exclusive latch.
//
// Deviations from Tsavorite: its header has 4 bytes for each length; its room is that of the value
// with a filler's. There is no record of use: nothing is evicted.
//
// Credits: FASTER (Chandramouli et al., SIGMOD 2018) and Tsavorite's LogRecord.
import Synchronization

struct ConcurrentRecord: StoredRecord {
    typealias Word = ConcurrentIndex.Word

    static let headerSize = 16
    private static let noTime: Int64 = -1

    private enum Flag {
        static let dead: UInt64 = 1 << 48
        static let time: UInt64 = 1 << 49
        static let wide: UInt64 = 1 << 50
        static let integer: UInt64 = 1 << 51
        static let appended: UInt64 = 1 << 52
    }

    private static let addressMask: UInt64 = 0xffff_ffff_ffff
    private static let keyMax = 0xffff
    private static let valueMax = 0xff_ffff

    /// What decides the size of a record.
    struct Shape {
        var keyLength: Int
        var valueLength: Int
        var hasTime: Bool
        var isWide: Bool

        init(keyLength: Int, valueLength: Int, hasTime: Bool) {
            self.keyLength = keyLength
            self.valueLength = valueLength
            self.hasTime = hasTime
            isWide =
                keyLength > ConcurrentRecord.keyMax || valueLength > ConcurrentRecord.valueMax
        }

        /// Bytes before the key.
        var keyOffset: Int {
            ConcurrentRecord.headerSize &+ (isWide ? 16 : 0) &+ (hasTime ? 8 : 0)
        }

        var size: Int { (keyOffset &+ keyLength &+ valueLength &+ 7) & ~7 }
    }

    let address: UnsafeMutableRawPointer

    init(address: UnsafeMutableRawPointer) { self.address = address }

    /// nil for 0.
    @inline(__always)
    init?(_ word: UInt64) {
        guard let address = UnsafeMutableRawPointer(bitPattern: UInt(word)) else { return nil }
        self.address = address
    }

    /// As entries and other records name it.
    var word: UInt64 { UInt64(UInt(bitPattern: address)) }

    private func field(at offset: Int) -> Word {
        (address + offset).assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    // MARK: Without a latch

    private var head: UInt64 {
        @inline(__always) get { field(at: 0).pointee.load(ordering: .acquiring) }
        nonmutating set { field(at: 0).pointee.store(newValue, ordering: .releasing) }
    }

    private var lengths: UInt64 {
        @inline(__always) get { field(at: 8).pointee.load(ordering: .relaxed) }
        nonmutating set { field(at: 8).pointee.store(newValue, ordering: .relaxed) }
    }

    /// The next record of the chain.
    var previous: ConcurrentRecord? { ConcurrentRecord(head & Self.addressMask) }

    var isDead: Bool { head & Flag.dead != 0 }
    private var isWide: Bool { head & Flag.wide != 0 }
    /// Whether there is room for an expiry.
    var hasTimeField: Bool { head & Flag.time != 0 }

    /// Bytes in the log.
    var room: Int {
        if isWide { return address.load(fromByteOffset: 16, as: Int.self) }
        return Int(truncatingIfNeeded: lengths &>> 40) &* 8
    }

    private var keyLength: Int {
        if isWide { return Int(address.load(fromByteOffset: 28, as: UInt32.self)) }
        return Int(truncatingIfNeeded: lengths &>> 24) & Self.keyMax
    }

    private var timeOffset: Int { Self.headerSize &+ (isWide ? 16 : 0) }
    private var keyOffset: Int { timeOffset &+ (hasTimeField ? 8 : 0) }

    @inline(__always)
    var key: Bytes { Bytes(start: address + keyOffset, count: keyLength) }

    // MARK: Under a latch

    private var valueLength: Int {
        if isWide { return Int(address.load(fromByteOffset: 24, as: UInt32.self)) }
        return Int(truncatingIfNeeded: lengths) & Self.valueMax
    }

    /// The value as it is spelled.
    @inline(__always)
    var value: Bytes {
        Bytes(start: address + (keyOffset &+ keyLength), count: valueLength)
    }

    @inline(__always)
    var isInteger: Bool { head & Flag.integer != 0 }
    var isAppended: Bool { head & Flag.appended != 0 }

    /// Unix ms.
    @inline(__always)
    var time: Int64? {
        guard hasTimeField else { return nil }
        let time = address.load(fromByteOffset: timeOffset, as: Int64.self)
        return time == Self.noTime ? nil : time
    }

    /// Whether a value of so many bytes fits where the record is.
    func hasRoom(valueLength: Int) -> Bool {
        let isShort = isWide || valueLength <= Self.valueMax
        return isShort && keyOffset &+ keyLength &+ valueLength <= room
    }

    // MARK: Under the exclusive latch

    /// The chain goes on with the record at `word`; 0: it ends.
    func setPrevious(_ word: UInt64) { head = head & ~Self.addressMask | word }

    /// It is in no chain any more; who has come to it before goes on from it as it was.
    func die() { head |= Flag.dead }

    /// Only with room for it.
    func setTime(_ time: Int64?) {
        address.storeBytes(of: time ?? Self.noTime, toByteOffset: timeOffset, as: Int64.self)
    }

    /// Writes a value over the old one, which may hold its bytes; only where it has room.
    func rewrite(_ value: Bytes, _ kind: ValueKind) {
        (address + (keyOffset &+ keyLength)).copyMemory(from: value)  // memmove
        setValue(length: value.count, kind)
    }

    /// Writes more bytes behind the value; only where it has room.
    func append(_ suffix: Bytes) {
        let length = valueLength
        (address + (keyOffset &+ keyLength &+ length)).copyMemory(from: suffix)
        setValue(length: length &+ suffix.count, .appended)
    }

    private func setValue(length: Int, _ kind: ValueKind) {
        if isWide {
            let length = UInt32(truncatingIfNeeded: length)
            address.storeBytes(of: length, toByteOffset: 24, as: UInt32.self)
        } else {
            lengths = lengths & ~UInt64(Self.valueMax) | UInt64(length)
        }
        let old = head
        let new = old & ~(Flag.integer | Flag.appended) | Self.flag(kind)
        if new != old { head = new }
    }

    private static func flag(_ kind: ValueKind) -> UInt64 {
        switch kind {
        case .integer: Flag.integer
        case .text: 0
        case .appended: Flag.appended
        }
    }

    // MARK: Before it is in a chain

    /// What a record is made of; the value is of two parts.
    struct Content {
        let key: Bytes
        let value: Bytes
        var suffix = Bytes(start: nil, count: 0)
        let kind: ValueKind
        let time: Int64?

        var shape: Shape {
            Shape(
                keyLength: key.count, valueLength: value.count &+ suffix.count,
                hasTime: time != nil)
        }
    }

    /// Makes a record at an address that has room for `shape`, the content's.
    /// - Parameter previous: the address of the next one of its chain, or 0.
    func initialize(_ shape: Shape, _ content: Content, previous: UInt64) {
        field(at: 0).initialize(to: Atomic<UInt64>(0))
        field(at: 8).initialize(to: Atomic<UInt64>(0))
        let room = shape.size
        if shape.isWide {
            address.storeBytes(of: room, toByteOffset: 16, as: Int.self)
            let key = UInt32(truncatingIfNeeded: shape.keyLength)
            let value = UInt32(truncatingIfNeeded: shape.valueLength)
            address.storeBytes(of: value, toByteOffset: 24, as: UInt32.self)
            address.storeBytes(of: key, toByteOffset: 28, as: UInt32.self)
        } else {
            let value = UInt64(shape.valueLength)
            lengths = UInt64(room / 8) &<< 40 | UInt64(shape.keyLength) &<< 24 | value
        }
        var flags = Self.flag(content.kind)
        if shape.isWide { flags |= Flag.wide }
        if shape.hasTime { flags |= Flag.time }
        head = flags | previous
        if shape.hasTime { setTime(content.time) }
        let place = address + shape.keyOffset
        place.copyMemory(from: content.key)
        (place + shape.keyLength).copyMemory(from: content.value)
        (place + (shape.keyLength &+ content.value.count)).copyMemory(from: content.suffix)
    }
}

// Listpacks: small collections, and the nodes of long lists, as one block of entries without
// pointers.
//
//     [bytes 4][count 2]  [encoding│payload│back-length]…  [0xff]
//
//     encoding             payload               what
//     0xxxxxxx             —                     integers 0 to 127
//     10nnnnnn             n bytes               strings up to 63 bytes
//     110xxxxx             1 byte                integers of 13 bits
//     1110nnnn             1 byte of n, n bytes  strings up to 4,095 bytes
//     0xf0                 4 bytes of n, n       longer strings
//     0xf1 f2 f3 f4        2, 3, 4, 8 bytes      integers of 16, 24, 32 and 64 bits
//
//   - A string that spells an integer canonically becomes one; it is read back as the same bytes.
//   - The back-length is the size of what is before it, in 1 to 5 bytes that are read from the
//     last: seven bits each, the eighth says that there is another before it.
//   - A count of 65,535 says that one has to walk.
//
// An entry is referred to by its offset in the block, which a change behind it leaves alone. The
// block is as large as its entries and takes the size class of that.
//
// Credits: listpack.c of Redis (Salvatore Sanfilippo).

import Glibc

/// A listpack, by its block's address, which a change may move. It is one that these functions
/// wrote, and nothing in it is checked: bytes of a file are read by Traces' PackedElements.swift,
/// which believes none of them.
struct Listpack {
    static let headerSize = 6
    /// Header and end.
    static let emptySize = 7
    private static let endMark: UInt8 = 0xff
    /// The count of one that has too many entries for its field.
    private static let unknownCount: UInt16 = .max

    var base: UnsafeMutableRawPointer

    static func make(_ slab: inout Slab) -> Listpack {
        let list = Listpack(base: slab.allocate(emptySize))
        list.setHeader(bytes: emptySize, count: 0)
        list.base.storeBytes(of: endMark, toByteOffset: headerSize, as: UInt8.self)
        return list
    }

    func free(_ slab: inout Slab) { slab.free(base, bytes) }

    func copy(_ slab: inout Slab) -> Listpack {
        let copy = slab.allocate(bytes)
        copy.copyMemory(from: base, byteCount: bytes)
        return Listpack(base: copy)
    }

    /// Bytes of the block.
    var bytes: Int { Int(base.loadUnaligned(as: UInt32.self)) }

    var count: Int {
        let field = base.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        guard field == Self.unknownCount else { return Int(field) }
        var counted = 0
        var offset = first
        while let this = offset {
            counted += 1
            offset = next(after: this)
        }
        return counted
    }

    private func setHeader(bytes: Int, count: Int) {
        base.storeBytes(of: UInt32(bytes), as: UInt32.self)
        let field = count < Int(Self.unknownCount) ? UInt16(count) : Self.unknownCount
        base.storeBytes(of: field, toByteOffset: 4, as: UInt16.self)
    }

    private func byte(_ offset: Int) -> UInt8 { base.load(fromByteOffset: offset, as: UInt8.self) }

    // MARK: Walking

    private func entry(at offset: Int) -> Int? { byte(offset) == Self.endMark ? nil : offset }

    var first: Int? { entry(at: Self.headerSize) }
    /// The offset of the end: where an entry is appended.
    var endOffset: Int { bytes - 1 }
    var last: Int? { previous(before: endOffset) }

    func next(after offset: Int) -> Int? { entry(at: end(of: offset)) }

    func previous(before offset: Int) -> Int? {
        guard offset > Self.headerSize else { return nil }
        var position = offset - 1
        var size = 0
        var shift = 0
        while true {
            let byte = byte(position)
            size |= Int(byte & 127) << shift
            guard byte & 128 != 0 else { break }
            shift += 7
            position -= 1
        }
        return position - size
    }

    /// The entry `index` places from the first, or with a negative one from the last: −1.
    func offset(of index: Int) -> Int? {
        var place = index < 0 ? last : first
        var left = index < 0 ? -index - 1 : index
        while left > 0, let this = place {
            place = index < 0 ? previous(before: this) : next(after: this)
            left -= 1
        }
        return place
    }

    /// Where the entry after the one at `offset` begins, or the end is.
    func end(of offset: Int) -> Int {
        let size = payloadEnd(offset) - offset
        return offset + size + PackedEntry.backLengthSize(size)
    }

    private func payloadEnd(_ offset: Int) -> Int {
        let first = byte(offset)
        if first & 0x80 == 0 { return offset + 1 }
        if first & 0xc0 == 0x80 { return offset + 1 + Int(first & 63) }
        if first & 0xe0 == 0xc0 { return offset + 2 }
        if first & 0xf0 == 0xe0 { return offset + 2 + length12(offset) }
        switch first {
        case 0xf0: return offset + 5 + length32(offset)
        case 0xf1: return offset + 3
        case 0xf2: return offset + 4
        case 0xf3: return offset + 5
        default: return offset + 9
        }
    }

    private func length12(_ offset: Int) -> Int {
        Int(byte(offset) & 15) << 8 | Int(byte(offset + 1))
    }

    private func length32(_ offset: Int) -> Int {
        Int(base.loadUnaligned(fromByteOffset: offset + 1, as: UInt32.self))
    }

    // MARK: Reading

    /// The entry at `offset`; valid until the next change.
    func value(at offset: Int) -> ValueView {
        let first = byte(offset)
        if first & 0x80 == 0 { return .integer(Int64(first)) }
        if first & 0xc0 == 0x80 { return .bytes(text(offset + 1, Int(first & 63))) }
        if first & 0xe0 == 0xc0 {
            let bits = Int64(first & 31) << 8 | Int64(byte(offset + 1))
            return .integer(bits >= 1 << 12 ? bits - 1 << 13 : bits)
        }
        if first & 0xf0 == 0xe0 { return .bytes(text(offset + 2, length12(offset))) }
        switch first {
        case 0xf0: return .bytes(text(offset + 5, length32(offset)))
        case 0xf1:
            return .integer(
                Int64(base.loadUnaligned(fromByteOffset: offset + 1, as: Int16.self)))
        case 0xf2:
            let low = UInt32(base.loadUnaligned(fromByteOffset: offset + 1, as: UInt16.self))
            let bits = low | UInt32(byte(offset + 3)) << 16
            return .integer(Int64(Int32(bitPattern: bits << 8) >> 8))
        case 0xf3:
            return .integer(
                Int64(base.loadUnaligned(fromByteOffset: offset + 1, as: Int32.self)))
        default:
            return .integer(base.loadUnaligned(fromByteOffset: offset + 1, as: Int64.self))
        }
    }

    private func text(_ offset: Int, _ count: Int) -> Bytes {
        Bytes(start: base + offset, count: count)
    }

    /// Whether the entry at `offset` reads as `entry`.
    func holds(_ entry: PackedEntry, at offset: Int) -> Bool {
        switch value(at: offset) {
        case .integer(let number): return entry.integer == number
        case .bytes(let bytes):
            guard entry.integer == nil, bytes.count == entry.bytes.count else { return false }
            guard let base = bytes.baseAddress, let other = entry.bytes.baseAddress else {
                return true
            }
            return memcmp(base, other, bytes.count) == 0
        }
    }

    /// The first entry that reads as `entry`, of every `step`-th from the first on.
    func find(_ entry: PackedEntry, step: Int = 1) -> Int? {
        var place = first
        while let this = place {
            if holds(entry, at: this) { return this }
            place = next(after: this)
            for _ in 1..<step {
                guard let skipped = place else { return nil }
                place = next(after: skipped)
            }
        }
        return nil
    }

    // MARK: Changing

    /// Puts an entry at `offset`, where another begins or the end is. The bytes may not be this
    /// listpack's own.
    mutating func insert(_ entry: PackedEntry, at offset: Int, _ slab: inout Slab) {
        let count = count
        let tail = bytes - offset
        resize(to: bytes + entry.size, keeping: bytes, &slab)
        memmove(base + offset + entry.size, base + offset, tail)
        entry.write(to: base + offset)
        setHeader(bytes: offset + tail + entry.size, count: count + 1)
    }

    mutating func append(_ entry: PackedEntry, _ slab: inout Slab) {
        insert(entry, at: endOffset, &slab)
    }

    /// Puts another entry in the place of the one at `offset`.
    mutating func replace(at offset: Int, with entry: PackedEntry, _ slab: inout Slab) {
        let count = count
        let old = end(of: offset) - offset
        let before = bytes
        let after = before - old + entry.size
        let tail = before - offset - old
        if after > before { resize(to: after, keeping: before, &slab) }
        memmove(base + offset + entry.size, base + offset + old, tail)
        entry.write(to: base + offset)
        if after < before { resize(to: after, keeping: after, &slab, from: before) }
        setHeader(bytes: after, count: count)
    }

    /// Removes up to `entries` entries from the one at `offset` on.
    mutating func remove(at offset: Int, entries: Int = 1, _ slab: inout Slab) {
        let count = count
        var place: Int? = offset
        var stop = offset
        var removed = 0
        while removed < entries, let this = place {
            stop = end(of: this)
            removed += 1
            place = entry(at: stop)
        }
        let before = bytes
        memmove(base + offset, base + stop, before - stop)
        let after = before - (stop - offset)
        resize(to: after, keeping: after, &slab, from: before)
        setHeader(bytes: after, count: count - removed)
    }

    /// - Parameters:
    ///   - kept: bytes of the content to take along.
    ///   - old: bytes of the block as it was allocated; nil: those of its header.
    private mutating func resize(
        to new: Int, keeping kept: Int, _ slab: inout Slab, from old: Int? = nil
    ) {
        let old = old ?? bytes
        if slab.resizeInPlace(from: old, to: new) { return }
        let moved = slab.allocate(new)
        moved.copyMemory(from: base, byteCount: kept)
        slab.free(base, old)
        base = moved
    }

    // MARK: Proof

    /// What is wrong with the block.
    func violations() -> [String] {
        var offset = Self.headerSize
        var counted = 0
        while offset < bytes - 1, byte(offset) != Self.endMark {
            let next = end(of: offset)
            if previous(before: next) != offset {
                return ["listpack: the entry at \(offset) is not found from behind"]
            }
            offset = next
            counted += 1
        }
        if offset != bytes - 1 || byte(offset) != Self.endMark {
            return ["listpack: the end is not at \(bytes - 1)"]
        }
        return counted == count ? [] : ["listpack: \(counted) entries, \(count) accounted"]
    }
}

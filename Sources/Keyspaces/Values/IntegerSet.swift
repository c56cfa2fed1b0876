// Intsets: small sets of integers as one sorted array.
//
//     [width 4][count 4]  [integer]…        width 2, 4 or 8 bytes, the same for all
//
// One member that needs a wider form widens all of them; a removal does not narrow them again. The
// block takes the size class of its bytes.
//
// Credits: intset.c of Redis (Pieter Noordhuis).

import Glibc

/// An intset, by its block's address, which a change may move.
struct IntegerSet {
    private static let headerSize = 8

    var base: UnsafeMutableRawPointer

    static func make(_ slab: inout Slab) -> IntegerSet {
        let set = IntegerSet(base: slab.allocate(headerSize))
        set.setHeader(width: 2, count: 0)
        return set
    }

    func free(_ slab: inout Slab) { slab.free(base, bytes) }

    func copy(_ slab: inout Slab) -> IntegerSet {
        let copy = slab.allocate(bytes)
        copy.copyMemory(from: base, byteCount: bytes)
        return IntegerSet(base: copy)
    }

    private var width: Int { Int(base.load(as: UInt32.self)) }
    var count: Int { Int(base.load(fromByteOffset: 4, as: UInt32.self)) }
    /// Bytes of the block.
    var bytes: Int { Self.size(width, count) }

    private static func size(_ width: Int, _ count: Int) -> Int { headerSize + width * count }

    private func setHeader(width: Int, count: Int) {
        base.storeBytes(of: UInt32(width), as: UInt32.self)
        base.storeBytes(of: UInt32(count), toByteOffset: 4, as: UInt32.self)
    }

    subscript(_ index: Int) -> Int64 { load(index, width) }

    private func load(_ index: Int, _ width: Int) -> Int64 {
        let offset = Self.size(width, index)
        switch width {
        case 2: return Int64(base.load(fromByteOffset: offset, as: Int16.self))
        case 4: return Int64(base.load(fromByteOffset: offset, as: Int32.self))
        default: return base.load(fromByteOffset: offset, as: Int64.self)
        }
    }

    private func store(_ value: Int64, _ index: Int, _ width: Int) {
        let offset = Self.size(width, index)
        switch width {
        case 2: base.storeBytes(of: Int16(value), toByteOffset: offset, as: Int16.self)
        case 4: base.storeBytes(of: Int32(value), toByteOffset: offset, as: Int32.self)
        default: base.storeBytes(of: value, toByteOffset: offset, as: Int64.self)
        }
    }

    private static func width(of value: Int64) -> Int {
        if Int16(exactly: value) != nil { return 2 }
        return Int32(exactly: value) != nil ? 4 : 8
    }

    /// Where `value` is, or where it would have to be.
    private func place(of value: Int64) -> (index: Int, isThere: Bool) {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let found = self[middle]
            if found == value { return (middle, true) }
            if found < value { low = middle + 1 } else { high = middle }
        }
        return (low, false)
    }

    func contains(_ value: Int64) -> Bool {
        Self.width(of: value) <= width && place(of: value).isThere
    }

    /// False when it was there.
    mutating func insert(_ value: Int64, _ slab: inout Slab) -> Bool {
        if Self.width(of: value) > width { widen(to: Self.width(of: value), &slab) }
        let (index, isThere) = place(of: value)
        if isThere { return false }
        let (width, count) = (self.width, self.count)
        resize(to: Self.size(width, count + 1), &slab)
        let start = base + Self.size(width, index)
        memmove(start + width, start, width * (count - index))
        store(value, index, width)
        setHeader(width: width, count: count + 1)
        return true
    }

    /// False when it was not there.
    mutating func remove(_ value: Int64, _ slab: inout Slab) -> Bool {
        guard Self.width(of: value) <= width else { return false }
        let (index, isThere) = place(of: value)
        guard isThere else { return false }
        let (width, count) = (self.width, self.count)
        let start = base + Self.size(width, index)
        memmove(start, start + width, width * (count - index - 1))
        resize(to: Self.size(width, count - 1), &slab)
        setHeader(width: width, count: count - 1)
        return true
    }

    /// From the last on, for each lands behind where the ones before it are.
    private mutating func widen(to new: Int, _ slab: inout Slab) {
        let (old, count) = (self.width, self.count)
        resize(to: Self.size(new, count), &slab)
        for index in stride(from: count - 1, through: 0, by: -1) {
            store(load(index, old), index, new)
        }
        setHeader(width: new, count: count)
    }

    private mutating func resize(to new: Int, _ slab: inout Slab) {
        let old = bytes
        if slab.resizeInPlace(from: old, to: new) { return }
        let moved = slab.allocate(new)
        moved.copyMemory(from: base, byteCount: min(old, new))
        slab.free(base, old)
        base = moved
    }

    /// What is wrong with the block.
    func violations() -> [String] {
        for index in 1..<max(count, 1) where self[index - 1] >= self[index] {
            return ["intset: member \(index) is out of order"]
        }
        return [2, 4, 8].contains(width) ? [] : ["intset: integers of \(width) bytes"]
    }
}

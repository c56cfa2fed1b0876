// The server's entries: open addressing with linear probing over pointers to blocks of malloc.
//
//     slots   [ • ][ ∅ ][ • ][ • ] …             a power of two, at most 3/4 used
//     block   [ hash 8 ][ deadline 8 ][ key 4 ][ value 4 ][ size 4 ][ – 4 ][ key … ][ value … ]
//
// Invariant: `bytes` is what malloc takes for slots and blocks (glibc's chunks), exactly.
import Glibc

struct Table: ~Copyable {
    struct Entry {
        let block: UnsafeMutableRawPointer

        static let header = 32
        var hash: UInt64 { block.load(as: UInt64.self) }
        /// Unix milliseconds; 0: never.
        var deadline: Int64 {
            get { block.load(fromByteOffset: 8, as: Int64.self) }
            nonmutating set { block.storeBytes(of: newValue, toByteOffset: 8, as: Int64.self) }
        }
        var keyCount: Int { Int(block.load(fromByteOffset: 16, as: UInt32.self)) }
        var valueCount: Int { Int(block.load(fromByteOffset: 20, as: UInt32.self)) }
        /// Bytes that were asked of malloc.
        var size: Int { Int(block.load(fromByteOffset: 24, as: UInt32.self)) }
        var key: UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: block + Self.header, count: keyCount)
        }
        var value: UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(
                start: block + Self.header + keyCount, count: valueCount)
        }
    }

    private(set) var count = 0
    private(set) var bytes = 0
    /// The most that `bytes` ever was, both arrays of a growing table counted.
    private(set) var peak = 0
    /// Bytes that every new block is larger than it needs to be.
    var spare = 0
    private var capacity = 1024
    private var slots: UnsafeMutablePointer<UnsafeMutableRawPointer?>

    init() {
        slots = .allocate(capacity: capacity)
        slots.initialize(repeating: nil, count: capacity)
        bytes = Self.chunk(capacity * 8)
    }

    deinit {
        for index in 0..<capacity { free(slots[index]) }
        slots.deallocate()
    }

    /// What glibc's malloc takes for `size` bytes.
    static func chunk(_ size: Int) -> Int { max(32, (size + 8 + 15) & ~15) }

    private static func hash(_ key: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(key.count) &* 0x9e37_79b9_7f4a_7c15
        var index = 0
        while index &+ 8 <= key.count {
            hash = mix(hash, key.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            index &+= 8
        }
        while index < key.count {
            hash = mix(hash, UInt64(key[index]))
            index &+= 1
        }
        return hash
    }

    private static func mix(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word).multipliedFullWidth(by: 0xd6e8_feb8_6659_fd93)
        return product.high ^ product.low
    }

    /// The slot that holds `key`, or the empty one where it belongs.
    private func slot(_ key: UnsafeRawBufferPointer, _ hash: UInt64) -> Int {
        var index = Int(truncatingIfNeeded: hash) & (capacity &- 1)
        while let block = slots[index] {
            let entry = Entry(block: block)
            if entry.hash == hash, entry.keyCount == key.count,
                memcmp(block + Entry.header, key.baseAddress ?? UnsafeRawPointer(block), key.count)
                    == 0
            {
                return index
            }
            index = (index &+ 1) & (capacity &- 1)
        }
        return index
    }

    func find(_ key: UnsafeRawBufferPointer) -> Entry? {
        slots[slot(key, Self.hash(key))].map { Entry(block: $0) }
    }

    /// Stores a copy of both; what was there is replaced, its deadline too.
    @discardableResult
    mutating func set(
        _ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, deadline: Int64
    ) -> Entry {
        let hash = Self.hash(key)
        let index = slot(key, hash)
        let size = Entry.header + key.count + value.count + spare
        if let old = slots[index].map({ Entry(block: $0) }) {
            if old.size == size {
                fill(old.block, hash, key, value, size, deadline)
                return old
            }
            bytes -= Self.chunk(old.size)
            free(old.block)
        } else {
            count += 1
        }
        let block = malloc(size)!
        bytes += Self.chunk(size)
        fill(block, hash, key, value, size, deadline)
        slots[index] = block
        if count * 4 > capacity * 3 { resize(to: capacity * 2) }
        peak = max(peak, bytes)
        return Entry(block: block)
    }

    private func fill(
        _ block: UnsafeMutableRawPointer, _ hash: UInt64, _ key: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer, _ size: Int, _ deadline: Int64
    ) {
        block.storeBytes(of: hash, as: UInt64.self)
        block.storeBytes(of: deadline, toByteOffset: 8, as: Int64.self)
        block.storeBytes(of: UInt32(key.count), toByteOffset: 16, as: UInt32.self)
        block.storeBytes(of: UInt32(value.count), toByteOffset: 20, as: UInt32.self)
        block.storeBytes(of: UInt32(size), toByteOffset: 24, as: UInt32.self)
        if let base = key.baseAddress { memcpy(block + Entry.header, base, key.count) }
        if let base = value.baseAddress {
            memcpy(block + Entry.header + key.count, base, value.count)
        }
    }

    mutating func remove(_ key: UnsafeRawBufferPointer) -> Bool {
        var hole = slot(key, Self.hash(key))
        guard let block = slots[hole] else { return false }
        bytes -= Self.chunk(Entry(block: block).size)
        free(block)
        count -= 1
        // What follows moves up, unless its own place lies behind the hole.
        var index = (hole + 1) & (capacity - 1)
        while let next = slots[index] {
            let home = Int(truncatingIfNeeded: Entry(block: next).hash) & (capacity - 1)
            if (index - home) & (capacity - 1) >= (index - hole) & (capacity - 1) {
                slots[hole] = next
                hole = index
            }
            index = (index + 1) & (capacity - 1)
        }
        slots[hole] = nil
        return true
    }

    mutating func removeAll() {
        for index in 0..<capacity {
            free(slots[index])
            slots[index] = nil
        }
        (count, bytes) = (0, 0)
        resize(to: 1024)
    }

    private mutating func resize(to newCapacity: Int) {
        peak = max(peak, bytes + Self.chunk(newCapacity * 8))
        let old = slots
        let oldCapacity = capacity
        slots = .allocate(capacity: newCapacity)
        slots.initialize(repeating: nil, count: newCapacity)
        capacity = newCapacity
        for index in 0..<oldCapacity {
            guard let block = old[index] else { continue }
            var home = Int(truncatingIfNeeded: Entry(block: block).hash) & (capacity - 1)
            while slots[home] != nil { home = (home + 1) & (capacity - 1) }
            slots[home] = block
        }
        old.deallocate()
        if count > 0 { bytes -= Self.chunk(oldCapacity * 8) }
        bytes += Self.chunk(newCapacity * 8)
    }

    /// Entries of the slots from `cursor` on, about `limit` of them, and where to go on; 0 at the
    /// end. Complete as long as nothing is written in between.
    func scan(from cursor: Int, limit: Int, _ body: (Entry) -> Void) -> Int {
        var (index, seen) = (max(cursor, 0), 0)
        while index < capacity && seen < limit {
            if let block = slots[index] {
                body(Entry(block: block))
                seen += 1
            }
            index += 1
        }
        return index < capacity ? index : 0
    }

    /// An entry at or after a drawn slot, and not `key`'s where there is another.
    func other(than key: UnsafeRawBufferPointer, _ draw: UInt64) -> Entry? {
        let own = slot(key, Self.hash(key))
        let start = Int(truncatingIfNeeded: draw & UInt64(capacity - 1))
        for step in 0..<capacity {
            let index = (start + step) & (capacity - 1)
            if index != own, let block = slots[index] { return Entry(block: block) }
        }
        return slots[own].map { Entry(block: $0) }
    }
}

// Which fields of a hash end when (9.0 and later): the word behind the hash's table.
//
//     0                none
//     odd              the only one, an entry by its address
//     ···000           vector [count 8][entry 8]…         up to 127
//     ···010           directory [count 8][window 8│bucket 8]…
//     ···100           table of entries, as that of a set
//
//     window           start in ms, a multiple of its width; the width's logarithm in the low bits
//     bucket           one of the others: vector, single entry or table
//
// An entry's address is odd, because its field's header has 3, 5, 9 or 17 bytes. A window is 8,192
// ms wide at first, and is halved when more than 127 fields fall into it, down to 16 ms; what is
// still too much then is a table.
//
// Deviation from the servers: the windows are a sorted array, and there a radix tree, which takes
// about as much.
//
// Credits: Valkey's vset.c (Ran Shidlansik).

struct FieldExpiries {
    typealias Entry = UnsafeMutableRawPointer

    private static let vectorMax = 127
    private static let widthBitsMax = 13
    private static let widthBitsMin = 4
    private static let directoryTag: UInt = 2
    private static let tableTag: UInt = 4
    private static let tagMask: UInt = 7

    let word: UnsafeMutablePointer<UInt>
    let traits: CollectionTraits

    var isEmpty: Bool { word.pointee == 0 }

    private static func time(_ entry: Entry) -> Int64 { PackedField(string: entry).expiry }

    // MARK: Blocks: a count, then words

    private static func block(_ bits: UInt) -> UnsafeMutablePointer<UInt> {
        UnsafeMutablePointer(bitPattern: bits & ~tagMask).unsafelyUnwrapped
    }

    private static func blockSize(_ words: Int) -> Int { 8 &+ words &* 8 }

    private static func isVector(_ bits: UInt) -> Bool { bits != 0 && bits & tagMask == 0 }

    /// Puts `new` words at `index` of a block, or takes `-new` away there; the block's address.
    private static func resized(
        _ block: UnsafeMutablePointer<UInt>, words: Int, at index: Int, by new: Int,
        _ slab: inout Slab
    ) -> UnsafeMutablePointer<UInt> {
        let memory = slab.allocate(blockSize(words + new))
        let moved = memory.bindMemory(to: UInt.self, capacity: words + new + 1)
        moved.update(from: block, count: index + 1)
        let from = new < 0 ? index - new : index
        let to = new < 0 ? index : index + new
        (moved + 1 + to).update(from: block + 1 + from, count: words - from)
        slab.free(block, blockSize(words))
        return moved
    }

    // MARK: Buckets

    private func table(_ bits: UInt) -> MemberTable {
        traits.table(UnsafeMutableRawPointer(Self.block(bits)), .members)
    }

    /// Adds an entry to a bucket; nil, and nothing changed, when that is a full vector.
    private func added(_ entry: Entry, to bits: UInt, _ slab: inout Slab) -> UInt? {
        let word = UInt(bitPattern: entry)
        if bits == 0 { return word }
        if bits & 1 != 0 {
            let memory = slab.allocate(Self.blockSize(2))
            let vector = memory.bindMemory(to: UInt.self, capacity: 3)
            vector[0] = 2
            vector[1] = bits
            vector[2] = word
            return UInt(bitPattern: vector)
        }
        if bits & Self.tableTag != 0 {
            let table = table(bits)
            let key = table.makeKey(table.key(entry))
            table.insert(entry, key, &slab)
            return bits
        }
        let count = Int(Self.block(bits)[0])
        guard count < Self.vectorMax else { return nil }
        let vector = Self.resized(Self.block(bits), words: count, at: count, by: 1, &slab)
        vector[0] = UInt(count + 1)
        vector[count + 1] = word
        return UInt(bitPattern: vector)
    }

    /// Takes an entry out of a bucket.
    private func removed(_ entry: Entry, from bits: UInt, _ slab: inout Slab) -> UInt {
        let word = UInt(bitPattern: entry)
        if bits & 1 != 0 { return bits == word ? 0 : bits }
        if bits & Self.tableTag != 0 {
            let table = table(bits)
            _ = table.remove(table.makeKey(table.key(entry)), &slab)
            guard table.count == 0 else { return bits }
            table.free(&slab)
            return 0
        }
        let vector = Self.block(bits)
        let count = Int(vector[0])
        guard let index = (1...count).first(where: { vector[$0] == word }) else { return bits }
        guard count > 2 else {
            let other = vector[3 - index]
            slab.free(vector, Self.blockSize(count))
            return other
        }
        // The order is no matter: the last takes its place.
        vector[index] = vector[count]
        let smaller = Self.resized(vector, words: count, at: count - 1, by: -1, &slab)
        smaller[0] = UInt(count - 1)
        return UInt(bitPattern: smaller)
    }

    private func forEach(in bits: UInt, _ body: (Entry) -> Void) {
        if bits == 0 { return }
        if bits & 1 != 0 {
            if let entry = Entry(bitPattern: bits) { body(entry) }
        } else if bits & Self.tableTag != 0 {
            table(bits).forEachEntry(body)
        } else {
            let vector = Self.block(bits)
            for index in 0..<Int(vector[0]) {
                if let entry = Entry(bitPattern: vector[index + 1]) { body(entry) }
            }
        }
    }

    private func freeBucket(_ bits: UInt, _ slab: inout Slab) {
        if bits & Self.tableTag != 0, bits & 1 == 0 {
            let table = table(bits)
            var cursor = 0
            _ = table.drain(&cursor, limit: .max, &slab) { _, _ in }
            table.free(&slab)
        } else if Self.isVector(bits) {
            let vector = Self.block(bits)
            slab.free(vector, Self.blockSize(Int(vector[0])))
        }
    }

    // MARK: The directory

    private var isDirectory: Bool { word.pointee & 1 == 0 && word.pointee & Self.directoryTag != 0 }
    private var directory: UnsafeMutablePointer<UInt> { Self.block(word.pointee) }
    private var windows: Int { Int(directory[0]) }

    private func bits(ofWindow index: Int) -> Int { Int(directory[1 + index * 2] & 15) }
    private func start(ofWindow index: Int) -> Int64 {
        Int64(bitPattern: UInt64(directory[1 + index * 2] & ~15))
    }
    private func end(ofWindow index: Int) -> Int64 {
        start(ofWindow: index) &+ (1 << Int64(bits(ofWindow: index)))
    }
    private func bucket(_ index: Int) -> UInt { directory[2 + index * 2] }
    private func setBucket(_ index: Int, _ bits: UInt) { directory[2 + index * 2] = bits }

    /// The first window that ends behind `time`.
    private func window(for time: Int64) -> Int {
        var (low, high) = (0, windows)
        while low < high {
            let middle = (low + high) / 2
            if end(ofWindow: middle) <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private func insertWindow(at index: Int, _ time: Int64, _ widthBits: Int, _ slab: inout Slab) {
        let count = windows
        let grown = Self.resized(directory, words: count * 2, at: index * 2, by: 2, &slab)
        let start = UInt64(bitPattern: (time >> Int64(widthBits)) << Int64(widthBits))
        grown[0] = UInt(count + 1)
        grown[1 + index * 2] = UInt(start) | UInt(widthBits)
        grown[2 + index * 2] = 0
        word.pointee = UInt(bitPattern: grown) | Self.directoryTag
    }

    private func removeWindow(at index: Int, _ slab: inout Slab) {
        let count = windows
        guard count > 1 else {
            slab.free(directory, Self.blockSize(2))
            word.pointee = 0
            return
        }
        let shrunk = Self.resized(directory, words: count * 2, at: index * 2, by: -2, &slab)
        shrunk[0] = UInt(count - 1)
        word.pointee = UInt(bitPattern: shrunk) | Self.directoryTag
    }

    private func insertInDirectory(_ entry: Entry, _ slab: inout Slab) {
        let time = Self.time(entry)
        let index = window(for: time)
        if index == windows || time < start(ofWindow: index) {
            insertWindow(at: index, time, widthBits(for: time, at: index), &slab)
        }
        if let bits = added(entry, to: bucket(index), &slab) { return setBucket(index, bits) }
        split(index, &slab)
        insertInDirectory(entry, &slab)
    }

    /// The widest window with `time` in it that neither neighbour reaches into.
    private func widthBits(for time: Int64, at index: Int) -> Int {
        var bits = Self.widthBitsMax
        while bits > Self.widthBitsMin {
            let start = (time >> Int64(bits)) << Int64(bits)
            let isFree =
                (index == 0 || end(ofWindow: index - 1) <= start)
                && (index == windows || start &+ (1 << Int64(bits)) <= self.start(ofWindow: index))
            if isFree { break }
            bits -= 1
        }
        return bits
    }

    /// Halves a window that is full, or makes a table of what cannot be parted.
    private func split(_ index: Int, _ slab: inout Slab) {
        let full = bucket(index)
        let (start, bits) = (start(ofWindow: index), bits(ofWindow: index))
        guard bits > Self.widthBitsMin else {
            let table = traits.makeTable(.members, &slab)
            var entries: [Entry] = []
            forEach(in: full) { entries.append($0) }
            for entry in entries {
                table.insert(entry, table.makeKey(table.key(entry)), &slab)
            }
            freeBucket(full, &slab)
            return setBucket(index, UInt(bitPattern: table.address) | Self.tableTag)
        }
        directory[1 + index * 2] = UInt(UInt64(bitPattern: start)) | UInt(bits - 1)
        setBucket(index, 0)
        insertWindow(at: index + 1, start &+ (1 << Int64(bits - 1)), bits - 1, &slab)
        var entries: [Entry] = []
        forEach(in: full) { entries.append($0) }
        let middle = start &+ (1 << Int64(bits - 1))
        for entry in entries {
            let half = Self.time(entry) < middle ? index : index + 1
            if let filled = added(entry, to: bucket(half), &slab) { setBucket(half, filled) }
        }
        freeBucket(full, &slab)
        if bucket(index + 1) == 0 {
            removeWindow(at: index + 1, &slab)
        } else if bucket(index) == 0 {
            removeWindow(at: index, &slab)
        }
    }

    // MARK: Operations

    func insert(_ entry: Entry, _ slab: inout Slab) {
        guard !isDirectory else { return insertInDirectory(entry, &slab) }
        if let bits = added(entry, to: word.pointee, &slab) {
            word.pointee = bits
            return
        }
        let vector = word.pointee
        let empty = slab.allocate(Self.blockSize(0)).bindMemory(to: UInt.self, capacity: 1)
        empty[0] = 0
        word.pointee = UInt(bitPattern: empty) | Self.directoryTag
        var entries: [Entry] = []
        forEach(in: vector) { entries.append($0) }
        for old in entries { insertInDirectory(old, &slab) }
        freeBucket(vector, &slab)
        insertInDirectory(entry, &slab)
    }

    /// Takes an entry out, by the expiry that it still has.
    func remove(_ entry: Entry, _ slab: inout Slab) {
        guard isDirectory else {
            word.pointee = removed(entry, from: word.pointee, &slab)
            return
        }
        let index = window(for: Self.time(entry))
        guard index < windows else { return }
        let bits = removed(entry, from: bucket(index), &slab)
        if bits == 0 { removeWindow(at: index, &slab) } else { setBucket(index, bits) }
    }

    /// Entries that ended before `now`, up to `limit`.
    func ended(before now: Int64, limit: Int) -> [Entry] {
        var found: [Entry] = []
        func collect(_ bits: UInt) {
            forEach(in: bits) { entry in
                if found.count < limit, Self.time(entry) < now { found.append(entry) }
            }
        }
        guard isDirectory else {
            collect(word.pointee)
            return found
        }
        for index in 0..<windows where found.count < limit && start(ofWindow: index) < now {
            collect(bucket(index))
        }
        return found
    }

    /// Forgets all entries.
    func removeAll(_ slab: inout Slab) {
        if isDirectory {
            for index in 0..<windows { freeBucket(bucket(index), &slab) }
            slab.free(directory, Self.blockSize(windows * 2))
        } else {
            freeBucket(word.pointee, &slab)
        }
        word.pointee = 0
    }

    // MARK: Reports

    private func forEachBucket(_ body: (UInt) -> Void) {
        guard isDirectory else { return body(word.pointee) }
        for index in 0..<windows { body(bucket(index)) }
    }

    func recount(_ tally: inout Tally) {
        if isDirectory { tally.add(Self.blockSize(windows * 2)) }
        forEachBucket { bits in
            if bits & 1 == 0, bits & Self.tableTag != 0 {
                table(bits).recount(&tally)
            } else if Self.isVector(bits) {
                tally.add(Self.blockSize(Int(Self.block(bits)[0])))
            }
        }
    }

    /// Entries that are here.
    var count: Int {
        var counted = 0
        forEachBucket { forEach(in: $0) { _ in counted += 1 } }
        return counted
    }
}

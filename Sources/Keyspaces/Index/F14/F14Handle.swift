// An F14 table with what its operations need; made for one of them from the table's address.

struct F14Handle: OpenAddressedIndex {
    typealias Element = KeyedObject
    typealias Found = OpenPlace
    typealias Traits = OpenAddressedTraits

    let table: UnsafeMutablePointer<F14Table>
    let match: GroupMatch
    let hasher: KeyHasher

    init(_ table: SlotDirectory.Table, _ traits: OpenAddressedTraits) {
        self.table = table.assumingMemoryBound(to: F14Table.self)
        match = traits.match
        hasher = traits.hasher
    }

    static var recordBytes: Int { MemoryLayout<F14Table>.size }

    static func make(_: OpenAddressedTraits, _ slab: inout Slab) -> SlotDirectory.Table {
        let memory = slab.allocate(recordBytes)
        memory.bindMemory(to: F14Table.self, capacity: 1).initialize(to: F14Table())
        return memory
    }

    func free(_ slab: inout Slab) {
        if let chunks = table.pointee.chunks { slab.freeArray(chunks, arrayBytes) }
        slab.free(UnsafeMutableRawPointer(table), Self.recordBytes)
    }

    // MARK: The array; only where there is one

    @inline(__always)
    var mask: Int { table.pointee.mask }

    @inline(__always)
    func chunk(_ index: Int) -> F14Chunk {
        F14Chunk(address: table.pointee.chunks.unsafelyUnwrapped + index &* F14Chunk.size)
    }

    @inline(__always)
    func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

    @inline(__always)
    func following(_ index: Int, _ tag: UInt8) -> Int { (index &+ F14Table.step(tag)) & mask }

    // MARK: OpenAddressedIndex

    var count: Int { table.pointee.count }
    /// A number is that of a chunk times 14, and a position in it.
    var places: Int { (mask &+ 1) &* table.pointee.places }
    var capacity: Int { table.pointee.chunks == nil ? 0 : table.pointee.shape.capacity }
    var arrayBytes: Int { table.pointee.chunks == nil ? 0 : table.pointee.shape.bytes }

    static func arrayBytes(for entries: Int) -> Int { F14Table.Shape(for: entries).bytes }

    @inline(__always)
    func object(atPlace place: Int) -> KeyedObject? {
        let chunk = chunk(place / F14Chunk.entries)
        let position = place % F14Chunk.entries
        return chunk.tag(position) == 0 ? nil : chunk.object(position)
    }

    @inline(__always)
    func firstCandidate(_ hash: UInt64) -> KeyedObject? {
        guard table.pointee.chunks != nil else { return nil }
        let chunk = chunk(home(hash))
        return chunk.candidates(F14Table.tag(hash), match).first.map { chunk.object($0) }
    }

    func probeLength(ofPlace place: Int, hash: UInt64) -> Int {
        let tag = F14Table.tag(hash)
        var index = home(hash)
        var length = 1
        while index != place / F14Chunk.entries, length <= mask {
            index = following(index, tag)
            length += 1
        }
        return length
    }

    // MARK: Find

    @inline(__always)
    func peek(_ key: Key) -> OpenPlace? {
        search(key.hash) { object in SDS.equal(object.keyString, key.bytes) }
    }

    /// The first object under the hash's tag that `isWanted`.
    @inline(__always)
    private func search(_ hash: UInt64, _ isWanted: (KeyedObject) -> Bool) -> OpenPlace? {
        guard table.pointee.chunks != nil else { return nil }
        let tag = F14Table.tag(hash)
        var index = home(hash)
        // Counts that stay at their highest would lead round for ever.
        for _ in 0...mask {
            let chunk = chunk(index)
            for position in chunk.candidates(tag, match) where isWanted(chunk.object(position)) {
                return OpenPlace(
                    slot: chunk.slot(position), number: index &* F14Chunk.entries &+ position)
            }
            if chunk.outbound == 0 { return nil }
            index = following(index, tag)
        }
        return nil
    }

    func replace(_ old: KeyedObject, by new: KeyedObject, hash: UInt64) {
        let found = search(hash) { $0.address == old.address }
        assert(found != nil, "an object that is not in the table was to be replaced")
        if let found { Self.put(new, at: found) }
    }

    /// Both lines of the chunk: tags are in the first, most entries in the second.
    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        guard table.pointee.chunks != nil else { return }
        let chunk = chunk(home(hash)).address
        prefetch(chunk)
        // One alone may end before.
        if mask > 0 { prefetch(chunk + F14Chunk.size / 2) }
    }

    // MARK: Insert and remove

    func insert(_ object: KeyedObject, hash: UInt64, _ slab: inout Slab) {
        if count == capacity { resize(to: count + 1, &slab) }
        place(object, hash)
        table.pointee.count &+= 1
    }

    /// Puts an object in the first free position on its way; there is one.
    func place(_ object: KeyedObject, _ hash: UInt64) {
        let tag = F14Table.tag(hash)
        let home = home(hash)
        var index = home
        while true {
            let chunk = chunk(index)
            if let position = chunk.lowestFree(match) {
                chunk.put(object, tag, position)
                if index != home { chunk.countHosted(1) }
                return
            }
            chunk.countOutbound()
            index = following(index, tag)
        }
    }

    func remove(_ found: OpenPlace, _: inout Slab) {
        let index = found.number / F14Chunk.entries
        let position = found.number % F14Chunk.entries
        let chunk = chunk(index)
        // Nobody who is not at home: the key need not be hashed.
        if chunk.hosted > 0 { countBack(chunk.object(position), at: index) }
        chunk.take(position)
        table.pointee.count &-= 1
    }

    /// Undoes what the insert of the object in the chunk at `index` has counted on its way.
    private func countBack(_ object: KeyedObject, at index: Int) {
        let hash = hash(of: object)
        let tag = F14Table.tag(hash)
        var passed = home(hash)
        guard passed != index else { return }
        while passed != index {
            chunk(passed).uncountOutbound()
            passed = following(passed, tag)
        }
        chunk(index).countHosted(-1)
    }

    // MARK: Resize

    @inline(never)
    func resize(to entries: Int, _ slab: inout Slab) {
        let old = table.pointee
        let shape = F14Table.Shape(for: entries)
        table.pointee = F14Table(
            chunks: slab.allocateZeroed(shape.bytes), mask: shape.chunks - 1,
            places: shape.places, count: old.count)
        guard let chunks = old.chunks else { return }
        for index in 0...old.mask {
            let chunk = F14Chunk(address: chunks + index * F14Chunk.size)
            for position in chunk.occupied(match) {
                let object = chunk.object(position)
                place(object, hash(of: object))
            }
        }
        slab.freeArray(chunks, old.shape.bytes)
    }
}

// A dashtable with what its operations need: the layout of its slots and the hash.

struct DashHandle {
    /// What the tables of one purpose have in common.
    struct Traits {
        let layout: DashLayout
        let hasher: KeyHasher
    }

    let table: UnsafeMutablePointer<DashTable>
    let layout: DashLayout
    let hasher: KeyHasher

    init(_ table: SlotDirectory.Table, _ traits: Traits) {
        self.table = table.assumingMemoryBound(to: DashTable.self)
        layout = traits.layout
        hasher = traits.hasher
    }

    static func make(_ traits: Traits, _ slab: inout Slab) -> SlotDirectory.Table {
        let memory = slab.allocate(MemoryLayout<DashTable>.size)
        let directory = slab.allocate(8)
            .bindMemory(to: UnsafeMutableRawPointer.self, capacity: 1)
        let first = DashSegment.make(traits.layout, depth: 0, prefix: 0, &slab)
        directory.initialize(to: first.address)
        memory.bindMemory(to: DashTable.self, capacity: 1)
            .initialize(to: DashTable(node: nil, directory: directory))
        return memory
    }

    func free(_ slab: inout Slab) {
        forEachSegment { $0.free(&slab) }
        slab.freeArray(table.pointee.directory, table.pointee.directorySize * 8)
        slab.free(table, MemoryLayout<DashTable>.size)
    }

    var count: Int { table.pointee.count }

    @inline(__always)
    func segment(_ hash: UInt64) -> DashSegment {
        let depth = UInt64(table.pointee.globalDepth)
        // A shift by all 64 bits would be none at all with `&>>`.
        let index = depth == 0 ? 0 : Int(truncatingIfNeeded: hash &>> (64 &- depth))
        return DashSegment(address: table.pointee.directory[index], layout: layout)
    }

    /// Every segment once, by its prefix.
    func forEachSegment(_ body: (DashSegment) -> Void) {
        var index = 0
        while index < table.pointee.directorySize {
            let segment = DashSegment(address: table.pointee.directory[index], layout: layout)
            // Before `body`, which may free it.
            index += 1 << (table.pointee.globalDepth - segment.depth)
            body(segment)
        }
    }

    // MARK: Find

    @inline(__always)
    func peek(_ key: Key) -> DashSegment.Place? { segment(key.hash).find(key.bytes, key.hash) }

    /// Takes the entry of `key`, which is at `place`, out. What it named is the caller's.
    func remove(_ place: DashSegment.Place, _ key: Key, _ slab: inout Slab) {
        place.segment.remove(place, home: DashSegment.home(key.hash), &slab)
        table.pointee.count &-= 1
    }

    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        let segment = segment(hash)
        let home = DashSegment.home(hash)
        prefetch(segment.bucket(home).address)
        prefetch(segment.bucket(DashSegment.right(home)).address)
    }

    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        guard let entry = candidate(hash) else { return }
        // A slot may be in two lines.
        prefetch(entry.address)
        prefetch(entry.address + (layout.slotSize &- 1))
    }

    /// Asks for the strings that the entry names: its line must be here by now.
    @inline(__always)
    func prefetchValue(_ key: Key) {
        guard let entry = candidate(key.hash) else { return }
        if entry.key.isSeparate { prefetch(entry.key.separate) }
        if entry.value.isSeparate { prefetch(entry.value.separate) }
    }

    /// The first entry with the hash's fingerprint; those in the stash are few, and have to be
    /// waited for.
    @inline(__always)
    private func candidate(_ hash: UInt64) -> DashEntry? {
        let segment = segment(hash)
        let home = DashSegment.home(hash)
        let fingerprint = DashSegment.fingerprint(hash)
        let own = segment.bucket(home)
        if let slot = Bucket.Positions(bits: own.candidates(fingerprint)).first {
            return own.entry(slot)
        }
        let neighbour = segment.bucket(DashSegment.right(home))
        guard let slot = Bucket.Positions(bits: neighbour.candidates(fingerprint)).first else {
            return nil
        }
        return neighbour.entry(slot)
    }
}

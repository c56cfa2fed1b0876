// A compact table with what its operations need: the hash, the way to match tags, and from how many
// entries on it has dense vectors.
//
// A handle is made for one operation from a table's address and costs nothing to make.

struct CompactHandle {
    struct Traits {
        let hasher: KeyHasher
        let match: GroupMatch
        /// `CompactTable.denseFrom`, but for tests.
        let denseFrom: Int
    }

    /// Where an entry is; valid until the next mutation of the table.
    struct Place {
        let head: CompactHead
        let index: Int
        /// Of the record or its reference, in the body.
        let offset: Int
        let code: UInt8
        let record: CompactRecord

        var bytes: UnsafeMutableRawPointer { head.body.address + offset }
    }

    let table: UnsafeMutablePointer<CompactTable>
    let traits: Traits

    @inline(__always)
    init(_ table: SlotDirectory.Table, _ traits: Traits) {
        self.table = table.assumingMemoryBound(to: CompactTable.self)
        self.traits = traits
    }

    var count: Int { table.pointee.count }
    var expiring: Int { table.pointee.expiring }
    var isDue: Bool { table.pointee.isDue }
    /// In the list of tables that are due.
    var node: SlotDirectory.NodePointer? { table.pointee.node }
    func setNode(_ node: SlotDirectory.NodePointer?) { table.pointee.node = node }

    // MARK: Life

    static func make(_ traits: Traits, _ memory: inout CompactMemory) -> SlotDirectory.Table {
        let room = CompactTable.spanRoomAtFirst
        let bases = memory.slab.allocateZeroed(room * MemoryLayout<Int>.stride)
            .bindMemory(to: Int.self, capacity: room)
        let address = memory.slab.allocate(MemoryLayout<CompactTable>.stride)
        address.bindMemory(to: CompactTable.self, capacity: 1)
            .initialize(to: CompactTable(bases: bases))
        CompactHandle(address, traits).growHeads(&memory)
        return address
    }

    /// Frees an empty table.
    func free(_ memory: inout CompactMemory) {
        while table.pointee.buckets > 0 { shrinkHeads(&memory) }
        dropDense(&memory)
        let spans = table.pointee.spanRoom * MemoryLayout<Int>.stride
        memory.slab.free(UnsafeMutableRawPointer(table.pointee.bases), spans)
        memory.slab.free(UnsafeMutableRawPointer(table), MemoryLayout<CompactTable>.stride)
    }

    /// Gives back what is mapped, before the slab releases the rest.
    func unmap() {
        unmapHeads()
        if let dense = table.pointee.dense { dense.forEachVector { _, vector in vector.unmap() } }
    }

    // MARK: Find

    func head(_ bucket: Int) -> CompactHead { table.pointee.head(bucket) }

    /// Where `key` is, nothing moved.
    @inline(__always)
    func peek(_ key: Key) -> Place? {
        let tag = CompactHead.tag(key.hash)
        var head = head(table.pointee.bucket(key.hash))
        while true {
            if let place = find(key, tag, head) { return place }
            guard head.isChained else { return nil }
            head = head.next
        }
    }

    @inline(__always)
    private func find(_ key: Key, _ tag: UInt8, _ head: CompactHead) -> Place? {
        var bits = head.candidates(tag, traits.match)
        while bits != 0 {
            let index = bits.trailingZeroBitCount
            bits &= bits &- 1
            let place = place(head, index, head.offset(of: index, traits.match), head.code(index))
            if place.record.hasKey(key.bytes) { return place }
        }
        return head.mayOverflow(tag) ? findBeyond(key, tag, head) : nil
    }

    /// As `find`, among the records from the 29th on.
    @inline(never)
    private func findBeyond(_ key: Key, _ tag: UInt8, _ head: CompactHead) -> Place? {
        var offset = head.start &+ head.lengths(CompactHead.places, traits.match)
        for index in CompactHead.places..<head.count {
            let code = head.code(index)
            if head.tag(index) == tag {
                let place = place(head, index, offset, code)
                if place.record.hasKey(key.bytes) { return place }
            }
            offset &+= CompactCode.length(code)
        }
        return nil
    }

    @inline(__always)
    func place(_ head: CompactHead, _ index: Int, _ offset: Int, _ code: UInt8) -> Place {
        Place(
            head: head, index: index, offset: offset, code: code,
            record: record(at: head.body.address + offset, code))
    }

    /// The record whose bytes or reference are at `address`.
    @inline(__always)
    func record(at address: UnsafeMutableRawPointer, _ code: UInt8) -> CompactRecord {
        if Int(code) < CompactCode.firstLong {
            return CompactRecord(address: address, count: Int(code))
        }
        return recordElsewhere(address, code)
    }

    private func recordElsewhere(
        _ address: UnsafeMutableRawPointer, _ code: UInt8
    ) -> CompactRecord {
        guard CompactCode.isLong(code) else {
            let box = CompactCode.box(at: address)
            let count = Int(truncatingIfNeeded: box.load(as: UInt64.self))
            return CompactRecord(address: box + CompactCode.boxHeader, count: count)
        }
        let reference = CompactCode.Reference(at: address)
        let longClass = CompactCode.longClass(of: code)
        let size = CompactCode.longSize(longClass) &- reference.unused
        return CompactRecord(
            address: longSlot(longClass, reference.index).unsafelyUnwrapped, count: size)
    }

    /// nil where the class has no vector, which none has that is referred to.
    private func longSlot(_ longClass: Int, _ index: Int) -> UnsafeMutableRawPointer? {
        table.pointee.dense?.longVector(longClass)?.slot(index)
    }

    // MARK: Looking ahead

    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        prefetch(head(table.pointee.bucket(hash)).address)
    }

    /// Asks for the first record with the hash's tag, among those in the head, and what follows it:
    /// records are not aligned.
    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        guard let bytes = candidate(hash)?.bytes else { return }
        prefetch(bytes)
        prefetch(bytes + CompactHead.size)
    }

    /// Asks for the same record where the body only refers to it: the reference must be here.
    @inline(__always)
    func prefetchValue(_ hash: UInt64) {
        guard let (bytes, code) = candidate(hash), Int(code) >= CompactCode.firstLong else {
            return
        }
        if CompactCode.isLong(code) {
            let reference = CompactCode.Reference(at: bytes)
            let slot = longSlot(CompactCode.longClass(of: code), reference.index)
            if let slot {
                prefetch(slot)
                prefetch(slot + CompactHead.size)
            }
        } else {
            let box = CompactCode.box(at: bytes)
            prefetch(box)
            prefetch(box + CompactHead.size)
        }
    }

    @inline(__always)
    private func candidate(_ hash: UInt64) -> (bytes: UnsafeMutableRawPointer, code: UInt8)? {
        let head = head(table.pointee.bucket(hash))
        let bits = head.candidates(CompactHead.tag(hash), traits.match)
        guard bits != 0 else { return nil }
        let index = bits.trailingZeroBitCount
        let offset = head.offset(of: index, traits.match)
        return (head.body.address + offset, head.code(index))
    }
}

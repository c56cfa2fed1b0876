// A Swiss table with what its operations need; made for one of them from the table's address.

struct SwissHandle: OpenAddressedIndex {
    typealias Element = KeyedObject
    typealias Found = OpenPlace
    typealias Traits = OpenAddressedTraits

    let table: UnsafeMutablePointer<SwissTable>
    let match: GroupMatch
    let hasher: KeyHasher

    init(_ table: SlotDirectory.Table, _ traits: OpenAddressedTraits) {
        self.table = table.assumingMemoryBound(to: SwissTable.self)
        match = traits.match
        hasher = traits.hasher
    }

    static var recordBytes: Int { MemoryLayout<SwissTable>.size }

    static func make(_: OpenAddressedTraits, _ slab: inout Slab) -> SlotDirectory.Table {
        let memory = slab.allocate(recordBytes)
        memory.bindMemory(to: SwissTable.self, capacity: 1).initialize(to: SwissTable())
        return memory
    }

    func free(_ slab: inout Slab) {
        if let control = table.pointee.control { slab.freeArray(control, arrayBytes) }
        slab.free(UnsafeMutableRawPointer(table), Self.recordBytes)
    }

    // MARK: The array; only where there is one

    @inline(__always)
    var control: UnsafeMutableRawPointer { table.pointee.control.unsafelyUnwrapped }
    @inline(__always)
    var mask: Int { table.pointee.mask }
    var ring: Int { mask &+ 1 }

    func byte(_ place: Int) -> UInt8 { control.load(fromByteOffset: place, as: UInt8.self) }

    /// Writes a control byte, and its clone if it has one.
    @inline(__always)
    func setByte(_ place: Int, _ byte: UInt8) {
        control.storeBytes(of: byte, toByteOffset: place, as: UInt8.self)
        guard place < SwissTable.clones else { return }
        control.storeBytes(of: byte, toByteOffset: ring &+ place, as: UInt8.self)
    }

    @inline(__always)
    func slot(_ place: Int) -> UnsafeMutablePointer<UnsafeMutableRawPointer> {
        (control + SwissTable.controlBytes(ring) + place &* 8)
            .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
    }

    @inline(__always)
    func group(_ offset: Int) -> TagGroup { TagGroup(address: control + offset) }

    /// The upper bits of the hash, as many as the ring has.
    @inline(__always)
    func home(_ hash: UInt64) -> Int {
        Int(truncatingIfNeeded: hash &>> UInt64(mask.leadingZeroBitCount))
    }

    @inline(__always)
    func probe(_ hash: UInt64) -> SwissTable.Probe {
        SwissTable.Probe(home: home(hash), mask: mask)
    }

    // MARK: OpenAddressedIndex

    var count: Int { table.pointee.count }
    var places: Int { mask }
    var capacity: Int { places == 0 ? 0 : SwissTable.limit(ring) }
    var arrayBytes: Int { places == 0 ? 0 : SwissTable.arrayBytes(ring) }

    static func arrayBytes(for entries: Int) -> Int {
        SwissTable.arrayBytes(SwissTable.ring(for: entries))
    }

    @inline(__always)
    func object(atPlace place: Int) -> KeyedObject? {
        guard SwissTable.isFull(byte(place)) else { return nil }
        return KeyedObject(address: slot(place).pointee)
    }

    @inline(__always)
    func firstCandidate(_ hash: UInt64) -> KeyedObject? {
        guard table.pointee.control != nil else { return nil }
        let home = home(hash)
        guard let first = group(home).equal(to: SwissTable.tag(hash), match).first else {
            return nil
        }
        return KeyedObject(address: slot((home &+ first) & mask).pointee)
    }

    func probeLength(ofPlace place: Int, hash: UInt64) -> Int {
        var probe = probe(hash)
        var length = 1
        while probe.distance(to: place) >= TagGroup.width {
            probe.advance()
            length += 1
        }
        return length
    }

    // MARK: Find

    @inline(__always)
    func peek(_ key: Key) -> OpenPlace? {
        guard table.pointee.control != nil else { return nil }
        return search(key.hash) { object in SDS.equal(object.keyString, key.bytes) }
    }

    /// The first object under the hash's tag that `isWanted`.
    @inline(__always)
    private func search(_ hash: UInt64, _ isWanted: (KeyedObject) -> Bool) -> OpenPlace? {
        let tag = SwissTable.tag(hash)
        var probe = probe(hash)
        while true {
            let group = group(probe.offset)
            for position in group.equal(to: tag, match) {
                let place = (probe.offset &+ position) & mask
                let slot = slot(place)
                if isWanted(KeyedObject(address: slot.pointee)) {
                    return OpenPlace(slot: slot, number: place)
                }
            }
            if group.equal(to: SwissTable.empty, match).bits != 0 { return nil }
            probe.advance()
        }
    }

    func replace(_ old: KeyedObject, by new: KeyedObject, hash: UInt64) {
        let found = search(hash) { $0.address == old.address }
        assert(found != nil, "an object that is not in the table was to be replaced")
        if let found { Self.put(new, at: found) }
    }

    /// The lines that a look-up begins with: of the control bytes, and of the entry if it is at
    /// home.
    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        guard table.pointee.control != nil else { return }
        let home = home(hash)
        prefetch(control + home)
        prefetch(slot(home))
    }

    // MARK: Insert and remove

    func insert(_ object: KeyedObject, hash: UInt64, _ slab: inout Slab) {
        if table.pointee.control == nil { resize(to: 1, &slab) }
        var place = firstFree(hash)
        if table.pointee.growthLeft == 0, byte(place) == SwissTable.empty {
            makeRoom(&slab)
            place = firstFree(hash)
        }
        if byte(place) == SwissTable.empty { table.pointee.growthLeft &-= 1 }
        put(object, place, SwissTable.tag(hash))
        table.pointee.count &+= 1
    }

    @inline(__always)
    func put(_ object: KeyedObject, _ place: Int, _ tag: UInt8) {
        setByte(place, tag)
        slot(place).pointee = object.address
    }

    /// The first place of a probe sequence that is empty or deleted.
    @inline(__always)
    func firstFree(_ hash: UInt64) -> Int {
        var probe = probe(hash)
        while true {
            let group = group(probe.offset)
            let empty = group.equal(to: SwissTable.empty, match).bits
            let free = empty | group.equal(to: SwissTable.deleted, match).bits
            if free != 0 { return (probe.offset &+ free.trailingZeroBitCount) & mask }
            probe.advance()
        }
    }

    func remove(_ found: OpenPlace, _: inout Slab) {
        if hasAlwaysHadGaps(around: found.number) {
            setByte(found.number, SwissTable.empty)
            table.pointee.growthLeft &+= 1
        } else {
            setByte(found.number, SwissTable.deleted)
        }
        table.pointee.count &-= 1
    }

    /// Whether each sixteen bytes with this one among them have an empty one. They have then had it
    /// since the last rehash, because a byte becomes empty only where this held: no look-up has
    /// passed.
    private func hasAlwaysHadGaps(around place: Int) -> Bool {
        let width = TagGroup.width
        let before = group((place &- width) & mask).equal(to: SwissTable.empty, match).bits
        let after = group(place).equal(to: SwissTable.empty, match).bits
        guard before != 0, after != 0 else { return false }
        let takenBefore = before.leadingZeroBitCount &- (Int.bitWidth &- width)
        return takenBefore &+ after.trailingZeroBitCount < width
    }
}

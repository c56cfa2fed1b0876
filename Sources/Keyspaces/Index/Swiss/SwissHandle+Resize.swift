// Growth, shrinking and the rehash in place: everything at once.

extension SwissHandle {
    /// Makes room for one more, where all places that may be taken are full or deleted. At least
    /// 3/32 of them are tombstones where it is worth while to clear these instead of growing, or
    /// the next rehash would follow soon (raw_hash_set).
    @inline(never)
    func makeRoom(_ slab: inout Slab) {
        if count &* 32 <= places &* 25 {
            rehashInPlace()
        } else {
            // One more than the ring may have.
            resize(to: SwissTable.limit(ring) + 1, &slab)
        }
    }

    @inline(never)
    func resize(to entries: Int, _ slab: inout Slab) {
        let old = table.pointee
        let ring = SwissTable.ring(for: entries)
        let memory = slab.allocate(SwissTable.arrayBytes(ring))
        memory.initializeMemory(
            as: UInt8.self, repeating: SwissTable.empty, count: SwissTable.controlBytes(ring))
        memory.storeBytes(of: SwissTable.sentinel, toByteOffset: ring - 1, as: UInt8.self)
        table.pointee = SwissTable(
            control: memory, mask: ring - 1, count: old.count,
            growthLeft: SwissTable.limit(ring) - old.count)
        guard let control = old.control else { return }
        let slots = (control + SwissTable.controlBytes(old.mask + 1))
            .assumingMemoryBound(to: UnsafeMutableRawPointer.self)
        for place in 0..<old.mask {
            let byte = control.load(fromByteOffset: place, as: UInt8.self)
            guard SwissTable.isFull(byte) else { continue }
            let object = KeyedObject(address: slots[place])
            // The tag stays; the home is a longer part of the hash, or a shorter one.
            put(object, firstFree(hash(of: object)), byte)
        }
        slab.freeArray(control, SwissTable.arrayBytes(old.mask + 1))
    }

    /// Clears all tombstones without another array. Full bytes become deleted ones, which then mean
    /// objects that are still to be put in their place, and tombstones empty ones.
    private func rehashInPlace() {
        for place in 0..<places {
            let isFull = SwissTable.isFull(byte(place))
            setByte(place, isFull ? SwissTable.deleted : SwissTable.empty)
        }
        var place = 0
        while place < places {
            if byte(place) != SwissTable.deleted || settle(place) { place += 1 }
        }
        table.pointee.growthLeft = SwissTable.limit(ring) - count
    }

    /// Puts the object at `place`, whose byte says deleted, where a look-up meets it first.
    /// - Returns: false when another is there now that is still to be put in its place.
    private func settle(_ place: Int) -> Bool {
        let object = KeyedObject(address: slot(place).pointee)
        let hash = hash(of: object)
        let tag = SwissTable.tag(hash)
        let target = firstFree(hash)
        let home = SwissTable.Probe(home: home(hash), mask: mask)
        // In the same group of its sequence: no better than where it is.
        if home.distance(to: target) / TagGroup.width == home.distance(to: place) / TagGroup.width {
            setByte(place, tag)
            return true
        }
        if byte(target) == SwissTable.empty {
            put(object, target, tag)
            setByte(place, SwissTable.empty)
            return true
        }
        slot(place).pointee = slot(target).pointee
        put(object, target, tag)
        return false
    }
}

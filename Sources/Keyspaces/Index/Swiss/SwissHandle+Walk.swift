// Cursors, statistics and invariants of a Swiss table.
//
// A cursor is a hash: everything whose hash is smaller has been visited, and it does not matter how
// large the table was then. A call visits the homes of one sixteen:
//
//     homes    [h … h+15]
//     step 0   [h ………………… h+30]                         bytes that look-ups from these homes read
//     step 1             [h+16 ………………… h+46]
//     step 2                                   [h+48 ………… h+78]     …
//
// An entry is met at the step that reads it from its own home, and at no other; the walk goes on
// from a home as long as a look-up would. Each entry on the way is hashed, an entry twice or so per
// scan: what a layout costs that keeps entries by place and not by home.

extension SwissHandle {
    /// Bits of a hash that a cursor has: what is left of 64 beside a hash slot's 14.
    private static var cursorBits: Int { 50 }

    func visit(at cursor: UInt64, _ body: (KeyedObject) -> Void) -> UInt64 {
        guard table.pointee.control != nil else { return 0 }
        let blocks = ring / TagGroup.width
        if blocks == 1 {
            forEachElement(body)
            return 0
        }
        // A block for each value of a cursor's uppermost bits.
        let shift = UInt64(Self.cursorBits - blocks.trailingZeroBitCount)
        let whole = cursor & (1 &<< UInt64(Self.cursorBits) &- 1)
        let block = Int(truncatingIfNeeded: whole &>> shift)
        visitHomes(from: block * TagGroup.width, body)
        return block + 1 == blocks ? 0 : UInt64(block + 1) &<< shift
    }

    /// Objects whose home is `first` or one of the fifteen places after it, in a ring of more than
    /// one group.
    private func visitHomes(from first: Int, _ body: (KeyedObject) -> Void) {
        let width = TagGroup.width
        /// Bit i: look-ups from the i-th home get as far as this step.
        var open = 1 << width - 1
        var probe = SwissTable.Probe(home: first, mask: mask)
        while open != 0 {
            for position in 0..<(2 * width - 1) {
                let place = (probe.offset &+ position) & mask
                guard let object = object(atPlace: place) else { continue }
                let home = home(hash(of: object)) - first
                guard home >= 0, home < width, open & 1 << home != 0 else { continue }
                // In the group that is read from there.
                if position >= home, position < home + width { body(object) }
            }
            for home in Bucket.Positions(bits: open) {
                let group = group((probe.offset &+ home) & mask)
                if group.equal(to: SwissTable.empty, match).bits != 0 { open &= ~(1 << home) }
            }
            probe.advance()
        }
    }

    func addStatistics(to statistics: inout StatisticsSum) {
        addSizesAndProbes(to: &statistics)
    }
}

// MARK: - Invariants

extension SwissHandle {
    func violations(_ name: String) -> [String] {
        guard table.pointee.control != nil else {
            return count == 0 && places == 0 ? [] : ["\(name): entries without an array"]
        }
        var found: [String] = []
        if ring.nonzeroBitCount != 1 { found.append("a ring of \(ring) is no power of two") }
        if byte(mask) != SwissTable.sentinel { found.append("the sentinel is overwritten") }
        for place in 0..<SwissTable.clones where byte(place) != byte(ring + place) {
            found.append("the clone of byte \(place) differs from it")
        }
        var (full, deleted, empty) = (0, 0, 0)
        for place in 0..<places {
            switch byte(place) {
            case SwissTable.empty: empty += 1
            case SwissTable.deleted: deleted += 1
            case let byte where SwissTable.isFull(byte):
                full += 1
                if let fault = fault(at: place, byte) { found.append(fault) }
            default: found.append("byte \(place) means nothing")
            }
        }
        if full != count { found.append("\(count) entries accounted, \(full) found") }
        if empty == 0 { found.append("no byte is empty") }
        let left = table.pointee.growthLeft
        if left != SwissTable.limit(ring) - full - deleted || left < 0 {
            found.append("\(left) places left, with \(full) full and \(deleted) deleted ones")
        }
        return found.map { "\(name): \($0)" }
    }

    /// What is wrong with the entry at `place`.
    private func fault(at place: Int, _ byte: UInt8) -> String? {
        let hash = hash(of: KeyedObject(address: slot(place).pointee))
        if SwissTable.tag(hash) != byte { return "the entry at \(place) has another's tag" }
        var probe = probe(hash)
        for _ in 1..<probeLength(ofPlace: place, hash: hash) {
            if group(probe.offset).equal(to: SwissTable.empty, match).bits != 0 {
                return "a look-up ends before the entry at \(place)"
            }
            probe.advance()
        }
        return nil
    }
}

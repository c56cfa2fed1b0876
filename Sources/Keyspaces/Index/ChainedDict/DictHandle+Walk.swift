// Walking a dict: every chain, or the chains of one cursor position.

extension DictHandle {
    /// Every entry of both halves once.
    func forEachElement(_ body: (Entry) -> Void) {
        forEachChain { _, _, first in
            var next = first
            while let entry = next {
                next = layout.next(entry)
                body(entry)
            }
        }
    }

    /// Every chain, empty ones included, as (half 0 or 1, index, first entry).
    func forEachChain(_ body: (_ half: Int, _ index: Int, _ first: Entry?) -> Void) {
        for (number, half) in [dict.pointee.old, dict.pointee.new].enumerated() {
            guard let heads = half.heads else { continue }
            for index in 0..<half.size { body(number, index, heads[index]) }
        }
    }

    /// Entries at `cursor`, and the cursor after it (0 at the end): the guarantee of
    /// `ScanCursor.visit` holds across resizes.
    func visit(at cursor: UInt64, _ body: (Entry) -> Void) -> UInt64 {
        let old = dict.pointee.old
        let new = dict.pointee.new
        guard old.heads != nil else { return 0 }
        let masks = (old.mask, dict.pointee.isRehashing ? new.mask : nil)
        return ScanCursor.visit(cursor, masks) { isNew, index in
            var next = (isNew ? new : old).heads.unsafelyUnwrapped[index]
            while let entry = next {
                next = layout.next(entry)
                body(entry)
            }
        }
    }

    /// Up to `buffer.count` different entries that lie together at a random place; the chain in
    /// which the buffer fills up has each of its entries in it with the same probability. Gives up,
    /// with fewer, after ten chains per wanted entry.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<Entry>, _ random: inout KeyspaceRandom
    ) -> Int {
        let (old, new) = (dict.pointee.old, dict.pointee.new)
        let wanted = min(buffer.count, count)
        guard wanted > 0 else { return 0 }
        let mask = max(old.mask, isRehashing ? new.mask : 0)
        var index = random.below(mask + 1)
        var (stored, empty) = (0, 0)
        for _ in 0..<(wanted * 10) {
            for half in [old, new] where index < half.size {
                guard var entry = half.heads.unsafelyUnwrapped[index] else {
                    empty += 1
                    // A long empty stretch: try elsewhere (dict.c).
                    if empty >= 5, empty > wanted {
                        index = random.below(mask + 1)
                        empty = 0
                    }
                    continue
                }
                empty = 0
                while true {
                    if stored < wanted {
                        buffer[stored] = entry
                    } else {
                        let place = random.below(stored + 1)
                        if place < wanted { buffer[place] = entry }
                    }
                    stored += 1
                    guard let next = layout.next(entry) else { break }
                    entry = next
                }
                if stored >= wanted { return wanted }
            }
            index = (index &+ 1) & mask
        }
        return stored
    }

    /// Entries in a neighbourhood from which a fair one is drawn (dict.c, GETFAIR_NUM_ENTRIES).
    static var fairSample: Int { 15 }

    /// A fairly chosen entry; nil when the dict is empty.
    func random(_ random: inout KeyspaceRandom) -> Entry? {
        guard count > 0 else { return nil }
        let found = withUnsafeTemporaryAllocation(of: Entry.self, capacity: Self.fairSample) {
            let found = sample($0, &random)
            return found == 0 ? nil : $0[random.below(found)]
        }
        return found ?? anyRandom(&random)
    }

    /// An entry of a random chain, for dicts so sparse that no neighbourhood has entries.
    private func anyRandom(_ random: inout KeyspaceRandom) -> Entry {
        while true {
            let size = dict.pointee.old.size + dict.pointee.new.size
            let index = random.below(size)
            let inOld = index < dict.pointee.old.size
            let half = inOld ? dict.pointee.old : dict.pointee.new
            let place = inOld ? index : index - dict.pointee.old.size
            guard var entry = half.heads.unsafelyUnwrapped[place] else { continue }
            var (chosen, length) = (entry, 1)
            while let next = layout.next(entry) {
                entry = next
                length += 1
                if random.below(length) == 0 { chosen = entry }
            }
            return chosen
        }
    }

    func addStatistics(to statistics: inout StatisticsSum) {
        forEachChain { _, _, first in
            var length = 0
            var next = first
            while let entry = next {
                next = layout.next(entry)
                length += 1
            }
            statistics.addChain(length)
        }
        let old = dict.pointee.old
        statistics.add(
            count: count, capacity: old.size + dict.pointee.new.size,
            moved: isRehashing ? dict.pointee.rehashIndex : nil, of: old.size)
    }

    /// Struct and arrays, counted anew.
    func recount(_ tally: inout Tally) {
        tally.add(ChainedDict.structSize + policy.metadataSize)
        let arrays = dict.pointee.arrayBytes
        if arrays.old > 0 { tally.add(arrays.old) }
        if arrays.new > 0 { tally.add(arrays.new) }
    }

    func violations(_ name: String) -> [String] {
        var found: [String] = []
        let old = dict.pointee.old
        let new = dict.pointee.new
        var counts = [0, 0]
        forEachChain { half, index, first in
            if half == 0, first != nil, index < dict.pointee.rehashIndex {
                found.append("\(name): chain \(index) is below the rehash index and not empty")
            }
            var next = first
            while let entry = next {
                next = layout.next(entry)
                counts[half] += 1
                let hash = hasher.hash(SDS.bytes(layout.key(entry)))
                let home = Int(truncatingIfNeeded: hash) & (half == 0 ? old : new).mask
                if home != index {
                    found.append("\(name): an entry of chain \(home) is in \(index), half \(half)")
                }
            }
        }
        if counts != [old.used, new.used] {
            found.append("\(name): \(old.used) + \(new.used) entries accounted, \(counts) found")
        }
        if isRehashing != (new.heads != nil) {
            found.append("\(name): a second array exactly while rehashing does not hold")
        }
        for half in [old, new] where half.heads != nil {
            if half.size < ChainedDict.initialSize || half.size.nonzeroBitCount != 1 {
                found.append("\(name): \(half.size) chains are not a power of two of at least 4")
            }
        }
        if isRehashing, dict.pointee.rehashIndex >= old.size {
            found.append("\(name): the rehash index is beyond the old array")
        }
        return found
    }
}

// Walking a dict: every chain, or the chains of one cursor position.

extension DictStore {
    /// Every entry of both halves once.
    func forEachEntry(_ body: (Entry) -> Void) {
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

    func addStatistics(to statistics: inout KeyspaceStatistics) {
        var lengths: [Int] = []
        forEachChain { _, _, first in
            var length = 0
            var next = first
            while let entry = next {
                next = layout.next(entry)
                length += 1
            }
            while lengths.count <= length { lengths.append(0) }
            lengths[length] += 1
        }
        let old = dict.pointee.old
        statistics.chainLengths = lengths
        statistics.capacity = old.size + dict.pointee.new.size
        statistics.loadFactor =
            statistics.capacity == 0 ? 0 : Double(count) / Double(statistics.capacity)
        if isRehashing {
            statistics.rehashProgress = Double(dict.pointee.rehashIndex) / Double(old.size)
        }
    }

    /// Struct, arrays and entries, counted anew.
    func recount(_ tally: inout Tally) {
        tally.add(ChainedDict.structSize)
        let arrays = dict.pointee.arrayBytes
        if arrays.old > 0 { tally.add(arrays.old) }
        if arrays.new > 0 { tally.add(arrays.new) }
        forEachEntry { _ in tally.add(layout.size) }
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

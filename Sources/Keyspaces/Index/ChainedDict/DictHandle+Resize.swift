// Growth, shrinking and the incremental move between the two arrays.
//
// The old array is held until the last chain has moved, which is the sawtooth of bytes per entry;
// freeing it is one munmap when it is large.

extension DictHandle {
    /// Doubles (or makes the first array) when there are as many entries as chains.
    func growIfNeeded(_ slab: inout Slab) {
        let old = dict.pointee.old
        if dict.pointee.isRehashing || old.used < old.size { return }
        resize(to: old.size == 0 ? ChainedDict.initialSize : old.used + 1, &slab)
    }

    /// Makes room for so many entries at once, if that is more than there is (dictExpand).
    func expand(to entries: Int, _ slab: inout Slab) {
        let old = dict.pointee.old
        guard !dict.pointee.isRehashing, entries > old.size else { return }
        resize(to: entries, &slab)
    }

    /// Starts a shrink of a sparse dict.
    func shrinkIfNeeded(_ slab: inout Slab) {
        let old = dict.pointee.old
        guard !dict.pointee.isRehashing, old.size > ChainedDict.initialSize,
            policy.isSparse(old.used, old.size)
        else { return }
        resize(to: old.used, &slab)
    }

    /// Starts the move to an array of at least `entries` chains.
    @inline(never)
    private func resize(to entries: Int, _ slab: inout Slab) {
        var size = ChainedDict.initialSize
        while size < entries { size *= 2 }
        if size == dict.pointee.old.size { return }
        let memory = slab.allocateZeroed(size * 8)
        let heads = memory.bindMemory(to: Entry?.self, capacity: size)
        let half = ChainedDict.Half(heads: heads, mask: size - 1)
        if dict.pointee.old.heads == nil {
            dict.pointee.old = half
        } else {
            dict.pointee.new = half
            dict.pointee.rehashIndex = 0
        }
    }

    /// Moves a chain on behalf of a look-up: where the policy says so the one that the look-up is
    /// about to walk, whose lines it needs anyway.
    func rehashStep(near hash: UInt64, _ slab: inout Slab) {
        let old = dict.pointee.old
        let index = Int(truncatingIfNeeded: hash) & old.mask
        guard policy.rehashesTouched, index >= dict.pointee.rehashIndex,
            old.heads.unsafelyUnwrapped[index] != nil
        else { return rehashStep(&slab) }
        moveChain(index, &slab)
        if dict.pointee.old.used == 0 { finishRehash(&slab) }
    }

    /// Moves the next chain, passing few empty ones. Only while a resize is in progress.
    @inline(never)
    func rehashStep(_ slab: inout Slab) {
        let heads = dict.pointee.old.heads.unsafelyUnwrapped
        if dict.pointee.old.used != 0 {
            var index = dict.pointee.rehashIndex
            var emptyVisits = ChainedDict.emptyVisitsPerStep
            while heads[index] == nil {
                index &+= 1
                emptyVisits &-= 1
                if emptyVisits == 0 {
                    dict.pointee.rehashIndex = index
                    return
                }
            }
            moveChain(index, &slab)
            dict.pointee.rehashIndex = index &+ 1
        }
        if dict.pointee.old.used == 0 { finishRehash(&slab) }
    }

    private func moveChain(_ index: Int, _ slab: inout Slab) {
        let source = dict.pointee.old.heads.unsafelyUnwrapped + index
        let grows = dict.pointee.new.mask > dict.pointee.old.mask
        var moved = 0
        var next = source.pointee
        while let entry = next {
            next = layout.next(entry)
            // A smaller index is a part of the old one; only a larger one needs the key again.
            let hash = grows ? hasher.hash(SDS.bytes(layout.key(entry))) : UInt64(index)
            let head = dict.pointee.new.head(hash)
            head.pointee = layout.linked(entry, before: head.pointee, &slab)
            moved &+= 1
        }
        source.pointee = nil
        dict.pointee.old.used &-= moved
        dict.pointee.new.used &+= moved
    }

    private func finishRehash(_ slab: inout Slab) {
        let old = dict.pointee.old
        slab.freeArray(UnsafeMutableRawPointer(old.heads.unsafelyUnwrapped), old.size * 8)
        dict.pointee.old = dict.pointee.new
        dict.pointee.new = ChainedDict.Half()
        dict.pointee.rehashIndex = -1
    }

    /// Moves batches of chains until the resize ends or the clock passes `deadline`.
    func rehash(until deadline: Deadline, _ slab: inout Slab) {
        while dict.pointee.isRehashing {
            // The servers' batch: the clock costs as much as several steps.
            for _ in 0..<100 where dict.pointee.isRehashing { rehashStep(&slab) }
            if deadline.hasPassed { return }
        }
    }
}

// MARK: - The end of a dict

extension DictHandle {
    /// Takes entries out for good, chain after chain from `cursor` on, until `limit` were handed to
    /// `body`, which frees them; the dict is then only good to be drained further and freed.
    /// - Returns: true when none is left.
    func drain(
        _ cursor: inout Int, limit: Int, _ slab: inout Slab,
        _ body: (Entry, inout Slab) -> Void
    ) -> Bool {
        let oldSize = dict.pointee.old.size
        let total = oldSize &+ dict.pointee.new.size
        var taken = 0
        while cursor < total, taken < limit {
            let isNew = cursor >= oldSize
            let index = isNew ? cursor &- oldSize : cursor
            taken &+=
                isNew
                ? drainChain(index, &dict.pointee.new, &slab, body)
                : drainChain(index, &dict.pointee.old, &slab, body)
            cursor &+= 1
        }
        return cursor == total
    }

    private func drainChain(
        _ index: Int, _ half: inout ChainedDict.Half, _ slab: inout Slab,
        _ body: (Entry, inout Slab) -> Void
    ) -> Int {
        let head = half.heads.unsafelyUnwrapped + index
        var taken = 0
        var next = head.pointee
        while let entry = next {
            next = layout.next(entry)
            body(entry, &slab)
            taken &+= 1
        }
        head.pointee = nil
        half.used &-= taken
        return taken
    }
}

// Growth, shrinking and the incremental move between the two arrays.

extension BucketHandle {
    /// Starts a growth, if one more entry would exceed the fill that is allowed.
    func growIfNeeded(_ slab: inout Slab) {
        let needed = count &+ 1
        let newest = table.pointee.newest
        if needed <= newest.capacity { return }
        let shrinks = isRehashing && newest.mask < table.pointee.old.mask
        if shrinks && policy.abortsShrink {
            let bearable = newest.capacity * BucketTable.fillMaxShrinking / 100
            if needed > bearable { turnShrinkRound() }
            return
        }
        resize(to: needed, &slab)
    }

    /// Starts a shrink of a sparse table.
    func shrinkIfNeeded(_ slab: inout Slab) {
        let old = table.pointee.old
        guard !isRehashing, old.used &* 100 <= old.capacity &* BucketTable.fillMin else { return }
        resize(to: old.used, &slab)
    }

    /// Makes room for so many entries at once, if that is more than there is.
    func expand(to entries: Int, _ slab: inout Slab) {
        if BucketTable.buckets(for: entries) > table.pointee.newest.size {
            resize(to: entries, &slab)
        }
    }

    /// A shrink that met a flood of inserts: the small array becomes the one to empty.
    private func turnShrinkRound() {
        swap(&table.pointee.old, &table.pointee.new)
        table.pointee.rehashIndex = 0
    }

    /// Starts the move to an array for `entries`, after ending one that is under way.
    @inline(never)
    private func resize(to entries: Int, _ slab: inout Slab) {
        while isRehashing { rehashStep(&slab) }
        let size = BucketTable.buckets(for: entries)
        if size == table.pointee.old.size { return }
        var half = BucketTable.Half()
        if size > 0 {
            half.buckets = slab.allocateZeroed(size * Bucket.size)
            half.mask = size - 1
        }
        table.pointee.new = half
        table.pointee.rehashIndex = 0
        // Nothing to move: done at once, and a table without entries has no array.
        if table.pointee.old.used == 0 { finishRehash(&slab) }
    }

    /// Moves the next chain. Only while a resize is in progress.
    @inline(never)
    func rehashStep(_ slab: inout Slab) {
        let shrinks = table.pointee.new.mask < table.pointee.old.mask
        var emptyVisits = BucketTable.emptyVisitsPerStep
        var index = table.pointee.rehashIndex
        let old = table.pointee.old
        // A table being shrunk is mostly empty: passing its empty buckets one per look-up would
        // take long after the last entry has moved.
        while shrinks, emptyVisits > 0, index &+ 1 < old.size, old.bucket(index).isEmpty {
            index &+= 1
            emptyVisits &-= 1
        }
        moveChain(index, shrinks: shrinks, &slab)
        table.pointee.rehashIndex = index &+ 1
        if index &+ 1 == old.size { finishRehash(&slab) }
    }

    func key(in entry: Entry) -> Bytes { SDS.bytes(entries.keyString(entry)) }

    private func moveChain(_ index: Int, shrinks: Bool, _ slab: inout Slab) {
        let home = table.pointee.old.bucket(index)
        var next: Bucket? = home
        while let bucket = next {
            next = bucket.next
            let present = bucket.presence
            if policy.looksAhead, !shrinks {
                for position in present { prefetch(bucket.entry(position)) }
            }
            for position in present {
                let entry = bucket.entry(position)
                // A smaller index is a part of the old one; only a larger one needs the key again.
                let hash = shrinks ? UInt64(index) : entries.hash(of: entry, hasher)
                place(entry, hash, bucket.tag(position), &table.pointee.new, &slab)
            }
            table.pointee.old.used &-= present.bits.nonzeroBitCount
            if bucket.address != home.address {
                slab.free(bucket.address, Bucket.size)
                table.pointee.old.children &-= 1
            }
        }
        home.clear()
    }

    /// A step of a resize that is under way, or begins a shrink that is due; true while there is
    /// more to do.
    func stepResize(_ slab: inout Slab) -> Bool {
        if isRehashing {
            rehashStep(&slab)
        } else if count > 0 {
            shrinkIfNeeded(&slab)
        }
        return isRehashing
    }

    private func finishRehash(_ slab: inout Slab) {
        let old = table.pointee.old
        if let buckets = old.buckets { slab.freeArray(buckets, old.arrayBytes) }
        table.pointee.old = table.pointee.new
        table.pointee.new = BucketTable.Half()
        table.pointee.rehashIndex = -1
    }

    /// Moves batches of chains until the resize ends or the clock passes `deadline`.
    func rehash(until deadline: Deadline, _ slab: inout Slab) {
        while isRehashing {
            // The clock costs as much as several steps.
            for _ in 0..<100 where isRehashing { rehashStep(&slab) }
            if deadline.hasPassed { return }
        }
    }
}

// MARK: - The end of a table

extension BucketHandle {
    /// Takes entries out for good, chain after chain from `cursor` on, until `limit` were handed to
    /// `body`, which frees them; the table is then only good to be drained further and freed.
    /// - Returns: true when none is left.
    func drain(
        _ cursor: inout Int, limit: Int, _ slab: inout Slab,
        _ body: (Entry, inout Slab) -> Void
    ) -> Bool {
        let oldSize = table.pointee.old.size
        let total = oldSize &+ table.pointee.new.size
        var taken = 0
        while cursor < total, taken < limit {
            let isNew = cursor >= oldSize
            let index = isNew ? cursor &- oldSize : cursor
            taken &+=
                isNew
                ? drainChain(index, &table.pointee.new, &slab, body)
                : drainChain(index, &table.pointee.old, &slab, body)
            cursor &+= 1
        }
        return cursor == total
    }

    private func drainChain(
        _ index: Int, _ half: inout BucketTable.Half, _ slab: inout Slab,
        _ body: (Entry, inout Slab) -> Void
    ) -> Int {
        let home = half.bucket(index)
        var taken = 0
        var next: Bucket? = home
        while let bucket = next {
            next = bucket.next
            for position in bucket.presence {
                body(bucket.entry(position), &slab)
                taken &+= 1
            }
            if bucket.address != home.address {
                slab.free(bucket.address, Bucket.size)
                half.children &-= 1
            }
        }
        home.clear()
        half.used &-= taken
        return taken
    }
}

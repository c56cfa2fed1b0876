// What the log and the index cost now and then: pages are compacted, the index doubles; and what a
// server's timer does.
//
// Shares are of the pages behind the one that is appended to:
//
//     a write that added a page   four pages, while half of the log is dead
//     background work             all, while a quarter is
//     an eviction                 all, while an eighth is, and at least a page: memory is what it
//                                 is about, and less would copy seven bytes to win one
//
// A page is given up if an eighth of it is dead. With such a share of all there is always one.

extension TsavoriteKeyspace: SampledExpiry {
    /// A page of which a smaller part is dead is not worth copying.
    private static let deadPartMin = 8
    private static let pagesPerWrite = 4
    /// Pages between two looks at the clock.
    private static let pagesPerLook = 8

    /// Whether one part in `parts` of the settled log is dead, and a page's worth.
    private func isDead(_ parts: Int) -> Bool {
        let (dead, used) = log.settled
        return dead >= TsavoriteLog.pageMin && dead * parts >= used
    }

    /// After a write: while half is dead, faster than it dies.
    @inline(__always)
    mutating func compactAfterGrowth() {
        if log.hasGrown { compactWhatDied() }
    }

    @inline(never)
    private mutating func compactWhatDied() {
        if isDead(2) { compact(pages: Self.pagesPerWrite) }
        log.hasGrown = false
    }

    /// After an eviction: as soon as it pays.
    mutating func compactForRoom() {
        if isDead(Self.deadPartMin) { compact(pages: .max) }
    }

    /// Gives up to `pages` pages up, going round.
    private mutating func compact(pages: Int) {
        var left = pages
        for _ in 0..<log.frameCount where left > 0 {
            compactionHand += 1
            if compactionHand >= log.frameCount { compactionHand = 1 }
            guard compactionHand < log.frameCount, compactionHand != log.tail else { continue }
            let frame = log.frames[compactionHand]
            guard frame.base != nil, frame.dead * Self.deadPartMin >= Int(frame.used) else {
                continue
            }
            compact(compactionHand, frame)
            left -= 1
        }
    }

    /// Appends what lives in a page, and gives it up.
    private mutating func compact(_ page: Int, _ frame: TsavoriteLog.Frame) {
        TsavoriteLog.forEachRecord(of: frame) { record in
            if record.isDead { return }
            let size = record.shape.size
            let copy = log.allocate(size, &slab)
            copiedBytes &+= size
            log.record(copy).copy(record)
            if let found = peekFound(keys.key(record.key)) { redirect(found, to: copy) }
        }
        log.release(page, &slab)
    }

    // MARK: Index

    /// Doubles the index: all at once.
    @inline(never)
    mutating func growIndex() {
        let old = index
        var wider = TsavoriteIndex(size: old.size * 2, &slab)
        for bucket in 0..<old.size {
            var next: TsavoriteIndex.Entry? = old.bucket(bucket)
            while let line = next {
                for place in 0..<TsavoriteIndex.entries {
                    enterChain(TsavoriteIndex.address(line[place]), in: &wider)
                }
                next = TsavoriteIndex.overflow(line)
            }
        }
        old.free(&slab)
        index = wider
    }

    /// Enters a chain's records one by one: they part by the next bit of their hashes.
    private mutating func enterChain(_ first: UInt64, in wider: inout TsavoriteIndex) {
        var address = first
        while address != 0 {
            let record = log.record(address)
            let next = record.previous
            let hash = keys.hasher.hash(record.key)
            let entry = wider.find(hash) ?? wider.claim(hash, &slab)
            record.previous = TsavoriteIndex.address(entry.pointee)
            entry.pointee = TsavoriteIndex.word(hash, address)
            address = next
        }
    }

    // MARK: Background

    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        let start = Deadline.now()
        if expiringCount != 0 {
            // At most half of the time, so that a flood of expiries does not stall a compaction.
            expireSome(until: Deadline(start + UInt64(budgetMicroseconds) * 500))
        }
        let deadline = Deadline(start + UInt64(budgetMicroseconds) * 1000)
        while isDead(4) {
            compact(pages: Self.pagesPerLook)
            if deadline.hasPassed { break }
        }
        return isDead(4)
    }

    mutating func expireNext(_ cycle: inout ActiveExpiry.Cycle) {
        withUnsafeTemporaryAllocation(of: TsavoriteRecord.self, capacity: ActiveExpiry.batch) {
            batch in
            let due = collectDue(batch)
            for record in batch[..<due.found] {
                let key = keys.key(record.key)
                if let found = peekFound(key) { delete(found, key.slot) }
            }
            expiredCount += due.found
            // A bucket with more than a batch of expired entries is visited again.
            if due.found < batch.count { expiryCursor = due.next }
            cycle.add(sampled: due.sampled, expired: due.found)
        }
    }

    /// Fills `batch` with records at the cursor whose time has come.
    /// - Returns: how many those are, how many expiries were looked at, and the cursor after them.
    private func collectDue(
        _ batch: UnsafeMutableBufferPointer<TsavoriteRecord>
    ) -> (found: Int, sampled: Int, next: UInt64) {
        var found = 0
        var sampled = 0
        let next = visit(at: expiryCursor) { record in
            guard let time = record.time else { return }
            sampled += 1
            if time < now, found < batch.count {
                batch[found] = record
                found += 1
            }
        }
        return (found, sampled, next)
    }
}

// What a shared store costs now and then: pages of which much is dead are given up, the index
// doubles, and entries whose time has come go. All of it is done between two batches.
//
// Shares are of all bytes in the log:
//
//     after a batch that began a page   four pages, while half is dead
//     background work                   all, while a quarter is
//
// A page is given up if an eighth of it is dead. What lives in it is appended to the page of the
// thread that compacts, each record under the exclusive latch of its bucket, while others go on.
// One thread compacts at a time; whoever wanted to meanwhile has no need to.
import Synchronization

extension ConcurrentKeyspace {
    /// A page of which a smaller part is dead is not worth copying.
    private static let deadPartMin = 8
    private static let pagesPerBatch = 4
    /// Pages between two looks at the clock.
    private static let pagesPerLook = 8

    /// Whether one part in `parts` of the log is dead.
    private func isDead(_ parts: Int) -> Bool {
        let dead = store.deadBytes
        return dead >= LogPage.bytes && dead * parts >= store.usedBytes
    }

    /// Outside, without a latch.
    @inline(never)
    func doChores() {
        seat.pointee.inserts = 0
        store.growIfFull(seat)
        if seat.pointee.hasGrown {
            if isDead(2) { _ = compact(pages: Self.pagesPerBatch) }
            // The copies may have begun another.
            seat.pointee.hasGrown = false
        }
        if seat.pointee.awaitsReaders { reclaim() }
    }

    /// Inside, like all that changes what the store takes: who counts it anew stops it.
    private func reclaim() {
        enter()
        seat.pointee.awaitsReaders = store.reclaim()
        rest()
    }

    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        rest()
        let start = Deadline.now()
        doChores()
        if expiringCount != 0 {
            // At most half of the time, so that a flood of expiries does not stall a compaction.
            expireSome(until: Deadline(start + UInt64(budgetMicroseconds) * 500))
        }
        let deadline = Deadline(start + UInt64(budgetMicroseconds) * 1000)
        while isDead(4) {
            // What is dead in pages that are not full yet stays.
            if compact(pages: Self.pagesPerLook) == 0 { break }
            if deadline.hasPassed { return isDead(4) }
        }
        reclaim()
        return false
    }

    // MARK: Compaction

    /// Gives up to `pages` pages up, going round, unless another thread does.
    /// - Returns: how many.
    private func compact(pages: Int) -> Int {
        guard store.beginCompaction() else { return 0 }
        defer { store.endCompaction() }
        for done in 0..<pages {
            // Nobody can remove everything from here on, the page included.
            enter()
            guard let page = store.memory.nextPage(deadParts: Self.deadPartMin) else {
                rest()
                return done
            }
            compact(page)
            rest()
        }
        return pages
    }

    private func compact(_ page: LogPage) {
        page.forEachRecord { record in
            if record.isDead { return }
            let key = store.keys.key(record.key)
            let bucket = latchExclusively(key)
            if !record.isDead, let found = locate(key, in: bucket) {
                if isDue(record) { expire(found) } else { copy(found) }
            }
            BucketLatch.release(seat)
        }
        seat.pointee.used.addOwn(-page.used)
        seat.pointee.dead.addOwn(-page.used)
        store.retire(page)
        seat.pointee.awaitsReaders = true
    }

    private func copy(_ found: Found) {
        let old = found.record
        let content = ConcurrentRecord.Content(
            key: old.key, value: old.value, kind: old.kind, time: old.time)
        seat.pointee.copied.addOwn(content.shape.size)
        move(found, content)
    }

    // MARK: Expiry

    /// Looks at expiries from where the last call stopped and removes those whose time has come;
    /// goes on while more than a tenth of a sample had.
    private mutating func expireSome(until deadline: Deadline) {
        var cycle: ActiveExpiry.Cycle
        repeat {
            cycle = ActiveExpiry.Cycle()
            while cycle.wantsMore, expiringCount != 0 { expireNext(&cycle) }
        } while cycle.foundMany && !deadline.hasPassed
        rest()
    }

    /// One bucket.
    private mutating func expireNext(_ cycle: inout ActiveExpiry.Cycle) {
        var (sampled, due) = (0, 0)
        enter()
        let index = store.index.pointee
        expiryCursor = ScanCursor.visit(expiryCursor, (old: index.mask, new: nil)) { _, number in
            let bucket = index.bucket(number)
            // Its number stands for its hash: no key has to be at hand for the latch.
            latchExclusively(
                Key(bytes: Bytes(start: nil, count: 0), hash: UInt64(number)))
            ConcurrentIndex.forEachRecord(of: bucket) { record in
                guard record.time != nil else { return }
                sampled += 1
                guard isDue(record), let found = locate(store.keys.key(record.key), in: bucket)
                else { return }
                expire(found)
                due += 1
            }
        }
        rest()
        cycle.add(sampled: sampled, expired: due)
    }
}

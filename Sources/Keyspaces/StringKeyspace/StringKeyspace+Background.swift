// What a server's timer does for a keyspace: shrink, rehash, look for expired entries.

extension StringKeyspace where Layout: ~Copyable {
    mutating func maintain(budgetMicroseconds: Int) -> Bool {
        let start = Deadline.now()
        if expires.count != 0 {
            // At most half of the time, so that a flood of expiries does not stall a resize.
            expireSome(until: Deadline(start + UInt64(budgetMicroseconds) * 500))
        }
        let deadline = Deadline(start + UInt64(budgetMicroseconds) * 1000)
        main.rightsize(until: deadline, &slab)
        expires.rightsize(until: deadline, &slab)
        main.rehash(until: deadline, &slab)
        if main.isSettled { expires.rehash(until: deadline, &slab) }
        return !isSettled || !main.isRightsized || !expires.isRightsized
    }

    var isSettled: Bool { main.isSettled && expires.isSettled }

    /// Samples expiries from where the last call stopped and removes those whose time has come;
    /// goes on while more than a tenth of a sample had.
    private mutating func expireSome(until deadline: Deadline) {
        var cycle: ActiveExpiry.Cycle
        repeat {
            cycle = ActiveExpiry.Cycle()
            while cycle.wantsMore, expires.count != 0 { expireNext(&cycle) }
        } while cycle.foundMany && !deadline.hasPassed
    }

    private mutating func expireNext(_ cycle: inout ActiveExpiry.Cycle) {
        withUnsafeTemporaryAllocation(of: Element.self, capacity: ActiveExpiry.batch) { batch in
            let due = collectDue(batch)
            for element in batch[..<due.found] {
                delete(keys.key(layout.key(ofExpiry: element)))
            }
            expiredCount += due.found
            // A chain with more than a batch of expired entries is visited again.
            if due.found < batch.count { expiryCursor = due.next }
            cycle.add(sampled: due.sampled, expired: due.found)
        }
    }

    /// Fills `batch` with expiries at the cursor whose time has come.
    /// - Returns: how many those are, how many expiries were looked at, and the cursor after them.
    private func collectDue(
        _ batch: UnsafeMutableBufferPointer<Element>
    ) -> (found: Int, sampled: Int, next: UInt64) {
        var found = 0
        var sampled = 0
        let next = expires.visit(at: expiryCursor) { element in
            sampled += 1
            if layout.time(ofExpiry: element) < now, found < batch.count {
                batch[found] = element
                found += 1
            }
        }
        return (found, sampled, next)
    }
}

// What a server's timer does for a compact keyspace: buckets that are due, and entries that have
// ended.

extension CompactKeyspace: SampledExpiry {
    /// Buckets between two looks at the clock.
    private static var stepsPerLook: Int { 8 }

    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        let start = Deadline.now()
        if expiringCount != 0 {
            // At most half of the time, so that a flood of expiries does not stall a resize.
            expireSome(until: Deadline(start + UInt64(budgetMicroseconds) * 500))
        }
        let deadline = Deadline(start + UInt64(budgetMicroseconds) * 1000)
        repeat {
            for _ in 0..<Self.stepsPerLook where !isSettled { stepSome() }
        } while !isSettled && !deadline.hasPassed
        return !isSettled
    }

    /// A step of a table that is due.
    private mutating func stepSome() {
        let slot = slots.resizing?.pointee.slot ?? 0
        if let table = handle(slot) { step(table, slot) }
    }

    // MARK: Expiry

    mutating func expireNext(_ cycle: inout ActiveExpiry.Cycle) {
        var position: (slot: Int, cursor: UInt64) = (0, 0)
        var found = (timed: 0, ended: 0)
        let time = now
        let traits = traits
        let next = slots.step(expiryCursor) { slot, table, cursor in
            let table = CompactHandle(table, traits)
            position = (slot, cursor)
            let met = table.expiries(at: cursor, before: time)
            found = (met.timed, met.ended)
            return met.next
        }
        let removed = min(found.ended, ActiveExpiry.batch)
        for _ in 0..<removed {
            guard let ended = handle(position.slot)?.ended(at: position.cursor, before: now) else {
                break
            }
            remove(ended.place, hash: ended.hash, position.slot)
        }
        expiredCount &+= removed
        // A bucket with more than a batch of ended entries is visited again.
        if found.ended <= ActiveExpiry.batch { expiryCursor = next }
        cycle.add(sampled: found.timed, expired: removed)
    }
}

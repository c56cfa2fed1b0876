// What a server's timer does for this keyspace: rehash, look for expired entries.

extension BucketTableKeyspace {
    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
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

    public var isSettled: Bool { main.isSettled && expires.isSettled }

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
        let time = now
        withUnsafeTemporaryAllocation(of: KeyedObject.self, capacity: ActiveExpiry.batch) { batch in
            var found = 0
            var sampled = 0
            let next = expires.visit(at: expiryCursor) { object in
                sampled += 1
                if object.expiry < time, found < batch.count {
                    batch[found] = object
                    found += 1
                }
            }
            for object in batch[..<found] {
                let key = key(object.key)
                if let position = main.find(key, &slab) { delete(key, at: position) }
            }
            expiredCount += found
            // A chain with more than a batch of expired entries is visited again.
            if found < batch.count { expiryCursor = next }
            cycle.add(sampled: sampled, expired: found)
        }
    }
}

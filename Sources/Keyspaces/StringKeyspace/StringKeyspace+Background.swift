// What a server's timer does for a keyspace: shrink, rehash, look for expired entries.

extension StringKeyspace where Layout: ~Copyable {
    mutating func maintain(budgetMicroseconds: Int) -> Bool {
        let start = Deadline.now()
        if expires.count != 0 {
            // At most half of the time, so that a flood of expiries does not stall a resize.
            expireSome(until: Deadline(start + UInt64(budgetMicroseconds) * 500))
        }
        if values.timedHashes != 0 { expireFields() }
        let deadline = Deadline(start + UInt64(budgetMicroseconds) * 1000)
        if !values.isBuried { values.bury(until: deadline) }
        main.rightsize(until: deadline, &values.slab)
        expires.rightsize(until: deadline, &values.slab)
        main.rehash(until: deadline, &values.slab)
        if main.isSettled { expires.rehash(until: deadline, &values.slab) }
        return !isSettled || !main.isRightsized || !expires.isRightsized
    }

    var isSettled: Bool { main.isSettled && expires.isSettled && values.isBuried }

    /// Takes fields that ended out of hashes, from where the last call stopped, and the hashes that
    /// have none left then.
    private mutating func expireFields() {
        for _ in 0..<ActiveExpiry.Cycle.positionsMax where values.timedHashes != 0 {
            var hashes: [(key: [UInt8], hash: CollectionObject)] = []
            fieldCursor = main.visit(at: fieldCursor) { element in
                let object = layout.object(of: element)
                guard object.isCollection else { return }
                let collection = CollectionObject(object: object.address)
                guard collection.type == .hash else { return }
                hashes.append((Array(layout.key(of: element)), collection))
            }
            for (key, hash) in hashes {
                while values.expireFields(of: hash, limit: ActiveExpiry.batch) > 0 {}
                guard values.length(of: hash) == 0 else { continue }
                key.withUnsafeBytes { delete(keys.key($0)) }
            }
            if fieldCursor == 0 { return }
        }
    }

    mutating func expireNext(_ cycle: inout ActiveExpiry.Cycle) {
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

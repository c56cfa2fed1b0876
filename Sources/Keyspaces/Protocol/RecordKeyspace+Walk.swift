// Walks by bucket over records, random keys, and what must hold of every record.

/// What a walk over all records finds.
struct RecordSum {
    var entries = 0
    var expiring = 0
    /// Of the records.
    var bytes = 0
    /// Of the index, buckets' first ones included.
    var lines = 0
    /// Keys of each slot, in cluster mode.
    var bySlot: [Int: Int] = [:]
}

extension RecordKeyspace where Self: ~Copyable {
    /// The records of one bucket, and the cursor after it.
    func visit(at cursor: UInt64, _ body: (Found.Record) -> Void) -> UInt64 {
        ScanCursor.visit(cursor, (old: index.mask, new: nil)) { _, bucket in
            forEachRecord(of: bucket, body)
        }
    }

    func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        for bucket in 0...index.mask {
            forEachRecord(of: bucket) { body($0.key, $0.view, Expiry($0.time)) }
        }
    }

    func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        scan(cursor, count: count) { cursor, met in
            visit(at: cursor) { record in
                met += 1
                if hasExpired(record) { return }
                body(record.key, record.view, Expiry(record.time))
            }
        }
    }

    mutating func randomKey() -> Bytes? {
        while let record = randomRecord() {
            guard hasExpired(record) else { return record.key }
            let key = keys.key(record.key)
            guard let found = peekFound(key) else { return nil }
            delete(found, key.slot)
            expiredCount &+= 1
        }
        return nil
    }

    // MARK: Proof

    func invariantViolations() -> [String] {
        var found = storeViolations()
        var sum = RecordSum()
        for bucket in 0...index.mask { checkBucket(bucket, &sum, &found) }
        if sum.entries != count { found.append("\(count) entries accounted, \(sum.entries) found") }
        if sum.expiring != expiringCount {
            found.append("\(expiringCount) expiries accounted, \(sum.expiring) found")
        }
        if sum.bytes != liveBytes {
            found.append("\(liveBytes) bytes live, the index leads to \(sum.bytes)")
        }
        let behind = sum.lines - index.mask - 1
        if behind != index.overflows {
            found.append("\(index.overflows) lines behind others accounted, \(behind) found")
        }
        found += slotCounts.violations(sum.bySlot, count: count)
        let counted = recount()
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }

    /// What must hold of a record to which its bucket leads, whatever does so there.
    func check(
        _ record: Found.Record, _ key: Key, in bucket: Int, _ sum: inout RecordSum,
        _ found: inout [String]
    ) {
        if record.isDead { found.append("bucket \(bucket): a dead record") }
        if peekFound(key)?.record.address != record.address {
            found.append("bucket \(bucket): a record is not found by its key")
        }
        sum.entries += 1
        sum.bytes += record.room
        if record.time != nil { sum.expiring += 1 }
        if keys.isCluster { sum.bySlot[key.slot, default: 0] += 1 }
    }
}

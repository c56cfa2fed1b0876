// Walking a table: every chain, or the chains of one cursor position.

extension BucketHandle {
    /// Every chain, empty ones included, as (new half?, bucket number, first bucket).
    func forEachChain(_ body: (_ isNew: Bool, _ index: Int, _ home: Bucket) -> Void) {
        for (isNew, half) in [(false, table.pointee.old), (true, table.pointee.new)] {
            for index in 0..<half.size { body(isNew, index, half.bucket(index)) }
        }
    }

    /// Every object of both halves once. On entering a bucket, the entries of the next one and the
    /// bucket after that are asked for, as the servers' iterators do.
    func forEachElement(_ body: (Entries.Element) -> Void) {
        for half in [table.pointee.old, table.pointee.new] {
            for index in 0..<half.size {
                if index &+ 2 < half.size { prefetch(half.bucket(index &+ 2).address) }
                if index &+ 1 < half.size {
                    let next = half.bucket(index &+ 1)
                    for position in next.presence { prefetch(next.entry(position)) }
                }
                visitChain(half.bucket(index), body)
            }
        }
    }

    private func visitChain(_ home: Bucket, _ body: (Entries.Element) -> Void) {
        var next: Bucket? = home
        while let bucket = next {
            next = bucket.next
            for position in bucket.presence { body(Entries.element(bucket.entry(position))) }
        }
    }

    /// Objects at `cursor`, and the cursor after it (0 at the end): the guarantee of
    /// `ScanCursor.visit` holds across resizes.
    func visit(at cursor: UInt64, _ body: (Entries.Element) -> Void) -> UInt64 {
        let (old, new) = (table.pointee.old, table.pointee.new)
        guard old.buckets != nil else { return 0 }
        let masks = (old.mask, new.buckets == nil ? nil : new.mask)
        return ScanCursor.visit(cursor, masks) { isNew, index in
            visitChain((isNew ? new : old).bucket(index), body)
        }
    }

    /// Up to `buffer.count` entries from a random cursor on; the position at which the buffer fills
    /// up has each of its entries in it with the same probability.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<Entries.Element>, _ random: inout KeyspaceRandom
    ) -> Int {
        let wanted = min(buffer.count, count)
        guard wanted > 0 else { return 0 }
        var seen = 0
        var cursor = random.next()
        while seen < wanted {
            var draw = random
            cursor = visit(at: cursor) { object in
                if seen < wanted {
                    buffer[seen] = object
                } else {
                    let place = draw.below(seen + 1)
                    if place < wanted { buffer[place] = object }
                }
                seen += 1
            }
            random = draw
        }
        return wanted
    }

    /// Entries from which a fair one is drawn: ten buckets' (hashtable.c).
    static var fairSample: Int { Bucket.entries * 10 }

    /// A fairly chosen object; nil when the table is empty.
    func random(_ random: inout KeyspaceRandom) -> Entries.Element? {
        guard count > 0 else { return nil }
        return withUnsafeTemporaryAllocation(of: Entries.Element.self, capacity: Self.fairSample) {
            $0[random.below(sample($0, &random))]
        }
    }

    func addStatistics(to statistics: inout StatisticsSum) {
        forEachChain { _, _, home in
            var length = home.presence.bits == 0 && !home.isChained ? 0 : 1
            statistics.addBucket(home.count)
            var next = home.next
            while let bucket = next {
                next = bucket.next
                length += 1
                statistics.addBucket(bucket.count)
            }
            statistics.addChain(length)
        }
        statistics.add(
            count: count, capacity: capacity,
            moved: isRehashing ? table.pointee.rehashIndex : nil, of: table.pointee.old.size)
    }

    /// Struct, arrays and child buckets, counted anew.
    func recount(_ tally: inout Tally) {
        tally.add(policy.structSize + policy.metadataSize)
        for half in [table.pointee.old, table.pointee.new] where half.size > 0 {
            tally.add(half.arrayBytes)
        }
        forEachChain { _, _, home in
            var next = home.next
            while let bucket = next {
                next = bucket.next
                tally.add(Bucket.size)
            }
        }
    }
}

// MARK: - Invariants

extension BucketHandle {
    func violations(_ name: String) -> [String] {
        var found: [String] = []
        var counts = [0, 0]
        var children = [0, 0]
        forEachChain { isNew, index, home in
            let half = isNew ? 1 : 0
            if !isNew, index < table.pointee.rehashIndex, !home.isEmpty {
                found.append("\(name): bucket \(index) is below the rehash index and not empty")
            }
            var next: Bucket? = home
            while let bucket = next {
                next = bucket.next
                counts[half] += bucket.count
                if bucket.address != home.address { children[half] += 1 }
                found += violations(of: bucket, home, index, isNew: isNew).map { "\(name): \($0)" }
            }
        }
        let (old, new) = (table.pointee.old, table.pointee.new)
        if counts != [old.used, new.used] {
            found.append("\(name): \(old.used) + \(new.used) entries accounted, \(counts) found")
        }
        if children != [old.children, new.children] {
            found.append(
                "\(name): \(old.children) + \(new.children) children accounted, \(children) found")
        }
        if !isRehashing, new.buckets != nil || old.used > old.capacity * 5 {
            found.append("\(name): a second array, or more than 500 % full, at rest")
        }
        for half in [old, new] where half.size > 0 && half.size.nonzeroBitCount != 1 {
            found.append("\(name): \(half.size) buckets are not a power of two")
        }
        if isRehashing, table.pointee.rehashIndex >= old.size {
            found.append("\(name): the rehash index is beyond the old array")
        }
        return found
    }

    private func violations(
        of bucket: Bucket, _ home: Bucket, _ index: Int, isNew: Bool
    ) -> [String] {
        var found: [String] = []
        if Int(bitPattern: bucket.address) % Bucket.size != 0 {
            found.append("a bucket of chain \(index) is not on a cache line")
        }
        if bucket.isChained, !bucket.isFull {
            found.append("a bucket of chain \(index) has a hole before the last bucket")
        }
        if bucket.address != home.address, !bucket.isChained, bucket.count < 2 {
            found.append("the last child of chain \(index) has \(bucket.count) entries")
        }
        let mask = (isNew ? table.pointee.new : table.pointee.old).mask
        for position in bucket.presence {
            let hash = entries.hash(of: bucket.entry(position), hasher)
            if Int(truncatingIfNeeded: hash) & mask != index {
                found.append("an entry in chain \(index) belongs elsewhere")
            }
            if BucketTable.tag(hash) != bucket.tag(position) {
                found.append("an entry in chain \(index) has another entry's tag")
            }
        }
        return found
    }
}

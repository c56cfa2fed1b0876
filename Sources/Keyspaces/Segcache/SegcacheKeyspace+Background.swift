// What a server's timer does, and what the index costs now and then: it doubles.

extension SegcacheKeyspace {
    public mutating func maintain(budgetMicroseconds: Int) -> Bool {
        let start = Deadline.now()
        if expiringCount != 0 {
            // At most half of the time, so that a flood of expiries does not stall merges.
            expireSegments(until: Deadline(start + UInt64(budgetMicroseconds) * 500))
        }
        let deadline = Deadline(start + UInt64(budgetMicroseconds) * 1000)
        while isDead(4) {
            // What is dead may be where no merge wins anything: in buckets' last segments.
            guard compact(runs: Self.runsPerLook) > 0 else { return false }
            if deadline.hasPassed { break }
        }
        return isDead(4)
    }

    /// Gives up segments all of whose items have expired: goes round the buckets of times to live,
    /// one whole round where there is time.
    private mutating func expireSegments(until deadline: Deadline) {
        for _ in 0..<SegcacheTTL.count {
            guard expireSegments(of: expiryHand, until: deadline) else { return }
            expiryHand = (expiryHand + 1) % SegcacheTTL.count
        }
    }

    /// A bucket's segments expire in their order, but for the bucket without an upper end.
    /// - Returns: false where there was no time for all.
    private mutating func expireSegments(of bucket: Int, until deadline: Deadline) -> Bool {
        var number = Int(segments.chain(bucket).first)
        while number != 0 {
            let segment = segments.segment(number)
            let next = segment.next
            if segment.header.pointee.lastTime < now {
                drop(number, isEviction: false)
                if deadline.hasPassed { return false }
            } else if bucket != SegcacheTTL.last {
                return true
            }
            number = next
        }
        return true
    }

    /// Doubles the index: all at once.
    @inline(never)
    mutating func growIndex() {
        let old = index
        var wider = SegcacheIndex(size: old.size * 2, &slab)
        for bucket in 0..<old.size {
            var walk = SegcacheIndex.Walk(old.bucket(bucket))
            repeat {
                for place in 1...walk.lastItem where walk.line[place] != 0 {
                    enter(walk.line[place], in: &wider)
                }
            } while walk.advance()
        }
        old.free(&slab)
        index = wider
    }

    /// Enters an item: a bucket's part by the next bit of their hashes, so that there is room.
    private mutating func enter(_ word: UInt64, in wider: inout SegcacheIndex) {
        let item = segments.item(SegcacheIndex.address(word))
        guard let slot = wider.claim(keys.hasher.hash(item.key), &slab) else {
            preconditionFailure("half of a bucket's items have more lines than all")
        }
        slot.pointee = word
    }
}

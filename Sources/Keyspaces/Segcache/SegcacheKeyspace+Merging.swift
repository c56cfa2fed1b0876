// Merges: a run of neighbouring segments becomes one.
//
//     [a · b · · c][· d e ·][f · · · g]  ──▶  [a b c d e f g]     where items have died
//     [a₃ b₀ c₁ d₉][e₀ f₂ g₀ h₅]         ──▶  [a h d f]           when memory is short
//
// Where items have died, everything that lives is kept. It is done in the call of a write that
// added a segment, while half of all bytes are dead; in the background, while a quarter is; and
// before an eviction, while an eighth is. A run is of four segments at most whose items fit into
// one, and never the last of its bucket, which is appended to.
//
// When memory is short, a run of four segments becomes one of a quarter of their bytes, of two one
// of half, with the items that were looked up most; a segment without neighbours keeps half. What
// has expired goes first. Of the items with the lowest frequency that is kept, the oldest go.
// Frequencies are halved by it, so that what was once in use does not stay for ever. Buckets of
// times to live have their turns one after the other, and go on where they were left.
//
// Policies are what of this they can be:
//
//     allkeys-lru, allkeys-lfu      merges, in all buckets
//     volatile-lru, volatile-lfu    merges, in buckets of entries that expire
//     …-random                      a segment as a whole, any
//     volatile-ttl                  the segment as a whole that expires first
//
// Deviations from Segcache: it finds the frequency to keep while it copies, from the segment's part
// that it has seen; here two passes find it exactly. That frequencies are halved is of this one.
//
// Credits: Segcache's merge-based eviction, and the policies of Pelikan beside it.

extension SegcacheKeyspace {
    /// Segments of a run (Segcache's paper).
    private static let runMax = 4
    /// A segment of which a smaller part is dead is not worth copying.
    private static let deadPartMin = 8
    private static let runsPerWrite = 4
    /// Runs between two looks at the clock.
    static let runsPerLook = 8
    /// Less is not worth a search.
    private static let deadMin = 16 << 10

    /// What of a run is kept.
    private struct Choice {
        /// Items with a higher frequency, and of those with this one the last, are kept.
        var frequency: Int
        /// Bytes of items with this frequency that go first.
        var excess: Int
    }

    // MARK: Dead items

    /// Whether one part in `parts` of all bytes is dead.
    func isDead(_ parts: Int) -> Bool {
        let dead = segments.used - segments.live
        return dead >= Self.deadMin && dead * parts >= segments.used
    }

    /// After a write: while half is dead.
    @inline(__always)
    mutating func compactAfterGrowth() {
        if segments.hasGrown { compactWhatDied() }
    }

    @inline(never)
    private mutating func compactWhatDied() {
        if isDead(2) { _ = compact(runs: Self.runsPerWrite) }
        segments.hasGrown = false
    }

    /// Merges up to `runs` runs with dead items, going round.
    /// - Returns: how many.
    mutating func compact(runs: Int) -> Int {
        var merged = 0
        for _ in 0..<segments.numbers where merged < runs {
            compactionHand += 1
            if compactionHand >= segments.numbers { compactionHand = 1 }
            guard segments.isUsed(compactionHand) else { continue }
            let segment = segments.segment(compactionHand)
            if segment.dead * Self.deadPartMin >= segment.used, compactRun(from: compactionHand) {
                merged += 1
            }
        }
        return merged
    }

    /// - Returns: false, and nothing changed, where that wins no memory.
    private mutating func compactRun(from first: Int) -> Bool {
        let last = Int(segments.chain(segments.segment(first).bucket).last)
        var run: [Int] = []
        var needed = SegcacheSegment.headerBytes
        var bytes = 0
        var number = first
        while number != 0, number != last, run.count < Self.runMax {
            let segment = segments.segment(number)
            if needed + segment.live > SegcacheSegments.segmentMax { break }
            needed += segment.live
            bytes += segment.bytes
            run.append(number)
            number = segment.next
        }
        let room = SizeClasses.size(for: needed, slab.quantum)
        guard room < bytes else { return false }
        merge(run, into: room, nil)
        return true
    }

    // MARK: Evictions

    public mutating func makeRoom(limitBytes: Int) -> Bool {
        while memory.allocated > limitBytes {
            let candidates = evictionPolicy.isVolatile ? expiringCount : count
            guard evictionPolicy != .noeviction, candidates > 0 else { return false }
            if isDead(Self.deadPartMin), compact(runs: 1) > 0 { continue }
            evictSome()
        }
        return true
    }

    /// One segment at least, or a part of one.
    private mutating func evictSome() {
        switch evictionPolicy {
        case .noeviction: break
        case .allkeysRandom, .volatileRandom: drop(randomSegment(), isEviction: true)
        case .volatileTTL: drop(firstToExpire(), isEviction: true)
        case .allkeysLRU, .allkeysLFU, .volatileLRU, .volatileLFU: evictByMerge()
        }
    }

    /// Whether the policy takes items of a bucket.
    private func mayEvict(_ bucket: Int) -> Bool {
        !evictionPolicy.isVolatile || bucket != SegcacheTTL.never
    }

    private func isCandidate(_ number: Int) -> Bool {
        segments.isUsed(number) && mayEvict(segments.segment(number).bucket)
    }

    /// Only where there is a candidate, as below.
    private mutating func randomSegment() -> Int {
        var number = random.below(segments.numbers)
        while !isCandidate(number) { number = (number + 1) % segments.numbers }
        return number
    }

    private func firstToExpire() -> Int {
        var first = 0
        var time = Int64.max
        for number in 1..<segments.numbers where isCandidate(number) {
            let last = segments.segment(number).header.pointee.lastTime
            if first == 0 || last < time { (first, time) = (number, last) }
        }
        return first
    }

    private func nextBucket() -> Int {
        var bucket = evictionHand
        while segments.chain(bucket).first == 0 || !mayEvict(bucket) {
            bucket = (bucket + 1) % SegcacheTTL.count
        }
        return bucket
    }

    private mutating func evictByMerge() {
        let bucket = nextBucket()
        let chain = segments.chain(bucket)
        var run: [Int] = []
        var (live, bytes) = (0, 0)
        var number = Int(chain.hand != 0 ? chain.hand : chain.first)
        while number != 0, run.count < Self.runMax {
            let segment = segments.segment(number)
            // An item with a segment of its own goes alone.
            let isLarge = segment.bytes > SegcacheSegments.segmentMax
            if isLarge, !run.isEmpty { break }
            live += segment.live
            bytes += segment.bytes
            run.append(number)
            number = segment.next
            if isLarge { break }
        }
        let share = live / max(run.count, 2)
        let room = SizeClasses.size(for: SegcacheSegment.headerBytes + share, slab.quantum)
        if room < bytes, room <= SegcacheSegments.segmentMax {
            merge(run, into: room, choice(run, room - SegcacheSegment.headerBytes))
        } else {
            for number in run { drop(number, isEviction: true) }
        }
        segments.setHand(bucket, number)
        evictionHand = (bucket + 1) % SegcacheTTL.count
    }

    /// The items that were looked up most, of so many bytes.
    private func choice(_ run: [Int], _ bytes: Int) -> Choice {
        var byFrequency = [Int](repeating: 0, count: SegcacheIndex.frequencyMax + 1)
        for number in run {
            for item in segments.segment(number).items where !item.isDead && !hasExpired(item) {
                let slot = slot(of: item, keys.hasher.hash(item.key), in: number)
                byFrequency[SegcacheIndex.frequency(slot.pointee)] += item.room
            }
        }
        var left = bytes
        var frequency = SegcacheIndex.frequencyMax
        while frequency >= 0, byFrequency[frequency] <= left {
            left -= byFrequency[frequency]
            frequency -= 1
        }
        let excess = frequency < 0 ? 0 : byFrequency[frequency] - left
        return Choice(frequency: frequency, excess: excess)
    }

    // MARK: Segments

    /// Puts what is kept of a run into a new segment in its place.
    /// - Parameter choice: nil for everything that lives.
    private mutating func merge(_ run: [Int], into bytes: Int, _ choice: Choice?) {
        guard let oldest = run.first, let newest = run.last else { return }
        var choice = choice
        let (front, back) = (segments.segment(oldest), segments.segment(newest))
        let merged = segments.make(bytes, front.bucket, back.header.pointee.firstTime, &slab)
        segments.link(merged, after: front.previous)
        for number in run {
            for item in segments.segment(number).items where !item.isDead {
                let key = keys.key(item.key)
                let slot = slot(of: item, key.hash, in: number)
                if keeps(item, slot.pointee, &choice) {
                    copy(item, slot, to: merged, halves: choice != nil)
                } else {
                    evict(item, at: slot, key.slot)
                }
            }
            segments.release(number, &slab)
        }
        if segments.segment(merged).itemCount == 0 { segments.release(merged, &slab) }
    }

    private func keeps(_ item: SegcacheItem, _ word: UInt64, _ choice: inout Choice?) -> Bool {
        guard let limit = choice else { return true }
        if hasExpired(item) { return false }
        let frequency = SegcacheIndex.frequency(word)
        if frequency != limit.frequency { return frequency > limit.frequency }
        guard limit.excess > 0 else { return true }
        choice = Choice(frequency: limit.frequency, excess: limit.excess - item.room)
        return false
    }

    private mutating func copy(
        _ item: SegcacheItem, _ slot: SegcacheIndex.Slot, to number: Int, halves: Bool
    ) {
        let size = item.room
        let address = segments.add(size, item.time, to: number)
        segments.item(address).address.copyMemory(from: item.address, byteCount: size)
        let word = halves ? SegcacheIndex.halved(slot.pointee) : slot.pointee
        slot.pointee = SegcacheIndex.redirected(word, to: address)
        copiedBytes &+= size
    }

    private mutating func evict(
        _ item: SegcacheItem, at slot: SegcacheIndex.Slot, _ hashSlot: Int
    ) {
        if !hasExpired(item) { lostCount &+= 1 }
        evictedCount &+= 1
        forget(item, at: slot, hashSlot)
    }

    /// Gives up a segment with all that lives in it.
    mutating func drop(_ number: Int, isEviction: Bool) {
        for item in segments.segment(number).items where !item.isDead {
            let key = keys.key(item.key)
            let slot = slot(of: item, key.hash, in: number)
            if isEviction {
                evict(item, at: slot, key.slot)
            } else {
                expiredCount &+= 1
                forget(item, at: slot, key.slot)
            }
        }
        segments.release(number, &slab)
    }

    /// What leads to an item that lives.
    private func slot(
        of item: SegcacheItem, _ hash: UInt64, in number: Int
    ) -> SegcacheIndex.Slot {
        guard let slot = index.slot(hash, at: segments.address(of: item, in: number)) else {
            preconditionFailure("an item that its key does not lead to")
        }
        return slot
    }
}

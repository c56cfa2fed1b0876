// Inserting, and what a full segment does: unload its stash, split, or chain; and what two sparse
// ones do when memory is short: merge.

extension DashHandle {
    /// Copies an entry whose key is known not to be there.
    func insert(_ entry: DashEntry, hash: UInt64, _ slab: inout Slab) {
        let home = DashSegment.home(hash)
        let fingerprint = DashSegment.fingerprint(hash)
        var segment = segment(hash)
        // A split leaves an eighth of the entries or more on the other side: the loop ends.
        while !place(entry, home, fingerprint, segment) {
            guard split(segment, &slab) else {
                segment.lengthenChain(&slab).put(entry, fingerprint, isGuest: false)
                break
            }
            segment = self.segment(hash)
        }
        segment.count &+= 1
        table.pointee.count &+= 1
    }

    /// Where there is room, or can be made without another segment.
    @inline(__always)
    private func place(
        _ entry: DashEntry, _ home: Int, _ fingerprint: UInt8, _ segment: DashSegment
    ) -> Bool {
        if segment.place(entry, home: home, fingerprint) { return true }
        return placeInFull(entry, home, fingerprint, segment)
    }

    @inline(never)
    private func placeInFull(
        _ entry: DashEntry, _ home: Int, _ fingerprint: UInt8, _ segment: DashSegment
    ) -> Bool {
        // What leaves the stash leaves room there, if nowhere else.
        if segment.unloadStash(hasher), segment.place(entry, home: home, fingerprint) {
            return true
        }
        guard let bucket = segment.chainWithRoom() else { return false }
        bucket.put(entry, fingerprint, isGuest: false)
        return true
    }

    // MARK: Split

    /// Moves the entries whose next bit is set to a new segment; false, and nothing changed, where
    /// that would not help.
    @inline(never)
    private func split(_ segment: DashSegment, _ slab: inout Slab) -> Bool {
        let depth = segment.depth
        guard depth < DashTable.depthMax else { return false }
        guard depth < table.pointee.globalDepth || mayDouble else { return false }
        let bit = UInt64(1) << UInt64(63 - depth)
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: DashSegment.buckets) {
            movers in
            let moving = collect(movers, of: segment, bit)
            let minority = min(moving, segment.count - moving)
            guard minority * DashTable.minorityMin >= segment.count, minority > 0 else {
                return false
            }
            if depth == table.pointee.globalDepth { doubleDirectory(&slab) }
            let upper = DashSegment.make(
                layout, depth: depth + 1, prefix: segment.prefix | bit, &slab)
            segment.depth = depth + 1
            enter(upper)
            moveBuckets(movers, from: segment, to: upper, &slab)
            moveChain(bit, from: segment, to: upper, &slab)
            upper.count = moving
            segment.count -= moving
            return true
        }
    }

    /// Writes down which slots of each bucket move.
    /// - Returns: how many entries do, those of the chain included.
    private func collect(
        _ movers: UnsafeMutableBufferPointer<Int>, of segment: DashSegment, _ bit: UInt64
    ) -> Int {
        var moving = 0
        for index in 0..<DashSegment.buckets {
            let found = self.movers(of: segment.bucket(index), bit)
            movers[index] = found
            moving += found.nonzeroBitCount
        }
        for node in segment.chainNodes {
            moving += self.movers(of: segment.chained(node), bit).nonzeroBitCount
        }
        return moving
    }

    private func movers(of bucket: DashBucket, _ bit: UInt64) -> Int {
        var found = 0
        for slot in Bucket.Positions(bits: bucket.busy)
        where hasher.hash(bucket.entry(slot).key.bytes) & bit != 0 {
            found |= 1 << slot
        }
        return found
    }

    private func moveBuckets(
        _ movers: UnsafeMutableBufferPointer<Int>, from segment: DashSegment,
        to upper: DashSegment, _ slab: inout Slab
    ) {
        for index in 0..<DashSegment.regular {
            let bucket = segment.bucket(index)
            for slot in Bucket.Positions(bits: movers[index]) {
                let isGuest = bucket.guests >> slot & 1 != 0
                let home = isGuest ? DashSegment.left(index) : index
                put(bucket.entry(slot), home, bucket.fingerprint(slot), in: upper, &slab)
                bucket.take(slot)
            }
        }
        for position in 0..<DashSegment.stash {
            let stash = segment.bucket(DashSegment.regular + position)
            for slot in Bucket.Positions(bits: movers[DashSegment.regular + position]) {
                let entry = stash.entry(slot)
                let home = DashSegment.home(hasher.hash(entry.key.bytes))
                let fingerprint = stash.fingerprint(slot)
                put(entry, home, fingerprint, in: upper, &slab)
                segment.bucket(home).forgetStash(fingerprint, position)
                stash.take(slot)
            }
        }
    }

    /// What was in the chain finds room on either side by now, mostly.
    private func moveChain(
        _ bit: UInt64, from segment: DashSegment, to upper: DashSegment, _ slab: inout Slab
    ) {
        for node in segment.detachChain() {
            let bucket = segment.chained(node)
            for slot in Bucket.Positions(bits: bucket.busy) {
                let entry = bucket.entry(slot)
                let hash = hasher.hash(entry.key.bytes)
                put(
                    entry, DashSegment.home(hash), bucket.fingerprint(slot),
                    in: hash & bit != 0 ? upper : segment, &slab)
            }
            slab.free(node, layout.chainSize)
        }
    }

    /// As an insert into a segment that is not going to split again.
    private func put(
        _ entry: DashEntry, _ home: Int, _ fingerprint: UInt8, in segment: DashSegment,
        _ slab: inout Slab
    ) {
        if segment.place(entry, home: home, fingerprint) { return }
        let bucket = segment.chainWithRoom() ?? segment.lengthenChain(&slab)
        bucket.put(entry, fingerprint, isGuest: false)
    }

    // MARK: Merge

    /// Merges the segment of `hash` with its other half, where one has room for both.
    func reclaim(_ hash: UInt64, _ slab: inout Slab) {
        let one = segment(hash)
        guard one.depth > 0 else { return }
        let bit = UInt64(1) << UInt64(64 - one.depth)
        let other = segment(one.prefix ^ bit)
        guard other.depth == one.depth, one.count + other.count <= DashTable.mergedMax else {
            return
        }
        let isLower = one.prefix & bit == 0
        merge(isLower ? other : one, into: isLower ? one : other, bit, &slab)
    }

    /// - Parameter bit: tells the two apart.
    @inline(never)
    private func merge(
        _ upper: DashSegment, into lower: DashSegment, _ bit: UInt64, _ slab: inout Slab
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: DashSegment.buckets) { movers in
            for index in 0..<DashSegment.buckets { movers[index] = upper.bucket(index).busy }
            moveBuckets(movers, from: upper, to: lower, &slab)
        }
        moveChain(bit, from: upper, to: lower, &slab)
        lower.count += upper.count
        lower.depth -= 1
        enter(lower)
        upper.free(&slab)
    }

    // MARK: Directory

    private var mayDouble: Bool {
        let earned = table.pointee.count / DashTable.entriesPerPlace
        return table.pointee.directorySize * 2 <= max(DashTable.directoryFree, earned)
    }

    private func doubleDirectory(_ slab: inout Slab) {
        let old = table.pointee.directory
        let size = table.pointee.directorySize
        let new = slab.allocate(size * 2 * 8)
            .bindMemory(to: UnsafeMutableRawPointer.self, capacity: size * 2)
        for index in 0..<size {
            new[2 * index] = old[index]
            new[2 * index + 1] = old[index]
        }
        slab.freeArray(old, size * 8)
        table.pointee.directory = new
        table.pointee.globalDepth += 1
    }

    /// Puts a segment in the places of its prefix.
    private func enter(_ segment: DashSegment) {
        let depth = table.pointee.globalDepth
        let first = Int(truncatingIfNeeded: segment.prefix >> UInt64(64 - depth))
        let places = 1 << (depth - segment.depth)
        for index in first..<(first + places) {
            table.pointee.directory[index] = segment.address
        }
    }
}

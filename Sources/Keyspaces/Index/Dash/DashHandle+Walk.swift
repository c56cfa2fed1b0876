// Walking a dashtable: everything, or the entries of one home; drawing; counting; proof.

extension DashHandle {
    func forEachElement(_ body: (DashEntry) -> Void) {
        forEachSegment { segment in
            for index in 0..<DashSegment.buckets { Self.visit(segment.bucket(index), body) }
            for node in segment.chainNodes { Self.visit(segment.chained(node), body) }
        }
    }

    private static func visit(_ bucket: DashBucket, _ body: (DashEntry) -> Void) {
        for slot in Bucket.Positions(bits: bucket.busy) { body(bucket.entry(slot)) }
    }

    // MARK: Cursors

    /// The entries of one home, wherever in the segment they are, and the cursor after it.
    func visit(at cursor: UInt64, _ body: (DashEntry) -> Void) -> UInt64 {
        var cursor = DashCursor(cursor)
        let segment = segment(cursor.hash)
        cursor.enter(segment)
        // Cursors of strangers may name homes that there are not.
        if cursor.home < DashSegment.regular { visit(home: cursor.home, segment, body) }
        return cursor.next
    }

    private func visit(home: Int, _ segment: DashSegment, _ body: (DashEntry) -> Void) {
        let own = segment.bucket(home)
        for slot in Bucket.Positions(bits: own.own) { body(own.entry(slot)) }
        let neighbour = segment.bucket(DashSegment.right(home))
        for slot in Bucket.Positions(bits: neighbour.guests) { body(neighbour.entry(slot)) }
        if own.stashed > 0 {
            for position in 0..<DashSegment.stash {
                visit(home: home, in: segment.bucket(DashSegment.regular + position), body)
            }
        }
        guard segment.chain != nil else { return }
        for node in segment.chainNodes { visit(home: home, in: segment.chained(node), body) }
    }

    /// Of a bucket that holds entries of any home.
    private func visit(home: Int, in bucket: DashBucket, _ body: (DashEntry) -> Void) {
        for slot in Bucket.Positions(bits: bucket.busy) {
            let entry = bucket.entry(slot)
            if DashSegment.home(hasher.hash(entry.key.bytes)) == home { body(entry) }
        }
    }

    // MARK: Drawing

    /// A segment that has entries, with the probability of its share of the hashes.
    private func randomSegment(_ random: inout KeyspaceRandom) -> DashSegment {
        while true {
            let index = random.below(table.pointee.directorySize)
            let segment = DashSegment(address: table.pointee.directory[index], layout: layout)
            if segment.count > 0 { return segment }
        }
    }

    /// Tries of one slot each, before the entries are counted through: enough for one in fourteen.
    private static let tries = 64

    func random(_ random: inout KeyspaceRandom) -> DashEntry? {
        guard count > 0 else { return nil }
        let segment = randomSegment(&random)
        if segment.chain == nil {
            for _ in 0..<Self.tries {
                let bucket = segment.bucket(random.below(DashSegment.buckets))
                let slot = random.below(DashBucket.slots)
                if bucket.busy >> slot & 1 != 0 { return bucket.entry(slot) }
            }
        }
        return entry(random.below(segment.count), of: segment)
    }

    /// The entry with `index` others before it.
    private func entry(_ index: Int, of segment: DashSegment) -> DashEntry? {
        var left = index
        var buckets = (0..<DashSegment.buckets).map { segment.bucket($0) }
        buckets += segment.chainNodes.map { segment.chained($0) }
        for bucket in buckets {
            if left < bucket.count {
                var slots = Bucket.Positions(bits: bucket.busy)
                for _ in 0..<left { _ = slots.next() }
                return slots.first.map { bucket.entry($0) }
            }
            left -= bucket.count
        }
        return nil
    }

    /// From a random home on; the home at which the buffer fills up has each of its entries in it
    /// with the same probability.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<DashEntry>, _ random: inout KeyspaceRandom
    ) -> Int {
        let wanted = min(buffer.count, count)
        guard wanted > 0 else { return 0 }
        let first = randomSegment(&random)
        var cursor = DashCursor(first, home: random.below(DashSegment.regular)).word
        var seen = 0
        while seen < wanted {
            var draw = random
            cursor = visit(at: cursor) { entry in
                if seen < wanted {
                    buffer[seen] = entry
                } else {
                    let place = draw.below(seen + 1)
                    if place < wanted { buffer[place] = entry }
                }
                seen += 1
            }
            random = draw
        }
        return wanted
    }

    // MARK: Reports

    /// Probes are buckets: home, neighbour, a stash bucket, then the chain's one by one.
    func addStatistics(to statistics: inout StatisticsSum) {
        var probes: [Int] = []
        func add(_ entries: Int, found steps: Int) {
            while probes.count < steps { probes.append(0) }
            probes[steps - 1] += entries
        }
        var capacity = 0
        var occupied: [Int] = []
        forEachSegment { segment in
            capacity += DashSegment.slots
            for index in 0..<DashSegment.buckets {
                let bucket = segment.bucket(index)
                occupied.append(bucket.count)
                if index < DashSegment.regular {
                    add(bucket.own.nonzeroBitCount, found: 1)
                    add(bucket.guests.nonzeroBitCount, found: 2)
                } else {
                    add(bucket.count, found: 3)
                }
            }
            for (place, node) in segment.chainNodes.enumerated() {
                let bucket = segment.chained(node)
                capacity += DashBucket.slots
                occupied.append(bucket.count)
                add(bucket.count, found: 4 + place)
            }
        }
        for entries in occupied { statistics.addBucket(entries) }
        statistics.addProbes(probes)
        statistics.add(count: count, capacity: capacity, moved: nil, of: 0)
    }

    func recount(_ tally: inout Tally) {
        tally.add(MemoryLayout<DashTable>.size)
        tally.add(table.pointee.directorySize * 8)
        var segments = 0
        var chained = 0
        forEachSegment { segment in
            segments += 1
            chained += segment.chainNodes.count
        }
        for _ in 0..<segments { tally.add(layout.segmentSize) }
        for _ in 0..<chained { tally.add(layout.chainSize) }
    }
}

// MARK: - Invariants

extension DashHandle {
    func violations(_ name: String) -> [String] {
        var found: [String] = []
        var sum = 0
        var index = 0
        while index < table.pointee.directorySize {
            let segment = DashSegment(address: table.pointee.directory[index], layout: layout)
            let places = 1 << (table.pointee.globalDepth - segment.depth)
            for place in index..<min(index + places, table.pointee.directorySize)
            where table.pointee.directory[place] != segment.address {
                found.append("\(name): place \(place) of the directory is another segment's")
            }
            let depth = UInt64(table.pointee.globalDepth)
            if depth > 0, segment.prefix >> (64 - depth) != UInt64(index) {
                found.append("\(name): the segment at \(index) has prefix \(segment.prefix)")
            }
            found += violations(of: segment).map { "\(name), segment \(index): \($0)" }
            sum += segment.count
            index += places
        }
        if sum != count { found.append("\(name): \(count) entries accounted, \(sum) found") }
        return found
    }

    private func violations(of segment: DashSegment) -> [String] {
        var found: [String] = []
        var entries = 0
        var stashed = [Int](repeating: 0, count: DashSegment.regular)
        var buckets = (0..<DashSegment.buckets).map { segment.bucket($0) }
        buckets += segment.chainNodes.map { segment.chained($0) }
        for (index, bucket) in buckets.enumerated() {
            entries += bucket.count
            if index >= DashSegment.buckets, bucket.isEmpty {
                found.append("an overflow bucket is empty")
            }
            for slot in Bucket.Positions(bits: bucket.busy) {
                let hash = hasher.hash(bucket.entry(slot).key.bytes)
                let home = DashSegment.home(hash)
                if (DashSegment.regular..<DashSegment.buckets).contains(index) {
                    stashed[home] += 1
                }
                if let fault = fault(of: bucket, slot, index, hash, segment) {
                    found.append("bucket \(index), slot \(slot): \(fault)")
                }
            }
        }
        if entries != segment.count {
            found.append("\(segment.count) entries accounted, \(entries) found")
        }
        for home in 0..<DashSegment.regular where segment.bucket(home).stashed != stashed[home] {
            found.append(
                "home \(home) flags \(segment.bucket(home).stashed) entries in the stash, "
                    + "\(stashed[home]) are there")
        }
        return found
    }

    private func fault(
        of bucket: DashBucket, _ slot: Int, _ index: Int, _ hash: UInt64, _ segment: DashSegment
    ) -> String? {
        let entry = bucket.entry(slot)
        let home = DashSegment.home(hash)
        if self.segment(hash).address != segment.address { return "of another segment" }
        let fingerprint = DashSegment.fingerprint(hash)
        if bucket.fingerprint(slot) != fingerprint { return "another fingerprint" }
        if index < DashSegment.regular {
            let isGuest = bucket.guests >> slot & 1 != 0
            if (isGuest ? DashSegment.left(index) : index) != home { return "its home is \(home)" }
        }
        let key = Key(bytes: entry.key.bytes, hash: hash)
        return peek(key)?.entry.address == entry.address ? nil : "not found by its key"
    }
}

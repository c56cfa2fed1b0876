// What a compact table holds, counted anew, and what is wrong with it.

extension CompactHandle {
    func addStatistics(to statistics: inout StatisticsSum) {
        let buckets = table.pointee.buckets
        for bucket in 0..<buckets {
            var length = 0
            forEachHead(bucket) { head in
                if head.count > 0 { length += 1 }
                statistics.addBucket(head.count)
            }
            statistics.addChain(length)
        }
        let wanted = table.pointee.bucketsWanted
        statistics.add(
            count: count, capacity: buckets * CompactHead.places,
            moved: isDue ? min(buckets, wanted) : nil, of: max(buckets, wanted))
    }

    /// Bytes of an entry, without its tag and code and a share of the body's and the head's.
    func allocated(_ place: Place, _ quantum: SizeClasses.Quantum) -> Int {
        if Int(place.code) < CompactCode.firstLong { return place.record.count }
        if CompactCode.isLong(place.code) {
            let longClass = CompactCode.longClass(of: place.code)
            return CompactCode.referenceSize + CompactCode.longSize(longClass)
        }
        let box = CompactCode.boxHeader + place.record.count
        return CompactCode.addressSize + SizeClasses.size(for: box, quantum)
    }

    // MARK: Recount

    /// Adds what lies in the slab to `tally`; returns what is mapped.
    func recount(_ tally: inout Tally) -> MemoryReport {
        tally.add(MemoryLayout<CompactTable>.stride)
        var mapped = recountHeads(&tally)
        for bucket in 0..<table.pointee.buckets {
            let home = head(bucket)
            forEachHead(bucket) { head in
                if head.address != home.address { tally.add(CompactHead.size) }
                recount(head, &tally, &mapped)
            }
        }
        guard let dense = table.pointee.dense else { return mapped }
        tally.add(CompactDense.bytes)
        dense.forEachVector { _, vector in
            tally.add(DenseVector.bytes)
            mapped.allocated += vector.holeCount * vector.size
        }
        return mapped
    }

    /// A body, and the records elsewhere that it refers to.
    private func recount(
        _ head: CompactHead, _ tally: inout Tally, _ mapped: inout MemoryReport
    ) {
        guard head.count > 0 else { return }
        let total = head.total
        if head.isDense {
            let size = CompactDense.bodySize(CompactDense.bodyClass(total))
            mapped = mapped + MemoryReport(requested: total, allocated: size, allocations: 1)
        } else {
            tally.add(total)
        }
        forEach(head) { _, bytes, code in
            guard Int(code) >= CompactCode.firstLong else { return }
            let count = record(at: bytes, code).count
            guard CompactCode.isLong(code) else {
                return tally.add(CompactCode.boxHeader + count)
            }
            let size = CompactCode.longSize(CompactCode.longClass(of: code))
            mapped = mapped + MemoryReport(requested: count, allocated: size, allocations: 1)
        }
    }

    /// Bytes of heads and vectors that are in memory. - Complexity: O(pages)
    var residentBytes: Int {
        var sum = residentHeads
        if let dense = table.pointee.dense {
            dense.forEachVector { _, vector in sum += vector.residentBytes }
        }
        return sum
    }

    // MARK: Invariants

    func violations(_ name: String) -> [String] {
        var census = Census(classes: CompactDense.classes)
        for bucket in 0..<table.pointee.buckets {
            check(bucket, &census)
            if let last = census.found.last, census.found.count > 20 {
                return census.found + ["\(name): and more, the last of them: \(last)"]
            }
        }
        var found = census.found.map { "\(name): \($0)" }
        let state = table.pointee
        let counted = [census.entries, census.bytes, census.timed]
        if counted != [state.count, state.inlineBytes, state.expiring] {
            found.append(
                "\(name): \(state.count) entries, \(state.inlineBytes) bytes and \(state.expiring) "
                    + "expiries accounted, \(counted) found")
        }
        if census.longest > state.longest {
            found.append("\(name): a bucket of \(census.longest), at most \(state.longest) known")
        }
        if state.isDue != (state.wantsSplit || state.wantsMerge) {
            found.append("\(name): due is \(state.isDue), and should not be")
        }
        let covers = state.buckets > state.mask / 2 && state.buckets <= state.mask + 1
        if state.buckets < 1 || !covers {
            found.append("\(name): a mask of \(state.mask) for \(state.buckets) buckets")
        }
        state.dense?.forEachVector { index, vector in
            found += vector.violations(live: census.live[index]).map { "\(name): \($0)" }
        }
        return found
    }

    /// What a walk over all buckets adds up.
    private struct Census {
        var found: [String] = []
        var entries = 0
        var bytes = 0
        var timed = 0
        var longest = 0
        /// Slots in use by class of the dense vectors.
        var live: [Int]

        init(classes: Int) { live = [Int](repeating: 0, count: classes) }
    }

    private func check(_ bucket: Int, _ census: inout Census) {
        let home = head(bucket)
        var entries = 0
        forEachHead(bucket) { head in
            entries += head.count
            if head.count == 0 {
                if head.isChained || head.address != home.address {
                    census.found.append("bucket \(bucket): an empty head in a chain")
                }
                return
            }
            if head.body.bucket != bucket {
                census.found.append("bucket \(bucket): its body names \(head.body.bucket)")
            }
            if head.filter != head.exactFilter {
                census.found.append("bucket \(bucket): a filter that is not its tags'")
            }
            if head.isDense { census.live[CompactDense.bodyClass(head.total)] += 1 }
            check(head, bucket, &census)
        }
        census.entries += entries
        census.longest = max(census.longest, entries)
    }

    private func check(_ head: CompactHead, _ bucket: Int, _ census: inout Census) {
        var end = head.start
        forEach(head) { index, bytes, code in
            let record = record(at: bytes, code)
            let hash = traits.hasher.hash(record.key)
            if table.pointee.bucket(hash) != bucket {
                census.found.append("bucket \(bucket): record \(index) belongs elsewhere")
            }
            if CompactHead.tag(hash) != head.tag(index) {
                census.found.append("bucket \(bucket): record \(index) has another's tag")
            }
            if head.offset(of: index, traits.match) != end {
                census.found.append("bucket \(bucket): record \(index) is not where its code says")
            }
            if record.hasTime {
                census.timed += 1
                if !head.hasTimes { census.found.append("bucket \(bucket): an unknown expiry") }
            }
            if CompactCode.isLong(code) {
                census.live[CompactDense.bodyClasses + CompactCode.longClass(of: code)] += 1
            }
            let length = CompactCode.length(code)
            census.bytes += length
            end += length
        }
        if end != head.body.used {
            census.found.append("bucket \(bucket): \(end) bytes of records, \(head.body.used) used")
        }
    }
}

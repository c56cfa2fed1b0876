// Recount, statistics, invariants: all while the other threads stand still.
import Synchronization

extension ConcurrentKeyspace {
    /// `body` with the index, while nobody changes anything.
    private func inspect<R>(_ body: (ConcurrentIndex) -> R) -> R {
        rest()
        return store.whileStopped(seat) { body(store.index.pointee) }
    }

    public func recount() -> MemoryReport { inspect { tally(of: $0) } }

    private func tally(of index: ConcurrentIndex) -> MemoryReport {
        var tally = Tally(store.memory.quantum)
        tally.add(index.size * ConcurrentIndex.lineBytes)
        for bucket in 0..<index.size {
            var lines = 0
            ConcurrentIndex.forEachLine(of: index.bucket(bucket)) { _ in lines += 1 }
            for _ in 1..<lines { tally.add(ConcurrentIndex.lineBytes) }
        }
        store.memory.forEachPage { page, _ in tally.add(page.capacity) }
        return tally.report
    }

    /// Probes are records whose keys are compared; a bucket's overflow lines are its chain.
    public var statistics: KeyspaceStatistics { inspect { figures(of: $0) } }

    private func figures(of index: ConcurrentIndex) -> KeyspaceStatistics {
        var sum = StatisticsSum()
        var probes: [Int] = []
        for bucket in 0..<index.size {
            var (lines, all) = (0, 0)
            ConcurrentIndex.forEachLine(of: index.bucket(bucket)) { line in
                lines += 1
                var entries = 0
                for place in 0..<TsavoriteIndex.entries {
                    let word = line[place].load(ordering: .relaxed)
                    if word == 0 { continue }
                    entries += 1
                    addProbes(of: TsavoriteIndex.address(word), &probes)
                }
                sum.addBucket(entries)
                all += entries
            }
            sum.addChain(all == 0 ? 0 : lines)
        }
        sum.addProbes(probes)
        sum.add(
            count: count, capacity: index.size * TsavoriteIndex.entries, moved: nil, of: 0)
        var statistics = sum.statistics
        statistics.deadBytes = store.deadBytes
        statistics.copiedBytes = store.copiedBytes
        return statistics
    }

    private func addProbes(of first: UInt64, _ probes: inout [Int]) {
        var next = ConcurrentRecord(first)
        var steps = 0
        while let record = next {
            if probes.count == steps { probes.append(0) }
            probes[steps] += 1
            steps += 1
            next = record.previous
        }
    }

    // MARK: Invariants

    public func invariantViolations() -> [String] { inspect { violations(of: $0) } }

    private struct Sum {
        var entries = 0
        var expiring = 0
        var bytes = 0
    }

    private func violations(of index: ConcurrentIndex) -> [String] {
        var found = store.memory.violations()
        var sum = Sum()
        for bucket in 0..<index.size { check(index.bucket(bucket), bucket, index, &sum, &found) }
        if sum.entries != count { found.append("\(count) entries accounted, \(sum.entries) found") }
        if sum.expiring != expiringCount {
            found.append("\(expiringCount) expiries accounted, \(sum.expiring) found")
        }
        checkPages(sum, &found)
        let counted = tally(of: index)
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }

    private func check(
        _ bucket: ConcurrentIndex.Word, _ number: Int, _ index: ConcurrentIndex, _ sum: inout Sum,
        _ found: inout [String]
    ) {
        if !BucketLatch.isOpen(ConcurrentIndex.latch(bucket)) {
            found.append("bucket \(number): its latch is taken")
        }
        var tags: [UInt64] = []
        ConcurrentIndex.forEachLine(of: bucket) { line in
            for place in 0..<TsavoriteIndex.entries {
                let word = line[place].load(ordering: .relaxed)
                if word == 0 { continue }
                if TsavoriteIndex.isTentative(word) {
                    found.append("bucket \(number): a tentative entry")
                }
                tags.append(TsavoriteIndex.tag(of: word))
            }
        }
        if Set(tags).count != tags.count { found.append("bucket \(number): a tag twice") }
        ConcurrentIndex.forEachRecord(of: bucket) { record in
            sum.entries += 1
            sum.bytes += record.room
            if record.time != nil { sum.expiring += 1 }
            let key = store.keys.key(record.key)
            if record.isDead { found.append("bucket \(number): a dead record in a chain") }
            if index.home(key.hash) != bucket || !tags.contains(TsavoriteIndex.tag(key.hash)) {
                found.append("bucket \(number): a key of another bucket or tag")
            }
            if locate(key, in: bucket)?.record.address != record.address {
                found.append("bucket \(number): a record that its key does not lead to")
            }
        }
    }

    private func checkPages(_ sum: Sum, _ found: inout [String]) {
        var (used, live) = (0, 0)
        var given = 0
        store.memory.forEachPage { page, isRetired in
            var alive = 0
            page.forEachRecord { if !$0.isDead { alive += $0.room } }
            if alive != page.live {
                found.append("a page: \(page.live) bytes accounted as live, \(alive) are")
            }
            if isRetired { given += page.used } else { used += page.used }
            live += alive
        }
        if live != sum.bytes {
            found.append("\(live) bytes of the log are live, \(sum.bytes) are in chains")
        }
        if used != store.usedBytes || used - live != store.deadBytes {
            found.append(
                "log: \(store.deadBytes) of \(store.usedBytes) bytes accounted as dead, "
                    + "\(used - live) of \(used) found, and \(given) given up")
        }
    }
}

// Recount, statistics, invariants.

extension TsavoriteKeyspace {
    public var memory: MemoryReport { MemoryReport(slab) }

    public func recount() -> MemoryReport {
        var tally = Tally(slab.quantum)
        index.recount(&tally)
        log.recount(&tally)
        slotCounts.recount(&tally)
        return tally.report
    }

    /// Probes are records whose keys are compared; a bucket's overflow lines are its chain.
    public var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        var probes: [Int] = []
        for bucket in 0..<index.size {
            var lines = 0
            var isEmpty = true
            index.forEachLine(of: bucket) { line in
                lines += 1
                var entries = 0
                for place in 0..<TsavoriteIndex.entries where line[place] != 0 {
                    entries += 1
                    addProbes(of: TsavoriteIndex.address(line[place]), &probes)
                }
                sum.addBucket(entries)
                isEmpty = isEmpty && entries == 0
            }
            sum.addChain(isEmpty ? 0 : lines)
        }
        sum.addProbes(probes)
        let places = index.size * TsavoriteIndex.entries
        sum.add(count: count, capacity: places, moved: nil, of: 0)
        var statistics = sum.statistics
        statistics.deadBytes = log.used - log.live
        statistics.copiedBytes = copiedBytes
        return statistics
    }

    private func addProbes(of first: UInt64, _ probes: inout [Int]) {
        var address = first
        var steps = 0
        while address != 0 {
            if probes.count == steps { probes.append(0) }
            probes[steps] += 1
            steps += 1
            address = log.record(address).previous
        }
    }

    var liveBytes: Int { log.live }

    func storeViolations() -> [String] { log.violations() + slab.violations() }

    func checkBucket(_ bucket: Int, _ sum: inout RecordSum, _ found: inout [String]) {
        var words: [UInt64] = []
        index.forEachLine(of: bucket) { line in
            sum.lines += 1
            for place in 0..<TsavoriteIndex.entries where line[place] != 0 {
                words.append(line[place])
            }
        }
        if Set(words.map { TsavoriteIndex.tag(of: $0) }).count != words.count {
            found.append("bucket \(bucket): two entries have a tag")
        }
        for word in words {
            if TsavoriteIndex.isTentative(word) {
                found.append("bucket \(bucket): an entry is tentative")
            }
            var address = TsavoriteIndex.address(word)
            while address != 0 {
                let record = log.record(address)
                let key = keys.key(record.key)
                if index.home(key.hash) != bucket
                    || TsavoriteIndex.tag(key.hash) != TsavoriteIndex.tag(of: word)
                {
                    found.append("bucket \(bucket): a key of another bucket or tag")
                }
                check(record, key, in: bucket, &sum, &found)
                address = record.previous
            }
        }
    }
}

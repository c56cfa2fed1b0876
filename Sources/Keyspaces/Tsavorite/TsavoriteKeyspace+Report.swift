// Recount, statistics, invariants.

import RESP

extension TsavoriteKeyspace {
    public var memory: MemoryReport { MemoryReport(slab) }

    public func recount() -> MemoryReport {
        var tally = Tally(slab.quantum)
        index.recount(&tally)
        log.recount(&tally)
        if slotCounts != nil { tally.add(HashSlot.count * 8) }
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

    public func invariantViolations() -> [String] {
        var found = log.violations() + slab.violations()
        var sum = Sum()
        for bucket in 0..<index.size { check(bucket, &sum, &found) }
        if sum.entries != count { found.append("\(count) entries accounted, \(sum.entries) found") }
        if sum.expiring != expiringCount {
            found.append("\(expiringCount) expiries accounted, \(sum.expiring) found")
        }
        if sum.bytes != log.live {
            found.append("\(log.live) bytes of the log are live, \(sum.bytes) are in chains")
        }
        if sum.lines != index.size + index.overflows {
            found.append("\(index.overflows) overflow buckets accounted, \(sum.lines) lines found")
        }
        if let slotCounts {
            for (slot, keys) in sum.bySlot where slotCounts[slot] != keys {
                found.append("slot \(slot): \(slotCounts[slot]) keys accounted, \(keys) found")
            }
            var accounted = 0
            for slot in 0..<HashSlot.count { accounted += slotCounts[slot] }
            if accounted != count { found.append("\(accounted) keys accounted in all slots") }
        }
        let counted = recount()
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }

    private struct Sum {
        var entries = 0
        var expiring = 0
        var bytes = 0
        var lines = 0
        var bySlot: [Int: Int] = [:]
    }

    private func check(_ bucket: Int, _ sum: inout Sum, _ found: inout [String]) {
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
                if record.isDead { found.append("bucket \(bucket): a dead record") }
                if peekFound(key)?.address != address {
                    found.append("bucket \(bucket): a record is not found by its key")
                }
                sum.entries += 1
                sum.bytes += record.room
                if record.time != nil { sum.expiring += 1 }
                if keys.isCluster { sum.bySlot[key.slot, default: 0] += 1 }
                address = record.previous
            }
        }
    }
}

// Recount, statistics, invariants.

import RESP

extension SegcacheKeyspace {
    public var memory: MemoryReport { MemoryReport(slab) }

    public func recount() -> MemoryReport {
        var tally = Tally(slab.quantum)
        index.recount(&tally)
        segments.recount(&tally)
        if slotCounts != nil { tally.add(HashSlot.count * 8) }
        return tally.report
    }

    /// Probes are items whose keys are compared; a bucket's lines are its chain.
    public var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        var probes: [Int] = []
        for bucket in 0..<index.size {
            var tags: [UInt64: Int] = [:]
            var isEmpty = true
            var walk = SegcacheIndex.Walk(index.bucket(bucket))
            repeat {
                var items = 0
                for place in 1...walk.lastItem where walk.line[place] != 0 {
                    items += 1
                    let step = tags[SegcacheIndex.tag(walk.line[place]), default: 0]
                    tags[SegcacheIndex.tag(walk.line[place])] = step + 1
                    if probes.count == step { probes.append(0) }
                    probes[step] += 1
                }
                sum.addBucket(items)
                isEmpty = isEmpty && items == 0
            } while walk.advance()
            sum.addChain(isEmpty ? 0 : index.lineCount(of: bucket))
        }
        sum.addProbes(probes)
        let places = index.size * SegcacheIndex.items
        sum.add(count: count, capacity: places, moved: nil, of: 0)
        var statistics = sum.statistics
        statistics.deadBytes = segments.used - segments.live
        statistics.copiedBytes = copiedBytes
        statistics.lostEntries = lostCount
        return statistics
    }

    public func invariantViolations() -> [String] {
        var found = segments.violations() + slab.violations()
        var sum = Sum()
        for bucket in 0..<index.size { check(bucket, &sum, &found) }
        if sum.entries != count { found.append("\(count) entries accounted, \(sum.entries) found") }
        if sum.expiring != expiringCount {
            found.append("\(expiringCount) expiries accounted, \(sum.expiring) found")
        }
        if sum.bytes != segments.live {
            found.append("\(segments.live) bytes of items live, \(sum.bytes) are in the index")
        }
        if sum.lines != index.size + index.overflows {
            found.append("\(index.overflows) chained lines accounted, \(sum.lines) lines found")
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
        let lines = index.lineCount(of: bucket)
        if lines > SegcacheIndex.linesMax { found.append("bucket \(bucket): \(lines) lines") }
        sum.lines += lines
        var walk = SegcacheIndex.Walk(index.bucket(bucket))
        repeat {
            for place in 1...walk.lastItem where walk.line[place] != 0 {
                let word = walk.line[place]
                let address = SegcacheIndex.address(word)
                if !segments.isUsed(SegcacheSegments.number(address)) {
                    found.append("bucket \(bucket): an item of a segment that there is not")
                    continue
                }
                let item = segments.item(address)
                let key = keys.key(item.key)
                let hasTag = SegcacheIndex.has(word, tag: SegcacheIndex.tag(key.hash))
                if index.home(key.hash) != bucket || !hasTag {
                    found.append("bucket \(bucket): a key of another bucket or tag")
                }
                if item.isDead { found.append("bucket \(bucket): a dead item") }
                if peekFound(key)?.address != address {
                    found.append("bucket \(bucket): an item is not found by its key")
                }
                sum.entries += 1
                sum.bytes += item.size
                if item.time != nil { sum.expiring += 1 }
                if keys.isCluster { sum.bySlot[key.slot, default: 0] += 1 }
            }
        } while walk.advance()
    }
}

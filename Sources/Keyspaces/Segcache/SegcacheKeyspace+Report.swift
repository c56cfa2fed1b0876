// Recount, statistics, invariants.

extension SegcacheKeyspace {
    public var memory: MemoryReport { MemoryReport(slab) }

    public func recount() -> MemoryReport {
        var tally = Tally(slab.quantum)
        index.recount(&tally)
        segments.recount(&tally)
        slotCounts.recount(&tally)
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

    var liveBytes: Int { segments.live }

    func storeViolations() -> [String] { segments.violations() + slab.violations() }

    func checkBucket(_ bucket: Int, _ sum: inout RecordSum, _ found: inout [String]) {
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
                check(item, key, in: bucket, &sum, &found)
            }
        } while walk.advance()
    }
}

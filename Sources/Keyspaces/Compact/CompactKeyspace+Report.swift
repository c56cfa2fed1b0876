// Walks over a whole compact keyspace: iteration, cursors, recount, statistics, invariants.
import RESP

extension CompactKeyspace {
    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        slots.forEachTable { _, table in
            CompactHandle(table, traits).forEachRecord { record in
                body(record.key, record.view, Expiry(record.time))
            }
        }
    }

    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        scan(cursor, count: count) { cursor, met in
            slots.step(cursor) { _, table, position in
                CompactHandle(table, traits).visit(at: position) { record in
                    met += 1
                    let time = record.time
                    if let time, time < now { return }
                    body(record.key, record.view, Expiry(time))
                }
            }
        }
    }

    public var memory: MemoryReport { blocks.report }

    /// What writes cost besides the entries themselves, since creation.
    public var work: CompactWork { blocks.work }

    /// Bytes in memory (mincore). - Complexity: O(pages)
    public var residentBytes: Int {
        var sum = blocks.slab.residentBytes
        slots.forEachTable { _, table in sum += CompactHandle(table, traits).residentBytes }
        return sum
    }

    /// Bytes of the record, or of its reference and the class that it lies in elsewhere.
    public func allocated(by key: Key) -> Int? {
        guard let place = peekLive(key) else { return nil }
        return handle(key.slot)?.allocated(place, blocks.slab.quantum)
    }

    public func recount() -> MemoryReport {
        var tally = Tally(blocks.slab.quantum)
        var mapped = MemoryReport()
        slots.recount(&tally)
        expiries.recount(&tally)
        slots.forEachTable { _, table in
            mapped = mapped + CompactHandle(table, traits).recount(&tally)
        }
        return tally.report + mapped
    }

    public var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        slots.forEachTable { _, table in
            CompactHandle(table, traits).addStatistics(to: &sum)
        }
        return sum.statistics
    }

    public func invariantViolations() -> [String] {
        var found = slots.violations(
            "compact", count: { CompactHandle($0, traits).count },
            isResizing: { keys.isCluster && CompactHandle($0, traits).isDue })
        found += blocks.slab.violations()
        slots.forEachTable { slot, address in
            let table = CompactHandle(address, traits)
            found += table.violations(keys.isCluster ? "compact, slot \(slot)" : "compact")
            guard keys.isCluster else { return }
            if table.count == 0 { found.append("compact: slot \(slot) is empty") }
            table.forEachRecord { record in
                let home = HashSlot.slot(of: record.key)
                if home != slot { found.append("compact: a key of slot \(home) is in \(slot)") }
            }
        }
        found += expiries.violations(expirySums)
        let counted = recount()
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }

    /// Expiries in the first 0, 1, 2 … slots.
    private var expirySums: [Int] {
        var sums = [0]
        sums.reserveCapacity(slots.slots + 1)
        for slot in 0..<slots.slots {
            sums.append(sums[slot] + (handle(slot)?.expiring ?? 0))
        }
        return sums
    }
}

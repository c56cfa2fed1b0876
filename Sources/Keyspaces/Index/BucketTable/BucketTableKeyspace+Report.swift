// Walks over the whole keyspace: iteration, recount, statistics, invariants.

extension BucketTableKeyspace {
    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        main.forEachElement { object in
            let time = object.expiry
            body(object.key, object.view, time == KeyedObject.noExpiry ? .never : .at(time))
        }
    }

    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        scan(cursor, count: count) { cursor, met in
            main.visit(at: cursor) { object in
                met += 1
                let time = object.expiry
                if time == KeyedObject.noExpiry {
                    body(object.key, object.view, .never)
                } else if now <= time {
                    body(object.key, object.view, .at(time))
                }
            }
        }
    }

    public var memory: MemoryReport { MemoryReport(slab) }

    /// Bytes of the slab that are in memory (mincore). - Complexity: O(pages)
    public var residentBytes: Int { slab.residentBytes }

    public func recount() -> MemoryReport {
        var tally = Tally(slab.quantum)
        main.recount(&tally)
        expires.recount(&tally)
        main.forEachElement { add($0, to: &tally) }
        return tally.report
    }

    private func add(_ object: KeyedObject, to tally: inout Tally) {
        tally.add(layout.size(object.shape))
        if let string = object.separateSize { tally.add(string) }
    }

    public func allocated(by key: Key) -> Int? {
        guard let object = peekObject(key) else { return nil }
        var tally = Tally(slab.quantum)
        add(object, to: &tally)
        return tally.report.allocated
    }

    public var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        main.addStatistics(to: &sum)
        return sum.statistics
    }

    public func invariantViolations() -> [String] {
        var found = main.violations("main") + expires.violations("expires") + slab.violations()
        var expiring = 0
        main.forEachElement { object in
            if object.isEmbedded, !layout.embeds(object.shape, slab.quantum) {
                found.append("a value is embedded beyond the limit")
            }
            guard object.expiry != KeyedObject.noExpiry else { return }
            expiring += 1
            if expires.peek(key(object.key))?.object.address != object.address {
                found.append("an object with an expiry that `expires` lacks")
            }
        }
        if expiring != expires.count {
            found.append("\(expires.count) entries in `expires`, \(expiring) objects with a time")
        }
        let counted = recount()
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }
}

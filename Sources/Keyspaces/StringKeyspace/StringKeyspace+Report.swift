// Walks over the whole keyspace: iteration, recount, statistics, invariants.

extension StringKeyspace where Layout: ~Copyable {
    func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        main.forEachElement { element in
            let time = layout.peekTime(of: element, keys, expires)
            body(layout.key(of: element), stringView(of: element), Expiry(time))
        }
    }

    /// The string that an entry holds; empty for a collection.
    private func stringView(of element: Element) -> ValueView {
        layout.object(of: element).view ?? .bytes(Bytes(start: nil, count: 0))
    }

    func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        scan(cursor, count: count) { cursor, met in
            main.visit(at: cursor) { element in
                met += 1
                let time = layout.peekTime(of: element, keys, expires)
                if let time, time < now { return }
                body(layout.key(of: element), stringView(of: element), Expiry(time))
            }
        }
    }

    // Both stores have one place elsewhere, if any.
    var memory: MemoryReport { MemoryReport(values.slab) + main.memoryElsewhere }

    var residentBytes: Int { values.slab.residentBytes }

    func recount() -> MemoryReport {
        var tally = Tally(values.slab.quantum)
        main.recount(&tally)
        expires.recount(&tally)
        layout.addRest(expires, to: &tally)
        main.forEachElement { add($0, to: &tally) }
        values.addGraves(to: &tally)
        return tally.report + main.memoryElsewhere
    }

    /// Adds the allocations of an entry and of the collection that it holds.
    private func add(_ element: Element, to tally: inout Tally) {
        layout.add(element, to: &tally)
        let object = layout.object(of: element)
        if object.isCollection { values.add(CollectionObject(object: object.address), to: &tally) }
    }

    func allocated(by key: Key) -> Int? {
        guard let found = peekLive(key) else { return nil }
        var tally = Tally(values.slab.quantum)
        add(Index.element(at: found), to: &tally)
        return tally.report.allocated + layout.bytesInIndex
    }

    var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        main.addStatistics(to: &sum)
        return sum.statistics
    }

    func invariantViolations() -> [String] {
        var found =
            main.violations("main") + expires.violations("expires") + values.slab.violations()
        found += main.violationsElsewhere
        found += layout.violations(count)
        var expiring = 0
        var collections = 0
        main.forEachElement { element in
            let object = layout.object(of: element)
            if object.isCollection {
                collections += 1
                found += values.violations(of: CollectionObject(object: object.address))
            }
            if let fault = layout.fault(in: element, values.slab.quantum) { found.append(fault) }
            let key = keys.key(layout.key(of: element))
            guard layout.peekTime(of: element, key, expires) != nil else { return }
            expiring += 1
            guard let expiry = expires.peek(key),
                layout.isExpiry(Index.element(at: expiry), of: element)
            else { return found.append("an entry with an expiry that `expires` lacks") }
        }
        if expiring != expires.count {
            found.append("\(expires.count) entries in `expires`, \(expiring) with an expiry")
        }
        if collections != values.count {
            found.append("\(values.count) collections accounted, \(collections) found")
        }
        let counted = recount()
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }
}

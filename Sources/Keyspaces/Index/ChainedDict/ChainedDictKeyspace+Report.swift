// Walks over the whole keyspace: iteration, recount, statistics, invariants.

extension ChainedDictKeyspace {
    public func forEach(_ body: (_ key: Bytes, _ value: ValueView, _ expiry: Expiry) -> Void) {
        let layout = main.layout
        main.forEachElement { entry in
            let key = SDS.bytes(layout.key(entry))
            body(key, layout.object(entry).view, peekExpiry(key))
        }
    }

    public func scan(
        _ cursor: UInt64, count: Int, _ body: (_ key: Bytes, _ value: ValueView, Expiry) -> Void
    ) -> UInt64 {
        let layout = main.layout
        return scan(cursor, count: count) { cursor, met in
            main.visit(at: cursor) { entry in
                met += 1
                let key = SDS.bytes(layout.key(entry))
                let expiry = peekExpiry(key)
                if case .at(let time) = expiry, time < now { return }
                body(key, layout.object(entry).view, expiry)
            }
        }
    }

    /// The expiry of a key, expired or not, without moving a resize; hashed only if there are any.
    private func peekExpiry(_ key: Bytes) -> Expiry {
        guard expires.count != 0, let entry = expires.peek(self.key(key)) else { return .never }
        return .at(expires.layout.integer(entry))
    }

    public var memory: MemoryReport { MemoryReport(slab) }

    /// Bytes of the slab that are in memory (mincore). - Complexity: O(pages)
    public var residentBytes: Int { slab.residentBytes }

    public func recount() -> MemoryReport {
        var tally = Tally(slab.quantum)
        main.recount(&tally)
        expires.recount(&tally)
        slotLists?.recount(&tally)
        main.forEachElement { addStrings(of: $0, to: &tally) }
        return tally.report
    }

    /// What `entry` holds besides itself.
    private func addStrings(of entry: UnsafeMutableRawPointer, to tally: inout Tally) {
        let layout = main.layout
        if !layout.embedsKey { tally.add(SDS.size(SDS.length(layout.key(entry)))) }
        let object = layout.object(entry)
        if shared.contains(object) { return }
        let sizes = object.sizes
        tally.add(sizes.object)
        if let string = sizes.string { tally.add(string) }
    }

    public func allocated(by key: Key) -> Int? {
        guard let entry = peekEntry(key) else { return nil }
        var tally = Tally(slab.quantum)
        tally.add(main.layout.size(entry))
        addStrings(of: entry, to: &tally)
        return tally.report.allocated
    }

    public var statistics: KeyspaceStatistics {
        var sum = StatisticsSum()
        main.addStatistics(to: &sum)
        return sum.statistics
    }

    public func invariantViolations() -> [String] {
        var found = main.violations("main") + expires.violations("expires") + slab.violations()
        if let slotLists { found += slotLists.violations(count) }
        let layout = expires.layout
        expires.forEachElement { entry in
            let string = layout.key(entry)
            guard let owner = main.peek(key(SDS.bytes(string))) else {
                found.append("expires: a key that main lacks")
                return
            }
            if main.layout.key(owner) != string {
                found.append("expires: a key that is not its main entry's string")
            }
        }
        let counted = recount()
        if counted != memory { found.append("recounted \(counted), accounted \(memory)") }
        return found
    }
}

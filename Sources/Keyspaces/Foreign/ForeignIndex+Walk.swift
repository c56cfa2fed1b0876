// Walks through a foreign index, as far as it offers them, and what it tells about itself.
import CTable

extension ForeignIndex {
    func forEachElement(_ body: (KeyedObject) -> Void) {
        forgetBatch()
        ForeignVisit.with(
            { entry, _, _ in body(KeyedObject(entry: entry)) },
            { to in api.pointee.each.unsafelyUnwrapped(table, visitEntry, to) })
    }

    /// Meets nothing in a table without `scan`: SCAN is refused, and expired entries go when they
    /// are touched.
    func visit(at cursor: UInt64, _ body: (KeyedObject) -> Void) -> UInt64 {
        guard let scan = api.pointee.more.scan else { return 0 }
        forgetBatch()
        return ForeignVisit.with(
            { entry, _, _ in body(KeyedObject(entry: entry)) },
            { to in scan(table, cursor, visitAny, to) })
    }

    /// Nothing in a table without `random`: RANDOMKEY and eviction are refused.
    func random(_ random: inout KeyspaceRandom) -> KeyedObject? {
        guard count > 0, let draw = api.pointee.more.random else { return nil }
        forgetBatch()
        var drawn: UInt64 = 0
        draw(
            table, random.next(),
            { to, entry, _, _ in to.unsafelyUnwrapped.storeBytes(of: entry, as: UInt64.self) },
            &drawn)
        guard drawn != 0 else {
            fatalError(
                "\(host.pointee.table.name): random visits no entry of a table with \(count)")
        }
        return KeyedObject(entry: drawn)
    }

    /// Several draws, each entry once: the table need not know which lie together.
    func sample(
        _ buffer: UnsafeMutableBufferPointer<KeyedObject>, _ random: inout KeyspaceRandom
    ) -> Int {
        let wanted = min(buffer.count, count)
        var found = 0
        // A small table gives the same ones again and again.
        for _ in 0..<(wanted * 4) where found < wanted {
            guard let object = self.random(&random) else { break }
            let isNew = !buffer[..<found].contains { $0.address == object.address }
            if isNew {
                buffer[found] = object
                found += 1
            }
        }
        return found
    }

    // MARK: Reports

    func addStatistics(to statistics: inout StatisticsSum) {
        api.pointee.more.addStatistics(of: table, count: count, to: &statistics)
    }

    /// What we keep of the table. What it took from the host, the host has counted.
    func recount(_ tally: inout Tally) { tally.add(MemoryLayout<Record>.size) }

    /// Bytes that the tables of a host say they took elsewhere; nil where they do not say.
    static func foreignBytes(_ traits: Traits) -> Int? {
        guard let bytes = traits.api.pointee.more.foreign_bytes else { return nil }
        var sum = 0
        var next = traits.host.pointee.records
        while let record = next {
            next = record.pointee.next
            sum += Int(clamping: bytes(record.pointee.table))
        }
        return sum
    }

    func violations(_ name: String) -> [String] {
        var found: [String] = []
        if let fault = api.pointee.more.fault(in: table) { found.append("\(name): \(fault)") }
        let counted = Int(clamping: api.pointee.count.unsafelyUnwrapped(table))
        var entries: [KeyedObject] = []
        forEachElement { entries.append($0) }
        if counted != count || entries.count != count {
            found.append(
                "\(name): \(count) entries are in it, it counts \(counted) and visits "
                    + "\(entries.count)")
        }
        for object in entries {
            let hash = host.pointee.hash(of: object)
            let position = peek(Key(bytes: object.key, hash: hash))
            if position?.place.pointee != object.entry {
                found.append("\(name): an entry that it visits is not found by its key")
            }
        }
        return found
    }
}

// MARK: - What both kinds may tell

extension hashmark_optional {
    /// Look-ups of so many steps and more are counted together.
    private static let longest = 64

    func addStatistics(
        of table: UnsafeMutableRawPointer, count: Int, to statistics: inout StatisticsSum
    ) {
        let places = capacity.map { Int(clamping: $0(table)) }
        statistics.add(count: count, capacity: places ?? 0, moved: nil, of: 0)
        guard let lengths = probe_lengths else { return }
        var counts = [UInt64](repeating: 0, count: Self.longest)
        counts.withUnsafeMutableBufferPointer { lengths(table, $0.baseAddress, $0.count) }
        statistics.addProbes(counts.map { Int(clamping: $0) })
    }

    /// The first invariant that the table says does not hold.
    func fault(in table: UnsafeMutableRawPointer) -> String? {
        guard let violation, let text = violation(table) else { return nil }
        return ForeignLibrary.oneLine(String(cString: text))
    }
}

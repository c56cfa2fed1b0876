// A trial as it runs: a table, what it should hold (the oracle, a dictionary), and after each
// operation the question whether both agree.
//
// Nothing is done that the interface does not promise: operations for which a table has no function
// do nothing.

final class Session {
    /// Of the one or two tables of a trial.
    final class Side {
        let subject: HostedTable
        fileprivate(set) var contents: [Datum: Datum] = [:]
        fileprivate(set) var scan = ScanState()
        /// How often `random` chose each key.
        fileprivate(set) var drawn: [Datum: Int] = [:]
        /// The most that it held, of which a scan may show that it was there.
        fileprivate(set) var mostEntries = 0

        fileprivate init(_ subject: HostedTable) { self.subject = subject }
    }

    struct ScanState {
        var isUnderWay = false
        var cursor: UInt64 = 0
        var calls = 0
        /// There since the first call.
        var steady: Set<Datum> = []
        var visited: Set<Datum> = []
    }

    private let make: () throws(TableFinding) -> HostedTable
    private var sides: [Side?] = [nil, nil]
    private var current = 0

    /// - Parameter make: a fresh table.
    init(_ make: @escaping () throws(TableFinding) -> HostedTable) { self.make = make }

    /// Runs all of it, and the end: each table is verified and destroyed, the first while the
    /// second still holds what it did.
    /// - Parameter beat: is told the number of each operation before it runs, of the end as well.
    func run(_ trial: Trial, _ beat: (Int) -> Void) throws(TableFinding) {
        beat(0)
        _ = try side()
        for (number, operation) in trial.operations.enumerated() {
            beat(number)
            try perform(operation)
        }
        beat(trial.operations.count)
        try end()
    }

    /// The table that operations go to, made when one first does.
    func side() throws(TableFinding) -> Side {
        if let side = sides[current] { return side }
        let side = Side(try make())
        sides[current] = side
        return side
    }

    private func end() throws(TableFinding) {
        for index in sides.indices {
            guard let side = sides[index] else { continue }
            try side.finishScan()
            try side.verify()
            side.subject.destroy()
            if let finding = side.subject.host.finding { throw finding }
        }
    }

    private func perform(_ operation: TrialOperation) throws(TableFinding) {
        if case .table(let number) = operation {
            current = number
            _ = try side()
            return
        }
        let side = try side()
        try side.perform(operation)
        if let finding = side.subject.host.finding { throw finding }
    }
}

extension Session.Side {
    fileprivate func perform(_ operation: TrialOperation) throws(TableFinding) {
        switch operation {
        case .put(let key, let value): try put(key, value)
        case .get(let key): try expect(subject.get(key), key, "get")
        case .erase(let key): try erase(key)
        case .many(let keys):
            let answers = subject.many(keys)
            for (answer, key) in zip(answers, keys) { try expect(answer, key, "many") }
        case .verify: try verify()
        case .step: _ = subject.step()
        case .settle: try settle()
        case .scan: try scanOnce()
        case .finish: try finishScan()
        case .scanAll:
            scan = Session.ScanState()
            try scanOnce()
            try finishScan()
        case .random(let draw): try random(draw)
        case .table: break
        }
    }

    // MARK: Single keys

    private func put(_ key: Datum, _ value: Datum) throws(TableFinding) {
        let wasThere = contents[key] != nil
        let isNew = subject.put(key, value)
        guard isNew != wasThere else {
            throw TableFinding(
                wasThere ? "lost-key" : "ghost-key",
                wasThere
                    ? "put of \(key.text) takes it for new, and it was there"
                    : "put of \(key.text) takes it for there, and it was not")
        }
        contents[key] = value
        mostEntries = max(mostEntries, contents.count)
        try expectCount()
    }

    private func erase(_ key: Datum) throws(TableFinding) {
        let isThere = contents.removeValue(forKey: key) != nil
        scan.steady.remove(key)
        let wasErased = subject.erase(key)
        guard wasErased == isThere else {
            throw TableFinding(
                isThere ? "lost-key" : "ghost-key",
                isThere
                    ? "erase of \(key.text) does not find it, and it was there"
                    : "erase of \(key.text) finds it, and it was not there")
        }
        try expectCount()
    }

    private func expectCount() throws(TableFinding) {
        let count = subject.count
        guard count == UInt64(contents.count) else {
            throw TableFinding("count", "count is \(count), and \(contents.count) keys are there")
        }
    }

    private func expect(
        _ answer: HostedTable.Answer, _ key: Datum, _ what: String
    ) throws(TableFinding) {
        let expected = contents[key]
        switch (answer, expected) {
        case (.nothing, nil): return
        case (.nothing, let value?):
            throw TableFinding(
                "lost-key", "\(what) of \(key.text) finds nothing, and \(value.text) was stored")
        case (.value(let value), let expected?):
            if value == expected { return }
            throw TableFinding(
                "wrong-value",
                "\(what) of \(key.text) finds \(value.text), and \(expected.text) was stored")
        case (.value(let value), nil):
            throw TableFinding(
                "ghost-key", "\(what) of \(key.text) finds \(value.text), and the key is not there")
        case (.garbage(let words), _):
            throw TableFinding(
                "wrong-value",
                "\(what) of \(key.text) finds \(words); expected: "
                    + (expected.map(\.text) ?? "nothing"))
        }
    }

    // MARK: Resize

    /// More steps than any table has places for that many entries.
    private var mostSteps: Int { mostEntries * 16 + 100_000 }

    private func settle() throws(TableFinding) {
        for _ in 0..<mostSteps {
            guard let hasMore = subject.step(), hasMore else { return }
        }
        throw TableFinding(
            "resize-endless",
            "resize_step has more to do after \(mostSteps) calls, of a table that never held more "
                + "than \(mostEntries) entries")
    }

    // MARK: Everything

    func verify() throws(TableFinding) {
        try expectCount()
        try verifyEach()
        for key in contents.keys { try expect(subject.get(key), key, "get") }
        if let words = subject.violation {
            throw TableFinding("violation", "violation says: \(words)")
        }
        if let capacity = subject.capacity, capacity < UInt64(contents.count) {
            throw TableFinding(
                "capacity", "capacity is \(capacity), and \(contents.count) keys are there")
        }
        if let sum = subject.probedEntries, sum != UInt64(contents.count) {
            throw TableFinding(
                "probe-lengths",
                "probe_lengths adds up to \(sum) entries, and \(contents.count) are there")
        }
        // There is nothing to hold it against, and asking must do no harm.
        _ = subject.foreignBytes
        subject.host.verifyHeap()
        if let finding = subject.host.finding { throw finding }
    }

    private func verifyEach() throws(TableFinding) {
        let visits = subject.each()
        try refuseStrays(visits, "each")
        var met: Set<Datum> = []
        for (key, value) in visits.seen {
            guard met.insert(key).inserted else {
                throw TableFinding("each-twice", "each visits \(key.text) twice")
            }
            guard let expected = contents[key] else {
                throw TableFinding("each-ghost", "each visits \(key.text), which is not there")
            }
            guard value == expected else {
                throw TableFinding(
                    "each-value",
                    "each visits \(key.text) with \(value?.text ?? "bytes that were never stored")"
                        + ", and \(expected.text) was stored")
            }
        }
        guard visits.count == contents.count else {
            let lost = contents.keys.first { !met.contains($0) }
            throw TableFinding(
                visits.count < contents.count ? "each-lost" : "each-twice",
                "each visits \(visits.count) entries of \(contents.count)"
                    + (lost.map { ", and never \($0.text)" } ?? ""))
        }
    }

    private func refuseStrays(_ visits: Visits, _ what: String) throws(TableFinding) {
        if let words = visits.stray {
            throw TableFinding("\(what)-ghost", "\(what) visits \(words)")
        }
    }

    // MARK: Scan

    /// A cursor goes over buckets, of which there may be more than entries, and as many again when
    /// the table grows meanwhile.
    private var mostCalls: Int {
        let places = Int(clamping: min(subject.capacity ?? 0, 1 << 40))
        return max(places, mostEntries) * 16 + 20_000
    }

    private func scanOnce() throws(TableFinding) {
        if !scan.isUnderWay {
            scan = Session.ScanState()
            scan.isUnderWay = true
            scan.steady = Set(contents.keys)
        }
        guard let (next, visits) = subject.scan(scan.cursor) else {
            scan = Session.ScanState()
            return
        }
        try refuseStrays(visits, "scan")
        for (key, value) in visits.seen {
            guard let expected = contents[key] else {
                throw TableFinding("scan-ghost", "scan visits \(key.text), which is not there")
            }
            guard value == expected else {
                throw TableFinding(
                    "scan-value",
                    "scan visits \(key.text) with \(value?.text ?? "bytes that were never stored")"
                        + ", and \(expected.text) was stored")
            }
            scan.visited.insert(key)
        }
        scan.cursor = next
        scan.calls += 1
        if next == 0 { return try endScan() }
        guard scan.calls < mostCalls else {
            throw TableFinding(
                "scan-endless",
                "scan has not ended after \(scan.calls) calls, of a table that never held more "
                    + "than \(mostEntries) entries")
        }
    }

    private func endScan() throws(TableFinding) {
        let missed = scan.steady.subtracting(scan.visited)
        scan.isUnderWay = false
        guard let key = missed.min(by: { $0.number < $1.number }) else { return }
        throw TableFinding(
            "scan-lost",
            "a scan of \(scan.calls) calls never visits \(key.text), which was there from its "
                + "first to its last; \(missed.count) of \(scan.steady.count) are missed")
    }

    fileprivate func finishScan() throws(TableFinding) {
        while scan.isUnderWay { try scanOnce() }
    }

    // MARK: Random entries

    private func random(_ draw: UInt64) throws(TableFinding) {
        guard let visits = subject.random(draw) else { return }
        try refuseStrays(visits, "random")
        let expected = contents.isEmpty ? 0 : 1
        guard visits.count == expected else {
            throw TableFinding(
                "random-count",
                "random visits \(visits.count) entries of \(contents.count), not \(expected)")
        }
        guard let (key, _) = visits.seen.first else { return }
        guard contents[key] != nil else {
            throw TableFinding("random-ghost", "random visits \(key.text), which is not there")
        }
        drawn[key, default: 0] += 1
    }
}

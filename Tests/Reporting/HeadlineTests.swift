// What a headline says of made-up runs, and what it keeps to itself.
import Reporting
import RunRecord
import Testing

private let old = "old"
private let new = "new"

private func run(_ verb: String) -> RunRecord {
    var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", verb], seed: 1)
    record.targets = [.init(label: old, spelling: "ref:a"), .init(label: new, spelling: "ref:b")]
    return record
}

extension RunRecord {
    /// Readings of both targets, a ratio between them for each round.
    fileprivate mutating func add(
        _ metric: Metric, _ value: Double, ratios: [Double], _ workload: String = "get",
        target: String = new
    ) {
        if !results.contains(where: { $0.metric == metric.id && $0.workload == workload }) {
            results.append(
                .init(
                    metric, target: old, workload: workload, value: value,
                    samples: ratios.map { _ in value }))
        }
        let samples = ratios.map { value * $0 }
        let middle = samples.sorted()[samples.count / 2]
        results.append(
            .init(metric, target: target, workload: workload, value: middle, samples: samples))
    }

    /// Counted once on both sides.
    fileprivate mutating func count(
        _ metric: Metric, _ before: Double, _ after: Double, _ workload: String? = "get",
        _ conditions: Conditions = [:]
    ) {
        for (target, value) in [(old, before), (new, after)] {
            results.append(
                .init(
                    metric, target: target, workload: workload, conditions: conditions,
                    value: value))
        }
    }
}

@Suite struct HeadlineTests {
    private func headline(_ record: RunRecord) -> [String] { Headline(of: record).sentences }

    @Test func aSuiteInASentence() {
        var record = run("suite")
        record.add(.throughputPerCore, 1e6, ratios: [1.34, 1.38, 1.42])
        record.count(.memoryPerEntry(.reported), 100, 82.5)
        record.count(.simulated(.llReadMisses), 6, 3)
        #expect(
            headline(record) == [
                "new serves 38 ± 4 % more per core than old in 17.5 % less memory, "
                    + "with half the cache misses"
            ])
        #expect(Headline(of: record).text.hasSuffix("half the cache misses."))
    }

    /// Of a table that takes memory behind its host's back the resident set is compared, or
    /// nothing.
    @Test func memoryThatIsPartlyUnseenIsNoAdvantage() {
        var record = run("memory")
        record.count(.memoryPerEntry(.reported), 100, 50)
        record.results.append(
            .init(.memoryElsewhere, target: new, workload: "get", value: 70))
        #expect(
            headline(record) == [
                "new against old: memory is not compared, for part of what new takes is not counted"
            ])
        record.count(.memoryPerEntry(.rss), 110, 132)
        #expect(headline(record) == ["new takes 20.0 % more resident memory than old"])
        record.add(.throughputPerCore, 1e6, ratios: [1.34, 1.38, 1.42])
        #expect(
            headline(record) == [
                "new serves 38 ± 4 % more per core than old in 20.0 % more resident memory"
            ])
        record.results.removeAll { $0.metric == Metric.memoryPerEntry(.rss).id }
        #expect(
            headline(record).first?.hasSuffix(
                "more per core than old; memory is not compared, for part of what new takes is not "
                    + "counted") == true)
        // Alone it has a level of what is seen of all of it.
        record.targets.removeFirst()
        record.results.removeAll { $0.target == old }
        #expect(headline(record).allSatisfy { !$0.contains("B/entry") }, "\(headline(record))")
    }

    @Test func scatterIsNoDifference() {
        var record = run("suite")
        record.add(.throughputPerCore, 1e6, ratios: [0.95, 1.01, 1.06])
        let silence = "no difference per core beyond the scatter (±5.5 %)"
        #expect(headline(record) == ["new against old: \(silence)"])
        record.count(.memoryPerEntry(.reported), 100, 120)
        #expect(headline(record) == ["new takes 20.0 % more memory than old; \(silence)"])
    }

    @Test func twoRoundsTellNothing() {
        var record = run("suite")
        record.add(.throughputPerCore, 1e6, ratios: [1.5, 1.51])
        #expect(
            headline(record) == ["new against old: too few rounds to tell a difference per core"])
    }

    @Test func severalWorkloadsAreAMean() {
        var record = run("suite")
        record.add(.throughputPerCore, 1e6, ratios: [1.19, 1.2, 1.21], "a")
        record.add(.throughputPerCore, 2e6, ratios: [1.19, 1.2, 1.21], "b")
        #expect(headline(record)[0].hasSuffix(" (geometric mean over 2 workloads)"))
        #expect(headline(record)[0].hasPrefix("new serves 20 ± 1 % more per core than old"))
    }

    @Test func ofSeveralTargetsTheBestAndTheWorst() {
        var record = run("suite")
        record.targets.append(.init(label: "third", spelling: "ref:c"))
        record.add(.throughputPerCore, 1e6, ratios: [1.19, 1.2, 1.21])
        record.add(.throughputPerCore, 1e6, ratios: [0.79, 0.8, 0.81], target: "third")
        let told = headline(record)
        #expect(told.count == 2)
        #expect(told[0].hasPrefix("best of 2: new serves 20 ±"), "\(told)")
        #expect(told[1] == "worst: third serves 20 ± 1 % less per core than old", "\(told)")
    }

    @Test func aComparisonSaysWhatItCouldHaveSeen() {
        var record = run("compare")
        let even = [0.97, 1.03, 0.98, 1.02, 0.99, 1.01, 0.975, 1.025]
        record.add(.throughputPerCore, 1e6, ratios: even)
        let told = headline(record)
        #expect(told.count == 1)
        #expect(
            told[0].hasPrefix("new against old: no difference per core seen; could have seen "),
            "\(told)")
        record.results = []
        record.add(.throughputPerCore, 1e6, ratios: even.map { $0 * 1.2 })
        #expect(headline(record)[0].contains("% more per core than old"), "\(headline(record))")
    }

    @Test func aGateHasItsVerdict() {
        #expect(headline(judgedRecord()) == ["REGRESSION: new against old, policy default"])
        #expect(headline(run("gate")) == ["no verdict was reached"])
    }

    @Test func curvesTablesAndCounters() {
        var memory = run("memory")
        for entries in [1_000.0, 2_000, 4_000] {
            memory.count(
                .memoryPerEntry(.reported), 100, 80, "memory", ["entries": .number(entries)])
        }
        #expect(
            headline(memory) == [
                "new takes 20.0 % less memory than old (geometric mean over 3 numbers of entries)"
            ])
        var tables = run("tables")
        let largest: Conditions = ["entries": 9_000, "hit_percent": 100, "batch": 16]
        tables.results = [(old, 1.0), (new, 0.5)].map { target, factor in
            .init(
                .tableCPU("find"), target: target, conditions: largest, value: 100 * factor,
                samples: [99, 100, 101].map { $0 * factor })
        }
        let told = headline(tables)[0]
        #expect(told.hasPrefix("new finds a key in 0.50"), "\(told)")
        #expect(told.hasSuffix("of old’s time at 9,000 entries"), "\(told)")
        var counters = run("counters")
        counters.count(.simulated(.llReadMisses), 6, 4.5)
        counters.count(.simulated(.instructions), 1_000, 1_570)
        #expect(
            headline(counters) == [
                "new has 25.0 % fewer cache misses than old, with 57.0 % more instructions"
            ])
    }

    @Test(arguments: ["bench", "replay"]) func oneTargetHasLevels(_ verb: String) {
        var record = run(verb)
        record.targets.removeLast()
        record.results = [
            .init(.throughputPerCore, target: old, workload: "GET", value: 1_000_000),
            .init(.throughputPerCore, target: old, workload: "SET", value: 800_000),
        ]
        #expect(
            headline(record) == [
                "old serves 800,000 to 1,000,000 operations per second of a core"
            ])
    }

    @Test func whatIsWrongComesFirst() {
        var record = run("suite")
        record.count(.memoryPerEntry(.reported), 100, 80)
        record.partial = true
        #expect(headline(record).count == 2 && headline(record)[0].hasPrefix("PARTIAL: "))
        #expect(headline(record)[1].hasPrefix("new takes 20.0 % less memory"))
        // Spoilt numbers are not told.
        record.partial = false
        record.warnings = [.init(cause: "the load was not kept", remedy: "ask for less")]
        record.arguments.append("--strict")
        #expect(headline(record) == ["INVALID: the load was not kept; ask for less"])
        record.arguments.removeLast()
        record.incidents = [.init(target: new, kind: .crashed, detail: "signal 11")]
        #expect(headline(record) == ["new: crashed: signal 11"])
        #expect(headline(run("suite")) == ["nothing was measured"])
    }
}

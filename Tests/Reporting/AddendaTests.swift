// How numbers came about: rates that a search tried, functions in which it was counted, caches that
// a curve runs out of; and what need not be said.
import Reporting
import RunRecord
import Testing

@Suite struct AddendaTests {
    private func run(_ verb: String, _ labels: [String]) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "0", arguments: ["hashmark", verb], seed: 1)
        record.targets = labels.map { .init(label: $0, spelling: "ref:\($0)") }
        return record
    }

    // MARK: rates

    private func searched() -> RunRecord {
        var record = run("bench", ["server"])
        record.results = [
            .init(
                .throughput, target: "server", workload: "GET",
                conditions: ["objective": "p99=1ms"], value: 400_000)
        ]
        let tried: [(rate: Double, latencies: [String: Double], isKept: Bool, isMet: Bool)] = [
            (400_000, ["p50": 100_000, "p99": 900_000], true, true),
            (800_000, ["p50": 9e6, "p99": 2e8], false, false),
            (500_000, ["p50": 200_000], true, false),
        ]
        record.trials = tried.map {
            .init(
                target: "server", workload: "GET", point: "p99", limitNanoseconds: 1_000_000,
                rate: $0.rate, latencies: $0.latencies, isKept: $0.isKept, isMet: $0.isMet)
        }
        return record
    }

    @Test func ratesStandInOrder() {
        let record = searched()
        #expect(
            TrialReading(record).text() == """
                GET: rates tried for p99 ≤ 1 ms
                               p50       p99
                requests/s      µs        µs   outcome
                   400,000     100       900   met
                   500,000     200       n/a   missed
                   800,000   9,000   200,000   the rate was not kept

                """, "\(TrialReading(record).text())")
        #expect(RunReading(record).text().contains(TrialReading(record).text()))
        #expect(record.markdownSummary().contains("| 500,000 | 200 | n/a | missed |"))
        // They are no results: nothing is compared by them.
        #expect(!record.goBenchmarks().contains("500000"))
    }

    @Test func nodesStandUnderTheirLoad() {
        var record = run("bench", ["server"])
        record.nodeShares = [(7_001, 100.0), (7_002, 300.0)].map { port, rate in
            .init(
                target: "server", workload: "GET", repetition: 0, address: "127.0.0.1:\(port)",
                isReplica: false, slots: 8_192, operations: Int(rate), operationsPerSecond: rate)
        }
        record.nodeShares[1].p99Nanoseconds = 420_000
        let text = RunReading(record).text()
        #expect(text.contains("GET: nodes"))
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("127.0.0.1:") }
        let words = rows.map { $0.split(separator: " ").map { String($0) } }
        #expect(
            words == [
                ["127.0.0.1:7002", "8,192", "300", "n/a", "420", "0", "0"],
                ["127.0.0.1:7001", "8,192", "100", "n/a", "n/a", "0", "0"],
            ], "\(text)")
        #expect(record.markdownSummary().contains("127.0.0.1:7001"))
    }

    @Test func theCurveHasItsObjective() {
        let page = Page(HTMLReport(searched()).page())
        let rates = page.section("rates")
        #expect(Page(rates).count("<path class=\"curve s") == 2)
        #expect(Page(rates).count("<circle class=\"fill s0\"") == 3)
        #expect(Page(rates).count("<circle class=\"fill s1\"") == 2)
        #expect(Page(rates).count("<line class=\"mark\"") == 1)
        #expect(rates.contains(">p99 ≤ 1 ms</text>"))
        #expect(rates.contains("<title>400,000 requests/s: p99 900 µs, met</title>"))
        #expect(rates.contains("the rate was not kept</td>"))
        #expect(page.unbalancedTag == nil)
    }

    // MARK: functions

    private func profiled(_ function: String = "dictFind") -> RunRecord {
        var record = run("counters", ["a"])
        record.results = [
            .init(.simulated(.llReadMisses), target: "a", workload: "get", value: 5)
        ]
        var profile = StackProfile(target: "a", workload: "get", unit: .lastLevelReadMisses)
        profile.frames = [
            .init("memcpy", binary: "libc"), .init(function, binary: "server"),
            .init("all others", kind: .unnamed),
        ]
        profile.stacks = [[0], [1], [2]]
        profile.rounds = [.init(weights: [500, 2_500, 2_000], operations: 1_000, total: 5_000)]
        record.profiles = [profile]
        return record
    }

    @Test func functionsStandByTheirShare() {
        let text = RunReading(profiled()).text()
        #expect(
            text.hasSuffix(
                """
                a, get: functions by LL read misses
                function     in        1/op   share
                dictFind     server   2.500    50 %
                all others            2.000    40 %
                memcpy       libc     0.500    10 %

                """), "\(text)")
        #expect(profiled().markdownSummary().contains("| dictFind | server | 2.500 | 50 % |"))
        let section = Page(HTMLReport(profiled()).page()).section("functions")
        #expect(section.contains("<th class=\"name\">dictFind</th>"))
        #expect(section.contains("style=\"width:50%\"") && section.contains("width:10%"))
        // Without callers there is no graph.
        #expect(!section.contains("<svg"))
        let bad = Page(HTMLReport(profiled(hostile)).page())
        #expect(bad.count("<script") == 1 && bad.unbalancedTag == nil)
    }

    // MARK: caches

    private func curve(_ metric: Metric, bytes: Double?) -> RunRecord {
        var record = run("tables", ["a", "b"])
        record.environment.cpuModel = "EPYC"
        record.environment.l1dBytes = 48 << 10
        record.environment.l2Bytes = 2 << 20
        // Beyond the end of the curve.
        record.environment.l3Bytes = 1 << 40
        for target in ["a", "b"] {
            for entries in [100.0, 10_000, 1_000_000] {
                let load: Conditions = ["entries": .number(entries), "key_size": 16]
                record.results.append(
                    .init(metric, target: target, conditions: load, value: 50))
                guard let bytes else { continue }
                record.results.append(
                    .init(
                        .memoryPerEntry(.sizeClass), target: target, conditions: load,
                        value: target == "a" ? bytes : bytes * 2))
            }
        }
        return record
    }

    @Test func cachesAreMarkedWhereEntriesFillThem() {
        let page = Page(HTMLReport(curve(.tableCPU("find"), bytes: 64)).page())
        let section = page.section("per-core")
        #expect(Page(section).count("<line class=\"mark\"") == 2)
        #expect(section.contains(">L1d</text>") && section.contains(">L2</text>"))
        #expect(section.contains("<title>L1d, 48 KiB: full of entries at 768 of a, 384 of b<"))
        #expect(section.contains("L2, 2 MiB: full of entries at 32,768 of a, 16,384 of b"))
        #expect(!section.contains(">L3</text>"))
        #expect(page.text.contains("<dt>L3 cache</dt>"))
    }

    @Test func nodesAndWhatCameOfThemAreTold() {
        var record = curve(.tableCPU("find"), bytes: 64)
        record.environment.nodes = [
            .init(number: 0, cpus: "0-3", memoryBytes: 1 << 30, distances: [10, 21]),
            .init(number: 1, cpus: "", memoryBytes: 1 << 30, distances: [21, 10]),
        ]
        record.placements = [
            .init(target: "a", policy: "preferred", nodes: [1], outcome: .spilled),
            .init(target: nil, policy: "local", nodes: [], outcome: .denied),
        ]
        record.placements[0].spilledShare = 0.25
        record.placements[1].reason = "not <permitted>"
        let page = Page(HTMLReport(record).page()).text
        #expect(page.contains("<dt>node 0</dt><dd>CPUs 0-3, 1 GiB, distances 10 21</dd>"))
        #expect(page.contains("<dt>node 1</dt><dd>no CPUs, "))
        #expect(page.contains("<dt>memory of a</dt><dd>preferred 1: spilled (25"))
        #expect(
            page.contains(
                "<dt>memory of the load generator</dt><dd>local: denied (not &lt;permitted&gt;)"))
        record.environment.nodes?.removeLast()
        #expect(!Page(HTMLReport(record).page()).text.contains("<dt>node 0</dt>"))
    }

    @Test func whatIsNotKnownIsNotMarked() {
        let bare = Page(HTMLReport(curve(.tableCPU("find"), bytes: nil)).page())
        #expect(bare.count("<line class=\"mark\"") == 0 && bare.count("<path class=\"curve") > 0)
        var record = curve(.tableCPU("find"), bytes: 64)
        record.environment.l1dBytes = nil
        record.environment.l2Bytes = nil
        let unknown = Page(HTMLReport(record).page())
        #expect(unknown.count("<line class=\"mark\"") == 0)
        // Entries of another size say nothing.
        var other = curve(.tableCPU("find"), bytes: 64)
        for index in other.results.indices
        where other.results[index].metric == Metric.memoryPerEntry(.sizeClass).id {
            other.results[index].conditions["key_size"] = 32
        }
        let section = Page(HTMLReport(other).page()).section("per-core")
        #expect(Page(section).count("<line class=\"mark\"") == 0)
    }

    // MARK: what need not be said

    private func compared(stalls: [Double]) -> RunRecord {
        var record = run("compare", ["a", "b"])
        for (target, stall) in zip(["a", "b"], stalls) {
            record.results += [
                .init(
                    .serverCPU, target: target, workload: "get", value: 500, samples: [500, 501]),
                .init(.errorRatio, target: target, workload: "get", value: 0, samples: [0, 0]),
                .init(.errorRatio, target: target, workload: "set", value: 0, samples: [0, 0]),
                .init(.stallShare, target: target, workload: "get", value: stall),
            ]
        }
        return record
    }

    @Test func zerosAreASentence() {
        let record = compared(stalls: [0, 0])
        let text = RunReading(record).text(TerminalStyle(width: 100, showsDetail: true))
        #expect(text.contains("\nno errors, no stalls above 5 ms\n"), "\(text)")
        #expect(!text.contains("time in stalls") && text.contains("server CPU"), "\(text)")
        #expect(record.markdownSummary().contains("\nno errors, no stalls above 5 ms\n"))
        let effects = Page(HTMLReport(record).page()).section("effects")
        #expect(effects.contains("<p>There were no errors, no stalls above 5 ms.</p>"))
        #expect(!effects.contains("time in stalls"))
        // One side's are news.
        let stalled = compared(stalls: [0, 0.25])
        let told = RunReading(stalled).text(TerminalStyle(width: 100, showsDetail: true))
        #expect(told.contains("\nno errors\n") && told.contains("time in stalls"), "\(told)")
        #expect(Page(HTMLReport(stalled).page()).section("effects").contains("time in stalls"))
    }
}

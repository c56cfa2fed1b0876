// The table of a suite: its numbers, its order, its units.
import Reporting
import RunRecord
import Testing

@Suite struct SuiteTableTests {
    /// What matters most comes first: bytes, misses, then what the clock says.
    @Test func golden() {
        let text = SuiteTable(sampleRecord()).text()
        let blocks = text.split(separator: "\n\n").map(String.init)
        #expect(blocks.count == 4, "\(text)")
        #expect(
            blocks[2] == """
                wall: by the clock · get · entries 1,000,000, pipeline 16
                                                              GET p50
                                           throughput      (intended)
                target                          ops/s              µs
                valkey-7.2     800,000 ±1.0 %           2,001
                valkey-9.1   1,000,000 ±0.5 % +25.0 %     500 −75.0 %
                """, "\(text)")
        #expect(blocks[0].hasPrefix("exact: counted, the same on every run with the same seed\n"))
        #expect(blocks[1].hasPrefix("hardware: ") && blocks[1].contains("n/a [1]"))
        #expect(
            blocks[3] == """
                [1] this guest has no PMU
                ±: half the range of the rounds, over their median

                """, "\(text)")
    }

    @Test func cellsHoldWhatTheTextRounds() {
        let table = SuiteTable(sampleRecord())
        #expect(table.targets == ["valkey-7.2", "valkey-9.1"])
        #expect(table.sections.map(\.kind) == [.exact, .hardware, .wall])
        let throughput = table.sections[2].columns[0]
        #expect(throughput.cells[0]?.change == nil && throughput.cells[1]?.change == .share(0.25))
        #expect(throughput.cells[1]?.samples == [995_000, 1_005_000, 1_000_000])
        #expect(throughput.cells[1]?.spread == 0.005)
        #expect(throughput.cells[1]?.isOutsideSpread == true)
        let misses = table.sections[1].columns[0]
        #expect(misses.cells.map { $0?.value } == [nil, nil])
        #expect(misses.cells.map { $0?.footnote } == [1, 1])
        #expect(table.footnotes == ["this guest has no PMU"])
    }

    /// What a reader does not look for is there on demand, and said to be.
    @Test func detailIsLeftOutAndSaid() {
        var record = sampleRecord()
        record.results.append(.init(.clientCPU, target: "valkey-7.2", workload: "get", value: 77))
        let text = RunReading(record).text()
        #expect(!text.contains("77") && text.contains("not shown without --detail: client CPU\n"))
        let all = RunReading(record).text(TerminalStyle(width: 100, showsDetail: true))
        #expect(all.contains("77") && !all.contains("not shown"))
        #expect(SuiteTable(record).markdown().contains("77"))
        // A run of nothing else shows it.
        record.results.removeAll { $0.metric != Metric.clientCPU.id }
        #expect(RunReading(record).text().contains("77"))
    }

    @Test func markdown() {
        let text = SuiteTable(sampleRecord()).markdown()
        #expect(text.contains("| valkey-9.1 | 1,000,000 ±0.5 % +25.0 % | 500 −75.0 % |\n"))
        #expect(
            text.contains(
                "**wall: by the clock · get · entries 1,000,000, pipeline 16**\n\n|"))
        #expect(text.contains("| valkey-7.2 | n/a \\[1\\] |"))
        #expect(text.contains("\\[1\\] this guest has no PMU  \n"))
    }

    /// A run of two workloads, each with two targets; `load` is stated by most metrics.
    private func twoLoads() -> RunRecord {
        var record = sampleRecord()
        record.results = []
        for (workload, depth, factor) in [("get", 1, 1.0), ("set", 16, 0.5)] {
            let load: Conditions = [
                "connections": 50, "pipeline": .number(depth), "slice_ns": 5_000_000,
            ]
            for (target, value) in [("valkey-7.2", 200_000.0), ("valkey-9.1", 250_000)] {
                record.results += [
                    .init(
                        .throughput, target: target, workload: workload, conditions: load,
                        value: value * factor),
                    .init(
                        .latency(command: "all", timing: .actual, point: "p50"), target: target,
                        workload: workload, conditions: load, value: 5e5 * factor),
                    .init(.stallMax, target: target, workload: workload, value: 2e6),
                ]
            }
        }
        return record
    }

    /// Conditions are said once, though a stall states none; loads with the same columns share a
    /// table, and a column its unit.
    @Test func loadsShareATable() {
        let text = SuiteTable(twoLoads()).text()
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.first == "all: connections 50, slice 5ms", "\(text)")
        #expect(lines.count(where: { $0.hasPrefix("wall: ") }) == 1, "\(text)")
        #expect(lines.count(where: { $0.contains("connections") }) == 1, "\(text)")
        #expect(lines.contains { $0.hasPrefix("load   target ") }, "\(text)")
        #expect(lines.contains { $0.hasPrefix("set    valkey-7.2   100,000 ") }, "\(text)")
        #expect(lines.contains { $0.hasPrefix("       valkey-9.1   125,000 +25.0 %") }, "\(text)")
        #expect(lines.contains("get: pipeline 1") && lines.contains("set: pipeline 16"), "\(text)")
        let markdown = SuiteTable(twoLoads()).markdown()
        #expect(markdown.contains("| set | valkey-7.2 | 100,000 |"), "\(markdown)")
        // On the page the rows say which.
        let page = Page(HTMLReport(twoLoads()).page())
        #expect(page.section("per-core").contains("<small>set · pipeline 16</small>"))
        #expect(page.section("per-core").contains("2 loads"))
    }

    /// What tells columns of one metric apart is no common condition.
    @Test func conditionsThatTellColumnsApartStayWithThem() {
        var record = sampleRecord()
        record.results = ["valkey-7.2", "valkey-9.1"].flatMap { target in
            [
                RunRecord.Result(.throughput, target: target, workload: "get", value: 5),
                .init(
                    .throughput, target: target, workload: "get",
                    conditions: ["objective": "p99 below 1 ms"], value: 4),
            ]
        }
        let section = SuiteTable(record).sections[0]
        #expect(section.conditions.isEmpty && section.columns.count == 2)
        #expect(SuiteTable(record).text().contains("objective"))
        #expect(HTMLReport(record).page().contains("<small>objective p99 below 1 ms</small>"))
    }

    /// A sentence instead of a table where nothing could be read.
    @Test func nothingButMissingNumbersIsASentence() {
        var record = sampleRecord()
        let events = ["cycles", "branches", "instructions", "ll_read_misses"]
        record.results = events.map {
            .init(.hardware($0), target: "valkey-7.2", unavailable: "no PMU serves \($0)")
        }
        record.targets.removeLast()
        let style = TerminalStyle(width: 100, showsDetail: true, breaksSentences: false)
        let text = SuiteTable(record).text(style)
        #expect(!text.contains("target") && text.contains("cycles n/a ["), "\(text)")
        #expect(text.contains("] no PMU serves cycles\n"), "\(text)")
    }

    @Test func missingAndZeroBaselines() {
        var record = sampleRecord()
        record.results = [
            .init(.throughput, target: "valkey-7.2", unavailable: "the server died"),
            .init(.throughput, target: "valkey-9.1", value: 5),
            .init(.clientCPU, target: "valkey-7.2", value: 0),
            .init(.clientCPU, target: "valkey-9.1", value: 5),
            // A target that the record forgot to describe still has a row.
            .init(.clientCPU, target: "third", value: 7),
        ]
        let table = SuiteTable(record)
        #expect(table.targets == ["valkey-7.2", "valkey-9.1", "third"])
        let columns = table.sections.flatMap(\.columns)
        #expect(columns.map(\.metric) == [Metric.throughput.id, Metric.clientCPU.id])
        let changes = columns.map { $0.cells.map { $0?.change } }
        #expect(changes[0] == [nil, nil, nil])
        // Of 0 nothing is a share.
        #expect(changes[1] == [nil, .difference(5), .difference(7)])
        record.results = []
        #expect(SuiteTable(record).text() == "" && SuiteTable(record).markdown() == "")
    }

    /// Points of latencies share a unit; a column without numbers has its neighbours', or none.
    @Test func columnsWithoutNumbersHaveNoUnitOfTheirOwn() {
        var record = sampleRecord()
        func latency(_ point: String) -> Metric {
            .latency(command: "get", timing: .actual, point: point)
        }
        record.results = [
            .init(latency("p50"), target: "valkey-7.2", value: 250_000),
            .init(latency("p99"), target: "valkey-7.2", unavailable: "too few"),
            .init(latency("max"), target: "valkey-7.2", value: 3_000_000),
            .init(latency("p50"), target: "valkey-7.2", workload: "w", unavailable: "too few"),
        ]
        let units = SuiteTable(record).sections.map { $0.columns.map(\.scale.unit) }
        #expect(units == [["µs", "µs", "µs"], [""]])
    }

    @Test func repeatCommandIsQuotedAndSeeded() {
        var record = sampleRecord()
        #expect(record.repeatCommand == "hashmark suite --seed 7")
        record.arguments = ["/a/hashmark", "bench", "-n", "9", "set", "k", "it's"]
        #expect(record.repeatCommand == #"hashmark bench --seed 7 -n 9 set k 'it'\''s'"#)
        record.arguments[0] = "valkey-benchmark"
        record.arguments.remove(at: 1)
        #expect(record.repeatCommand.hasPrefix("valkey-benchmark --seed 7 -n 9"))
        record.arguments = ["hashmark", "gate", "selftest", "--live", "1s"]
        #expect(record.repeatCommand == "hashmark gate selftest --seed 7 --live 1s")
        record.seedIsUnused = true
        #expect(record.repeatCommand == "hashmark gate selftest --live 1s")
        record.seedIsUnused = false
        record.arguments = ["hashmark", "memory", "--target", "a='ref:x?y=1&z'", "--seed=9", ""]
        #expect(
            record.repeatCommand
                == #"hashmark memory --target 'a='\''ref:x?y=1&z'\''' --seed=9 ''"#)
    }
}

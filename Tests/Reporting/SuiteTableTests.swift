// The table of a suite, to the letter.
import Reporting
import RunRecord
import Testing

@Suite struct SuiteTableTests {
    @Test func golden() {
        #expect(
            SuiteTable(sampleRecord()).text() == """
                wall: by the clock · get · entries=1000000 pipeline=16
                                           throughput   GET p50 (intended)
                target                          ops/s                   µs
                valkey-7.2     800,000 ±1.0 %                2,001
                valkey-9.1   1,000,000 ±0.5 % +25.0 %          500 −75.0 %

                exact: counted, the same on every run with the same seed
                             memory allocated   memory allocated
                              entries=1000000    entries=2000000
                target                B/entry            B/entry
                valkey-7.2        120                          –
                valkey-9.1         90 −25.0 %              91.25

                hardware: counted by the processor
                             LL read misses
                target                 1/op
                valkey-7.2          n/a [1]
                valkey-9.1          n/a [1]

                [1] this guest has no PMU

                """)
    }

    @Test func cellsHoldWhatTheTextRounds() {
        let table = SuiteTable(sampleRecord())
        #expect(table.targets == ["valkey-7.2", "valkey-9.1"])
        #expect(table.sections.map(\.kind) == [.wall, .exact, .hardware])
        let throughput = table.sections[0].columns[0]
        #expect(throughput.cells[0]?.change == nil && throughput.cells[1]?.change == .share(0.25))
        #expect(throughput.cells[1]?.samples == [995_000, 1_005_000, 1_000_000])
        #expect(throughput.cells[1]?.spread == 0.005)
        #expect(throughput.cells[1]?.isOutsideSpread == true)
        let misses = table.sections[2].columns[0]
        #expect(misses.cells.map { $0?.value } == [nil, nil])
        #expect(misses.cells.map { $0?.footnote } == [1, 1])
        #expect(table.footnotes == ["this guest has no PMU"])
    }

    @Test func narrowTerminalsGetMoreTables() {
        let text = SuiteTable(sampleRecord()).text(width: 44)
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("target") }.count == 5)
        let wall = text.split(separator: "\n\n")[1]
        #expect(wall.contains("GET p50 (intended)") && !wall.contains("wall"))
        // Even where not one column fits, each is shown.
        #expect(SuiteTable(sampleRecord()).text(width: 1).contains("+25.0 %"))
    }

    @Test func markdown() {
        let text = SuiteTable(sampleRecord()).markdown()
        #expect(text.contains("| valkey-9.1 | 1,000,000 ±0.5 % +25.0 % | 500 −75.0 % |\n"))
        #expect(text.contains("**wall: by the clock · get · entries=1000000 pipeline=16**\n\n|"))
        #expect(text.contains("| valkey-7.2 | n/a \\[1\\] |"))
        #expect(text.hasSuffix("\\[1\\] this guest has no PMU  \n"))
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
        let changes = table.sections.flatMap(\.columns).map { $0.cells.map { $0?.change } }
        #expect(changes.count == 2 && changes[0] == [nil, nil, nil])
        // Of 0 nothing is a share.
        #expect(changes[1] == [nil, .difference(5), .difference(7)])
        record.results = []
        #expect(SuiteTable(record).text() == "" && SuiteTable(record).markdown() == "")
    }

    /// A unit that follows from a column's numbers is its neighbours', or none.
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
        #expect(units == [["µs", "µs", "ms"], [""]])
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

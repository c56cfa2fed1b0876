// Runs over time: changes against the run before, machines apart.
import Reporting
import RunRecord
import Testing

private func run(
    _ label: String, _ value: Double, kernel: String = "6.1", day: String = "2026-11-21"
) -> RunRecord {
    var record = RunRecord(hashmarkVersion: "0", arguments: [], seed: 1)
    record.label = label
    record.startedAt = "\(day)T06:00:00Z"
    record.environment.kernel = kernel
    record.environment.cpuModel = "EPYC"
    record.results = [
        .init(
            .serverCPU, target: "valkey-9.1", workload: "get", conditions: ["entries": 100],
            value: value),
        .init(
            .serverCPU, target: "redis", workload: "get", conditions: ["entries": 100],
            value: value + 100),
        .init(.hitRatio, target: "redis", workload: "get", value: 1),
    ]
    return record
}

@Suite struct HistoryTests {
    @Test func changesAreAgainstTheRunBefore() {
        let runs = [run("0.1", 500), run("0.2", 550, day: "2026-11-22")]
        let history = History(runs, metric: "server_cpu_ns_per_op")
        #expect(
            history.text() == """
                machine 1: EPYC, kernel 6.1

                get · server CPU · entries=100
                run                       valkey-9.1              redis
                0.1 (2026-11-21)   500 ns/op           600 ns/op
                0.2 (2026-11-22)   550 ns/op +10.0 %   650 ns/op +8.3 %

                """, "\(history.text())")
        let summary = History(runs).text()
        #expect(
            summary == """
                machine 1: EPYC, kernel 6.1

                runs: 0.1 (2026-11-21), 0.2 (2026-11-22)
                metric                              valkey-9.1                 redis
                get · server CPU, ns/op   ▁█ 500 → 550 +10.0 %   ▁█ 600 → 650 +8.3 %
                get · hits, %                        –           ▄▄ 100 → 100  0.0 %
                first run → last run; --metric shows every run of a metric, --detail of all

                """, "\(summary)")
        // Every run of every metric.
        let all = History(runs, isDetailed: true).text()
        #expect(all.contains("550 ns/op +10.0 %") && all.contains("get · hits\n"), "\(all)")
    }

    /// A line per metric, however many points its curve has.
    @Test func aRunIsSummedUp() {
        func curve(_ label: String, _ day: String, _ factor: Double) -> RunRecord {
            var record = run(label, 500, day: day)
            record.results += (1...200).map { count in
                .init(
                    .memoryPerEntry(.reported), target: "redis", workload: "memory",
                    conditions: ["entries": .number(count)], value: factor * Double(count))
            }
            return record
        }
        let history = History([curve("a", "2026-11-21", 1), curve("b", "2026-11-22", 1.1)])
        let lines = history.text(TerminalStyle(width: 120)).split(separator: "\n")
        #expect(lines.count == 7, "\(lines)")
        #expect(
            lines.contains {
                $0.contains("memory · memory reported, B/entry (median of 200)")
                    && $0.contains("+10.0 %")
            }, "\(lines)")
    }

    /// What is more than a screen shows what changed, or matters; the rest is on demand.
    @Test func aLongHistoryIsAScreen() throws {
        let runs = (1...3).map { day -> RunRecord in
            var record = run("r\(day)", 500, day: "2026-11-2\(day)")
            for load in 0..<10 {
                record.results += ["p50", "p99", "p99.9"].map { point in
                    .init(
                        .latency(command: "get", timing: .actual, point: point),
                        target: "valkey-9.1", workload: "load-\(load)", value: 1e5)
                }
                record.results.append(
                    .init(.hitRatio, target: "valkey-9.1", workload: "load-\(load)", value: 1))
            }
            guard day == 3 else { return record }
            record.results.append(.init(.throughput, target: "late", workload: "new", value: 7))
            return record
        }
        let text = History(runs).text(TerminalStyle(width: 200))
        let lines = text.split(separator: "\n")
        #expect(lines.count < 24, "\(text)")
        #expect(lines.count(where: { $0.contains("get p99 (actual)") }) == 10, "\(text)")
        // What was read once has no course.
        let head = try #require(lines.first { $0.hasPrefix("metric ") })
        #expect(head.contains("redis") && !head.contains("late"), "\(text)")
        let left = try #require(lines.first { $0.hasPrefix("not shown without --detail: ") })
        #expect(left.contains("get p50 (actual)") && left.contains("get p99.9"), "\(text)")
        let all = History(runs).text(TerminalStyle(width: 120, showsDetail: true))
        #expect(all.contains("late") && all.contains("p99.9") && !all.contains("not shown"))
    }

    /// As a union merge of two branches leaves it: out of order, and some lines twice.
    @Test func runsAreInTheOrderOfTimeAndOnce() {
        let (old, new) = (run("old", 500), run("new", 550, day: "2026-11-23"))
        let between = run("between", 525, day: "2026-11-22")
        let history = History([new, old, between, new, old], metric: "server_cpu_ns_per_op")
        #expect(
            history.groups[0].runs == [
                "old (2026-11-21)", "between (2026-11-22)", "new (2026-11-23)",
            ])
        #expect(history.text().contains("525 ns/op +5.0 %"), "\(history.text())")
    }

    @Test func machinesThatDifferStandApart() throws {
        let history = History(
            [run("a", 500), run("b", 100, kernel: "6.2"), run("c", 505, day: "2026-11-22")],
            metric: "server_cpu_ns_per_op")
        #expect(history.groups.map(\.runs.count) == [2, 1])
        let text = history.text()
        #expect(text.contains("not comparable with machine 1, kernel: 6.1 there, 6.2 here"))
        #expect(!text.contains("−80"))
        #expect(text.contains("+1.0 %"))
    }

    @Test func onlyWhatIsAskedForAndOnlyWholeRuns() {
        var partial = run("x", 1)
        partial.partial = true
        let history = History(
            [run("a", 500), partial], metric: "server_cpu_ns_per_op", target: "redis")
        #expect(history.groups.count == 1 && history.groups[0].runs.count == 1)
        #expect(history.groups[0].series.map(\.targets) == [["redis"]])
        #expect(History([run("a", 1)], metric: "latency_ns/*/actual/p99").groups[0].series.isEmpty)
    }

    @Test func missingReadingsLeaveAGapAndNoChange() {
        var second = run("b", 520, day: "2026-11-22")
        second.results.removeFirst()
        let history = History(
            [run("a", 500), second, run("c", 525, day: "2026-11-23")],
            metric: "server_cpu_ns_per_op")
        #expect(history.groups[0].series[0].values.map { $0[0] } == [500, nil, 525])
        // Against the last that had it.
        #expect(history.text().contains("525 ns/op +5.0 %"), "\(history.text())")
    }
}

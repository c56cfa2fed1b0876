// Metrics over releases, from the lines of the history.
//
// A line is a run under a label; two lines may be compared only where their machines are alike
// (EnvironmentFingerprint+Comparison). So the lines are split into groups of like machines, in the
// order in which each group began, and a change is stated within a group only:
//
//   machine 1: EPYC 7B13, kernel 6.1 …
//   get-16x64 · server CPU per operation · entries=100000
//               valkey-9.1               redis
//   0.1.0       510 ns/op                690 ns/op
//   0.2.0       498 ns/op  −2.4 %        691 ns/op  +0.1 %
//
// Without a metric to look at, a history is summed up: a line per metric and workload with its
// course, its first and its last reading (History+Summary.swift); the last runs stand side by side
// in a table (History+Trends.swift), and all of them on a page (TrendPage). Runs are in the order
// of time, whatever the order of their lines: a merge puts two branches' lines one after the other.
// A line that a merge doubled is one run.
//
// Non-goal: calling a change a regression. A history compares runs from different days; the gate
// reruns the old server beside the new one.
import RunRecord
import Statistics

public struct History: Equatable, Sendable {
    /// Runs on machines that may be compared.
    public struct Group: Equatable, Sendable {
        public var environment: EnvironmentFingerprint
        /// `label (2026-11-21)`, a row per run.
        public var runs: [String]
        /// By run: the way to its whole record; nil where there is none.
        public var recordFiles: [String?]
        public var series: [Series]
    }

    /// One metric under one workload in the same conditions.
    public struct Series: Equatable, Sendable {
        public var metric: String
        public var workload: String?
        public var conditions: Conditions
        public var unit: Metric.Unit
        public var better: Metric.Better
        public var kind: Metric.Kind
        public var targets: [String]
        /// By run, then by target; nil where that run did not measure it.
        public var values: [[Double?]]
        /// Half the range of that run's rounds, as a share; nil where they are not kept.
        public var spreads: [[Double?]]
    }

    public var groups: [Group]
    /// Every run of every metric is shown.
    public let isDetailed: Bool

    /// - Parameters:
    ///   - records: lines of the history in any order; runs that ended early are left out. The
    ///     `recordFile` of each is where a page of them links to, from its folder.
    ///   - metric: only metrics of that id or pattern (`*` for one part between slashes).
    ///   - target, workload: only these.
    ///   - isDetailed: every run is shown; always where a metric is asked for.
    public init(
        _ records: [RunRecord], metric: String? = nil, target: String? = nil,
        workload: String? = nil, isDetailed: Bool = false
    ) {
        self.isDetailed = isDetailed || metric != nil
        let whole = RunRecord.inTime(records.filter { !$0.partial }) { $0 }
        groups = whole.map(\.environment.comparisonKey).distinct().map { key in
            let runs = whole.filter { $0.environment.comparisonKey == key }
            return Group(
                environment: runs[0].environment,
                runs: runs.map { run in
                    let day = run.startedAt.map { " (\($0.prefix(10)))" } ?? ""
                    return (run.label ?? "unnamed") + day
                },
                recordFiles: runs.map(\.recordFile),
                series: Self.series(runs) { result in
                    (target == nil || result.target == target)
                        && (workload == nil || result.workload == workload)
                        && (metric.map { Self.matches(result.metric, $0) } ?? true)
                })
        }
    }

    private static func series(
        _ runs: [RunRecord], _ isWanted: (RunRecord.Result) -> Bool
    ) -> [Series] {
        let wanted = runs.flatMap(\.results).filter { isWanted($0) && $0.value != nil }
        var byKey: [ResultKey: [RunRecord.Result]] = [:]
        for result in wanted { byKey[result.key.ofAnyTarget, default: []].append(result) }
        let byRun = runs.map { run in
            Dictionary(run.results.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        }
        return wanted.map(\.key.ofAnyTarget).distinct().map { key in
            let results = byKey[key]!
            let targets = results.map(\.target).distinct()
            let readings = byRun.map { run in
                targets.map { target -> RunRecord.Result? in
                    var own = key
                    own.target = target
                    return run[own]
                }
            }
            return Series(
                metric: key.metric, workload: key.workload, conditions: key.conditions,
                unit: results[0].unit, better: results[0].better, kind: results[0].kind,
                targets: targets, values: readings.map { $0.map { $0?.value } },
                spreads: readings.map { run in
                    run.map { $0.flatMap { Descriptive.relativeSpread($0.readings) } }
                })
        }
    }

    private static func matches(_ id: String, _ pattern: String) -> Bool {
        let parts = id.split(separator: "/")
        let wanted = pattern.split(separator: "/")
        return parts.count == wanted.count
            && zip(wanted, parts).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// The history for a terminal.
    public func text(_ style: TerminalStyle = .plain) -> String {
        var blocks: [String] = []
        for (number, group) in groups.enumerated() {
            blocks.append(heading(number, style))
            guard isDetailed else {
                blocks.append(group.summary(style))
                continue
            }
            for series in group.series {
                blocks.append(
                    style.wrapped(series.heading, indent: 2) + group.table(series).text(style))
            }
        }
        return blocks.joined(separator: "\n")
    }

    /// The machine of a group, and why the one before it is another.
    func heading(_ number: Int, _ style: TerminalStyle) -> String {
        let name = "machine \(number + 1): \(printable(groups[number].machine))"
        return style.wrapped(name, indent: 2)
            + differences(number).map { style.wrapped("  \(printable($0))", indent: 4) }.joined()
    }

    /// In what a group's machine differs from the one before it.
    func differences(_ number: Int) -> [String] {
        guard number > 0 else { return [] }
        return groups[number - 1].environment.differences(to: groups[number].environment)
            .map { difference in
                "not comparable with machine \(number), \(difference.field): "
                    + "\(difference.baseline ?? "unknown") there, "
                    + "\(difference.candidate ?? "unknown") here"
            }
    }
}

extension History.Group {
    var machine: String {
        let cpus = environment.logicalCPUs.map { "\($0) CPUs" }
        let kernel = environment.kernel.map { "kernel \($0)" }
        return [environment.cpuModel, cpus, kernel].compactMap(\.self).joined(separator: ", ")
    }

    /// Runs that have the series, each against the one before that had it.
    func table(_ series: History.Series) -> TextTable {
        var table = TextTable(
            [.init(["run"], .left)]
                + series.targets.flatMap { target in
                    [.init([printable(target)]), .init([], continues: true)]
                })
        let scale = Scale(series.unit, values: series.values.joined().compactMap(\.self))
        for run in runs.indices where series.values[run].contains(where: { $0 != nil }) {
            var row = [runs[run]]
            for target in series.targets.indices {
                let value = series.values[run][target]
                let before = series.values[..<run].compactMap { $0[target] }.last
                row.append(value.map(scale.text) ?? "–")
                let change = value.flatMap { value in
                    before.map {
                        Change(from: $0, to: value, of: series.metric, unit: series.unit)
                    }
                }
                row.append(change?.text(scale) ?? "")
            }
            table.append(row)
        }
        return table
    }
}

extension History.Series {
    var heading: String {
        let parts = [workload, Metric.named(metric)?.title ?? metric, conditions.summary]
        return printable(parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " · "))
    }
}

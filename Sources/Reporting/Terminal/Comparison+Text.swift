// A comparison as text and as Markdown.
import Quantities
import RunRecord
import Statistics

extension Comparison {
    /// A table per candidate, then what moved with it.
    public func text(_ style: TerminalStyle = .plain) -> String {
        let tables = candidates.map { candidate in
            let (table, footnotes) = self.table(of: candidate)
            var text =
                style.wrapped(printable(heading(candidate)), indent: 2)
                + style.wrapped(outcome(of: candidate), indent: 2) + table.text(style)
            if let mechanism = mechanism(of: candidate) {
                text += style.wrapped("mechanism: \(printable(mechanism))", indent: 2)
            }
            if let quiet = quietSentence(of: candidate) {
                text += style.wrapped(quiet, indent: 2)
            }
            for (index, reason) in footnotes.enumerated() {
                text += style.wrapped("[\(index + 1)] \(printable(reason))", indent: 4)
            }
            return text
        }
        return tables.joined(separator: "\n") + style.wrapped(Self.note, indent: 2)
    }

    /// The same in GitHub's Markdown: what changed, and the rest folded away.
    func markdown() -> String {
        let tables = candidates.map { candidate in
            let (changed, footnotes) = table(of: candidate) { $0.isDistinct }
            let (rest, _) = table(of: candidate) { !$0.isDistinct }
            var text =
                "**\(markdownEscaped(heading(candidate)))**\n\n\(outcome(of: candidate))\n"
            if !changed.rows.isEmpty { text += "\n" + changed.markdown() }
            if !rest.rows.isEmpty {
                text +=
                    "\n" + markdownFolded("What shows no distinct change", rest.markdown())
            }
            if let mechanism = mechanism(of: candidate) {
                text += "\nmechanism: \(markdownEscaped(mechanism))\n"
            }
            if let quiet = quietSentence(of: candidate) { text += "\n\(quiet)\n" }
            for (index, reason) in footnotes.enumerated() {
                text += "\n\\[\(index + 1)\\] \(markdownEscaped(reason))\n"
            }
            return text
        }
        return tables.joined(separator: "\n") + "\n" + markdownEscaped(Self.note) + "\n"
    }

    /// What a terminal of the style does not show.
    func leftOut(_ style: TerminalStyle) -> [String] {
        candidates.flatMap { table(of: $0).table.leftOut(style) }.distinct()
    }

    private func heading(_ candidate: String) -> String {
        let workloads = rows.map(\.workload).distinct()
        let only = workloads.count == 1 ? workloads[0] : nil
        return (["\(candidate) against \(baseline)"] + [only].compactMap(\.self))
            .joined(separator: " · ")
    }

    /// `2 better, 1 worse, 11 without a distinct change`
    private func outcome(of candidate: String) -> String {
        let rows = toldRows(of: candidate)
        let better = rows.count { $0.isDistinct && $0.isImprovement }
        let worse = rows.count { $0.isDistinct && !$0.isImprovement }
        return "\(better) better, \(worse) worse, \(rows.count - better - worse) without a "
            + "distinct change"
    }

    /// A row per metric; the unit stands with its name. What has no interval has a footnote.
    /// - Parameter fits: whether a row is in it; footnotes are those of all rows.
    private func table(
        of candidate: String, where fits: (Row) -> Bool = { _ in true }
    ) -> (table: TextTable, footnotes: [String]) {
        let all = toldRows(of: candidate)
        let reasons = all.compactMap(\.noInterval).distinct()
        let rows = all.filter(fits).enumerated().sorted { first, second in
            (first.element.rank, first.offset) < (second.element.rank, second.offset)
        }.map(\.element)
        let loads = rows.map(load)
        let names = loads.contains { !$0.isEmpty } ? ["metric", "load"] : ["metric"]
        var table = TextTable(
            names.map { TextTable.Column([$0], .left) }
                + Self.headings.dropFirst(3).map { TextTable.Column([$0]) },
            names: names.count)
        let hidesDetail = rows.contains { !$0.isDetail }
        for (row, load) in zip(rows, loads) {
            let scale = self.scale(of: row)
            let model = row.kind == .simulated ? " (simulated)" : ""
            let title = [row.title, scale.unit].filter { !$0.isEmpty }.joined(separator: ", ")
            let footnote = row.noInterval.flatMap { reasons.firstIndex(of: $0) }
            let noInterval = footnote.map { "n/a [\($0 + 1)]" } ?? ""
            let numbers = [
                scale.number(row.baselineValue), scale.number(row.candidateLevel),
                row.change.text(scale), row.interval.map(Self.words) ?? noInterval,
                row.detectable.map { $0.shareText } ?? "",
            ]
            let tone: TerminalStyle.Tone? =
                row.isDistinct ? (row.isImprovement ? .good : .bad) : nil
            table.append(
                [title + model] + (names.count > 1 ? [load] : []) + numbers,
                tones: tone.map { [names.count + 2: $0] } ?? [:],
                detail: hidesDetail && row.isDetail ? row.title : nil)
        }
        return (table, reasons)
    }

    static func words(_ interval: ConfidenceInterval) -> String {
        "\(interval.lower.changeText) … \(interval.upper.changeText)"
    }

    /// Points of latencies share a unit.
    private func scale(of row: Row) -> Scale {
        let beside = rows.filter {
            Scale.isShared($0.metric) && $0.workload == row.workload
                && $0.candidate == row.candidate
        }
        return Scale(
            row.unit, values: [row.baselineValue, row.candidateLevel],
            with: Scale.isShared(row.metric) ? beside.map(\.baselineValue) : [])
    }

    /// What tells a row's load from others: the workload, where there are several, and conditions.
    private func load(_ row: Row) -> String {
        let hasOne = rows.allSatisfy { $0.workload == row.workload }
        return [hasOne ? nil : row.workload, ownConditions(row)].compactMap(\.self)
            .joined(separator: " ")
    }

    /// The columns of the page and of JUnit. The candidate's level follows from the change.
    static let headings = [
        "metric", "kind", "workload", "baseline", "× (1 + change)", "change", intervalHeading,
        detectableHeading,
    ]
    private static let intervalHeading = "95 % interval"
    private static let detectableHeading = "could see"

    static let note =
        "change: of the rounds, paired; the level beside the baseline’s is that, changed by it"

    func cells(_ row: Row) -> [String] {
        let scale = self.scale(of: row)
        return [
            row.title, row.kind.rawValue,
            [row.workload, ownConditions(row)].compactMap(\.self).joined(separator: " "),
            scale.text(row.baselineValue), scale.text(row.candidateLevel), row.change.text(scale),
            row.interval.map(Self.words) ?? row.noInterval ?? "",
            row.detectable.map { $0.shareText } ?? "",
        ]
    }

    /// The numbers of a row, each with its heading: `change: +6.0 %`; where there is none, why.
    func facts(_ row: Row) -> [String] {
        zip(Self.headings, cells(row)).dropFirst(3).map { heading, cell in
            switch heading {
            case Self.intervalHeading where row.interval == nil:
                "\(heading): n/a (\(row.whyNoInterval))"
            case Self.detectableHeading where row.detectable == nil:
                "\(heading): n/a (\(row.interval == nil ? row.whyNoInterval : "no change at all"))"
            default: "\(heading): \(cell)"
            }
        }
    }

    /// What tells a row from another of the same metric and workload.
    private func ownConditions(_ row: Row) -> String? {
        let alike = rows.filter {
            $0.metric == row.metric && $0.workload == row.workload && $0.candidate == row.candidate
        }
        let own = row.conditions.filter { key, value in
            alike.contains { $0.conditions[key] != value }
        }
        return own.isEmpty ? nil : own.words
    }
}

extension Comparison.Row {
    fileprivate var rank: Int { Metric.named(metric)?.rank ?? .max }
    fileprivate var isDetail: Bool { Metric.named(metric)?.isDetail != false }
}

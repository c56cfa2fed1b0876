// A verdict for a terminal: the word first, why, then every check with its numbers.
import Foundation
import RunRecord

extension RunRecord {
    /// Verdict, reasons, checks; the usual table for a record without a verdict.
    public func verdictText() -> String {
        guard let verdict else { return SuiteTable(self).text() }
        var text = verdict.headline + "\n"
        for reason in verdict.reasons { text += "  \(printable(reason))\n" }
        for advice in verdict.advice { text += "  → \(printable(advice))\n" }
        guard !verdict.checks.isEmpty else { return text }
        text += "\n" + verdict.table.text()
        for check in verdict.sentinelChecks {
            text +=
                "sentinel, \(printable(check.title)) \(printable(check.place)): "
                + "\(check.change(check.effect ?? 0)) in \(check.pairs) rounds\n"
        }
        return text
    }
}

extension RunRecord.Verdict {
    /// `PASS: new against old, policy default`
    var headline: String {
        let against = baseline ?? "stored numbers"
        return "\(status.rawValue.uppercased()): \(printable(candidate)) against "
            + "\(printable(against)), policy \(printable(policy))"
    }

    static let headings = [
        "metric", "load", "baseline", "candidate", "change", "95 % interval", "margin",
        "could see", "n", "verdict",
    ]

    func cells(_ check: RunRecord.Check) -> [String] {
        let scale = Scale(
            check.unit, values: [check.baselineValue, check.candidateValue].compactMap(\.self))
        let interval = [check.lower, check.upper].compactMap(\.self).map(check.change)
        return [
            check.title, check.place, check.baselineValue.map(scale.text) ?? "",
            check.candidateValue.map(scale.text) ?? "",
            check.effect.map(check.change) ?? "", interval.joined(separator: " … "),
            check.margin.map(check.size) ?? "", check.detectable.map(check.size) ?? "",
            "\(check.pairs)", check.status.rawValue,
        ]
    }

    /// Checks, those that decide first.
    var table: TextTable { table(where: { _ in true }) ?? TextTable([]) }

    /// The checks that fit; nil where none does.
    func table(where fits: (RunRecord.Check) -> Bool) -> TextTable? {
        let rows = orderedChecks.filter(fits)
        guard !rows.isEmpty else { return nil }
        var table = TextTable(
            Self.headings.enumerated().map { index, heading in
                .init([heading], [0, 1, 9].contains(index) ? .left : .right)
            })
        for check in rows { table.append(cells(check)) }
        return table
    }

    /// By weight of the verdict: what failed is read first.
    public var orderedChecks: [RunRecord.Check] {
        RunRecord.Check.Status.allCases.flatMap { status in
            checks.filter { $0.status == status }.sorted { $0.severity > $1.severity }
        }
    }
}

extension RunRecord.Check {
    var title: String { Metric.named(metric)?.title ?? metric }

    /// `get-16x64 P16`, `8 loads`.
    var place: String { cells.map { "\($0) loads" } ?? load ?? "" }

    /// A change of the check's metric: a share, or a difference in its unit.
    func change(_ value: Double) -> String {
        guard isDifference else { return Scale.change(value) }
        return (value < 0 ? "−" : "+") + size(abs(value))
    }

    /// The same without a sign.
    func size(_ value: Double) -> String {
        guard isDifference else { return Scale.share(value) }
        if unit == .ratio { return String(format: "%.2f points", value * 100) }
        let scale = Scale(unit, values: [value])
        return scale.text(value)
    }

    /// Margins that the change is.
    var severity: Double { abs(effect ?? 0) / max(margin ?? 1, 1e-9) }

    /// Name of the check within its run: `get-16x64 server_cpu_ns_per_op`.
    var fullName: String { [place, metric].filter { !$0.isEmpty }.joined(separator: " ") }
}

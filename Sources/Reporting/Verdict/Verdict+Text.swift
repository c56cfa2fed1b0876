// A verdict for a terminal: the word first, why, then every check with its numbers.
import RunRecord

extension RunRecord {
    /// Verdict, reasons, checks; the usual table for a record without a verdict.
    public func verdictText() -> String {
        guard let verdict else { return SuiteTable(self).text() }
        var text = verdict.headline + "\n"
        for reason in verdict.reasons { text += "  \(printable(reason))\n" }
        guard !verdict.checks.isEmpty else { return text }
        text += "\n" + verdict.table.text()
        for check in verdict.sentinelChecks {
            let see = check.detectable.map { ", could see \(Scale.spread($0))" } ?? ""
            text +=
                "sentinel, \(printable(check.title)): \(Scale.change(check.effect ?? 0)) in "
                + "\(check.pairs) rounds\(see)\n"
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
        "metric", "workload", "baseline", "candidate", "change", "95 % interval", "margin",
        "could see", "n", "verdict",
    ]

    func cells(_ check: RunRecord.Check) -> [String] {
        let scale = Scale(
            check.unit, values: [check.baselineValue, check.candidateValue].compactMap(\.self))
        let interval = [check.lower, check.upper].compactMap(\.self).map(Scale.change)
        return [
            check.title, check.workload ?? "", check.baselineValue.map(scale.text) ?? "n/a",
            check.candidateValue.map(scale.text) ?? "n/a",
            check.effect.map(Scale.change) ?? "", interval.joined(separator: " … "),
            check.margin.map { Scale.spread($0).replacing("±", with: "") } ?? "",
            check.detectable.map(Scale.spread) ?? "", "\(check.pairs)", check.status.rawValue,
        ]
    }

    /// Checks, those that decide first.
    var table: TextTable {
        var table = TextTable(
            Self.headings.enumerated().map { index, heading in
                .init([heading], [0, 1, 9].contains(index) ? .left : .right)
            })
        for check in orderedChecks { table.append(cells(check)) }
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

    /// Margins that the change is.
    var severity: Double { abs(effect ?? 0) / max(margin ?? 1, 1e-9) }

    /// Name of the check within its run: `get-16x64 server_cpu_ns_per_op`.
    var fullName: String { [workload, metric].compactMap(\.self).joined(separator: " ") }
}

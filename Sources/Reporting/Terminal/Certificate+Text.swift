// What gates are worth on a runner, as text and as Markdown: a row for each change that was tried.
import Quantities
import RunRecord

extension RunRecord.Certificate {
    /// The table, then what it holds for.
    public func text(_ style: TerminalStyle = .plain) -> String {
        Self.table(rows).text(style)
            + facts.map { style.wrapped(printable($0), indent: 2) }.joined()
    }

    /// The same in GitHub's Markdown.
    func markdown() -> String {
        Self.table(rows).markdown() + "\n" + facts.map { markdownEscaped($0) + "\n" }.joined()
    }

    /// A row for each change that was injected.
    public static func table(_ rows: [Row]) -> TextTable {
        var table = TextTable([
            .init(["injected"], .left), .init(["gates"]), .init(["worth"]),
            .init(["regression"]), .init(["95 % interval"]), .init(["pass"]),
            .init(["inconclusive"]), .init(["from"], .left),
        ])
        for row in rows {
            table.append([
                row.change, "\(row.gates)", "\(row.worth)", "\(row.regressions)", row.interval,
                "\(row.passes)", "\(row.inconclusive)", row.origin,
            ])
        }
        return table
    }

    /// What it rests on, and for what it speaks.
    var facts: [String] {
        let scatter = self.scatter.sorted { $0.key < $1.key }.filter { $0.value < 1 }
            .map { metric, deviation in
                "\(Metric.named(metric)?.title ?? metric) \(percent(deviation)) %"
            }
        return [
            "\(rounds) rounds from \(hours) hours, \(secondsPerRound.fixed(1)) s each; "
                + "budget \(budgetSeconds.fixed(0)) s; scatter of a round, all loads: "
                + scatter.joined(separator: ", "),
            "For \(target) under the policy \(policy) alone.",
        ]
    }

    /// The share of detections from which on a change is called found.
    private static let foundShare = 0.8

    /// The rate of false alarms, and the smallest change that is found.
    var findings: [String] {
        let alarms = rows.first { $0.isHarmless && $0.gates > 0 }
        guard let alarms else {
            return ["\(rounds) rounds are too few for a single gate of \(budgetSeconds.fixed(0)) s"]
        }
        let quiet =
            "\(alarms.regressions) of \(alarms.gates) gates without a change were red "
            + "(95 % interval \(alarms.interval))"
        let found = rows.first { !$0.isHarmless && ($0.share ?? 0) >= Self.foundShare }
        let power =
            found.map {
                "the smallest change that was found in 80 of 100 gates: \($0.change) "
                    + "(\($0.regressions) of \($0.gates))"
            } ?? "no change that was tried was found in 80 of 100 gates"
        return [quiet, power]
    }
}

extension RunRecord.Certificate.Row {
    /// `0.00 … 1.84 %`
    var interval: String { "\(percent(lower)) … \(percent(upper)) %" }
}

/// A share in hundredths of a per cent.
private func percent(_ share: Double) -> String { (share * 100).fixed(2) }

// What a self-test found out, for a terminal.
import Gate
import Quantities
import Reporting
import RunRecord

extension Certificate {
    public func text(_ style: TerminalStyle = .plain) -> String {
        let scatter = self.scatter.sorted { $0.key < $1.key }.filter { $0.value < 1 }
            .map { metric, deviation in
                "\(Metric.named(metric)?.title ?? metric) \(deviation.percent(2))"
            }
        return Self.table(rows, style)
            + "\(rounds) rounds from \(hours.count) hours, "
            + "\(secondsPerRound.fixed(1)) s each; budget \(Int(budgetSeconds)) s; "
            + "scatter of a round, all loads: "
            + scatter.joined(separator: ", ") + "\n"
            + "For \(target) under the policy \(policy) alone.\n"
    }

    static func table(_ rows: [Row], _ style: TerminalStyle) -> String {
        var table = TextTable([
            .init(["injected"], .left), .init(["gates"]), .init(["worth"]),
            .init(["regression"]), .init(["95 % interval"]), .init(["pass"]),
            .init(["inconclusive"]), .init(["from"], .left),
        ])
        for row in rows {
            let interval = row.interval
            table.append([
                row.change, "\(row.gates)", "\(row.disjoint ?? row.gates)", "\(row.regressions)",
                "\((interval.lower * 100).fixed(2)) … \(interval.upper.percent(2))",
                "\(row.passes)", "\(row.inconclusive)", row.how,
            ])
        }
        return table.text(style)
    }
}

extension SelfTest {
    /// False alarms and power of a policy by a ``RoundModel``, as a table.
    /// - Parameter gates: of every kind, at most.
    public static func text(
        _ policy: Policy, _ model: RoundModel, gates: Int, seed: UInt64,
        _ style: TerminalStyle = .plain
    ) -> String {
        let rows = (harmless(policy) + harmful).map {
            modelled($0, policy, model, gates: gates, seed: seed)
        }
        return model.words + "\n" + Certificate.table(rows, style)
    }
}

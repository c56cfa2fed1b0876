// What a self-test of the gate certifies: how often it would raise a false alarm, and how often it
// finds what change, each with what so many gates leave open. The numbers stand below.
import Quantities
import RunRecord

extension HTMLReport {
    var certificate: HTML {
        guard let certificate = record.certificate else { return "" }
        let harmless = certificate.rows.filter(\.isHarmless)
        let others = certificate.rows.filter { !$0.isHarmless }
        return """
            <p>What a gate of <code>\(certificate.target)</code> by the policy \
            <b>\(certificate.policy)</b> is worth on this machine: red gates, of so many that \
            were tried.</p>
            <div class="plots">
            \(shares("false alarms", "nothing was changed: less is better", harmless, .bad))\
            \(shares("changes found", "of each kind: more is better", others, .good))</div>
            \(RunRecord.Certificate.table(certificate.rows).html())\
            \(certificate.facts.html { "<p class=\"facts\">\($0)</p>\n" })
            """
    }

    private func shares(
        _ title: String, _ about: String, _ rows: [RunRecord.Certificate.Row],
        _ tone: ForestPlot.Tone
    ) -> HTML {
        guard !rows.isEmpty else { return "" }
        let plot = SharePlot(
            title: title, tone: tone,
            rows: rows.map { row in
                SharePlot.Row(
                    label: row.change, share: row.share,
                    range: row.lower...max(row.lower, row.upper),
                    text: row.share.map { $0.shareText } ?? "n/a",
                    tip: "\(row.change): \(row.regressions) of \(row.gates) gates, "
                        + "95 % interval \(row.interval)")
            })
        return figure(title, [about, "bar: share of the gates, line: its 95 % interval"], plot.svg)
    }
}

// What a gate decided, at the top of the page: the word, why, a table of checks, and a plot for
// each.
import RunRecord

extension HTMLReport {
    var verdictSection: HTML {
        guard let verdict = record.verdict else { return "" }
        return """
            <section id="verdict" class="verdict \(verdict.status.tone)">
            <h2>\(verdict.status.rawValue)</h2>
            <p>\(verdict.candidate) against \(verdict.baseline ?? "stored numbers"), \
            policy \(verdict.policy)</p>
            <ul>
            \((verdict.reasons + verdict.advice.map { "→ \($0)" }).html { "<li>\($0)</li>\n" })</ul>
            </section>
            \(checks(verdict))
            """
    }

    private func checks(_ verdict: RunRecord.Verdict) -> HTML {
        guard !verdict.checks.isEmpty else { return "" }
        let plotted = (verdict.orderedChecks + verdict.sentinelChecks).filter { $0.effect != nil }
        let headings = RunRecord.Verdict.headings.dropFirst(2).dropLast()
        return """
            <section id="checks">
            <h2>Checks</h2>
            <div class="scroll"><table>
            <thead><tr><th class="name">verdict</th><th class="text">metric</th>\
            \(headings.html { "<th>\($0)</th>" })</tr></thead>
            <tbody>
            \(verdict.orderedChecks.html { row($0, verdict) })</tbody>
            </table></div>
            <div class="plots changes">
            \(plotted.html(figure))</div>
            <p class="facts">Worse is to the right; the dashed line is the margin. Timed checks: \
            the Hodges–Lehmann centre of the rounds with its 95 % interval; “could see” is \
            the smallest change that would have been confirmed in 80 of 100 such runs. Counted \
            checks repeat and have no interval.</p>
            </section>

            """
    }

    private func row(_ check: RunRecord.Check, _ verdict: RunRecord.Verdict) -> HTML {
        let cells = verdict.cells(check)
        return """
            <tr title="\(check.reason)"><td class="text \(check.status.tone)">\
            \(check.status.rawValue)</td>\
            <td class="text">\(cells[0]) <small>\(cells[1])</small></td>\
            \(cells.dropFirst(2).dropLast().html { "<td>\($0)</td>" })</tr>

            """
    }

    private func figure(_ check: RunRecord.Check) -> HTML {
        let name = check.rule == "sentinel" ? "sentinel: \(check.title)" : check.title
        return intervalFigure(
            name, [check.place, check.change(check.effect ?? 0), check.status.rawValue],
            IntervalPlot(
                effect: check.effect ?? 0, lower: check.lower, upper: check.upper,
                margin: check.rule == "advisory" ? nil : check.margin, better: check.better,
                tone: check.status.tone))
    }
}

extension RunRecord.Verdict.Status {
    var tone: String {
        switch self {
        case .regression: "bad"
        case .inconclusive: "open"
        case .improvement, .pass: "good"
        }
    }
}

extension RunRecord.Check.Status {
    /// The CSS class that colours it.
    var tone: String {
        switch self {
        case .regression: "bad"
        case .inconclusive, .accepted: "open"
        case .improvement, .pass: "good"
        case .advisory, .unmeasured: "none"
        }
    }
}

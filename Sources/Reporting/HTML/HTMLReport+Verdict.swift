// What a gate checked: every check on one scale, its margin, and the numbers behind them folded.
// The baseline against its own copy (the sentinel) stands below: what shows there is noise.
import RunRecord

extension HTMLReport {
    var checks: HTML {
        guard let verdict = record.verdict, !verdict.checks.isEmpty else { return "" }
        let rows = verdict.orderedChecks.map { $0.plotRow }
        let headings = RunRecord.Verdict.headings.dropFirst(2).dropLast()
        return """
            <p class="counts">\(counts(verdict))</p>
            \(ForestPlot(.margins, rows).html)\(sentinel(verdict, beside: rows))\
            <details><summary>every number</summary>
            <div class="scroll"><table>
            <thead><tr><th class="name">metric</th><th class="text">verdict</th>\
            \(headings.html { "<th>\($0)</th>" })</tr></thead>
            <tbody>
            \(verdict.orderedChecks.html { row($0, verdict) })</tbody>
            </table></div>
            </details>
            <p class="facts">Worse is to the right; the dashed lines are the margin, to either \
            side. Timed checks: the Hodges–Lehmann centre of the rounds with its 95 % interval; \
            “could see” is the smallest change that would have been confirmed in 80 of 100 such \
            runs. Counted checks repeat and have no interval.</p>

            """
    }

    /// `1 worse · 0 better · 12 unchanged · 1 undecided`
    private func counts(_ verdict: RunRecord.Verdict) -> String {
        func count(_ statuses: [RunRecord.Check.Status]) -> Int {
            verdict.checks.count { statuses.contains($0.status) }
        }
        let always = [
            "\(count([.regression, .accepted])) worse", "\(count([.improvement])) better",
            "\(count([.pass])) unchanged",
        ]
        let sometimes = [
            (count([.inconclusive]), "undecided"), (count([.advisory]), "advisory"),
            (count([.unmeasured]), "not measured"),
        ]
        return (always + sometimes.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" })
            .joined(separator: " · ")
    }

    private func sentinel(
        _ verdict: RunRecord.Verdict, beside others: [ForestPlot.Row]
    ) -> HTML {
        let checks = verdict.sentinelChecks
        guard !checks.isEmpty else { return "" }
        let rows = checks.map { check in
            var row = check.plotRow
            row.tone = .neutral
            row.isShown = true
            row.range = check.pairs == 1 ? "in 1 round" : "in \(check.pairs) rounds"
            return row
        }
        return """
            <details><summary>the baseline against its own copy (\(rows.count))</summary>
            <p class="facts">Two servers that are the same, the baseline and the sentinel: what \
            differs here is the noise of this machine, not the candidate’s doing.</p>
            \(ForestPlot(.margins, rows, beside: others).html)</details>

            """
    }

    private func row(_ check: RunRecord.Check, _ verdict: RunRecord.Verdict) -> HTML {
        let cells = verdict.cells(check)
        return """
            <tr title="\(check.reason)">\
            <th class="name">\(cells[0]) <small>\(cells[1])</small></th>\
            <td class="text \(check.status.tone.rawValue)">\(check.status.rawValue)</td>\
            \(cells.dropFirst(2).dropLast().html { "<td>\($0)</td>" })</tr>

            """
    }
}

extension RunRecord.Check {
    /// In margins. What has none, or cannot be told in one, has its numbers alone.
    fileprivate var plotRow: ForestPlot.Row {
        func margins(_ value: Double) -> Double? {
            let worse = better == .lower ? value : -value
            guard let margin, margin >= 0 else { return nil }
            // Any change is more than a margin of nothing.
            return worse == 0 ? 0 : worse / margin
        }
        let ends = [lower, upper].compactMap { $0.flatMap(margins) }.sorted()
        let range = [lower, upper].compactMap { $0.map(change) }.joined(separator: " … ")
        // Neither colour nor mark tells these two apart.
        let isNamed = status == .inconclusive || status == .accepted
        let words = [range, isNamed ? status.rawValue : ""].filter { !$0.isEmpty }
        return ForestPlot.Row(
            title: title, place: place, reason: reason, effect: effect.flatMap(margins),
            interval: ends.count == 2 ? ends[0]...ends[1] : nil,
            change: effect.map(change) ?? status.rawValue, range: words.joined(separator: ", "),
            tone: status.tone, isShown: status.isChange)
    }
}

extension RunRecord.Check.Status {
    fileprivate var tone: ForestPlot.Tone {
        switch self {
        case .regression: .bad
        case .inconclusive, .accepted: .open
        case .improvement, .pass: .good
        case .advisory, .unmeasured: .neutral
        }
    }

    fileprivate var isChange: Bool {
        switch self {
        case .regression, .inconclusive, .accepted, .improvement: true
        case .pass, .advisory, .unmeasured: false
        }
    }
}

// A verdict for a terminal: the word first, why, then every check with its numbers.
import Quantities
import RunRecord

extension RunRecord.Verdict {
    /// Reasons, what to do, checks; the headline stands above it.
    func text(_ style: TerminalStyle) -> String {
        var text = reasons.map { style.wrapped("  \(printable($0))", indent: 4) }.joined()
        text += advice.map { style.wrapped("  → \(printable($0))", indent: 4) }.joined()
        guard let table = table(where: { _ in true }) else { return text }
        text += "\n" + style.wrapped(outcome, indent: 2) + table.text(style)
        for (index, reason) in missing.enumerated() {
            text += style.wrapped("[\(index + 1)] \(printable(reason))", indent: 4)
        }
        for check in sentinelChecks {
            let name = [check.title, check.place].filter { !$0.isEmpty }.joined(separator: " ")
            let rounds = check.pairs == 1 ? "1 round" : "\(check.pairs) rounds"
            text += style.wrapped(
                "sentinel, \(printable(name)): \(check.change(check.effect ?? 0)) in \(rounds)",
                indent: 2)
        }
        return text
    }

    /// `checks: ✗ 1 regression, ? 1 inconclusive, ✓ 9 pass`
    var outcome: String {
        let parts = RunRecord.Check.Status.allCases.compactMap { status -> String? in
            let count = checks.count { $0.status == status }
            return count > 0 ? "\(status.mark) \(count) \(status.rawValue)" : nil
        }
        return "checks: " + parts.joined(separator: ", ")
    }

    /// `PASS: new against old, policy default`
    var headline: String {
        let against = baseline ?? "stored numbers"
        return "\(status.rawValue.uppercased()): \(printable(candidate)) against "
            + "\(printable(against)), policy \(printable(policy))"
    }

    /// The columns of the page.
    static let headings = [
        "metric", "load", "baseline", "candidate", "change", "95 % interval", "margin",
        "could see", "n", "verdict",
    ]

    func cells(_ check: RunRecord.Check) -> [String] {
        let scale = self.scale(of: check)
        return [
            check.title, check.place, check.baselineValue.map(scale.text) ?? "",
            check.candidateValue.map(scale.text) ?? "",
        ] + judgement(check) + [check.status.rawValue]
    }

    /// What is neither name, level nor verdict.
    private func judgement(_ check: RunRecord.Check) -> [String] {
        let interval = [check.lower, check.upper].compactMap(\.self).map(check.change)
        return [
            check.effect.map(check.change) ?? "", interval.joined(separator: " … "),
            check.margin.map(check.size) ?? "", check.detectable.map(check.size) ?? "",
            "\(check.pairs)",
        ]
    }

    /// Points of latencies share a unit.
    private func scale(of check: RunRecord.Check) -> Scale {
        let beside = checks.filter { Scale.isShared($0.metric) }.compactMap(\.baselineValue)
        return Scale(
            check.unit, values: [check.baselineValue, check.candidateValue].compactMap(\.self),
            with: Scale.isShared(check.metric) ? beside : [])
    }

    /// Why checks were not measured, each reason once: footnotes of the table.
    var missing: [String] {
        orderedChecks.filter { $0.status == .unmeasured }.map(\.reason).distinct()
    }

    /// The checks that fit, those that decide first; nil where none does.
    func table(where fits: (RunRecord.Check) -> Bool) -> TextTable? {
        let rows = orderedChecks.filter(fits)
        guard !rows.isEmpty else { return nil }
        // The unit stands with the name, the verdict where no block is without it.
        let headings: [String] =
            ["metric", "load", "verdict"] + Self.headings.dropFirst(2).dropLast()
        // After few rounds there is no interval, and nothing that could be seen.
        let judgements = rows.map(judgement)
        let first = headings.count - (judgements.first?.count ?? 0)
        let kept = headings.indices.filter { index in
            index <= first || judgements.contains { !$0[index - first].isEmpty }
        }
        var table = TextTable(
            kept.map { TextTable.Column([headings[$0]], $0 < 3 ? .left : .right) }, names: 2)
        for (check, judgement) in zip(rows, judgements) {
            let scale = self.scale(of: check)
            let isMissing = check.status == .unmeasured
            let footnote = isMissing ? missing.firstIndex(of: check.reason) : nil
            let none = footnote.map { "n/a [\($0 + 1)]" } ?? ""
            let levels = [check.baselineValue, check.candidateValue].map {
                $0.map(scale.number) ?? none
            }
            let unit = isMissing ? "" : scale.unit
            let name = [check.title, unit].filter { !$0.isEmpty }.joined(separator: ", ")
            let tone = check.status.terminalTone
            let cells =
                ["\(check.status.mark) \(name)", check.place, check.status.rawValue] + levels
                + judgement
            table.append(
                kept.map { cells[$0] },
                tones: tone.map { [0: $0, 2: $0, 5: $0] } ?? [:],
                detail: check.isUnchangedAdvice ? check.title : nil)
        }
        return table
    }

    /// By weight of the verdict: what failed is read first.
    public var orderedChecks: [RunRecord.Check] {
        RunRecord.Check.Status.allCases.flatMap { status in
            checks.filter { $0.status == status }.sorted { $0.severity > $1.severity }
        }
    }
}

extension RunRecord.Check.Status {
    /// Before the name of what was checked: a colour is not the only sign.
    fileprivate var mark: String {
        switch self {
        case .regression: "✗"
        case .inconclusive: "?"
        case .improvement, .pass: "✓"
        case .accepted: "!"
        case .advisory, .unmeasured: "·"
        }
    }

    fileprivate var terminalTone: TerminalStyle.Tone? {
        switch self {
        case .regression: .bad
        case .improvement, .pass: .good
        default: nil
        }
    }
}

extension RunRecord.Check {
    var title: String { Metric.named(metric)?.title ?? metric }

    /// `get-16x64 P16`, `8 loads`.
    var place: String { cells.map { "\($0) loads" } ?? load ?? "" }

    /// Advice about what did not move: its interval holds 0, or there is no change at all.
    fileprivate var isUnchangedAdvice: Bool {
        guard status == .advisory else { return false }
        guard let lower, let upper else { return (effect ?? 0) == 0 }
        return lower <= 0 && upper >= 0
    }

    /// A change of the check's metric: a share, or a difference in its unit.
    func change(_ value: Double) -> String {
        guard isDifference else { return value.changeText }
        return (value < 0 ? "−" : "+") + size(abs(value))
    }

    /// The same without a sign.
    func size(_ value: Double) -> String {
        guard isDifference else { return value.shareText }
        if unit == .ratio { return value.pointsText }
        // In the margin's unit, so that a row has one.
        let margins = [margin].compactMap(\.self).filter { $0 > 0 }
        let scale = Scale(unit, values: [value], with: margins)
        return scale.text(value)
    }

    /// Margins that the change is.
    var severity: Double { abs(effect ?? 0) / max(margin ?? 1, 1e-9) }

    /// Name of the check within its run: `get-16x64 server_cpu_ns_per_op`.
    var fullName: String { [place, metric].filter { !$0.isEmpty }.joined(separator: " ") }
}

// A reading for a terminal: what was found in a sentence, then the tables, then what was left out
// of them.
import RunRecord

extension RunReading {
    /// The run for a terminal: what was found, then the numbers.
    public func text(_ style: TerminalStyle = .plain) -> String {
        let headline = Headline(of: record)
        let faults = record.toldFaults.map(\.line)
        var blocks = [
            (faults + headline.findings).map { style.wrapped(printable($0), indent: 2) }.joined()
        ].filter { !$0.isEmpty }
        switch kind {
        case .gate:
            if let certificate = record.certificate {
                blocks.append(certificate.text(style))
            }
            let verdict = record.verdict?.text(style) ?? ""
            if verdict.isEmpty { break }
            // Reasons stand below the headline without a gap.
            blocks = [blocks.joined() + verdict]
        case .claims: blocks.append(ClaimTable(record).text(style))
        case .compare:
            if let comparison, !comparison.rows.isEmpty { blocks.append(comparison.text(style)) }
        default: blocks += sections.map { $0.text(style) }
        }
        if showsTable {
            blocks.append(table.text(style))
        } else if !sections.isEmpty && !table.footnotes.isEmpty {
            blocks.append(table.footnoteText(Set(1...table.footnotes.count), style))
        }
        blocks += addenda.map { $0.text(style) }
        let leftOut = self.leftOut(style)
        if !leftOut.isEmpty {
            let names = printable(leftOut.joined(separator: ", "))
            blocks.append(style.wrapped("not shown without --detail: \(names)", indent: 2))
        }
        // What to do stands behind the last of those that ask for it.
        let warnings = record.warningsByRemedy.flatMap { group in
            group.dropLast().map(\.subject) + group.suffix(1).map { "\($0)" }
        }
        if !warnings.isEmpty {
            blocks.append(
                warnings.map { style.wrapped("warning: \(printable($0))", indent: 2) }.joined())
        }
        return blocks.joined(separator: "\n")
    }

    /// A verdict, a certificate and claims tell their own; what sections lack is in footnotes.
    private var showsTable: Bool {
        switch kind {
        case .gate: record.verdict == nil && record.certificate == nil && !table.isEmpty
        case .claims: false
        case .tables, .memory, .ladder:
            sections.isEmpty
                ? !table.isEmpty : table.sections.flatMap(\.columns).contains { !$0.isEmpty }
        default: !table.isEmpty
        }
    }

    /// What no table of the text shows: names of metrics.
    private func leftOut(_ style: TerminalStyle) -> [String] {
        var names = sections.flatMap { $0.table.leftOut(style) }
        switch kind {
        case .gate: names += record.verdict?.table { _ in true }?.leftOut(style) ?? []
        case .compare: names += comparison?.leftOut(style) ?? []
        default: break
        }
        return (names + (showsTable ? table.leftOut(style) : [])).distinct()
    }
}

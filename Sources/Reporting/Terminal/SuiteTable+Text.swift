// The table of a run as text and as Markdown.
import RunRecord

extension SuiteTable {
    /// The table for a terminal; sections that are wider go on below.
    public func text(_ style: TerminalStyle = .plain) -> String {
        var blocks = sections.compactMap { section -> String? in
            guard !visible(section, style).isEmpty else { return nil }
            return style.wrapped(heading(section), indent: 2) + table(section).text(style)
        }
        let columns = sections.flatMap { visible($0, style) }
        let used = Set(columns.flatMap(\.cells).compactMap { $0?.footnote })
        let notes =
            footnoteText(used, style)
            + Self.notes(columns).map { style.wrapped($0, indent: 2) }.joined()
        if !notes.isEmpty { blocks.append(notes) }
        return blocks.joined(separator: "\n")
    }

    /// The footnotes of these numbers, from 1.
    func footnoteText(_ numbers: Set<Int>, _ style: TerminalStyle) -> String {
        numbers.sorted().map { number in
            style.wrapped("[\(number)] \(printable(footnotes[number - 1]))", indent: 4)
        }.joined()
    }

    private func visible(_ section: Section, _ style: TerminalStyle) -> [Column] {
        section.columns.filter { style.showsDetail || !$0.isDetail }
    }

    /// What a terminal of the style does not show.
    func leftOut(_ style: TerminalStyle) -> [String] {
        style.showsDetail
            ? [] : sections.flatMap(\.columns).filter(\.isDetail).map(\.title).distinct()
    }

    /// The same in GitHub's Markdown.
    public func markdown() -> String {
        var blocks = sections.map { section in
            "**\(markdownEscaped(heading(section)))**\n\n" + table(section).markdown()
        }
        let notes =
            footnotes.enumerated().map { "\\[\($0 + 1)\\] \(markdownEscaped($1))  \n" }
            + self.notes.map { markdownEscaped($0) + "  \n" }
        if !notes.isEmpty { blocks.append(notes.joined()) }
        return blocks.joined(separator: "\n")
    }

    /// What a section's numbers are: kind, workload, shared conditions.
    func heading(_ section: Section) -> String {
        var parts = ["\(section.kind.rawValue): \(section.kind.explanation)"]
        if let workload = section.workload { parts.append(workload) }
        if !section.conditions.isEmpty { parts.append(section.conditions.summary) }
        return printable(parts.joined(separator: " · "))
    }

    private func table(_ section: Section) -> TextTable {
        var parts = [TextTable.Column(["target"], .left)]
        for column in section.columns {
            parts.append(.init(column.heading, isDetail: column.isDetail))
            if column.hasSpread { parts.append(.init([], continues: true)) }
            if column.hasChange { parts.append(.init([], continues: true)) }
        }
        var table = TextTable(parts)
        for (row, target) in targets.enumerated() {
            var texts = [target]
            var tones: [Int: TerminalStyle.Tone] = [:]
            for column in section.columns {
                let cell = column.cells[row]
                texts.append(cell.map(column.text) ?? "–")
                if column.hasSpread { texts.append(cell?.spread.map(Scale.spread) ?? "") }
                if column.hasChange {
                    tones[texts.count] = column.tone(cell)
                    texts.append(cell?.change?.text(column.scale) ?? "")
                }
            }
            table.append(texts, tones: tones)
        }
        return table
    }
}

extension SuiteTable.Column {
    var hasSpread: Bool { cells.contains { $0?.spread != nil } }
    var hasChange: Bool { cells.contains { $0?.change != nil } }

    /// Title, conditions of its own, unit.
    var heading: [String] {
        [title, conditions.summary, scale.unit].filter { !$0.isEmpty }
    }

    /// The number, or `n/a` with its footnote.
    func text(_ cell: SuiteTable.Cell) -> String {
        cell.value.map(scale.number) ?? "n/a" + (cell.footnote.map { " [\($0)]" } ?? "")
    }

    /// The colour of a change that is beyond the noise.
    fileprivate func tone(_ cell: SuiteTable.Cell?) -> TerminalStyle.Tone? {
        guard let cell, let change = cell.change, cell.isOutsideSpread else { return nil }
        return change.isRise == (better == .higher) ? .good : .bad
    }
}

extension Metric.Kind {
    /// What numbers of this kind are worth, in a few words.
    var explanation: String {
        switch self {
        case .wall: "by the clock"
        case .cpu: "CPU time as the scheduler accounts for it"
        case .exact: "counted, the same on every run with the same seed"
        case .hardware: "counted by the processor"
        case .software: "counted by the kernel or by the server itself"
        case .simulated: "counted by a model of the caches"
        default: "of a kind that this version does not know"
        }
    }
}

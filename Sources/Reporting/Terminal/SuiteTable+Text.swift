// The table of a run as text and as Markdown.
import RunRecord

extension SuiteTable {
    /// The table for a terminal; what is wider goes on below.
    public func text(_ style: TerminalStyle = .plain) -> String {
        let common = commonConditions
        let shown = sections.compactMap { section -> Section? in
            var section = section.without(common)
            section.columns = visible(section, style)
            return section.columns.isEmpty ? nil : section
        }
        let blocks = Self.blocks(shown)
        var parts =
            common.isEmpty || shown.isEmpty
            ? [] : [style.wrapped(printable("all: \(common.words)"), indent: 2)]
        parts += blocks.map { block in
            style.wrapped(heading(block), indent: 2)
                + (missing(block).map { style.wrapped($0, indent: 2) }
                    ?? table(block).text(style))
        }
        let columns = blocks.flatMap(\.sections).flatMap(\.columns)
        let used = Set(columns.flatMap(\.cells).compactMap { $0?.footnote })
        let notes =
            footnoteText(used, style)
            + (loads(blocks) + Self.notes(columns)).map { style.wrapped($0, indent: 2) }.joined()
        if !notes.isEmpty { parts.append(notes) }
        return parts.joined(separator: "\n")
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
        let common = commonConditions
        let blocks = Self.blocks(sections.map { $0.without(common) })
        var parts =
            common.isEmpty || blocks.isEmpty ? [] : [markdownEscaped("all: \(common.words)") + "\n"]
        parts += blocks.map { block in
            "**\(markdownEscaped(heading(block)))**\n\n" + table(block).markdown()
        }
        let notes =
            footnotes.enumerated().map { "\\[\($0 + 1)\\] \(markdownEscaped($1))  \n" }
            + (loads(blocks) + self.notes).map { markdownEscaped($0) + "  \n" }
        if !notes.isEmpty { parts.append(notes.joined()) }
        return parts.joined(separator: "\n")
    }

    /// What a block's numbers are: kind, and of one workload which, and its conditions.
    private func heading(_ block: Block) -> String {
        let first = block.sections[0]
        var parts = ["\(first.kind.rawValue): \(first.kind.explanation)"]
        if !block.hasSeveral {
            parts += [first.workload ?? "", first.conditions.words].filter { !$0.isEmpty }
        }
        return printable(parts.joined(separator: " · "))
    }

    /// The conditions of workloads that share a table: `ycsb-a: entries 1,000, pipeline 16`.
    private func loads(_ blocks: [Block]) -> [String] {
        blocks.filter(\.hasSeveral).flatMap(\.sections).filter { !$0.conditions.isEmpty }
            .map { printable("\($0.workload ?? ""): \($0.conditions.words)") }.distinct()
    }

    /// A table of nothing but `n/a` takes more room than a sentence.
    private static let fewMissing = 3

    /// `cycles n/a [1], branches n/a [2]` where no target has any number; nil elsewhere.
    private func missing(_ block: Block) -> String? {
        guard !block.hasSeveral, block.columns.count > Self.fewMissing else { return nil }
        var names: [String] = []
        for column in block.columns {
            let marks = Set(column.cells.map { $0?.footnote })
            guard column.isEmpty, marks.count == 1, let mark = marks.first ?? nil else {
                return nil
            }
            names.append("\(column.title) n/a [\(mark)]")
        }
        return printable(names.joined(separator: ", "))
    }

    private func table(_ block: Block) -> TextTable {
        let names = block.hasSeveral ? ["load", "target"] : ["target"]
        let columns = block.columns.indices.map { Cases(block.cases($0)) }
        var parts = names.map { TextTable.Column([$0], .left) }
        for (column, cases) in zip(block.columns, columns) {
            parts.append(.init(column.heading, isDetail: column.isDetail))
            if cases.haveSpread { parts.append(.init([], continues: true)) }
            if cases.haveChange { parts.append(.init([], continues: true)) }
        }
        var table = TextTable(parts, names: names.count)
        for section in block.sections {
            for (row, target) in targets.enumerated() {
                var texts = [target]
                if block.hasSeveral { texts.insert(row == 0 ? section.workload ?? "" : "", at: 0) }
                var tones: [Int: TerminalStyle.Tone] = [:]
                for (column, cases) in zip(section.columns, columns) {
                    let cell = column.cells[row]
                    texts.append(cell.map(column.text) ?? "–")
                    if cases.haveSpread { texts.append(cell?.spread.map(Scale.spread) ?? "") }
                    if cases.haveChange {
                        tones[texts.count] = column.tone(cell)
                        texts.append(cell?.change?.text(column.scale) ?? "")
                    }
                }
                table.append(texts, tones: tones)
            }
        }
        return table
    }

    /// What stands beside the numbers of a column under several workloads.
    private struct Cases {
        let haveSpread: Bool
        let haveChange: Bool

        init(_ columns: [Column]) {
            haveSpread = columns.contains(where: \.hasSpread)
            haveChange = columns.contains(where: \.hasChange)
        }
    }
}

extension SuiteTable.Column {
    var hasSpread: Bool { cells.contains { $0?.spread != nil } }
    var hasChange: Bool { cells.contains { $0?.change != nil } }

    /// Title, conditions of its own, unit.
    var heading: [String] {
        [title, conditions.words, scale.unit].filter { !$0.isEmpty }
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

// The one reading of a record: what a run says, the same wherever it is printed. The verbs print it
// when they end, `report` prints it again, and the page shows the same parts.
//
//     gate       its verdict (Verdict/)
//     claims     a row per published figure (Claims/)
//     compare    effects with their intervals (Comparison); then what has none
//     tables     operations, bytes, growth, table by table (RunReading+Tables)
//     memory     bytes by the number of entries (RunReading+Memory)
//     bench      a row for each test (BenchTotals)
//     ladder     what each rung adds (RunReading+Ladder)
//     profile    functions by time (ProfileReading), and their changes (DifferenceReading)
//     others     a table per kind and workload, each row against the first (SuiteTable)
//
// Where effects are told, levels agree with them and nothing else tells a change. What makes a run
// less than what was asked for (RunFault) stands before its numbers, other warnings behind them.
import RunRecord

public struct RunReading {
    public let record: RunRecord
    public let kind: KindOfRun
    /// Of a compare: every target against the first.
    public let comparison: Comparison?
    /// Of tables, of curves of memory, of tests and of ladders.
    let sections: [ReadingSection]
    /// What no other part tells.
    public let table: SuiteTable
    /// How numbers came about: rates that were tried, functions in which it was counted.
    let addenda: [ReadingSection]

    /// Functions of a profile and of a difference that a screen has room for.
    public static let usualFunctions = 20

    /// - Parameter functions: how many to tell of each profile and of each difference.
    public init(_ record: RunRecord, functions: Int = usualFunctions) {
        self.record = record
        kind = record.kindOfRun
        let label = record.targets.first?.label
        let comparison =
            kind == .compare ? label.map { Comparison(record, baseline: $0) } : nil
        self.comparison = comparison
        let totals = BenchTotals(record)
        var rest = record
        if let comparison { rest.results.removeAll(where: comparison.tells) }
        switch kind {
        case .tables: rest.results.removeAll { $0.value != nil }
        case .memory:
            rest.results.removeAll { $0.value != nil && $0.conditions.entries != nil }
        case .bench:
            rest.results.removeAll(where: totals.tells)
        case .ladder:
            rest.results.removeAll { $0.value != nil && LadderReading.tells($0) }
        default: break
        }
        table = SuiteTable(rest, tellsChanges: kind != .compare && kind != .gate)
        let footnotes = Footnotes(table.footnotes)
        switch kind {
        case .tables: sections = TablesReading(record, footnotes).sections
        case .memory: sections = MemoryRunReading(record, footnotes).sections
        case .bench:
            let tests = totals.table(footnotes.mark)
            sections = tests.map { [ReadingSection(heading: "totals", table: $0)] } ?? []
        case .ladder: sections = LadderReading(record, footnotes).sections
        default: sections = []
        }
        addenda =
            TrialReading(record).sections + NodeReading(record).sections
            + Self.profiles(record, kind, most: functions)
    }

    /// A gate's verdict names the functions that moved, load by load, and a comparison those of
    /// its tables: the rest of many profiles is for the page and other formats.
    private static func profiles(
        _ record: RunRecord, _ kind: KindOfRun, most: Int
    ) -> [ReadingSection] {
        if kind == .gate { return [] }
        let differences = DifferenceReading.all(record).map { $0.section(most: most) }
        if kind == .compare && !differences.isEmpty { return differences }
        return differences + ProfileReading(record).sections(most: most)
    }

    /// In GitHub's Markdown, without the heading and what surrounds every run.
    func markdownBlocks() -> [String] {
        var blocks: [String] = []
        if !record.incidents.isEmpty {
            blocks.append(
                record.incidents.map { "- ❌ \(markdownEscaped($0.sentence))\n" }.joined())
        }
        switch kind {
        case .gate where record.certificate != nil:
            return blocks + [record.certificate?.markdown() ?? ""]
        case .claims: blocks.append(ClaimTable(record).markdown())
        case .compare:
            if let comparison, !comparison.rows.isEmpty { blocks.append(comparison.markdown()) }
        default: blocks += sections.map { $0.markdown() }
        }
        guard kind == .compare else {
            if !table.isEmpty { blocks.append(table.markdown()) }
            return blocks + addenda.map { $0.markdown() }
        }
        let functions = DifferenceReading.markdownBlocks(record)
        blocks += functions.isEmpty ? addenda.map { $0.markdown() } : functions
        if !table.isEmpty { blocks.append(markdownFolded("The rest", table.markdown())) }
        return blocks
    }

    static let partialNote = "this run ended early, and what is here is not all of it"
}

/// A table under a heading, with what must be known to read it.
struct ReadingSection {
    var heading: String
    var table: TextTable
    /// Below the table.
    var notes: [String] = []

    func text(_ style: TerminalStyle) -> String {
        style.wrapped(printable(heading), indent: 2) + table.text(style)
            + notes.map { style.wrapped(printable($0), indent: 2) }.joined()
    }

    func markdown() -> String {
        let below = notes.map { "\n\(markdownEscaped($0))\n" }.joined()
        return "**\(markdownEscaped(heading))**\n\n\(table.markdown())\(below)"
    }
}

extension RunRecord.Incident {
    /// `new: lost keys in get-16x64, round 3: 12 of 4000; GET key:7 answered nil`
    public var sentence: String {
        var place = "\(target): \(kind.rawValue.replacing("_", with: " "))"
        if let workload { place += " in \(workload)" }
        if let round { place += ", round \(round + 1)" }
        let amount = count.map { count in of.map { "\(count) of \($0)" } ?? "\(count)" }
        let rest = [amount, detail.isEmpty ? nil : detail].compactMap(\.self)
        return ([place] + [rest.joined(separator: "; ")]).filter { !$0.isEmpty }
            .joined(separator: ": ")
    }
}

// Rows of a reading of tables: a title, and per table its number; beside the first's the spread of
// its rounds, beside the others' the change against the first with its interval, as a comparison
// has them. Where there is a change, the number beside the first's is that, changed by it.
import RunRecord
import Statistics

/// Changes against the first table.
struct TableEffects {
    private struct Key: Hashable {
        var metric: String
        var target: String
        var workload: String?
        var conditions: Conditions
    }

    private let rows: [Key: Comparison.Row]

    init(_ record: RunRecord, baseline: String?) {
        let all = baseline.map { Comparison(record, baseline: $0).rows } ?? []
        rows = Dictionary(
            all.map { row in
                let key = Key(
                    metric: row.metric, target: row.candidate, workload: row.workload,
                    conditions: row.conditions)
                return (key, row)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for the first table's own, and where either is missing.
    func row(_ result: RunRecord.Result) -> Comparison.Row? {
        rows[
            Key(
                metric: result.metric, target: result.target, workload: result.workload,
                conditions: result.conditions)]
    }

    /// What must be known to read the changes of these results.
    func note(_ results: [RunRecord.Result]) -> String {
        results.contains { row($0)?.interval != nil }
            ? "changes are of the rounds, paired, with their 95 % intervals"
            : "no change has an interval, which takes \(HodgesLehmann.leastSamples) rounds"
    }
}

/// Rows under way.
struct TableRowsReading {
    private let targets: [String]
    private let footnotes: Footnotes
    private let effects: TableEffects
    private var rows: [Row] = []

    private struct Row {
        var cells: [String]
        var tones: [Int: TerminalStyle.Tone] = [:]
        /// What a row is called that is shown on demand.
        var detail: String?
    }

    init(_ targets: [String], _ footnotes: Footnotes, _ effects: TableEffects) {
        self.targets = targets
        self.footnotes = footnotes
        self.effects = effects
    }

    /// A row for each title that the results have, in their order.
    /// - Parameters:
    ///   - tellsChange: false of what is not better or worse.
    ///   - title: its `()` gets the unit.
    mutating func add(
        _ results: [RunRecord.Result], tellsChange: Bool = true,
        title: (RunRecord.Result) -> String
    ) {
        for name in results.map(title).distinct() {
            let row = targets.map { target in
                results.first { $0.target == target && title($0) == name }
            }
            guard let any = row.compactMap(\.self).first else { continue }
            let changes = row.map { tellsChange ? $0.flatMap(effects.row) : nil }
            let levels = zip(row, changes).map { Self.level($0, $1) }
            let scale = Scale(any.unit, values: levels.compactMap(\.self))
            // The unit would follow from a number.
            let hasNoUnit = levels.allSatisfy { $0 == nil } && Scale.varies(any.unit)
            let heading = hasNoUnit ? name.replacing(" ()", with: "") : name
            var cells = [heading.replacing("()", with: "(\(scale.unit))")]
            var tones: [Int: TerminalStyle.Tone] = [:]
            for (index, result) in row.enumerated() {
                cells.append(
                    levels[index].map(scale.number) ?? footnotes.text(result, scale))
                let spread = result.flatMap { Descriptive.relativeSpread($0.readings) }
                    .map(Scale.spread)
                guard index > 0 else {
                    cells.append(result?.value == nil ? "" : spread ?? "")
                    continue
                }
                tones[cells.count] = changes[index].flatMap(Self.tone)
                cells.append(changes[index]?.change.text(scale) ?? "")
                cells.append(changes[index]?.interval.map(Self.words) ?? spread ?? "")
            }
            rows.append(Row(cells: cells, tones: tones))
        }
    }

    /// Where there are rounds, what agrees with the change of the rounds.
    private static func level(
        _ result: RunRecord.Result?, _ change: Comparison.Row?
    ) -> Double? {
        if let change, !change.logRatios.isEmpty { return change.candidateLevel }
        return result?.value
    }

    /// A row of numbers that are what they are: no change of them is better or worse.
    /// - Parameter detail: the row is shown on demand, and called this where it is not.
    mutating func add(
        _ title: String, _ scale: Scale, _ values: [Double?], detail: String? = nil
    ) {
        add(title, values.map { $0.map(scale.number) }, detail: detail)
    }

    /// The same of words.
    mutating func add(_ title: String, _ words: [String?], detail: String? = nil) {
        var cells = [title]
        for (index, word) in words.enumerated() {
            cells.append(word ?? "–")
            cells += index == 0 ? [""] : ["", ""]
        }
        rows.append(Row(cells: cells, detail: detail))
    }

    /// Of a change whose interval leaves 0 out, and of what is counted; what was measured once, or
    /// in too few rounds, may lie anywhere.
    private static func tone(_ row: Comparison.Row) -> TerminalStyle.Tone? {
        let isCounted = row.kind == .exact || row.kind == .simulated
        guard row.isDistinct, row.interval != nil || isCounted else { return nil }
        return row.isImprovement ? .good : .bad
    }

    private static func words(_ interval: ConfidenceInterval) -> String {
        "[\(Comparison.words(interval))]"
    }

    func named(_ heading: String) -> ReadingSection {
        var columns = [TextTable.Column([], .left)]
        for (index, target) in targets.enumerated() {
            columns += [.init([target]), .init([], continues: true)]
            if index > 0 { columns.append(.init([], continues: true)) }
        }
        var table = TextTable(columns)
        for row in rows { table.append(row.cells, tones: row.tones, detail: row.detail) }
        return ReadingSection(heading: heading, table: table)
    }
}

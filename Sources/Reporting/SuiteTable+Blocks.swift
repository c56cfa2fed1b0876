// What sections have in common is told once: conditions above all of them, and columns that are the
// same under several workloads in one table, with a row for each workload and target.
import RunRecord

extension SuiteTable {
    /// Sections with the same columns under different workloads, at least one; each column has one
    /// scale.
    struct Block {
        fileprivate(set) var sections: [Section]

        /// Those of the first; the others' have the same metrics, conditions and scales.
        var columns: [Column] { sections.first?.columns ?? [] }
        var hasSeveral: Bool { sections.count > 1 }

        /// A column under every workload.
        func cases(_ index: Int) -> [Column] { sections.map { $0.columns[index] } }
    }

    /// Neighbours of one kind that have the same columns are one block.
    /// - Parameter mayJoin: whether a section may stand with others.
    static func blocks(
        _ sections: [Section], where mayJoin: (Section) -> Bool = { _ in true }
    ) -> [Block] {
        var blocks: [Block] = []
        for section in sections {
            if let last = blocks.last, let first = last.sections.first,
                first.isLike(section), mayJoin(first), mayJoin(section)
            {
                blocks[blocks.count - 1].sections.append(section)
            } else {
                blocks.append(Block(sections: [section]))
            }
        }
        return blocks.map { $0.scaled() }
    }

    /// Conditions that have one value wherever they are stated, and tell no column from another.
    var constants: Conditions {
        var values: [String: Set<ConditionValue>] = [:]
        for section in sections {
            for conditions in [section.conditions] + section.columns.map(\.conditions) {
                for (key, value) in conditions { values[key, default: []].insert(value) }
            }
        }
        return values.filter { key, _ in !sections.contains { $0.tellsApart(by: key) } }
            .compactMapValues { $0.count == 1 ? $0.first : nil }
    }

    /// The constants that several sections state: worth a line above them.
    var commonConditions: Conditions {
        constants.filter { key, _ in sections.count { $0.states(key) } > 1 }
    }
}

extension SuiteTable.Section {
    /// The section without conditions that are told elsewhere.
    func without(_ told: Conditions) -> SuiteTable.Section {
        var section = self
        section.conditions = conditions.filter { told[$0.key] == nil }
        for index in columns.indices {
            section.columns[index].conditions =
                columns[index].conditions.filter { told[$0.key] == nil }
        }
        return section
    }

    fileprivate func isLike(_ other: SuiteTable.Section) -> Bool {
        workload != nil && other.workload != nil && kind == other.kind
            && columns.count == other.columns.count
            && zip(columns, other.columns).allSatisfy {
                $0.metric == $1.metric && $0.unit == $1.unit && $0.conditions == $1.conditions
            }
    }

    fileprivate func states(_ key: String) -> Bool {
        conditions[key] != nil || columns.contains { $0.conditions[key] != nil }
    }

    /// Whether some columns of a metric state a condition and others do not.
    fileprivate func tellsApart(by key: String) -> Bool {
        guard conditions[key] == nil else { return false }
        return Dictionary(grouping: columns, by: \.metric).values.contains { some in
            let stated = some.count { $0.conditions[key] != nil }
            return stated > 0 && stated < some.count
        }
    }
}

extension SuiteTable.Block {
    /// With one scale for each column.
    fileprivate func scaled() -> SuiteTable.Block {
        guard hasSeveral else { return self }
        var block = self
        let latencies = sections.flatMap(\.columns).filter { Scale.isShared($0.metric) }
            .flatMap(\.values)
        for index in columns.indices {
            let column = columns[index]
            let values = cases(index).flatMap(\.values)
            guard !values.isEmpty else { continue }
            let scale = Scale(
                column.unit, values: values,
                with: Scale.isShared(column.metric) ? latencies : [])
            for number in sections.indices {
                block.sections[number].columns[index].scale = scale
            }
        }
        return block
    }
}

extension SuiteTable.Column {
    fileprivate var values: [Double] { cells.compactMap { $0?.value } }
}

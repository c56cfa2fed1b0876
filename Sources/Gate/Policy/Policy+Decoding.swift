// Reading a policy file: unknown keys, wrong types and impossible numbers are reported with line
// and remedy, all of them in one run.
import Quantities
import RunRecord
import StrictYAML
import Yams

/// Every key of policy and acceptance files, by section.
enum GateSection: String, FileSection {
    case policy, cell, rounds, memory, simulated, rule
    case openLoop = "open_loop"
    case acceptances, acceptance

    var keys: [String] {
        switch self {
        case .policy:
            [
                "schema", "name", "title", "cells", "open_loop", "entries", "connections",
                "budget", "alpha", "pooled_share", "screen_q", "rounds", "memory", "simulated",
                "rules",
            ]
        case .cell: ["workload", "pipeline", "entries"]
        case .openLoop: ["workload", "load"]
        case .rounds: ["screen", "least", "cap", "precision", "seconds", "warm_up"]
        case .memory: ["key_size", "value_size", "entries", "launches"]
        case .simulated: ["workload", "entries", "requests", "screen", "seeds"]
        case .rule: ["metric", "rule", "margin", "margin_absolute", "cell_margin", "optional"]
        case .acceptances: ["schema", "acceptances"]
        case .acceptance: ["metric", "workload", "bound", "reason", "author", "expires"]
        }
    }
}

extension GateSection {
    /// Beyond a year nothing runs.
    private static let longestBudget = 31_536_000.0

    func range(of key: String) -> ClosedRange<Double> {
        switch (self, key) {
        case (.policy, "budget"), (.rounds, "warm_up"): 0...Self.longestBudget
        // As much as the same numbers on the command line.
        case (_, "entries"), (.simulated, "requests"): 1...1e12
        case (.policy, "connections"): 1...65_535
        // With fewer no p-value reaches a tenth of a share of half.
        case (.rounds, "screen"), (.rounds, "least"): 6...1e6
        case (.rounds, "cap"): 12...1e6
        case (.rounds, "seconds"): 0.1...600
        case (.memory, "launches"), (.simulated, "screen"), (.simulated, "seeds"): 2...1e6
        case (.memory, "key_size"): 1...65_536
        case (.memory, "value_size"): 0...0x1p29
        default: NumberLimits.all
        }
    }
}

typealias GateFields = YAMLFields<GateSection>

extension YAMLFields {
    /// A share, 0 … 10, written as `2%` or as a plain number, `0.02`.
    func share(_ key: String) -> Double? {
        guard let node = self[key] else { return nil }
        let text = node.scalar?.string ?? ""
        let share =
            text.hasSuffix("%")
            ? (try? Real.parsePercentage(text, in: 0...1_000))
            : (try? Real.parse(text, in: 0...10))
        guard node.scalar?.style == .plain, let share else {
            report(key, "`\(path(key))` is \(words(node)), not a share", "write it as 2% or 0.02")
            return nil
        }
        return share
    }
}

extension Policy {
    /// Checks the bytes of a policy file; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(FileProblems) {
        let diagnostics = Diagnostics(file: file)
        self.init()
        contentHash = ContentHash.of(bytes)
        if let root = yamlRoot(bytes, diagnostics, schema: Self.schema) {
            decode(root, diagnostics)
        }
        guard diagnostics.problems.isEmpty else { throw FileProblems(diagnostics.problems) }
    }

    private mutating func decode(_ root: Node, _ diagnostics: Diagnostics) {
        guard let fields = GateFields(root, .policy, "", diagnostics) else { return }
        checkSchema(fields, Self.schema)
        name = fields.string("name") ?? name
        title = fields.string("title") ?? title
        if fields["name"] == nil { fields.missing("name", "give the policy a name") }
        cells = decodeCells(fields, diagnostics)
        // What a file leaves out is the workload's own, or not measured.
        openLoop = fields.mapping("open_loop", .openLoop).map { OpenLoop($0) }
        entries = fields.integer("entries")
        connections = fields.integer("connections")
        if let milliseconds = fields.milliseconds("budget") {
            budgetSeconds = Nanoseconds(milliseconds: milliseconds).seconds
        }
        for (key, path) in [
            ("alpha", \Policy.alpha), ("screen_q", \Policy.screenQ),
            ("pooled_share", \Policy.pooledShare),
        ] {
            guard let share = fields.share(key) else { continue }
            if !(0 < share && share < 1) {
                fields.report(key, "`\(key)` is \(share)", "use a share between 0 and 1")
            }
            self[keyPath: path] = share
        }
        if let part = fields.mapping("rounds", .rounds) { rounds.decode(part) }
        if let part = fields.mapping("memory", .memory) { memory.decode(part) }
        if let part = fields.mapping("simulated", .simulated) { simulated.decode(part) }
        guard fields["rules"] != nil else {
            return fields.missing("rules", "say which metrics decide; see Workloads/policies/")
        }
        rules = fields.list("rules").compactMap { Rule($0.node, $0.path, diagnostics) }
        requireRounds(fields)
        if !rules.isEmpty && rules.allSatisfy({ $0.kind == .advisory }) {
            fields.report(
                "rules", "no rule decides anything",
                "add one that is timed, exact, median or paired")
        }
    }

    private func decodeCells(_ fields: GateFields, _ diagnostics: Diagnostics) -> [Cell] {
        var cells: [Cell] = []
        for item in fields.list("cells") {
            guard let part = GateFields(item.node, .cell, item.path, diagnostics) else { continue }
            guard let workload = part.string("workload") else {
                part.missing("workload", "name a file in Workloads/, or a path")
                continue
            }
            let entries = part.integer("entries")
            for pipeline in part.pipelines {
                let cell = Cell(workload, pipeline: pipeline, entries: entries)
                if cells.contains(where: { $0.workload == workload && $0.pipeline == pipeline }) {
                    part.report(
                        "workload", "`\(workload)` at pipeline \(pipeline) is listed twice",
                        "list every cell once")
                }
                cells.append(cell)
            }
        }
        return cells
    }

    /// Checks that the rounds can decide what the rules ask.
    private func requireRounds(_ fields: GateFields) {
        guard isTimed else { return }
        if cells.isEmpty && openLoop == nil {
            fields.report(
                "rules", "timed rules have no load to be measured under",
                "list `cells`, such as {workload: get-16x64, pipeline: [1, 16]}")
        }
        let least = Self.fewestRounds(checks: 1, alpha: cellAlpha)
        if rounds.least < least {
            fields.report(
                "rounds", "`rounds.least` is \(rounds.least), from which nothing can be confirmed",
                "use \(least) or more, as `alpha` \(alpha) asks")
        }
        if rounds.cap < decidingRounds {
            fields.report(
                "rounds", "`rounds.cap` is \(rounds.cap), from which not all can be decided",
                "use \(decidingRounds) or more")
        }
    }
}

extension YAMLFields<GateSection> {
    /// `1`, or `[1, 16]`.
    fileprivate var pipelines: [Int] {
        guard let node = self["pipeline"] else {
            missing("pipeline", "say how many requests a connection has in flight, as 1 or [1, 16]")
            return []
        }
        let nodes = node.sequence.map(Array.init) ?? [node]
        let numbers = nodes.map { plainCount($0).flatMap { Int(exactly: $0) } ?? 0 }
        guard !numbers.isEmpty, numbers.allSatisfy({ $0 >= 1 && $0 <= 10_000 }) else {
            report("pipeline", "`\(path("pipeline"))` is no pipeline", "write it as 1 or [1, 16]")
            return []
        }
        return numbers
    }
}

extension Policy.OpenLoop {
    fileprivate init(_ fields: GateFields) {
        self.init()
        workload = fields.string("workload") ?? workload
        load = fields.share("load") ?? load
        // At the rate of the slower side itself, queues grow without end and say nothing of it.
        if !(0 < load && load <= 0.95) {
            fields.report("load", "`load` is \(load)", "use a share up to 95%, such as 70%")
        }
    }
}

extension Policy.Rounds {
    fileprivate mutating func decode(_ fields: GateFields) {
        screen = fields.integer("screen") ?? screen
        least = fields.integer("least") ?? least
        cap = fields.integer("cap") ?? cap
        precision = fields.share("precision") ?? precision
        if precision == 0 {
            fields.report("precision", "`rounds.precision` is 0", "no interval is a point: use 25%")
        }
        seconds = fields.number("seconds", "a number of seconds") ?? seconds
        warmUpMilliseconds = fields.milliseconds("warm_up") ?? warmUpMilliseconds
    }
}

extension Policy.Memory {
    fileprivate mutating func decode(_ fields: GateFields) {
        keySize = fields.bytes("key_size") ?? keySize
        valueSize = fields.bytes("value_size") ?? valueSize
        launches = fields.integer("launches") ?? launches
        guard fields["entries"] != nil else { return }
        let range = fields.section.range(of: "entries")
        entries = fields.list("entries").compactMap { item in
            if let value = plainCount(item.node), value == value.rounded(), range.contains(value) {
                return Int(value)
            }
            fields.report(
                "entries", "`\(item.path)` is \(words(item.node)), which is no count of entries",
                "use whole numbers from 1 to \(Int(range.upperBound))")
            return nil
        }
        // Six across a doubling: fewer may all lie on one side of a table's growth.
        let spans = (entries.max() ?? 0) >= 2 * (entries.min() ?? 1)
        if entries.count < 6 || !spans || entries != entries.sorted() {
            fields.report(
                "entries", "`memory.entries` is no curve",
                "list six counts or more, ascending, the last at least twice the first")
        }
    }
}

extension Policy.Simulated {
    fileprivate mutating func decode(_ fields: GateFields) {
        workload = fields.string("workload") ?? workload
        entries = fields.integer("entries") ?? entries
        requests = fields.integer("requests") ?? requests
        screen = fields.integer("screen") ?? screen
        seeds = fields.integer("seeds") ?? seeds
        if seeds < 2 * screen {
            fields.report(
                "seeds", "`simulated.seeds` is \(seeds), which leaves too few fresh ones",
                "use \(2 * screen) or more")
        }
    }
}

extension Rule {
    fileprivate init?(_ node: Node, _ path: String, _ diagnostics: Diagnostics) {
        guard let fields = GateFields(node, .rule, path, diagnostics) else { return nil }
        guard let metric = fields.string("metric") else {
            fields.missing("metric", "name one, such as server_cpu_ns_per_op")
            return nil
        }
        if !metric.contains("*") && Metric.named(metric) == nil {
            fields.report(
                "metric", "no metric is called `\(metric)`",
                Metric.suggestion(for: metric)
                    ?? "use an id as in a run record; `*` stands for one part between slashes")
        }
        guard let word = fields.string("rule"), let kind = Kind(rawValue: word) else {
            let known = Kind.allCases.map(\.rawValue).joined(separator: ", ")
            if let word = fields.string("rule") {
                fields.report("rule", "rule `\(word)` is unknown", "use one of \(known)")
            } else {
                fields.missing("rule", "use one of \(known)")
            }
            return nil
        }
        let absolute = fields.number("margin_absolute", "a number in the metric's unit")
        let margin = fields.share("margin")
        if let absolute, absolute < 0 {
            fields.report("margin_absolute", "`margin_absolute` is \(absolute)", "use 0 or more")
        }
        // A timed rule on differences has no share; every other deciding rule has one.
        if kind != .advisory && fields["margin"] == nil && !(kind == .timed && absolute != nil) {
            fields.missing("margin", "say how much worse the metric may be, as 2%")
        }
        if kind == .paired || (kind == .timed && fields["margin"] != nil), absolute != nil {
            fields.report(
                "margin_absolute", "a \(kind.rawValue) rule compares ratios",
                "state `margin` alone" + (kind == .timed ? ", or `margin_absolute` alone" : ""))
        }
        let cell =
            absolute == nil
            ? fields.share("cell_margin") : fields.number("cell_margin", "a number in its unit")
        if cell != nil && kind != .timed {
            fields.report("cell_margin", "a \(kind.rawValue) rule has no cells", "leave it out")
        }
        if kind == .timed, absolute == nil, Metric.named(metric)?.better == .higher,
            max(margin ?? 0, cell ?? 0) >= 1
        {
            fields.report(
                "margin", "`\(metric)` cannot fall by 100 % or more", "use a smaller margin")
        }
        if let cell, cell < (absolute ?? margin ?? 0) {
            fields.report(
                "cell_margin", "`cell_margin` is smaller than the margin of all cells together",
                "one cell scatters more than their mean: use the margin or more")
        }
        self.init(
            metric, kind, margin: margin ?? 0, absolute: absolute, cell: cell,
            isOptional: fields.flag("optional") ?? false)
    }
}

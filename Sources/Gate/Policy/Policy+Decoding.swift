// Reading a policy file: unknown keys, wrong types and impossible numbers are reported with line
// and remedy, all of them in one run.
import RunRecord
import StrictYAML
import Yams

/// Every key of policy and acceptance files, by section.
enum GateSection: String, FileSection {
    case policy, rounds, memory, simulated, rule
    case acceptances, acceptance

    var keys: [String] {
        switch self {
        case .policy:
            [
                "schema", "name", "title", "workloads", "entries", "connections", "pipeline",
                "budget", "alpha", "screen_q", "rounds", "memory", "simulated", "rules",
            ]
        case .rounds: ["screen", "least", "cap", "precision", "blocks", "warm_up"]
        case .memory: ["key_size", "value_size", "entries", "launches"]
        case .simulated: ["workload", "entries", "requests", "screen", "seeds"]
        case .rule: ["metric", "rule", "margin", "margin_absolute"]
        case .acceptances: ["schema", "acceptances"]
        case .acceptance: ["metric", "workload", "bound", "reason", "author", "expires"]
        }
    }
}

typealias GateFields = YAMLFields<GateSection>

extension YAMLFields {
    /// A share, 0 … 10, written as `2%` or as a plain number, `0.02`.
    func share(_ key: String) -> Double? {
        guard let node = self[key] else { return nil }
        var text = node.scalar?.string ?? ""
        let isPercent = text.hasSuffix("%")
        if isPercent { text.removeLast() }
        guard node.scalar?.style == .plain, let number = Double(text), number.isFinite,
            (0...10).contains(isPercent ? number / 100 : number)
        else {
            report(key, "`\(path(key))` is \(words(node)), not a share", "write it as 2% or 0.02")
            return nil
        }
        return isPercent ? number / 100 : number
    }

    /// A whole number not below `least`.
    func count(_ key: String, from least: Int) -> Int? {
        guard let value = integer(key) else { return nil }
        guard value >= least else {
            report(key, "`\(path(key))` is \(value)", "use \(least) or more")
            return nil
        }
        return value
    }
}

extension Policy {
    /// Reads and checks a policy file.
    public init(file: String) throws(FileProblems) {
        try self.init(
            yaml: try readYAML(
                file,
                remedy: "give the path of a policy, or the name of one in Workloads/policies/"),
            file: file)
    }

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
        if fields["workloads"] != nil {
            workloads = fields.list("workloads").compactMap(\.node.scalar?.string)
            if workloads.isEmpty {
                fields.report(
                    "workloads", "`workloads` names none", "name a file in Workloads/, or a path")
            }
        }
        // What a file leaves out is the workload's own.
        entries = fields.count("entries", from: 1)
        connections = fields.count("connections", from: 1)
        pipeline = fields.count("pipeline", from: 1)
        if let milliseconds = fields.milliseconds("budget") {
            budgetSeconds = Double(milliseconds) / 1_000
        }
        for (key, path) in [("alpha", \Policy.alpha), ("screen_q", \Policy.screenQ)] {
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
        if !rules.isEmpty && rules.allSatisfy({ $0.kind == .advisory }) {
            fields.report(
                "rules", "no rule decides anything",
                "add one that is timed, exact, median or paired")
        }
    }
}

extension Policy.Rounds {
    fileprivate mutating func decode(_ fields: GateFields) {
        // Below eight rounds no interval of 99 % exists, below nine none of 99.5 %.
        screen = fields.count("screen", from: 9) ?? screen
        least = fields.count("least", from: 9) ?? least
        cap = fields.count("cap", from: 9) ?? cap
        precision = fields.share("precision") ?? precision
        blocks = fields.count("blocks", from: 1) ?? blocks
        warmUpMilliseconds = fields.milliseconds("warm_up") ?? warmUpMilliseconds
        if cap < screen + least {
            fields.report(
                "cap", "`rounds.cap` is \(cap), which screening and confirming exceed",
                "use \(screen + least) or more")
        }
    }
}

extension Policy.Memory {
    fileprivate mutating func decode(_ fields: GateFields) {
        keySize = fields.count("key_size", from: 1) ?? keySize
        valueSize = fields.count("value_size", from: 0) ?? valueSize
        launches = fields.count("launches", from: 2) ?? launches
        guard fields["entries"] != nil else { return }
        entries = fields.list("entries").compactMap { plainNumber($0.node).map { Int($0) } }
        // Six across a doubling: fewer may all lie on one side of a table's growth.
        let spans = (entries.max() ?? 0) >= 2 * (entries.min() ?? 1)
        if entries.count < 6 || !spans || entries != entries.sorted() || entries[0] < 1 {
            fields.report(
                "entries", "`memory.entries` is no curve",
                "list six counts or more, ascending, the last at least twice the first")
        }
    }
}

extension Policy.Simulated {
    fileprivate mutating func decode(_ fields: GateFields) {
        workload = fields.string("workload") ?? workload
        entries = fields.count("entries", from: 1) ?? entries
        requests = fields.count("requests", from: 1) ?? requests
        screen = fields.count("screen", from: 2) ?? screen
        seeds = fields.count("seeds", from: 2) ?? seeds
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
                "use an id as in a run record; `*` stands for one part between slashes")
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
        if kind != .advisory && fields["margin"] == nil {
            fields.missing("margin", "say how much worse the metric may be, as 2%")
        }
        let absolute = fields.number("margin_absolute", "a number in the metric's unit")
        if let absolute, absolute < 0 {
            fields.report("margin_absolute", "`margin_absolute` is \(absolute)", "use 0 or more")
        }
        if kind == .timed || kind == .paired, absolute != nil {
            fields.report(
                "margin_absolute", "a \(kind.rawValue) rule compares ratios",
                "state `margin` alone")
        }
        self.init(metric, kind, margin: fields.share("margin") ?? 0, absolute: absolute)
    }
}

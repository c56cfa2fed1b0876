// Reading a suite file, as strictly as a workload: unknown keys are errors with line and remedy.
import Quantities
import StrictYAML
import Workloads
import Yams

extension Suite {
    /// Checks the bytes of a suite file; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(FileProblems) {
        self = try decodedYAML(bytes, file: file, schema: Self.schema, Self.decode)
    }

    private static func decode(_ root: Node, _ diagnostics: Diagnostics) -> Suite? {
        guard let fields = SuiteFields(root, .suite, "", diagnostics) else { return nil }
        checkSchema(fields, schema)
        for key in ["name", "targets", "workloads"] where fields[key] == nil {
            fields.missing(key, "add it; see Workloads/suites/releases.yaml")
        }
        let targets = fields.list("targets").compactMap { node, path in
            target(node, path, diagnostics)
        }
        if fields["targets"] != nil && targets.isEmpty {
            fields.report(
                "targets", "`targets` is empty", "add at least one, such as ref:valkey-9.1")
        }
        var weights: [String: Weight] = [:]
        let workloads = fields.list("workloads").compactMap { node, path in
            workload(node, path, &weights, diagnostics)
        }
        let rounds = fields.integer("rounds", "a count from 1") ?? defaultRounds
        if rounds < 1 {
            fields.report("rounds", "\(rounds) rounds measure nothing", "use 1 or more")
        }
        for (index, target) in targets.enumerated() {
            for name in target.workloads where !workloads.contains(name) {
                fields.report(
                    "targets", "target \(index + 1) is for `\(name)`, which is no workload here",
                    "write it as in `workloads`")
            }
        }
        var suite = Suite(
            name: fields.string("name") ?? "", title: fields.string("title") ?? "",
            targets: targets, workloads: workloads, rounds: rounds,
            simulated: fields.flag("simulated") ?? false)
        suite.memory = fields.flag("memory") ?? suite.memory
        suite.replays = fields.flag("replay") ?? false
        for key in ["rounds", "simulated"] where suite.replays && fields[key] != nil {
            fields.report(
                key, "`\(key)` in a suite of replays, which has no rounds", "remove one of them")
        }
        suite.weights = weights
        if let entries = fields.integer("entries", "a number of keys") {
            suite.entries = UInt64(max(1, entries))
            if entries < 1 { fields.report("entries", "\(entries) entries", "use 1 or more") }
        }
        return suite
    }

    /// A name alone, or a mapping with `workload`, `weight` and `source`.
    private static func workload(
        _ node: Node, _ path: String, _ weights: inout [String: Weight],
        _ diagnostics: Diagnostics
    ) -> String? {
        if let name = node.scalar?.string, !name.isEmpty { return name }
        guard node.mapping != nil,
            let fields = SuiteFields(node, .suiteWorkload, path, diagnostics)
        else {
            diagnostics.report(
                diagnostics.lines[path], "`\(path)` is \(words(node)), not a workload",
                "write the name of a file in Workloads/, or a path")
            return nil
        }
        guard let name = fields.string("workload"), !name.isEmpty else {
            fields.missing("workload", "name a file in Workloads/, or a path")
            return nil
        }
        guard let weight = fields.number("weight", "a number above 0") else {
            if fields["weight"] == nil {
                fields.missing("weight", "add it, or write the name alone")
            }
            return name
        }
        if weight <= 0 {
            fields.report("weight", "a weight of \(weight.plainText)", "use a number above 0")
        }
        guard let source = fields.string("source") else {
            fields.missing("source", "say where the weight is from, or write `assumed`")
            return name
        }
        weights[name] = Weight(value: weight, source: source)
        return name
    }

    /// A spelling alone, or a mapping with `target`, `optional` and `workloads`.
    private static func target(
        _ node: Node, _ path: String, _ diagnostics: Diagnostics
    ) -> TargetEntry? {
        if let spelling = node.scalar?.string {
            return TargetEntry(spelling: spelling, optional: false)
        }
        guard let fields = SuiteFields(node, .suiteTarget, path, diagnostics) else { return nil }
        guard let spelling = fields.string("target") else {
            fields.missing("target", "name it, such as exec:redis-server")
            return nil
        }
        let workloads = fields.list("workloads").compactMap { node, path -> String? in
            if let name = node.scalar?.string, !name.isEmpty { return name }
            diagnostics.report(
                diagnostics.lines[path], "`\(path)` is \(words(node)), not a workload",
                "write it as in `workloads` of the suite")
            return nil
        }
        return TargetEntry(
            spelling: spelling, optional: fields.flag("optional") ?? false, workloads: workloads)
    }
}

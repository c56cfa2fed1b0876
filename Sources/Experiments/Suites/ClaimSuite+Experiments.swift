// Reading the experiments of a suite of claims, and what all of its sections have in common.
import LoadGenerator
import StrictYAML
import Yams

extension ClaimSuite {
    static func experiment(_ fields: SuiteFields, labels: Set<String>) -> Experiment? {
        guard let name = fields.required("name", "name it; claims refer to it") else { return nil }
        if fields["targets"] == nil { fields.missing("targets", "list labels of `targets`") }
        let targets = fields.list("targets").compactMap { node, path -> String? in
            guard let label = node.scalar?.string, labels.contains(label) else {
                fields.diagnostics.report(
                    fields.diagnostics.lines[path], "no target is called \(words(node))",
                    "use a label of `targets`: \(labels.sorted().joined(separator: ", "))")
                return nil
            }
            return label
        }
        guard let measure = measure(fields) else { return nil }
        return Experiment(
            name: name, targets: targets, measure: measure,
            cpus: fields.count("cpus").map { Int($0) } ?? 1)
    }

    private static func measure(_ fields: SuiteFields) -> Measure? {
        let kinds = ["memory", "collection", "tables", "counters", "rounds"]
            .filter { fields[$0] != nil }
        guard kinds.count == 1 else {
            fields.diagnostics.report(
                fields.line,
                kinds.isEmpty
                    ? "`\(fields.path)` says not what is measured"
                    : "`\(fields.path)` has \(kinds.joined(separator: " and "))",
                "give exactly one of memory, collection, tables, counters and rounds")
            return nil
        }
        if let memory = fields.mapping("memory", .memoryExperiment) { return self.memory(memory) }
        if let collection = fields.mapping("collection", .collectionExperiment) {
            return self.collection(collection)
        }
        if let tables = fields.mapping("tables", .tablesExperiment) { return self.tables(tables) }
        if let counters = fields.mapping("counters", .countersExperiment) {
            return load(counters).map {
                .counters($0, requests: counters.count("requests") ?? defaultRequests)
            }
        }
        guard let rounds = fields.mapping("rounds", .roundsExperiment) else { return nil }
        return load(rounds).map {
            .rounds(
                $0, rounds: rounds.count("rounds").map { Int($0) } ?? defaultRounds,
                readsMemory: rounds.flag("memory") ?? false)
        }
    }

    private static func memory(_ fields: SuiteFields) -> Measure? {
        for key in ["key_size", "value_size", "entries"] where fields[key] == nil {
            fields.missing(key, "say how many")
        }
        guard let keySize = fields.bytes("key_size"), let entries = fields.count("entries"),
            let valueSize = fields.bytes("value_size")
        else { return nil }
        return .memory(
            keySize: keySize, valueSize: valueSize, entries: entries,
            ttlSeconds: fields.count("ttl").map { Int($0) } ?? 0)
    }

    private static func collection(_ fields: SuiteFields) -> Measure? {
        for key in ["type", "entries", "members", "member_size"] where fields[key] == nil {
            fields.missing(key, "say what the collections are")
        }
        guard let type = fields.string("type"), let containers = fields.count("entries"),
            let members = fields.count("members"), let size = fields.bytes("member_size")
        else { return nil }
        guard let kind = CollectionKind(rawValue: type) else {
            let kinds = CollectionKind.allCases.map(\.rawValue).joined(separator: ", ")
            fields.report("type", "there are no collections of type `\(type)`", "use \(kinds)")
            return nil
        }
        let shape = CollectionShape(
            kind: kind, memberBytes: size, valueBytes: fields.bytes("value_size") ?? 0)
        return .collection(shape, containers: containers, members: members)
    }

    private static func tables(_ fields: SuiteFields) -> Measure? {
        for key in ["key_size", "value_size", "entries"] where fields[key] == nil {
            fields.missing(key, "say how many")
        }
        guard let keySize = fields.bytes("key_size"), let entries = fields.count("entries"),
            let valueSize = fields.bytes("value_size")
        else { return nil }
        return .tables(
            keySize: keySize, valueSize: valueSize, entries: Int(entries),
            rounds: fields.count("rounds").map { Int($0) } ?? defaultTableRounds)
    }

    private static func load(_ fields: SuiteFields) -> LoadSettings? {
        guard let workload = fields.required("workload", "name a file in Workloads/") else {
            return nil
        }
        var load = LoadSettings(
            workload: workload, entries: fields.count("entries"),
            pipeline: fields.count("pipeline").map { Int($0) })
        load.operation = fields.string("operation")
        load.members = fields.count("members").map { Int($0) }
        load.memberSize = fields.bytes("member_size")
        // Simulated counts repeat over one connection alone.
        if fields.section == .roundsExperiment {
            load.connections = fields.count("connections").map { Int($0) }
        }
        return load
    }
}

extension SuiteFields {
    /// Text that has to be there.
    func required(_ key: String, _ remedy: String) -> String? {
        if self[key] == nil { missing(key, remedy) }
        return string(key)
    }

    /// A whole number from 1, reported when it is another.
    func count(_ key: String) -> UInt64? {
        guard let number = integer(key, "a count from 1") else { return nil }
        if number >= 1 { return UInt64(number) }
        report(key, "`\(path(key))` is \(number)", "use 1 or more")
        return nil
    }

    func elements<Element>(
        _ key: String, _ section: SuiteSection, _ body: (SuiteFields) -> Element?
    ) -> [Element] {
        list(key).compactMap { node, path in
            SuiteFields(node, section, path, diagnostics).flatMap(body)
        }
    }

    /// The names as a set; one that is given twice is reported.
    @discardableResult
    func unique(_ names: [String], _ key: String, _ what: String) -> Set<String> {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            report(key, "two \(key) have the \(what) `\(name)`", "rename one of them")
        }
        return seen
    }
}

// The sections of a workload file, top down.
import StrictYAML
import Yams

extension Workload {
    /// Nil when the file is so wrong that there is nothing to judge; problems are in `diagnostics`.
    static func decode(_ root: Node, _ diagnostics: Diagnostics) -> Workload? {
        guard let fields = Fields(root, .workload, "", diagnostics) else { return nil }
        checkSchema(fields, schema)
        let name = fields.string("name")
        if fields["name"] == nil {
            fields.missing("name", "add a short label, the file's own name")
        }
        let keyspaces = fields.list("keyspaces").compactMap { node, path in
            Fields(node, .keyspace, path, diagnostics).flatMap(KeyspaceSpec.init)
        }
        let operations = fields.list("operations").compactMap { node, path in
            Fields(node, .operation, path, diagnostics).flatMap(OperationSpec.init)
        }
        for key in ["keyspaces", "operations"] where fields[key] == nil {
            fields.missing(key, "add a list of at least one")
        }
        return Workload(
            name: name ?? "", title: fields.string("title") ?? "",
            sources: decodeSources(fields), provenance: decodeProvenance(fields),
            keyspaces: keyspaces, operations: operations,
            load: fields.mapping("load", .load).map(LoadSpec.init) ?? LoadSpec(),
            phases: decodePhases(fields) ?? PhaseSpec.standard,
            expect: fields.mapping("expect", .expect).map(Expectations.init) ?? Expectations())
    }

    /// `sources` maps ids to citations; its keys are free, those below are not.
    static func decodeSources(_ fields: Fields) -> [String: Source] {
        var sources: [String: Source] = [:]
        for (id, node, path) in freeKeys(fields, "sources") {
            guard let entry = Fields(node, .source, path, fields.diagnostics) else { continue }
            if entry["cite"] == nil {
                entry.missing("cite", "say what it is: authors, title, venue")
            }
            sources[id] = Source(
                cite: entry.string("cite") ?? "", licence: entry.string("licence"),
                url: entry.string("url"))
        }
        return sources
    }

    /// One entry for all, or a mapping from paths to entries.
    private static func decodeProvenance(_ fields: Fields) -> ProvenanceMap {
        guard let node = fields["provenance"] else { return ProvenanceMap() }
        if node.scalar != nil {
            let entry = fields.string("provenance").flatMap {
                provenance($0, fields.line("provenance"), fields.diagnostics)
            }
            return ProvenanceMap(fallback: entry ?? Provenance(kind: .assumed))
        }
        var map = ProvenanceMap()
        for (path, node, full) in freeKeys(fields, "provenance") {
            let line = fields.diagnostics.lines[full]
            guard let text = node.scalar?.string else {
                fields.diagnostics.report(
                    line, "provenance of `\(path)` is \(words(node))",
                    "write `observed|fitted|derived|assumed SOURCE`")
                continue
            }
            map.entries[path] = provenance(text, line, fields.diagnostics)
        }
        return map
    }

    /// `KIND`, `KIND SOURCE`, either with a note in parentheses at the end.
    private static func provenance(
        _ text: String, _ line: Int?, _ diagnostics: Diagnostics
    ) -> Provenance? {
        var note: String?
        var head = Substring(text)
        if let open = text.firstIndex(of: "("), text.hasSuffix(")") {
            note = String(text[text.index(after: open)...].dropLast())
            head = text[..<open]
        }
        let words = head.split(separator: " ")
        guard let kind = words.first.flatMap({ ProvenanceKind(rawValue: String($0)) }),
            words.count <= 2
        else {
            diagnostics.report(
                line, "provenance `\(text)`",
                "write `observed|fitted|derived|assumed`, then the id of a source, then a note "
                    + "in parentheses")
            return nil
        }
        return Provenance(kind: kind, source: words.dropFirst().first.map(String.init), note: note)
    }

    /// Entries of a mapping whose keys the file's author chooses.
    private static func freeKeys(
        _ fields: Fields, _ key: String
    ) -> [(name: String, node: Node, path: String)] {
        guard let node = fields[key] else { return [] }
        guard let mapping = node.mapping else {
            fields.report(
                key, "`\(key)` is \(words(node)), not a mapping", "write `NAME: …` below it")
            return []
        }
        return mapping.map { name, value in
            let text = name.scalar?.string ?? words(name)
            let path = "\(key).\(text)"
            fields.diagnostics.saw(path, value, line: name.mark?.line ?? 0)
            return (text, value, path)
        }
    }
}

extension KeyspaceSpec {
    init?(_ fields: Fields) {
        let keys = fields.integer("keys", "the number of keys")
        if fields["keys"] == nil { fields.missing("keys", "state the number of keys") }
        let keySize = SizeSpec(fields, "key_size", .bytes, binding: .key)
        if fields["key_size"] == nil {
            fields.missing("key_size", "state the bytes of a key, such as `key_size: 16`")
        }
        guard let keys, keys >= 0, let keySize else {
            if let keys, keys < 0 { fields.report("keys", "\(keys) keys", "use 1 to 2^48") }
            return nil
        }
        self.init(name: fields.string("name") ?? "keys", keys: UInt64(keys), keySize: keySize)
        weight = fields.number("weight") ?? 1
        populated = fields.number("populated") ?? 1
        prefix = fields.string("prefix") ?? ""
        valueSize = SizeSpec(fields, "value_size", .bytes, binding: .key)
        ttl = SizeSpec(fields, "ttl", .seconds, binding: .write)
        popularity = Popularity(fields, "popularity") ?? .uniform
        seed = UInt64(max(0, fields.integer("seed") ?? 0))
        if let seed = fields.integer("seed"), seed < 0 {
            fields.report("seed", "seed \(seed) is negative", "use 0 or more")
        }
    }
}

extension Popularity {
    /// `uniform`, or a mapping with one key.
    init?(_ fields: Fields, _ key: String) {
        guard let node = fields[key] else { return nil }
        if let name = node.scalar?.string {
            if name == "uniform" {
                self = .uniform
                return
            }
            fields.report(
                key, "popularity `\(name)`",
                "write `uniform` or a mapping such as {zipf: {alpha: 0.99, offset: 0}}")
            return nil
        }
        guard let choice = fields.mapping(key, .popularity) else { return nil }
        guard let zipf = choice.mapping("zipf", .zipf), choice["uniform"] == nil else {
            fields.report(
                key, "`\(choice.path)` names no popularity, or more than one",
                "write `uniform` or {zipf: {alpha: 0.99, offset: 0}}")
            return nil
        }
        if zipf["alpha"] == nil { zipf.missing("alpha", "state the exponent") }
        self = .zipf(
            alpha: zipf.number("alpha", "the exponent") ?? 1, offset: zipf.number("offset") ?? 0)
    }
}

extension OperationSpec {
    init?(_ fields: Fields) {
        guard let text = fields.string("command") else {
            if fields["command"] == nil {
                fields.missing("command", "write it as sent, for example `command: GET {key}`")
            }
            return nil
        }
        switch CommandTemplate.parse(text) {
        case .failure(let error):
            fields.report("command", error.problem, error.remedy)
            return nil
        case .success(let template):
            self.init(
                name: fields.string("name"), command: template,
                weight: fields.number("weight", "its share of the requests") ?? 1,
                keyspace: fields.string("keyspace"))
        }
    }
}

extension LoadSpec {
    init(_ fields: Fields) {
        self.init()
        connections = fields.integer("connections") ?? connections
        pipeline = fields.integer("pipeline") ?? pipeline
    }
}

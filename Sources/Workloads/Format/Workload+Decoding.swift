// The sections of a workload file, top down.
import Distributions
import Spelling
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
        var workload = Workload(
            name: name ?? "", title: fields.string("title") ?? "",
            sources: decodeSources(fields), provenance: decodeProvenance(fields),
            keyspaces: keyspaces, operations: operations,
            load: fields.mapping("load", .load).map(LoadSpec.init) ?? LoadSpec(),
            expect: fields.mapping("expect", .expect).map(Expectations.init) ?? Expectations())
        workload.overlays = decodeOverlays(fields)
        if let (phases, events) = decodePhases(fields) {
            (workload.phases, workload.events) = (phases, events)
        }
        return workload
    }

    /// The `sources` of a file of any kind, which map ids to citations; their keys are free, those
    /// below are not.
    public static func decodeSources<Section: FileSection>(
        _ fields: YAMLFields<Section>
    ) -> [String: Source] {
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
    private static func freeKeys<Section: FileSection>(
        _ fields: YAMLFields<Section>, _ key: String
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
        if let tags = fields.integer("hash_tags") {
            hashTags = UInt64(max(0, tags))
            if tags < 1 { fields.report("hash_tags", "\(tags) hash tags", "use 1 or more") }
        }
        fill = Self.fill(fields) ?? .letters
        members = SizeSpec(fields, "members", .count, binding: .key)
        memberSize = fields.bytes("member_size") ?? memberSize
        if fields["member_size"] != nil && members == nil {
            fields.report("member_size", "`member_size` without `members`", "add `members`")
        }
        churn = fields.mapping("churn", .churn).map { churn in
            for key in ["share", "requests"] where churn[key] == nil {
                churn.missing(key, "state which share of the keys is replaced in how many requests")
            }
            return ChurnSpec(
                share: churn.number("share") ?? 1, requests: churn.number("requests") ?? 1)
        }
        negativeLookups = fields.number("negative_lookups", "a share of the look-ups") ?? 0
        onMiss = fields.command("on_miss")
        prefill = fields.command("prefill")
    }

    /// `letters`, `digits`, or a mapping with a compressibility.
    private static func fill(_ fields: Fields) -> FillKind? {
        guard let node = fields["fill"] else { return nil }
        switch node.scalar?.string {
        case "letters": return .letters
        case "digits": return .digits
        case let name?:
            fields.report(
                "fill", "fill `\(name)`", "write letters, digits or {compressibility: 0.5}")
            return nil
        case nil:
            guard let mapping = fields.mapping("fill", .fill) else { return nil }
            if mapping["compressibility"] == nil {
                mapping.missing("compressibility", "state the share that compression saves")
            }
            return mapping.number("compressibility").map(FillKind.compressible)
        }
    }
}

extension Fields {
    /// A command template; nil when absent or (reported) wrong.
    func command(_ key: String) -> CommandTemplate? {
        guard let text = string(key) else { return nil }
        switch CommandTemplate.parse(text) {
        case .success(let template): return template
        case .failure(let error):
            report(key, error.problem, error.remedy)
            return nil
        }
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
        if let name = fields.string("keys") {
            if let choice = KeyChoice(rawValue: name) {
                keys = choice
            } else {
                let known = KeyChoice.allCases.map(\.rawValue)
                fields.report("keys", "keys `\(name)`", Spelling.remedy(for: name, among: known))
            }
        }
        then = fields.command("then")
        if let text = fields.string("wait") {
            switch DurabilityWait.parse(text) {
            case .failure(let error): fields.report("wait", error.problem, error.remedy)
            case .success(let wait): self.wait = wait
            }
        }
        length = SizeSpec(fields, "length", .count, binding: .write)
    }
}

extension LoadSpec {
    init(_ fields: Fields) {
        self.init()
        connections = fields.integer("connections") ?? connections
        pipeline = fields.integer("pipeline") ?? pipeline
        streams = fields.integer("streams") ?? streams
        replicas = fields.integer("replicas") ?? replicas
        if let number = fields.integer("seed") {
            seed = UInt64(max(0, number))
            if number < 0 { fields.report("seed", "seed \(number) is negative", "use 0 or more") }
        }
        if let arrival = ArrivalSpec(fields, "arrival") { self.arrival = arrival }
    }
}

extension ArrivalSpec {
    /// `closed`, or a mapping with one schedule.
    init?(_ fields: Fields, _ key: String) {
        guard let node = fields[key] else { return nil }
        let remedy = "write `closed` or a schedule such as {poisson: {rate: 50000}}"
        if node.scalar?.string == "closed" {
            self = .closed
            return
        }
        guard node.scalar == nil, let choice = fields.mapping(key, .arrival) else {
            if let name = node.scalar?.string { fields.report(key, "arrival `\(name)`", remedy) }
            return nil
        }
        let named = FormatSection.arrival.keys.filter { choice[$0] != nil }
        guard named.count == 1, named[0] != "closed" else {
            fields.report(key, "`\(choice.path)` names no schedule, or more than one", remedy)
            return nil
        }
        if named[0] == "trace" {
            guard let trace = Self.trace(choice) else { return nil }
            self = trace
            return
        }
        let section: FormatSection =
            named[0] == "burst" ? .burst : named[0] == "sine" ? .sine : .rate
        guard let schedule = choice.mapping(named[0], section) else { return nil }
        for key in section.keys where schedule[key] == nil {
            schedule.missing(key, "state \(section.keys.joined(separator: ", "))")
        }
        let rate = schedule.section == .sine ? 0 : schedule.number("rate", "requests a second") ?? 0
        switch named[0] {
        case "constant": self = .constant(rate: rate)
        case "poisson": self = .poisson(rate: rate)
        case "gpd": self = .gpd(rate: rate)
        case "burst":
            self = .burst(
                rate: rate, onMilliseconds: schedule.milliseconds("on") ?? 0,
                offMilliseconds: schedule.milliseconds("off") ?? 0)
        default:
            self = .sine(
                mean: schedule.number("mean") ?? 0, amplitude: schedule.number("amplitude") ?? 0,
                periodMilliseconds: schedule.milliseconds("period") ?? 0)
        }
    }

    /// The trace's path is relative to the workload file, which may be run from anywhere.
    private static func trace(_ choice: Fields) -> ArrivalSpec? {
        guard let fields = choice.mapping("trace", .arrivalTrace) else { return nil }
        if fields["file"] == nil { fields.missing("file", "state the path of a trace") }
        guard let file = fields.string("file") else { return nil }
        let speed = fields["speed"] == nil ? 1 : fields.number("speed", "a factor")
        guard let speed else { return nil }
        var path = file
        let workload = fields.diagnostics.file
        if !file.hasPrefix("/"), let slash = workload.lastIndex(of: "/") {
            path = String(workload[...slash]) + file
        }
        return .trace(
            file: path, speed: speed, format: fields.string("format"),
            skipsDamaged: fields.flag("skip_bad") ?? false)
    }
}

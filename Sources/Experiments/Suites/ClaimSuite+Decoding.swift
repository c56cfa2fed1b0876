// Reading a suite of claims, as strictly as a workload: unknown keys, targets, experiments, sources
// and metrics that nothing defines are errors with line and remedy.
import RunRecord
import StrictYAML
import Workloads
import Yams

extension ClaimSuite {
    /// Checks the bytes of a suite of claims; `file` is its name in messages.
    public init(yaml bytes: [UInt8], file: String) throws(FileProblems) {
        self = try decodedYAML(bytes, file: file, schema: Self.schema, Self.decode)
    }

    private static func decode(_ root: Node, _ diagnostics: Diagnostics) -> ClaimSuite? {
        guard let fields = SuiteFields(root, .claims, "", diagnostics) else { return nil }
        checkSchema(fields, schema)
        for key in ["name", "targets", "experiments", "claims"] where fields[key] == nil {
            fields.missing(key, "add it; see Workloads/suites/claims.yaml")
        }
        let targets = fields.elements("targets", .claimTarget, target)
        let labels = fields.unique(targets.map(\.label), "targets", "label")
        let experiments = fields.elements("experiments", .experiment) {
            experiment($0, labels: labels)
        }
        fields.unique(experiments.map(\.name), "experiments", "name")
        let sources = Workload.decodeSources(fields)
        let claims = fields.elements("claims", .claim) { claim($0, experiments, sources) }
        fields.unique(claims.map(\.id), "claims", "id")
        return ClaimSuite(
            name: fields.string("name") ?? "", title: fields.string("title") ?? "",
            targets: targets, experiments: experiments, claims: claims)
    }

    private static func target(_ fields: SuiteFields) -> TargetEntry? {
        guard let label = fields.required("label", "name it, such as valkey-9.1"),
            let spelling = fields.required("target", "spell it, such as ref:valkey-9.1")
        else { return nil }
        return TargetEntry(
            label: label, spelling: spelling, optional: fields.flag("optional") ?? false)
    }

    // MARK: Experiments

    private static func experiment(_ fields: SuiteFields, labels: Set<String>) -> Experiment? {
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
        return Experiment(name: name, targets: targets, measure: measure)
    }

    private static func measure(_ fields: SuiteFields) -> Measure? {
        let kinds = ["memory", "counters", "rounds"].filter { fields[$0] != nil }
        guard kinds.count == 1 else {
            fields.diagnostics.report(
                fields.line,
                kinds.isEmpty
                    ? "`\(fields.path)` says not what is measured"
                    : "`\(fields.path)` has \(kinds.joined(separator: " and "))",
                "give exactly one of memory, counters and rounds")
            return nil
        }
        if let memory = fields.mapping("memory", .memoryExperiment) { return self.memory(memory) }
        if let counters = fields.mapping("counters", .countersExperiment) {
            return load(counters).map {
                .counters($0, requests: counters.count("requests") ?? defaultRequests)
            }
        }
        guard let rounds = fields.mapping("rounds", .roundsExperiment) else { return nil }
        return load(rounds).map {
            .rounds($0, rounds: rounds.count("rounds").map { Int($0) } ?? defaultRounds)
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

    private static func load(_ fields: SuiteFields) -> LoadSettings? {
        guard let workload = fields.required("workload", "name a file in Workloads/") else {
            return nil
        }
        return LoadSettings(
            workload: workload, entries: fields.count("entries"),
            pipeline: fields.count("pipeline").map { Int($0) })
    }

    // MARK: Claims

    private static func claim(
        _ fields: SuiteFields, _ experiments: [Experiment], _ sources: [String: Source]
    ) -> RunRecord.Claim? {
        guard let id = fields.required("id", "give it a short name"),
            let says = fields.required("says", "write the claim in a sentence"),
            let source = fields.required("source", "name a key of `sources`"),
            let name = fields.required("experiment", "name an experiment"),
            let metric = fields.required("metric", "such as memory_bytes_per_entry/reported")
        else { return nil }
        func report(_ key: String, _ problem: String, _ remedy: String) -> RunRecord.Claim? {
            fields.report(key, problem, remedy)
            return nil
        }
        guard let citation = sources[source] else {
            return report("source", "no source is called `\(source)`", "add it to `sources`")
        }
        guard let experiment = experiments.first(where: { $0.name == name }) else {
            return report(
                "experiment", "no experiment is called `\(name)`",
                "use one of \(experiments.map(\.name).joined(separator: ", "))")
        }
        guard Metric.named(metric) != nil else {
            return report("metric", "no metric is called `\(metric)`", "use an id of a run record")
        }
        guard let figure = figure(fields, experiment) else { return nil }
        let cite = [citation.cite, citation.url].compactMap(\.self).joined(separator: ", ")
        return RunRecord.Claim(
            id: id, statement: says, source: cite, metric: metric, workload: name,
            quantity: figure.quantity, baseline: figure.baseline, target: figure.target,
            expected: figure.expected, note: fields.string("note"))
    }

    private typealias Figure = (
        quantity: RunRecord.Claim.Quantity, baseline: String?, target: String,
        expected: RunRecord.Claim.Band
    )

    /// Exactly one of the quantities, with its targets and its band.
    private static func figure(_ fields: SuiteFields, _ experiment: Experiment) -> Figure? {
        let quantities = RunRecord.Claim.Quantity.allCases.filter { fields[$0.rawValue] != nil }
        guard let quantity = quantities.first, quantities.count == 1 else {
            fields.diagnostics.report(
                fields.line, "`\(fields.path)` claims \(quantities.count) quantities",
                "give exactly one of value, overhead, change and difference")
            return nil
        }
        let section: SuiteSection = quantity.hasBaseline ? .claimedChange : .claimedValue
        guard let figure = fields.mapping(quantity.rawValue, section) else { return nil }
        func label(_ key: String) -> String? {
            guard let label = figure.required(key, "name a target of the experiment") else {
                return nil
            }
            guard experiment.targets.contains(label) else {
                figure.report(
                    key, "experiment `\(experiment.name)` has no target `\(label)`",
                    "use one of \(experiment.targets.joined(separator: ", "))")
                return nil
            }
            return label
        }
        let band = RunRecord.Claim.Band(min: figure.number("min"), max: figure.number("max"))
        if band.min == nil && band.max == nil {
            figure.missing("min", "give `min`, `max` or both")
        }
        if let min = band.min, let max = band.max, min > max {
            figure.report("min", "min \(min) is above max \(max)", "swap them")
        }
        if quantity.hasBaseline {
            guard let from = label("from"), let to = label("to") else { return nil }
            return (quantity, from, to, band)
        }
        return label("of").map { (quantity, nil, $0, band) }
    }
}

extension SuiteFields {
    /// Text that has to be there.
    fileprivate func required(_ key: String, _ remedy: String) -> String? {
        if self[key] == nil { missing(key, remedy) }
        return string(key)
    }

    /// A whole number from 1, reported when it is another.
    fileprivate func count(_ key: String) -> UInt64? {
        guard let number = integer(key, "a count from 1") else { return nil }
        if number >= 1 { return UInt64(number) }
        report(key, "`\(path(key))` is \(number)", "use 1 or more")
        return nil
    }

    fileprivate func elements<Element>(
        _ key: String, _ section: SuiteSection, _ body: (SuiteFields) -> Element?
    ) -> [Element] {
        list(key).compactMap { node, path in
            SuiteFields(node, section, path, diagnostics).flatMap(body)
        }
    }

    /// The names as a set; one that is given twice is reported.
    @discardableResult
    fileprivate func unique(_ names: [String], _ key: String, _ what: String) -> Set<String> {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            report(key, "two \(key) have the \(what) `\(name)`", "rename one of them")
        }
        return seen
    }
}

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
            label: label, spelling: spelling, optional: fields.flag("optional") ?? false,
            monitored: fields.flag("monitored") ?? false)
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
        guard let figure = figure(fields, experiment, experiments) else { return nil }
        if fields["function"] != nil, metric != Metric.simulated(.llReadMisses).id {
            return report(
                "function", "`\(metric)` is not told by function",
                "use it with \(Metric.simulated(.llReadMisses).id)")
        }
        let cite = [citation.cite, citation.url].compactMap(\.self).joined(separator: ", ")
        var claim = RunRecord.Claim(
            id: id, statement: says, source: cite, metric: metric, workload: name,
            quantity: figure.quantity, baseline: figure.baseline, target: figure.target,
            expected: figure.expected, note: fields.string("note"))
        claim.baselineWorkload = figure.baselineExperiment
        claim.prices = figure.prices
        claim.function = fields.string("function")
        claim.command = fields.string("command")
        return claim
    }

    private struct Figure {
        var quantity: RunRecord.Claim.Quantity
        var baseline: String?
        /// Where the baseline was measured, if not where the target was.
        var baselineExperiment: String?
        var target: String
        var expected: RunRecord.Claim.Band
        var prices: RunRecord.Claim.Prices?
    }

    /// Exactly one of the quantities, with its targets and its band.
    private static func figure(
        _ fields: SuiteFields, _ experiment: Experiment, _ experiments: [Experiment]
    ) -> Figure? {
        let quantities = RunRecord.Claim.Quantity.allCases.filter { fields[$0.rawValue] != nil }
        guard let quantity = quantities.first, quantities.count == 1 else {
            fields.diagnostics.report(
                fields.line, "`\(fields.path)` claims \(quantities.count) quantities",
                "give exactly one of value, overhead, change, difference and cost")
            return nil
        }
        let section: SuiteSection =
            switch quantity {
            case .value, .overhead: .claimedValue
            case .change, .difference: .claimedChange
            case .cost: .claimedCost
            }
        guard let figure = fields.mapping(quantity.rawValue, section) else { return nil }
        func label(_ key: String, of experiment: Experiment) -> String? {
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
        guard quantity.hasBaseline else {
            return label("of", of: experiment).map {
                Figure(quantity: quantity, target: $0, expected: band)
            }
        }
        var source = experiment
        if section == .claimedChange, let name = figure.string("of") {
            guard let other = experiments.first(where: { $0.name == name }) else {
                figure.report(
                    "of", "no experiment is called `\(name)`",
                    "use one of \(experiments.map(\.name).joined(separator: ", "))")
                return nil
            }
            source = other
        }
        guard let from = label("from", of: source), let to = label("to", of: experiment) else {
            return nil
        }
        guard from != to || source.name != experiment.name else {
            figure.report("from", "`\(to)` is compared with itself", "name another target")
            return nil
        }
        var claimed = Figure(quantity: quantity, baseline: from, target: to, expected: band)
        if source.name != experiment.name { claimed.baselineExperiment = source.name }
        if quantity == .cost {
            guard let prices = prices(figure) else { return nil }
            claimed.prices = prices
        }
        return claimed
    }

    private static func prices(_ fields: SuiteFields) -> RunRecord.Claim.Prices? {
        for key in ["per_core_hour", "per_gb_hour", "operations", "entries"]
        where fields[key] == nil {
            fields.missing(key, "say what a cost is made of")
        }
        guard let core = fields.number("per_core_hour"), let memory = fields.number("per_gb_hour"),
            let operations = fields.count("operations"), let entries = fields.count("entries")
        else { return nil }
        return RunRecord.Claim.Prices(
            perCoreHour: core, perGBHour: memory, operations: Double(operations),
            entries: Double(entries))
    }
}

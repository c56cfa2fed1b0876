// Phases and expectations.
import Spelling
import StrictYAML
import Yams

extension Workload {
    /// Nil when the file has none.
    static func decodePhases(_ fields: Fields) -> (phases: [PhaseSpec], events: [ServerEvent])? {
        guard fields["phases"] != nil else { return nil }
        var events: [ServerEvent] = []
        let phases = fields.list("phases").compactMap { node, path in
            phase(node, path, fields.diagnostics, &events)
        }
        return (phases, events)
    }

    /// `name`, or a mapping with that one key.
    private static func phase(
        _ node: Node, _ path: String, _ diagnostics: Diagnostics, _ events: inout [ServerEvent]
    ) -> PhaseSpec? {
        let standard = Dictionary(uniqueKeysWithValues: PhaseSpec.standard.map { ($0.name, $0) })
        let line = node.mark?.line
        if let name = node.scalar?.string {
            if let phase = standard[name] { return phase }
            diagnostics.report(
                line, "unknown phase `\(name)`",
                Spelling.remedy(for: name, among: PhaseSpec.order))
            return nil
        }
        guard let fields = Fields(node, .phase, path, diagnostics) else { return nil }
        let named = PhaseSpec.order.filter { fields[$0] != nil }
        guard named.count == 1 else {
            diagnostics.report(
                line, "a phase with \(named.count) names",
                "write one per element, such as `- measure: {duration: 10s}`")
            return nil
        }
        switch named[0] {
        case "prefill": return fields.mapping("prefill", .prefill).flatMap(prefill)
        case "verify":
            return fields.mapping("verify", .verify).map {
                .verify(sample: $0.integer("sample") ?? PhaseSpec.defaultVerifySample)
            }
        case "settle":
            return fields.mapping("settle", .settle).map {
                .settle(
                    timeoutMilliseconds: $0.milliseconds("timeout")
                        ?? PhaseSpec.defaultSettleMilliseconds)
            }
        case "warm_up": return extent(fields, "warm_up", &events).map(PhaseSpec.warmUp)
        case "cool_down": return extent(fields, "cool_down", &events).map(PhaseSpec.coolDown)
        default: return extent(fields, "measure", &events).map(PhaseSpec.measure)
        }
    }

    private static func prefill(_ fields: Fields) -> PhaseSpec? {
        let command = fields.command("command")
        if fields["command"] != nil && command == nil { return nil }
        return .prefill(
            command: command ?? .set,
            pipeline: fields.integer("pipeline") ?? PhaseSpec.defaultPrefillPipeline)
    }

    private static func extent(
        _ parent: Fields, _ key: String, _ events: inout [ServerEvent]
    ) -> PhaseSpec.Extent? {
        guard let fields = parent.mapping(key, .extent) else { return nil }
        events += fields.list("events").compactMap { node, path in
            event(node, path, key, fields.diagnostics)
        }
        let named = ["requests", "duration", "steady"].filter { fields[$0] != nil }
        switch named {
        case ["requests"]: return fields.integer("requests").map { .requests($0) }
        case ["duration"]: return fields.milliseconds("duration").map { .milliseconds($0) }
        case ["steady"]:
            // Half a second holds enough requests for a CPU reading; 2 % is what rounds differ by.
            return fields.mapping("steady", .steady).map {
                .steady(
                    windowMilliseconds: $0.milliseconds("window") ?? 500,
                    change: $0.number("change") ?? 0.02,
                    timeoutMilliseconds: $0.milliseconds("timeout") ?? 30_000)
            }
        default:
            fields.diagnostics.report(
                fields.line, "phase `\(key)` needs exactly one of requests, duration and steady",
                "write {duration: 10s} or {requests: 1000000}")
            return nil
        }
    }

    private static func event(
        _ node: Node, _ path: String, _ phase: String, _ diagnostics: Diagnostics
    ) -> ServerEvent? {
        guard let fields = Fields(node, .event, path, diagnostics) else { return nil }
        if fields["at"] == nil {
            fields.missing("at", "state when after the phase's begin")
        }
        let named = ["command", "slow_readers", "replica", "cluster"].filter {
            fields[$0] != nil
        }
        guard named.count == 1 else {
            diagnostics.report(
                fields.line,
                "an event with \(named.count) of command, slow_readers, replica and cluster",
                "write one, such as `{at: 2s, command: BGSAVE}`")
            return nil
        }
        guard let time = fields.milliseconds("at"), let action = action(fields, named[0]) else {
            return nil
        }
        return ServerEvent(
            phase: phase, atMilliseconds: time, action: action,
            watchMilliseconds: fields.milliseconds("watch") ?? ServerEvent.usualWatch)
    }

    private static func action(_ fields: Fields, _ key: String) -> ServerEvent.Action? {
        switch key {
        case "command": return fields.string("command").map { .command($0) }
        case "replica":
            guard fields.string("replica") == "attach" else {
                fields.report("replica", "a replica does one thing", "write `replica: attach`")
                return nil
            }
            return .replica
        case "cluster":
            let words = ServerEvent.ClusterChange.allCases.map(\.rawValue)
            guard let word = fields.string("cluster") else { return nil }
            guard let change = ServerEvent.ClusterChange(rawValue: word) else {
                fields.report(
                    "cluster", "`\(word)` is nothing that happens to a cluster",
                    Spelling.remedy(for: word, among: words))
                return nil
            }
            return .cluster(change)
        default:
            guard let readers = fields.mapping("slow_readers", .slowReaders) else { return nil }
            for key in FormatSection.slowReaders.keys where readers[key] == nil {
                readers.missing(key, "state connections, command, requests and for")
            }
            guard let connections = readers.integer("connections"),
                let command = readers.string("command"),
                let requests = readers.integer("requests"),
                let time = readers.milliseconds("for")
            else { return nil }
            return .slowReaders(
                SlowReaders(
                    connections: connections, command: command, requests: requests,
                    milliseconds: time))
        }
    }

    /// The loads beside the file's own.
    static func decodeOverlays(_ fields: Fields) -> [OverlaySpec] {
        fields.list("overlays").compactMap { node, path in
            guard let overlay = Fields(node, .overlay, path, fields.diagnostics) else { return nil }
            for key in ["name", "operations"] where overlay[key] == nil {
                overlay.missing(key, "give it a name and a list of operations")
            }
            let operations = overlay.list("operations").compactMap { node, path in
                Fields(node, .operation, path, fields.diagnostics).flatMap(OperationSpec.init)
            }
            return OverlaySpec(
                name: overlay.string("name") ?? "", operations: operations,
                load: overlay.mapping("load", .load).map(LoadSpec.init) ?? LoadSpec(),
                fromMilliseconds: overlay.milliseconds("from") ?? 0,
                lengthMilliseconds: overlay.milliseconds("for"),
                reconnects: overlay.flag("reconnect") ?? false)
        }
    }
}

extension Expectations {
    init(_ fields: Fields) {
        self.init()
        tolerance = fields.number("tolerance") ?? tolerance
        hitRatio = fields.number("hit_ratio", "a share of the look-ups")
        if let keys = fields.mapping("keys", .expectedKeys) {
            self.keys = Population(keys)
        }
        if let requests = fields.mapping("requests", .expectedRequests) {
            self.requests = Population(requests)
            for share in TopShare.allCases {
                self.requests.shareOfTop[share] = requests.number(share.rawValue)
            }
        }
    }
}

extension Expectations.Population {
    init(_ fields: Fields) {
        self.init()
        keySize = Self.size(fields, "key_size")
        valueSize = Self.size(fields, "value_size")
        pairSize = Self.size(fields, "pair_size")
    }

    /// `mean` and percentiles; a plain number is the mean.
    private static func size(_ fields: Fields, _ key: String) -> Expectations.Size {
        guard let node = fields[key] else { return [:] }
        if let mean = plainSize(node) { return fields.inRange(mean, key) ? [.mean: mean] : [:] }
        guard let mapping = node.mapping else {
            fields.report(
                key, "`\(fields.path(key))` is \(words(node))",
                "write the mean, or {mean: …, p50: …}")
            return [:]
        }
        var size: Expectations.Size = [:]
        for (name, node) in mapping {
            let text = name.scalar?.string ?? words(name)
            fields.diagnostics.saw("\(fields.path(key)).\(text)", node, line: name.mark?.line ?? 0)
            if let statistic = SizeStatistic(name: text), let value = plainSize(node),
                NumberLimits.all.contains(value)
            {
                size[statistic] = value
            } else {
                fields.diagnostics.report(
                    name.mark?.line, "`\(text)` is no statistic with a number",
                    "write mean or p0 to p100, such as `p99: 512`")
            }
        }
        return size
    }
}

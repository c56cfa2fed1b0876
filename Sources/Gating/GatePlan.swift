// What a gate would do, told before it does it (`gate --dry-run`): what it measures, how long that
// takes, what decides, and how small a change it would probably find. How much rounds scatter is
// known from this runner's certificate, where there is one; else it is what such machines show.
import Gate
import Quantities
import Reporting
import RunRecord

public struct GatePlan {
    private let gate: Gate
    private let forecast: Forecast
    /// Why nothing can be simulated here; nil where it can.
    private let noSimulation: String?

    public init(_ gate: Gate, _ forecast: Forecast, noSimulation: String?) {
        self.gate = gate
        self.forecast = forecast
        self.noSimulation = noSimulation
    }

    private var policy: Policy { gate.policy }
    private var comparesLive: Bool { gate.sides.baseline != nil }

    /// The plan for a terminal: times, what can be seen, how long it may take.
    public func text(_ style: TerminalStyle = .plain) -> String {
        let against = gate.sides.baseline ?? "stored numbers"
        let heading =
            "\(gate.sides.candidate) against \(against), policy \(policy.name): a dry run, "
            + "nothing was measured"
        let parts = [memory, simulated, timed].compactMap(\.self)
        let lines = [heading] + forecast.timeLines(policy, comparesLive: comparesLive) + parts
        let footnotes = needsScatter ? ["[1] \(Self.noScatter)"] : []
        return lines.map { style.wrapped($0, indent: 2) }.joined() + "\n" + table.text(style)
            + footnotes.map { style.wrapped($0, indent: 4) }.joined()
    }

    // MARK: what is measured

    private var memory: String? {
        let counts = policy.memory.entries
        guard policy.memoryLaunches > 0, let least = counts.first, let most = counts.last else {
            return nil
        }
        return "bytes per entry: \(policy.memoryLaunches) launches a side, read at \(counts.count) "
            + "numbers of entries from \(Double(least).grouped(0)) to \(Double(most).grouped(0))"
    }

    private var simulated: String? {
        guard policy.isSimulated else { return nil }
        if let noSimulation { return "simulated counts: n/a, \(noSimulation)" }
        let (least, most) = (policy.simulated.screen, policy.simulated.seeds)
        let seeds = gate.storesCandidate || least >= most ? "\(most)" : "\(least) to \(most)"
        return "simulated counts: \(seeds) seeds a side, "
            + "\(Double(policy.simulated.requests).grouped(0)) requests each"
    }

    private var timed: String? {
        guard policy.isTimed, comparesLive else { return nil }
        var loads = policy.cells.map { "\($0.workload) P\($0.pipeline)" }
        if let open = policy.openLoop {
            loads.append("\(open.workload) at \(open.load.percent(0)) of its rate")
        }
        return "times: \(policy.decidingRounds) rounds at least, \(policy.rounds.cap) at most, "
            + "\(forecast.rounds(policy)) or so in the budget; each drives "
            + loads.joined(separator: ", ")
    }

    // MARK: what decides

    private static let noScatter =
        "how much it scatters is not known, or the rounds are too few; `hashmark gate selftest` "
        + "finds out"

    /// Rules that may end in a regression here.
    private var rules: [Rule] {
        policy.rules.filter { $0.kind != .advisory && (comparesLive || $0.kind != .timed) }
    }

    private var needsScatter: Bool {
        rules.contains { $0.kind == .timed && forecast.visible($0, policy) == nil }
    }

    private var table: TextTable {
        var table = TextTable([
            .init(["metric"], .left), .init(["rule"], .left), .init(["margin"]),
            .init(["margin of one load"]), .init(["found in 9 of 10 runs"]),
        ])
        for rule in rules {
            // Of every command, as a rule for latencies is: `latency p99 (intended)`.
            let title = Metric.named(rule.metric.replacing("*", with: "latency"))?.title
            // What is counted repeats: all that is beyond the margin is found.
            let found =
                rule.kind == .timed
                ? forecast.visible(rule, policy).map { $0.percent() } ?? "n/a [1]"
                : "all beyond it"
            table.append([
                title ?? rule.metric, rule.kind.rawValue, Self.margin(of: rule),
                rule.cellMargin?.percent() ?? "", found,
            ])
        }
        return table
    }

    /// `1.5 %`, `0.3 % or 0.50 B/entry`.
    private static func margin(of rule: Rule) -> String {
        let share = rule.margin > 0 ? rule.margin.percent() : nil
        let absolute = rule.marginAbsolute.map { value -> String in
            let unit = Metric.named(rule.metric)?.unit ?? .count
            return unit == .ratio
                ? "\(value.percent()) of the time" : Scale(unit, values: [value]).text(value)
        }
        return [share, absolute].compactMap(\.self).joined(separator: " or ")
    }
}

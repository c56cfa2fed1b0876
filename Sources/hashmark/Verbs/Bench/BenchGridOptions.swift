// Settings of which `bench` measures every combination: how many connections, threads and requests
// in flight serve best, or what comes of a staircase of rates.
import ArgumentParser
import Experiments
import Quantities

struct BenchGridOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: .value(
            "SETTING=LIST",
            "Measure every combination of connections=10,50, threads=1,2, pipeline=1,16 and "
                + "qps=10k,20k, and say which is the best. Repeat for more settings."))
    var grid: [String] = []
    @Option(
        parsing: .unconditional,
        help: .value(
            "OBJECTIVE",
            "Of a grid: the best is the fastest that meets an objective such as p99=1ms."))
    var objective: String?

    /// More than anybody waits for.
    private static let mostCells = 1_000
    /// As those of -c, --threads and -P.
    private static let most = 1 << 20

    /// Whether a setting is among those of the grid.
    func varies(_ setting: String) -> Bool {
        grid.contains { $0.hasPrefix("\(setting)=") }
    }

    func check() throws { _ = try plan() }

    /// Nil without a grid.
    func plan() throws -> BenchGrid? {
        guard !grid.isEmpty else {
            guard objective == nil else {
                throw ValidationError("--objective needs --grid, such as --grid pipeline=1,16")
            }
            return nil
        }
        var plan = BenchGrid()
        for text in grid { try add(text, to: &plan) }
        try checkRepeats(plan)
        guard plan.cells.count <= Self.mostCells else {
            throw ValidationError(
                "--grid has \(plan.cells.count) combinations; \(Self.mostCells) are the most")
        }
        guard let objective else { return plan }
        plan.objective = LatencyObjective(objective)
        guard plan.objective != nil else {
            throw ValidationError("--objective has '\(objective)'; write p99=1ms or p99.9=500us")
        }
        return plan
    }

    private func add(_ text: String, to plan: inout BenchGrid) throws {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let list = parts.count == 2 ? String(parts[1]) : ""
        switch parts.count == 2 ? String(parts[0]) : "" {
        case "connections": plan.connections += try counts(list)
        case "threads": plan.threads += try counts(list)
        case "pipeline": plan.pipelines += try counts(list)
        case "qps":
            for part in list.split(separator: ",", omittingEmptySubsequences: false) {
                guard let rate = BenchLoadOptions.rate(part) else {
                    throw ValidationError(
                        "--grid qps has '\(part)'; write 0.001 to 1e9 requests per second")
                }
                plan.rates.append(rate)
            }
        default:
            throw ValidationError(
                "--grid has '\(text)'; write connections=10,50, threads=1,2, pipeline=1,16 or "
                    + "qps=10k,20k")
        }
    }

    /// A combination is measured once.
    private func checkRepeats(_ plan: BenchGrid) throws {
        for (setting, count, different) in [
            ("connections", plan.connections.count, Set(plan.connections).count),
            ("threads", plan.threads.count, Set(plan.threads).count),
            ("pipeline", plan.pipelines.count, Set(plan.pipelines).count),
            ("qps", plan.rates.count, Set(plan.rates).count),
        ] where different < count {
            throw ValidationError(
                "--grid \(setting) has a value twice; write each once, or ask for --repeat")
        }
    }

    private func counts(_ list: String) throws -> [Int] {
        do throws(QuantityError) {
            return try Count.parseList(list, in: 1...Self.most)
        } catch {
            throw ValidationError("--grid: \(error)")
        }
    }

    /// Flags that the settings of the grid stand for, with the setting.
    static let flags = [
        ("-c", "connections"), ("--threads", "threads"), ("-P", "pipeline"), ("--qps", "qps"),
        ("--rps", "qps"),
    ]
}

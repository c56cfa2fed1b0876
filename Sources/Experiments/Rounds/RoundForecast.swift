// How long a round will probably take, before one was measured: for the time that progress says is
// left, and for the parts of a round that it shows.
import Progress
import Quantities
import Targets

struct RoundForecast {
    /// Launch, fill and settling of all servers, in s.
    let launches: Double
    /// Load of each cell on all servers, in s, by the cell's number.
    let cells: [Double]

    /// Besides the writing of its entries.
    private static let launchSeconds = 0.5
    /// Of an open loop on each server: what it takes on a quiet machine.
    private static let openLoopSeconds = 1.0

    init(_ targets: [Target], _ cells: [RoundCell], _ plan: RoundPlan, stretch: Double) {
        let servers = Double(targets.count)
        let keys = Fill.distinctDataSets(cells.map(\.workload))
            .reduce(0) { $0 + Double($1.populatedKeys) }
        launches = servers * (Self.launchSeconds + keys / Fill.expectedPerSecond)
        let closed = Double(max(cells.count { $0.openLoopShare == nil }, 1))
        // All of a warm-up in the first cell, and its part in each of the others.
        let warmUp = Nanoseconds(plan.warmUpNanoseconds).seconds * min(2 / closed, 1)
        self.cells = cells.map { cell in
            if cell.openLoopShare != nil { return servers * Self.openLoopSeconds }
            let blocks =
                plan.blocks(of: cell, among: cells, stretch: stretch)
                + plan.sampledBlocks(of: cell, among: cells)
            return servers * (warmUp + 2 * plan.sliceSeconds * Double(blocks))
        }
    }

    /// All of a round, in s.
    var seconds: Double { cells.reduce(launches, +) }

    /// The parts of a round: what comes before its load, and the load.
    var spans: [ClosedRange<Double>] { Course.spans([launches, seconds - launches]) }
}

extension RoundPlan {
    /// Of a program that is run once per slice.
    private static let clientSliceSeconds = 0.3

    /// How long a slice is, in s: of an external client as a rule.
    var sliceSeconds: Double {
        client == nil ? Nanoseconds(sliceNanoseconds).seconds : Self.clientSliceSeconds
    }
}

extension InterleavedRounds {
    /// How long the rounds will probably take, in s; a budget says so itself.
    public var expectedSeconds: Double {
        if let budget = plan.budgetNanoseconds { return Nanoseconds(budget).seconds }
        return Double(plan.rounds) * forecast.seconds
    }

    var forecast: RoundForecast {
        RoundForecast(targets, cells, plan, stretch: calibration.stretch ?? 1)
    }

    /// Which part of the rounds one of them is, and what it is called.
    /// - Parameters:
    ///   - round: from 0.
    ///   - spent: time of those before it, in ns.
    func phase(_ round: Int, spent: UInt64) -> (name: String, span: ClosedRange<Double>) {
        let number = plan.firstRound + round + 1
        let workload = cells.count == 1 ? "\(cells[0].workload.workload.name): " : ""
        guard let budget = plan.budgetNanoseconds else {
            let all = max(roundsInAll ?? plan.firstRound + plan.rounds, number)
            let suffix = stage.map { " (\($0))" } ?? ""
            let name = "\(workload)round \(number) of \(all)\(suffix)"
            return (name, Course.part(round, of: plan.rounds))
        }
        let total = max(Nanoseconds(budget).seconds, 1e-3)
        let before = Nanoseconds(spent).seconds
        let perRound = round > 0 ? before / Double(round) : min(forecast.seconds, total)
        let more = Int(min(max(total - before, 0) / max(perRound, 1e-3), 1e6))
        let all = plan.firstRound + min(round + max(more, 1), plan.rounds)
        let start = min(before / total, 1)
        let end = min(max((before + perRound) / total, start), 1)
        return ("\(workload)round \(number) of about \(all)", start...end)
    }

    /// Says what the first round found under a cell, server by server: a number long before the
    /// end.
    func tell(
        _ cell: RoundCell, _ entrants: [RoundPart.Entrant], _ round: Int, _ recorder: Recorder
    ) {
        let columns = targets.map(\.label.count).max() ?? 0
        for entrant in entrants.sorted(by: { $0.target < $1.target }) {
            let totals = entrant.contestant.totals
            var rates: [String] = []
            if let cpu = totals.serverCPU, cpu > 0 {
                rates.append("\((Nanoseconds.perSecond / cpu).shortText)/s per core")
            }
            if let rate = totals.throughput { rates.append("\(rate.shortText)/s") }
            guard !rates.isEmpty else { continue }
            let label = entrant.contestant.target.label
            let blanks = String(repeating: " ", count: columns - label.count)
            recorder.progress.tell(
                "\(label)\(blanks)  \(cell.workload.workload.name)  "
                    + "\(rates.joined(separator: ", ")) (round \(round + 1))")
        }
    }
}

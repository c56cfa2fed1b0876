// The gate on rounds of a model (Gate/SelfTest/RoundModel): false alarms and power. Small and
// seeded; `Scripts/proofs/gate simulated` runs the long ones.
import Foundation
import Gate
import RunRecord
import Statistics
import Testing

private func row(_ fault: RoundModel.Fault, gates: Int) -> Certificate.Row {
    SelfTest.modelled("", Policy(), RoundModel(), fault, gates: gates, seed: 7)
}

/// Rounds of a machine whose open loop scatters little, so that the closed loops' metrics decide.
private func quiet(_ model: RoundModel = RoundModel()) -> RoundModel {
    var model = model
    model.p50 = 0.05
    model.p99 = 0.15
    return model
}

/// A machine on which the baseline's copy costs more CPU time than its original.
private struct BiasedMeasurer: OfflineMeasurer {
    var inner: ModelMeasurer
    let factor: Double

    mutating func answer(_ need: Need, _ sides: Sides, _ record: inout RunRecord) -> Double {
        let seconds = inner.answer(need, sides, &record)
        record.results = record.results.map { result in
            guard result.target == sides.sentinel, result.metric == Metric.serverCPU.id else {
                return result
            }
            let samples = result.samples.map { sample in sample.map { $0 * factor } }
            return RunRecord.Result(
                .serverCPU, target: result.target, workload: result.workload,
                conditions: result.conditions, value: samples.compactMap(\.self).last ?? .nan,
                samples: samples)
        }
        return seconds
    }
}

@Suite struct SimulatedGateTests {
    @Test func nothingIsSeldomRedAndMostlyPasses() {
        let row = SelfTest.modelled("", Policy(), quiet(), .nothing, gates: 100, seed: 7)
        #expect(row.regressions == 0, "\(row)")
        #expect(row.passes >= 94, "\(row)")
    }

    /// By the open loop's latencies as guests have them, p99 alone is open in one of ten.
    @Test func scatteredLatenciesAreOpenAndNotRed() {
        let row = row(.nothing, gates: 40)
        #expect(row.regressions == 0, "\(row)")
        #expect(row.passes >= 22, "\(row)")
    }

    @Test(arguments: SelfTest.harmful.map(\.fault))
    func faultsAreCaught(_ fault: RoundModel.Fault) {
        let row = row(fault, gates: 40)
        #expect(row.regressions >= 34, "\(fault): \(row)")
        #expect(row.passes == 0, "\(fault): \(row)")
    }

    /// A true change of the margin itself is red in 1 of 100 at most, and passes as seldom as the
    /// interval says: 2,000 gates of each had 0 or 1 red, and up to 3.5 % passes.
    @Test(arguments: [RoundModel.Fault.everyCell(0.015), .oneCell(0.028), .margins])
    func aChangeOfTheMarginIsSeldomRed(_ fault: RoundModel.Fault) {
        let row = row(fault, gates: 100)
        #expect(row.regressions <= 1, "\(row)")
        #expect(row.passes <= 6, "\(row)")
    }

    /// A budget for a few rounds decides nothing and says in minutes how much more it needs; who
    /// gives that much gets a decision.
    @Test(arguments: [
        (RoundModel.Fault.nothing, 0.03, 75.0, 0), (.everyCell(0.2), 0.03, 75, 2),
        (.oneCell(0.1), 0.03, 75, 2), (.nothing, 0.05, 240, 0),
    ])
    func aShortBudgetSaysWhatItNeeds(
        _ fault: RoundModel.Fault, scatter: Double, budget: Double, expected: Int
    ) throws {
        var right = 0
        let model = quiet(RoundModel(cell: scatter))
        for seed in 1...5 as ClosedRange<UInt64> {
            var policy = timedPolicy()
            policy.budgetSeconds = budget
            var measurer = ModelMeasurer(model, fault, policy, seed: seed)
            let verdict = Gate(policy, sides).run(with: &measurer).verdict
            try #require(verdict.exitCode == 3)
            let words = #/^needs about (\d+) min more.* use --budget (\d+)m/#
            let match = try #require(
                verdict.advice.first?.firstMatch(of: words), "\(verdict.advice)")
            let (more, whole) = (Int(match.1)!, Int(match.2)!)
            #expect(more >= 1 && whole > more && whole <= 25, "\(verdict.advice)")
            policy.budgetSeconds = Double(whole) * 60
            policy.rounds.cap = 200
            measurer = ModelMeasurer(model, fault, policy, seed: seed + 100)
            right += Gate(policy, sides).run(with: &measurer).verdict.exitCode == expected ? 1 : 0
        }
        #expect(right >= 4, "\(fault): \(right) of 5")
    }

    /// The copy sits most cells out, others in every round, and is still held against its original.
    @Test(arguments: [(1.0, 0), (1.04, 3)])
    func theCopyIsJudgedOverTheCellsThatItHas(factor: Double, code: Int) throws {
        var measurer = BiasedMeasurer(
            inner: ModelMeasurer(quiet(), .nothing, timedPolicy(), seed: 11), factor: factor)
        let verdict = Gate(timedPolicy(), sides).run(with: &measurer).verdict
        #expect(verdict.exitCode == code, "\(verdict.reasons)")
        let cpu = try #require(
            verdict.sentinelChecks.first { $0.metric == Metric.serverCPU.id })
        #expect(cpu.pairs >= 12 && cpu.cells == 8, "\(cpu)")
        #expect((cpu.status == .pass) == (factor == 1), "\(cpu)")
        #expect(verdict.sentinelChecks.contains { $0.metric == Metric.throughput.id })
    }

    /// What a record holds is enough for the same verdict.
    @Test(arguments: [RoundModel.Fault.nothing, .oneCell(0.08), .stalls(0.1)])
    func aRecordIsJudgedAgainToTheSameVerdict(_ fault: RoundModel.Fault) throws {
        let policy = timedPolicy()
        let gate = Gate(policy, sides)
        var measurer = ModelMeasurer(RoundModel(), fault, policy, seed: 3)
        var (verdict, record) = gate.run(with: &measurer)
        record.verdict = verdict
        let read = try RunRecord(json: record.json(), name: "r")
        #expect(try Gate.judge(read, name: "r") == verdict)
        var wide = policy
        wide.rules = [Rule("server_cpu_ns_per_op", .timed, margin: 0.5)]
        #expect(try Gate.judge(read, name: "r", policy: wide).exitCode == 0)
        record.verdict?.basis = nil
        #expect(throws: RunRecordError.self) { try Gate.judge(record, name: "r") }
    }

    /// Rare, large pauses in few rounds: the centre says nothing, the totals do.
    @Test func whatTheTotalsShowNeverPasses() throws {
        var policy = timedPolicy()
        policy.cells = [Policy.Cell("get", pipeline: 16)]
        policy.rules = [Rule("server_cpu_ns_per_op", .timed, margin: 0.05)]
        policy.budgetSeconds = 600
        var model = RoundModel()
        model.loadSeconds = 0.5
        var passes = 0
        for seed in 0..<20 as Range<UInt64> {
            var measurer = ModelMeasurer(
                model, .perRequests(0.4, each: 2_000_000), policy, seed: seed)
            let verdict = Gate(policy, sides).run(with: &measurer).verdict
            if verdict.exitCode == 0 { passes += 1 }
        }
        #expect(passes <= 1, "\(passes) of 20")
    }
}

// The same seeds give the same verdicts, to the last printed digit: what makes gates faster, or
// moves their code about, must not move what they say.
import Foundation
import Gate
import RunRecord
import Testing

/// Exit code, rounds, and the check of CPU time over all loads: effect, interval, p, the totals'.
private func line(_ fault: RoundModel.Fault, seed: UInt64) -> String {
    let policy = timedPolicy()
    var bench = ModelBench(RoundModel(), fault, policy, seed: seed)
    let verdict = Gate(policy, sides).run(on: &bench).verdict
    let cpu = verdict.checks.first { $0.metric == Metric.serverCPU.id && $0.cells != nil }
    let numbers = [
        cpu?.effect, cpu?.lower, cpu?.upper, cpu?.pValue, cpu?.totals?.effect, cpu?.totals?.lower,
        cpu?.totals?.upper,
    ]
    return "\(verdict.exitCode) \(cpu?.pairs ?? 0)"
        + numbers.map { String(format: " %.5g", $0 ?? .nan) }.joined()
}

@Suite struct FixedSeedTests {
    @Test(arguments: [
        ("nothing", RoundModel.Fault.nothing, ["", ""]),
        ("every cell", .everyCell(0.03), ["", ""]),
        ("one cell", .oneCell(0.06), ["", ""]),
        ("bursts", .perRequests(0.012, each: 200_000), ["", ""]),
        ("pauses", .perTime(0.3, each: 5), ["", ""]),
        ("asleep", .stalls(0.05), ["", ""]),
    ])
    func verdictsAreWhatTheyWere(name: String, fault: RoundModel.Fault, expected: [String]) {
        #expect([1, 2].map { line(fault, seed: $0) } == expected, "\(name)")
    }
}

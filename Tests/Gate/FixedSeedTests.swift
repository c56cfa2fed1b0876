// The same seeds give the same verdicts, to the last printed digit: what makes gates faster, or
// moves their code about, must not move what they say.
import Foundation
import Gate
import RunRecord
import Testing

/// Exit code, rounds, and the check of CPU time over all loads: effect, interval, p, the totals'.
private func line(_ fault: RoundModel.Fault, seed: UInt64) -> String {
    let policy = timedPolicy()
    var measurer = ModelMeasurer(RoundModel(), fault, policy, seed: seed)
    let verdict = Gate(policy, sides).run(with: &measurer).verdict
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
        (
            "nothing", RoundModel.Fault.nothing,
            [
                "0 42 0.00084798 -0.002611 0.004399 1 0.0012637 -0.0022421 0.0047817",
                "0 42 0.0026578 -0.0018488 0.0066459 1 0.0026289 -0.001433 0.0067074",
            ]
        ),
        (
            "every cell", .everyCell(0.03),
            [
                "2 42 0.030873 0.027311 0.034531 1.7014e-09 0.031302 0.027691 0.034925",
                "2 42 0.032738 0.028096 0.036845 5.9288e-09 0.032708 0.028524 0.036909",
            ]
        ),
        (
            "one cell", .oneCell(0.06),
            [
                "2 42 0.0081644 0.0046801 0.011741 1 0.0085831 0.0050517 0.012127",
                "2 42 0.0099874 0.0054479 0.014005 1 0.0099584 0.0058667 0.014067",
            ]
        ),
        (
            "bursts", .perRequests(0.012, each: 200_000),
            [
                "2 42 0.030774 0.026499 0.035345 3.4591e-08 0.031482 0.027248 0.035734",
                "2 42 0.030103 0.024991 0.034745 2.1886e-06 0.030291 0.025315 0.035292",
            ]
        ),
        (
            "pauses", .perTime(0.3, each: 5),
            [
                "2 42 0.17962 0.13386 0.22839 1.5916e-11 0.24546 0.19731 0.29554",
                "2 42 0.16409 0.1254 0.18622 2.1805e-10 0.20322 0.1664 0.2412",
            ]
        ),
        (
            "asleep", .stalls(0.05),
            [
                "2 42 0.00084798 -0.002611 0.004399 1 0.0012637 -0.0022421 0.0047817",
                "2 42 0.0026578 -0.0018488 0.0066459 1 0.0026289 -0.001433 0.0067074",
            ]
        ),
    ])
    func verdictsAreWhatTheyWere(name: String, fault: RoundModel.Fault, expected: [String]) {
        #expect([1, 2].map { line(fault, seed: $0) } == expected, "\(name)")
    }
}

// What is broken is told before anything that was timed.
import Gate
import RunRecord
import Testing

private func verdict(_ incidents: (String, RunRecord.Incident.Kind)...) -> RunRecord.Verdict {
    let policy = timedPolicy()
    var measurer = ModelMeasurer(RoundModel(), .nothing, policy, seed: 1)
    let gate = Gate(policy, sides)
    var record = gate.run(with: &measurer).record
    record.incidents = incidents.map { target, kind in
        .init(
            target: target, kind: kind, workload: "get", round: 2, count: 7, of: 100,
            detail: "key 00 had xx")
    }
    guard case .verdict(let verdict) = gate.step(record, Spending(total: 300)) else {
        Issue.record("measuring went on")
        return gate.verdict(record, Spending(total: 300))
    }
    return verdict
}

@Suite struct IncidentTests {
    @Test(arguments: [
        RunRecord.Incident.Kind.wrongValues, .lostKeys, .errors, .crashed, .hung, .didNotStart,
    ])
    func aBrokenCandidateIsARegression(kind: RunRecord.Incident.Kind) {
        let verdict = verdict(("new", kind))
        #expect(verdict.exitCode == 2 && verdict.status == .regression)
        #expect(verdict.reasons[0].contains("the candidate, new"), "\(verdict.reasons)")
        #expect(verdict.reasons[0].contains("7 of 100"))
    }

    @Test func whatBothDoIsInvalid() {
        #expect(verdict(("new", .errors), ("old", .errors)).exitCode == 3)
        #expect(verdict(("old", .wrongValues)).exitCode == 3)
        #expect(verdict(("new", .errors), ("old", .errors), ("new", .lostKeys)).exitCode == 2)
    }

    @Test func aBaselineThatCannotRunIsIncomparable() {
        #expect(verdict(("old", .crashed)).exitCode == 5)
        #expect(verdict((Sides.sentinelLabel, .hung)).exitCode == 5)
    }
}

// How a gate ends that does not come to its end: servers that do not start, die or answer wrongly,
// on one side or on both, and interruptions.
import Experiments
import Gate
import RunRecord
import Testing

/// Counts take five needs; the first rounds are the sixth.
private let firstRounds = 5

private func incident(
    _ target: String, _ kind: RunRecord.Incident.Kind, round: Int? = nil
) -> RunRecord.Incident {
    RunRecord.Incident(target: target, kind: kind, workload: "get", round: round, detail: "words")
}

/// Ends the need that it stands for with a server's incident.
private func fails(
    _ kind: ExperimentFailure.Kind, _ incident: RunRecord.Incident,
    beside others: [RunRecord.Incident] = []
) -> Script.Event {
    { (recorder: Recorder) throws(ExperimentFailure) in
        for other in others { recorder.add(other) }
        throw ExperimentFailure(kind, "it failed", incident: incident)
    }
}

/// The need ends as others do, and the record has incidents then.
private func finds(_ incidents: [RunRecord.Incident]) -> Script.Event {
    { recorder in for incident in incidents { recorder.add(incident) } }
}

@Suite struct ServerFaultTests {
    @Test func aCandidateThatDoesNotStartIsAnError() throws {
        let outcome = outcome(events: [0: fails(.setUp, incident("new", .didNotStart))])
        let verdict = try #require(outcome.verdict)
        #expect(verdict.exitCode == 1 && verdict.status == .inconclusive)
        #expect(verdict.reasons[0].contains("the candidate, new, did not start"))
        #expect(outcome.failure == nil && outcome.needs.count == 1)
    }

    @Test func aCandidateThatStartsNoMoreIsARegression() {
        let outcome = outcome(events: [
            firstRounds + 1: fails(.invalid, incident("new", .didNotStart, round: 2))
        ])
        #expect(outcome.verdict?.exitCode == 2 && outcome.failure == nil)
    }

    @Test(arguments: ["old", Sides.sentinelLabel])
    func aBaselineThatDoesNotStartLeavesNothingToJudge(label: String) throws {
        let outcome = outcome(events: [0: fails(.setUp, incident(label, .didNotStart))])
        let failure = try #require(outcome.failure)
        #expect(failure.kind == .incomparable)
        #expect(failure.description == "the baseline cannot run: it failed")
        #expect(outcome.verdict == nil && outcome.record.incidents.isEmpty)
    }

    @Test(arguments: [RunRecord.Incident.Kind.crashed, .hung, .wrongValues, .lostKeys, .errors])
    func aCandidateThatFailsBesideASoundBaselineIsARegression(
        kind: RunRecord.Incident.Kind
    ) throws {
        let outcome = outcome(events: [
            firstRounds: fails(.invalid, incident("new", kind, round: 0))
        ])
        let verdict = try #require(outcome.verdict)
        #expect(verdict.exitCode == 2 && verdict.status == .regression)
        #expect(verdict.reasons[0].contains("in round 1"), "\(verdict.reasons)")
        // Nothing is asked for after that, and what was counted before stays.
        #expect(outcome.failure == nil && outcome.needs.count == firstRounds + 1)
        #expect(outcome.record.results.contains { $0.metric == "memory_bytes_per_entry/reported" })
    }

    @Test func aBaselineThatDiesIsIncomparable() throws {
        let outcome = outcome(events: [firstRounds: fails(.invalid, incident("old", .crashed))])
        let verdict = try #require(outcome.verdict)
        #expect(verdict.exitCode == 5 && verdict.status == .inconclusive)
        #expect(outcome.failure == nil)
    }

    @Test(arguments: [("old", "new"), ("new", "old")])
    func bothDeadIsIncomparableWhicheverDiesFirst(first: String, second: String) {
        let outcome = outcome(events: [
            firstRounds: fails(
                .invalid, incident(first, .crashed), beside: [incident(second, .crashed)])
        ])
        #expect(outcome.verdict?.exitCode == 5 && outcome.failure == nil)
        #expect(Set(outcome.record.incidents.map(\.target)) == ["old", "new"])
    }

    @Test(arguments: [["old", "new"], ["old"], ["new", Sides.sentinelLabel]])
    func wrongBytesOfTheBaselineAreInvalid(targets: [String]) {
        let outcome = outcome(events: [
            firstRounds: finds(targets.map { incident($0, .wrongValues) })
        ])
        #expect(outcome.verdict?.exitCode == 3 && outcome.failure == nil)
        #expect(outcome.needs.count == firstRounds + 1)
    }

    @Test func whatTheCandidateDoesBesideThatIsItsOwn() {
        let outcome = outcome(events: [
            firstRounds: finds([
                incident("old", .errors), incident("new", .errors), incident("new", .lostKeys),
            ])
        ])
        #expect(outcome.verdict?.exitCode == 2)
    }

    /// Answers come first: a candidate that is twice as fast and wrong is no improvement.
    @Test func wrongAnswersAreToldBeforeAnySpeed() throws {
        var gate = Gate(smallPolicy(), sides)
        gate.tellsImprovement = true
        let machine = Machine(cpu: { _ in 0.5 })
        #expect(outcome(of: gate, machine: machine).verdict?.exitCode == 4)
        let wrong = outcome(
            of: gate, machine: machine,
            events: [firstRounds + 5: finds([incident("new", .wrongValues)])])
        let verdict = try #require(wrong.verdict)
        #expect(verdict.exitCode == 2)
        #expect(verdict.reasons[0].contains("answers with other bytes"), "\(verdict.reasons)")
    }
}

@Suite struct InterruptedGateTests {
    private static var interrupted: Script.Event {
        { (_: Recorder) throws(ExperimentFailure) in
            throw ExperimentFailure(.interrupted, "interrupted")
        }
    }

    @Test(arguments: [0, 2, firstRounds, firstRounds + 2])
    func whatWasMeasuredIsKeptAndPartial(need: Int) throws {
        let outcome = outcome(events: [need: Self.interrupted])
        let failure = try #require(outcome.failure)
        #expect(failure.kind == .interrupted && !failure.isAfterAll)
        #expect(outcome.needs.count == need + 1)
        #expect(outcome.record.partial)
        #expect(outcome.record.results.isEmpty == (need == 0))
        let verdict = try #require(outcome.verdict)
        #expect(verdict.status == .inconclusive && verdict.exitCode == 3)
        #expect(verdict.reasons.first == "interrupted")
    }

    /// Bytes that are beyond their margin are no verdict of a run that was broken off.
    @Test func anInterruptedRunIsInconclusiveWhateverWasFound() {
        let outcome = outcome(
            machine: Machine(bytesAdded: 8), events: [firstRounds: Self.interrupted])
        #expect(outcome.verdict?.status == .inconclusive)
        #expect(outcome.verdict?.checks.contains { $0.status == .regression } == true)
    }

    @Test func anIncidentDoesNotHideTheInterruption() {
        let outcome = outcome(events: [
            firstRounds: { (recorder: Recorder) throws(ExperimentFailure) in
                recorder.add(incident("new", .hung))
                throw ExperimentFailure(.interrupted, "interrupted")
            }
        ])
        #expect(outcome.failure?.kind == .interrupted)
        #expect(outcome.verdict?.exitCode == 3)
        #expect(outcome.record.incidents.count == 1)
    }

    @Test func aFailureOfNoServerIsThrown() throws {
        let outcome = outcome(events: [
            1: { (_: Recorder) throws(ExperimentFailure) in
                throw ExperimentFailure(.setUp, "no port is free")
            }
        ])
        #expect(outcome.failure?.kind == .setUp)
        let verdict = try #require(outcome.verdict)
        #expect(verdict.exitCode == 3 && verdict.reasons.first == "no port is free")
        // Time is not what it lacked.
        #expect(verdict.advice.isEmpty, "\(verdict.advice)")
        #expect(!verdict.reasons.contains { $0.contains("the budget of") }, "\(verdict.reasons)")
    }
}

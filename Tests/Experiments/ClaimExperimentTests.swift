// Experiments of a suite of claims on servers that follow a script: what breaks off, what takes
// more CPUs than there are, and that nothing is made of a part.
import Experiments
import Reporting
import RunRecord
import Targets
import Testing

private let file = """
    schema: hashmark.claims/1
    name: c
    sources: {s: {cite: Somebody}}
    targets:
      - {label: a, target: 'tcp://127.0.0.1:1'}
      - {label: b, target: 'tcp://127.0.0.1:2'}
    experiments:
      - {name: first, targets: [a, b], rounds: {workload: w, rounds: 8}}
      - {name: large, targets: [a, b], cpus: 9, rounds: {workload: w, rounds: 8}}
      - {name: last, targets: [a], rounds: {workload: w, rounds: 6}}
    claims:
      - {id: faster, says: F., source: s, experiment: first, metric: server_cpu_ns_per_op,
         change: {from: a, to: b, max: 0}}
      - {id: threads, says: T., source: s, experiment: large, metric: server_cpu_ns_per_op,
         change: {from: a, to: b, max: 0}, command: hashmark suite claims}
      - {id: cheap, says: C., source: s, experiment: last, metric: server_cpu_ns_per_op,
         value: {of: a, max: 600}}

    """

/// The run of the suite on servers that take 500 and 400 ns per operation, on four CPUs.
private func run(_ rounds: ScriptedRounds) throws -> ExperimentFailure? {
    let suite = try ClaimSuite(yaml: Array(file.utf8), file: "c.yaml")
    let targets = try suite.targets.map { try Target(parsing: "\($0.label)=\($0.spelling)") }
    let experiments = ClaimExperiments(
        suite, targets: Dictionary(uniqueKeysWithValues: targets.map { ($0.label, $0) }),
        workloads: [
            "first": try ScriptedRounds.workload("first"),
            "large": try ScriptedRounds.workload("large"),
            "last": try ScriptedRounds.workload("last"),
        ], cpus: 4, host: rounds)
    do throws(ExperimentFailure) {
        try experiments.run(rounds.recorder)
        return nil
    } catch {
        return error
    }
}

private func servers(_ change: (inout Script) -> Void = { _ in }) -> ScriptedRounds {
    var second = Script()
    second.cpu = { _ in 400 }
    change(&second)
    return ScriptedRounds([("a", Script()), ("b", second)])
}

@Suite struct ClaimExperimentTests {
    @Test func everyExperimentIsRunAndJudged() throws {
        let rounds = servers()
        #expect(try run(rounds) == nil)
        let claims = ClaimJudgement.judged(rounds.record)
        #expect(claims.map(\.outcome) == [.reproduced, .notMeasurable, .reproduced])
        #expect(abs(claims[0].measured! + 0.2) < 1e-9)
        #expect(rounds.record.targets.map(\.label) == ["a", "b"])
    }

    /// Nothing is launched for what the machine is too small for.
    @Test func tooFewCPUsAreAReason() throws {
        let rounds = servers()
        #expect(try run(rounds) == nil)
        let claim = try #require(
            ClaimJudgement.judged(rounds.record).first { $0.id == "threads" })
        #expect(claim.outcome == .notMeasurable)
        #expect(claim.reason == "it takes 9 CPUs, and 4 are here")
        let results = rounds.record.results.filter { $0.workload == "large" }
        #expect(results.map(\.target) == ["a", "b"] && results.allSatisfy { $0.value == nil })
        #expect(rounds.journal.labels(.launch).count == 8 * 2 + 6)
    }

    /// Seven rounds would give an interval that fits the claim; the eighth one's crash counts.
    @Test func whatBreaksOffIsNotJudgedAndTheRestGoesOn() throws {
        let rounds = servers { script in
            script.breaks = (round: 7, slice: 3, reason: .closed)
            script.death = "it was killed"
        }
        let failure = try #require(try run(rounds))
        #expect(failure.kind == .invalid)
        let left = rounds.record.results.first {
            $0.metric == "server_cpu_ns_per_op" && $0.workload == "first" && $0.target == "b"
        }
        #expect(left?.samples.count == 7 && left?.value != nil)
        let claims = ClaimJudgement.judged(rounds.record)
        #expect(claims.map(\.outcome) == [.notMeasurable, .notMeasurable, .reproduced])
        #expect(claims[0].reason == "\(failure)" && claims[0].measured == nil)
        #expect(rounds.warns("broke off"))
    }
}

// The measuring loop: what it asks for and in which order, and where it ends.
import Experiments
import Foundation
import Gate
import RunRecord
import Testing

/// Where a need stands in the order of a run.
private func stage(_ need: Need) -> Int {
    switch need {
    case .memory: 0
    case .simulated: 1
    case .rounds(.screen, _, _): 2
    case .rounds(.confirm, _, _): 3
    }
}

/// Spread over ±30 % without a pattern, so that no interval is ever narrow.
private let scattered = Machine(cpu: { exp(0.3 * sin(2.4 * Double($0 + 1))) })

@Suite struct GateRunTests {
    @Test func countsComeBeforeRoundsAndScreeningBeforeConfirming() {
        let outcome = outcome()
        let stages = outcome.needs.map(stage)
        #expect(stages == stages.sorted())
        #expect(Set(stages) == [0, 1, 2, 3])
        #expect(Array(outcome.needs.prefix(2)) == [.memory(launch: 0), .memory(launch: 1)])
        #expect(
            Array(outcome.needs.dropFirst(2).prefix(3))
                == [.simulated(seed: 1), .simulated(seed: 2), .simulated(seed: 3)])
        #expect(outcome.hasBegun && outcome.failure == nil)
    }

    @Test func roundsGoOnCountingOverBothStages() throws {
        let outcome = outcome()
        let policy = smallPolicy()
        var next = 0
        for case .rounds(let stage, let first, let count) in outcome.needs {
            #expect(first == next && count > 0)
            // The first alone, for what a round costs.
            if first == 0 { #expect(count == 1) }
            #expect((stage == .screen) == (first < policy.rounds.screen))
            next += count
        }
        #expect(next >= policy.rounds.least)
        let rounds = outcome.record.rounds.filter { $0.target == "new" }.map(\.round)
        #expect(rounds == Array(0..<next))
    }

    @Test func equalsPassAndTheRestOfTheBudgetIsNotSpent() throws {
        let outcome = outcome()
        let verdict = try #require(outcome.verdict)
        #expect(verdict.status == .pass && verdict.exitCode == 0, "\(verdict.reasons)")
        #expect(outcome.rounds == smallPolicy().rounds.least)
        let spent = try #require(verdict.basis).spentSeconds
        #expect(spent == 2 * Machine.launch + 3 * Machine.seed + 12 * Machine.round)
    }

    @Test func aWorseCandidateIsARegression() throws {
        let slow = outcome(machine: Machine(cpu: { _ in 1.05 }))
        #expect(slow.verdict?.exitCode == 2, "\(slow.verdict?.reasons ?? [])")
        // It is no failure of the run.
        #expect(slow.failure == nil && slow.rounds == smallPolicy().rounds.least)
        let large = outcome(machine: Machine(bytesAdded: 8))
        #expect(large.verdict?.exitCode == 2, "\(large.verdict?.reasons ?? [])")
    }

    @Test func theBudgetIsSpentToItsEndWhileThatHelps() throws {
        let outcome = outcome(machine: scattered)
        let verdict = try #require(outcome.verdict)
        let budget = smallPolicy().budgetSeconds
        let spent = try #require(verdict.basis).spentSeconds
        #expect(verdict.exitCode == 3, "\(verdict.reasons)")
        #expect(spent <= budget && budget - spent < Machine.round)
        #expect(verdict.advice.contains { $0.contains("--budget") }, "\(verdict.advice)")
    }

    @Test func whatCannotDecideIsNotMeasured() throws {
        // Left for rounds: 68 s, which are six; twelve is the least that decides.
        var policy = smallPolicy()
        policy.budgetSeconds = 100
        let outcome = outcome(of: Gate(policy, sides))
        #expect(outcome.rounds == 3)
        let verdict = try #require(outcome.verdict)
        #expect(verdict.exitCode == 3 && outcome.failure == nil)
        #expect(verdict.advice.contains { $0.contains("--budget") }, "\(verdict.advice)")
    }

    @Test func noNeedIsBegunWithoutABudget() throws {
        var policy = smallPolicy()
        policy.budgetSeconds = 0
        let outcome = outcome(of: Gate(policy, sides))
        #expect(outcome.needs.isEmpty)
        #expect(outcome.verdict?.exitCode == 3)
    }

    @Test func batchesBecomeOneResultPerStage() {
        let outcome = outcome()
        let cpu = outcome.record.results.filter {
            $0.target == "new" && $0.metric == "server_cpu_ns_per_op"
        }
        #expect(cpu.map(\.samples.count) == [8, 4])
    }

    /// The loop adds nothing and loses nothing: a bare gate ends alike.
    @Test(arguments: [0.9, 1, 1.015, 1.03, 1.2])
    func theVerdictIsThatOfTheBareGate(ratio: Double) throws {
        let machine = Machine(cpu: { ratio * exp(0.01 * sin(2.4 * Double($0 + 1))) })
        var measurer = machine
        let bare = Gate(smallPolicy(), sides).run(with: &measurer).verdict
        let verdict = try #require(outcome(machine: machine).verdict)
        #expect(verdict.status == bare.status && verdict.exitCode == bare.exitCode)
        #expect(verdict.checks.map(\.status) == bare.checks.map(\.status))
        #expect(verdict.checks.map(\.pairs) == bare.checks.map(\.pairs))
        #expect(verdict.basis?.spentSeconds == bare.basis?.spentSeconds)
    }
}

@Suite struct StoredBaselineTests {
    /// The candidate's counts of a run, and a gate that holds another candidate against them.
    private func storedGate() -> Gate {
        var gate = Gate(smallPolicy(), Sides(baseline: nil, candidate: "new", sentinel: nil))
        gate.stored = StoredBaseline(outcome().record, target: "new").record
        return gate
    }

    @Test func storedCountsStandInTheRecord() throws {
        let gate = storedGate()
        let equal = outcome(of: gate)
        #expect(equal.verdict?.exitCode == 0, "\(equal.verdict?.reasons ?? [])")
        #expect(equal.rounds == 0)
        #expect(equal.record.results.contains { $0.target == Sides.storedLabel })
        let larger = outcome(of: gate, machine: Machine(bytesAdded: 8))
        #expect(larger.verdict?.exitCode == 2, "\(larger.verdict?.reasons ?? [])")
        // By itself, without the baseline's file.
        let again = try Gate.judge(larger.record, name: "run.json")
        #expect(again.status == .regression)
    }

    @Test func oneOfAnotherMachineIsIncomparableAndNothingIsMeasured() throws {
        var gate = storedGate()
        gate.stored?.environment.pageSizeBytes = 1
        let outcome = outcome(of: gate)
        let failure = try #require(outcome.failure)
        #expect(failure.kind == .incomparable)
        #expect(failure.description.contains("the stored baseline cannot be compared"))
        #expect(outcome.needs.isEmpty && !outcome.hasBegun && outcome.verdict == nil)
    }
}

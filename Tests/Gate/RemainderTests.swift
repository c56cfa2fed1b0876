// What a gate will probably still measure.
import Gate
import RunRecord
import Testing

@Suite struct RemainderTests {
    private static let gate = Gate(
        Policy(), Sides(baseline: "old", candidate: "new", sentinel: Sides.sentinelLabel))
    private static let record = RunRecord(hashmarkVersion: "", arguments: [], seed: 0)

    private static func left(from need: Need, _ spending: Spending) -> Remainder {
        gate.remainder(from: need, record, spending, .usual(gate.policy))
    }

    @Test func atTheBeginningAllOfItIsLeft() {
        let policy = Self.gate.policy
        let left = Self.left(from: .memory(launch: 0), Spending(total: 1e6))
        #expect(left.launches == policy.memoryLaunches)
        #expect(left.seeds == policy.simulated.screen)
        #expect(left.rounds == policy.rounds.screen + policy.rounds.least)
        #expect(left.roundsDone == 0)
        #expect(left.seconds > left.secondsOfNeed)
    }

    /// Never "round 31 of 20".
    @Test func roundsBeyondTheUsualAreCounted() {
        let left = Self.left(
            from: .rounds(stage: .confirm, first: 30, count: 2), Spending(total: 1e6))
        #expect(left.rounds == 32)
        #expect(left.roundsDone == 30)
    }

    @Test func aBudgetEndsIt() {
        var spending = Spending(total: 100)
        spending.add(20, for: .rounds(stage: .screen, first: 0, count: 1))
        spending.spent = 90
        let left = Self.left(from: .rounds(stage: .screen, first: 1, count: 1), spending)
        #expect(left.rounds == 2)
        #expect(left.seconds == 10)
        #expect(left.secondsOfNeed == 20)
        spending.spent = 120
        #expect(Self.left(from: .rounds(stage: .screen, first: 1, count: 1), spending).seconds == 0)
    }
}

// Random sequences, from a seed: a table is filled, used, emptied for the most part and filled
// again, so that it grows and shrinks and meets what it left behind.
import Distributions

struct RandomOperations {
    /// Of 100 operations, how many put and how many erase; the rest look up.
    private static let phases: [(puts: Int, erases: Int)] = [(75, 5), (35, 25), (10, 70), (55, 20)]

    /// Different keys that are used.
    let keys: Int
    let operations: Int
    /// Everything is verified once in so many operations.
    let verifyEvery: Int
    /// The table is one of two, changed now and then.
    var usesTwo = false

    func make(_ seed: UInt64) -> [TrialOperation] {
        var random = Xoshiro256PlusPlus(seed: seed)
        var sequence: [TrialOperation] = []
        sequence.reserveCapacity(operations + operations / verifyEvery)
        for number in 0..<operations {
            let phase = Self.phases[number * Self.phases.count / operations]
            if usesTwo && number % 5 == 0 { sequence.append(.table(Int(random.next() & 1))) }
            sequence.append(one(phase, number, &random))
            if number % verifyEvery == verifyEvery - 1 { sequence.append(.verify) }
        }
        return sequence
    }

    private func one(
        _ phase: (puts: Int, erases: Int), _ number: Int, _ random: inout Xoshiro256PlusPlus
    ) -> TrialOperation {
        func key() -> Datum { .key(Int(random.next() % UInt64(keys))) }
        let choice = Int(random.next() % 100)
        if choice < phase.puts {
            // Lengths differ, so that replaced values do.
            return .put(key(), .value(number, padding: Int(random.next() % 24)))
        }
        if choice < phase.puts + phase.erases { return .erase(key()) }
        switch random.next() % 16 {
        case 0: return .many((0..<5).map { _ in key() })
        case 1: return .random(random.next())
        case 2: return .scan
        case 3: return .step
        default: return .get(key())
        }
    }
}

// Corrections for many tests, against published decisions.
import Distributions
import Statistics
import Testing

@Suite struct MultipleTestingTests {
    /// The fifteen p-values of Benjamini and Hochberg's paper (1995, section 3.2).
    private let published = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.000,
    ]

    @Test func publishedDecisions() {
        // The paper: four are rejected at q = 0.05, three when the family error is controlled.
        let discovered = MultipleTesting.benjaminiHochberg(published).filter { $0 <= 0.05 }
        #expect(discovered.count == 4)
        let confirmed = MultipleTesting.holm(published).filter { $0 <= 0.05 }
        #expect(confirmed.count == 3)
    }

    @Test func closedForms() {
        func close(_ one: [Double], _ other: [Double]) -> Bool {
            one.count == other.count && zip(one, other).allSatisfy { abs($0 - $1) < 1e-15 }
        }
        // Unsorted on purpose: the answers keep the order of the questions.
        let values = [0.04, 0.01, 0.03]
        #expect(close(MultipleTesting.holm(values), [0.06, 0.03, 0.06]))
        #expect(close(MultipleTesting.benjaminiHochberg(values), [0.04, 0.03, 0.04]))
        #expect(MultipleTesting.holm([]).isEmpty && MultipleTesting.benjaminiHochberg([]).isEmpty)
        #expect(MultipleTesting.holm([0.3]) == [0.3])
        #expect(MultipleTesting.holm([0.9, 0.8]) == [1, 1])
    }

    /// BH keeps the false discovery rate, Holm the family error, when nothing is there.
    @Test func nothingIsFoundWhereNothingIs() {
        var random = Xoshiro256PlusPlus(seed: 3)
        let trials = 2000
        var discovered = 0
        var confirmed = 0
        for _ in 0..<trials {
            let values = (0..<12).map { _ in random.nextUnit() }
            discovered += MultipleTesting.benjaminiHochberg(values).contains { $0 <= 0.1 } ? 1 : 0
            confirmed += MultipleTesting.holm(values).contains { $0 <= 0.05 } ? 1 : 0
        }
        // Four standard errors: 0.027 at a share of 0.1, 0.0195 at 0.05.
        #expect(Double(discovered) / Double(trials) < 0.127)
        #expect(Double(confirmed) / Double(trials) < 0.0695)
    }
}

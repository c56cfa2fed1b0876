// Quantiles of Student's and the signed-rank distribution against printed tables.
import Foundation
import Statistics
import Testing

@Suite struct NullDistributionsTests {
    /// Printed tables of Student's t distribution.
    @Test func studentQuantiles() {
        let table: [(degrees: Int, p: Double, t: Double)] = [
            (1, 0.975, 12.706), (2, 0.975, 4.303), (4, 0.975, 2.776), (9, 0.975, 2.262),
            (19, 0.975, 2.093), (29, 0.975, 2.045), (120, 0.975, 1.980), (9, 0.995, 3.250),
            (19, 0.9975, 3.174), (9, 0.8, 0.883), (29, 0.8, 0.854), (7, 0.5, 0), (1, 0.75, 1),
        ]
        for (degrees, p, t) in table {
            #expect(abs(StudentT.quantile(p, degrees: degrees) - t) < 6e-4, "\(degrees) \(p)")
        }
    }

    /// With one degree of freedom it is Cauchy's, with two it has a closed form.
    @Test func studentClosedForms() {
        for t in [-30, -2, -0.1, 0, 0.7, 1, 5, 400] {
            let cauchy = 0.5 + atan(t) / .pi
            #expect(abs(StudentT.cumulative(t, degrees: 1) - cauchy) < 1e-13, "\(t)")
            let two = 0.5 + t / (2 * (2 + t * t).squareRoot())
            #expect(abs(StudentT.cumulative(t, degrees: 2) - two) < 1e-13, "\(t)")
        }
    }

    /// Wilcoxon's critical values as textbooks print them: two-sided 0.05 and 0.01.
    @Test func signedRankCriticalValues() {
        let table: [(n: Int, at5: Int?, at1: Int?)] = [
            (5, nil, nil), (6, 0, nil), (7, 2, nil), (8, 3, 0), (9, 5, 1), (10, 8, 3), (12, 13, 7),
            (15, 25, 15), (20, 52, 37), (25, 89, 68), (30, 137, 109), (50, 434, 373),
        ]
        for (n, at5, at1) in table {
            let ranks = WilcoxonSignedRank(count: n)
            #expect(ranks.criticalValue(0.025) == at5, "\(n)")
            #expect(ranks.criticalValue(0.005) == at1, "\(n)")
        }
    }

    @Test func signedRankClosedForms() {
        // n = 3: the sums 0 … 6 occur 1, 1, 1, 2, 1, 1, 1 times in 8.
        let ranks = WilcoxonSignedRank(count: 3)
        #expect((0...6).map { ranks.probability(atMost: $0) * 8 } == [1, 2, 3, 5, 6, 7, 8])
        #expect(ranks.probability(atMost: -1) == 0 && ranks.probability(atMost: 99) == 1)
        // The smallest sum is one pattern of all: an exact power of two.
        #expect(WilcoxonSignedRank(count: 40).probability(atMost: 0) == 0x1p-40)
        #expect(WilcoxonSignedRank(count: 5).criticalValue(0x1p-5) == 0)
    }
}

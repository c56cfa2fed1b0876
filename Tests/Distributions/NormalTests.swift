// Quantiles of the normal distribution against printed tables, and bisection's ends.
import Distributions
import Testing

@Suite struct NormalTests {
    /// Printed tables of the normal distribution.
    @Test func normalQuantiles() {
        for (p, z) in [(0.5, 0), (0.8, 0.841621), (0.975, 1.959964), (0.9975, 2.807034)] {
            #expect(abs(Normal.quantile(p) - z) < 1e-6, "\(p)")
            #expect(abs(Normal.quantile(1 - p) + z) < 1e-6, "\(p)")
        }
    }

    @Test func bisectionFindsTheEdge() {
        #expect(abs(Bisection.edge(0, 10) { $0 < 2.5 } - 2.5) < 1e-12)
        // A condition that never changes: an end of the interval.
        #expect(Bisection.edge(0, 10) { _ in true } > 10 - 1e-9)
        #expect(Bisection.edge(0, 10) { _ in false } < 1e-9)
    }
}

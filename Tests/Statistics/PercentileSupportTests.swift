// Which percentiles a number of samples carries.
import Statistics
import Testing

@Suite struct PercentileSupportTests {
    @Test(arguments: [
        (50.0, 20), (90, 100), (99, 1_000), (99.9, 10_000), (99.99, 100_000), (0, 10),
    ])
    func tenSamplesLieBeyond(_ percent: Double, _ needed: UInt64) {
        #expect(LatencyHistogram.samplesNeeded(percent) == needed)
        var histogram = LatencyHistogram()
        for value in 1..<needed { histogram.record(value) }
        #expect(histogram.carriedPercentile(percent) == nil)
        histogram.record(needed)
        #expect(histogram.carriedPercentile(percent) == histogram.percentile(percent))
    }

    @Test func theCountIsSaid() {
        var histogram = LatencyHistogram()
        for value: UInt64 in 1...8 { histogram.record(value) }
        #expect(histogram.shortfall(99.9) == "8 samples do not carry p99.9, which takes 10000")
        #expect(histogram.shortfall(50) == "8 samples do not carry p50, which takes 20")
    }
}

// Histograms of latencies: nothing is dropped, and percentiles are within a bucket.
import Distributions
import Statistics
import Testing

@Suite struct LatencyHistogramTests {
    @Test func emptyHasNoReadings() {
        let histogram = LatencyHistogram()
        #expect(histogram.count == 0)
        #expect(histogram.min == nil && histogram.max == nil && histogram.mean == nil)
        #expect(histogram.percentile(50) == nil && histogram.standardDeviation == nil)
        #expect(histogram.fraction(atOrBelow: 1) == nil)
        #expect(histogram.buckets().isEmpty)
    }

    @Test func percentilesOfAKnownDistribution() {
        var histogram = LatencyHistogram()
        for value: UInt64 in 1...1000 { histogram.record(value) }
        #expect(histogram.count == 1000)
        #expect(histogram.min == 1 && histogram.max == 1000)
        #expect(histogram.percentile(50) == 500)
        #expect(histogram.percentile(99.9) == 999)
        #expect(histogram.percentile(0) == 1 && histogram.percentile(100) == 1000)
        #expect(histogram.mean == 500.5)
        #expect(histogram.fraction(atOrBelow: 250) == 0.25)
    }

    @Test func nothingIsDroppedAboveTheRange() {
        let top = LatencyHistogram.highestTrackableNanoseconds
        let recorder = LatencyRecorder()
        var histogram = LatencyHistogram()
        for value in [1, top, top + 1, top * 2, .max] {
            histogram.record(value)
            recorder.record(value)
        }
        histogram.record(.max, count: 4)
        recorder.record(.max, count: 4)
        #expect(histogram.count == 9 && histogram.clamped == 7)
        #expect(histogram.max == top && histogram.percentile(100) == top)
        #expect(recorder.histogram() == histogram)
    }

    @Test func everyBucketEndIsItsOwn() {
        // Every power of two of the range and its neighbours: where a wrong bucket would show.
        for exponent in 0..<42 {
            for value in [(1 << exponent) - 1, 1 << exponent, (1 << exponent) + 1] as [UInt64]
            where value <= LatencyHistogram.highestTrackableNanoseconds {
                var histogram = LatencyHistogram()
                histogram.record(value)
                let bucket = histogram.buckets()[0]
                #expect(bucket.count == 1, "\(value)")
                #expect(bucket.lowest <= value && value <= bucket.highest, "\(value)")
                #expect(Double(bucket.highest - bucket.lowest) <= Double(value) / 1000, "\(value)")
            }
        }
    }

    @Test func recorderAgreesWithTheLibrary() {
        var random = Xoshiro256PlusPlus(seed: 11)
        let recorder = LatencyRecorder()
        var histogram = LatencyHistogram()
        for _ in 0..<20_000 {
            // Uniform in the exponent, so that every octave and the range above ours are met.
            let value = random.next() >> (random.next() % 64)
            recorder.record(value)
            histogram.record(value)
        }
        let recorded = recorder.histogram()
        #expect(recorded == histogram)
        #expect(recorded.min == histogram.min && recorded.max == histogram.max)
        #expect(recorded.clamped == histogram.clamped && histogram.clamped > 0)
        recorder.reset()
        #expect(recorder.histogram() == LatencyHistogram())
        recorder.record(7)
        #expect(recorder.histogram().min == 7 && recorder.histogram().max == 7)
    }

    @Test func mergeIsTheSameAsRecordingAll() {
        var one = LatencyHistogram()
        var other = LatencyHistogram()
        var both = LatencyHistogram()
        for value: UInt64 in [3, 90_000, .max] {
            one.record(value)
            both.record(value)
        }
        for value: UInt64 in [0, 5_000_000, 90_000] {
            other.record(value)
            both.record(value)
        }
        one.merge(other)
        #expect(one == both)
        #expect(one.min == 0 && one.clamped == 1 && one.count == 6)
        one.reset()
        #expect(one == LatencyHistogram())
    }
}

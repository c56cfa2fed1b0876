// HdrHistogram's V2 encoding: what another implementation wrote is read, and round trips.
import Distributions
import Foundation
import Statistics
import Testing

@Suite struct HistogramCodingTests {
    @Test func readsWhatAnotherImplementationWrote() throws {
        let gaps = try LatencyHistogram(base64V2: EncodedElsewhere.gaps)
        #expect(gaps.count == 10 && gaps.min == 0 && gaps.max == 1_000_447)
        #expect(gaps.percentile(50) == 6 && gaps.percentile(90) == 4099)
        #expect(gaps.mean == 101_044.8)

        let many = try LatencyHistogram(base64V2: EncodedElsewhere.many)
        #expect(many.count == 300 && many.min == 537)
        #expect([50, 90, 99, 99.9, 100].map { many.percentile($0) } == manyPercentiles)
        var recorded = LatencyHistogram()
        for i: UInt64 in 1...300 { recorded.record((i * i * 37) % 9_999_991 + 500) }
        #expect(recorded == many)

        let large = try LatencyHistogram(base64V2: EncodedElsewhere.large)
        #expect(large.count == 5_000_000_128 && large.percentile(50) == 1500)

        let extremes = try LatencyHistogram(base64V2: EncodedElsewhere.extremes)
        #expect(extremes.count == 2 && extremes.clamped == 0)
        #expect(extremes.min == 1 && extremes.max == LatencyHistogram.highestTrackableNanoseconds)

        #expect(try LatencyHistogram(base64V2: EncodedElsewhere.empty) == LatencyHistogram())
    }

    /// As `hdrhistogram` 0.10.8 answers for the same histogram.
    private let manyPercentiles: [UInt64] = [
        833_023, 2_699_263, 3_264_511, 3_332_095, 3_332_095,
    ]

    @Test func headerIsCompressedV2() {
        var histogram = LatencyHistogram()
        histogram.record(1234)
        let bytes = histogram.encodedV2Compressed()
        #expect(bytes.starts(with: [0x1c, 0x84, 0x93, 0x14, 0, 0, 0, UInt8(bytes.count - 8)]))
    }

    @Test func roundTrip() throws {
        var random = Xoshiro256PlusPlus(seed: 5)
        for samples in [1, 2, 10, 1000] {
            var histogram = LatencyHistogram()
            for _ in 0..<samples {
                histogram.record(
                    random.next() >> (23 + random.next() % 41), count: 1 + random.next() % 3)
            }
            let copy = try LatencyHistogram(base64V2: histogram.base64V2())
            #expect(copy == histogram)
            #expect(copy.base64V2() == histogram.base64V2())
        }
    }

    @Test func widerRangesAreClampedAndOtherResolutionsRefused() throws {
        let wide = try LatencyHistogram(base64V2: EncodedElsewhere.wide)
        #expect(wide.count == 4 && wide.clamped == 3)
        #expect(wide.max == LatencyHistogram.highestTrackableNanoseconds)
        #expect(throws: HistogramCodingError.otherLayout(digits: 2, lowest: 1)) {
            try LatencyHistogram(base64V2: EncodedElsewhere.twoDigits)
        }
        #expect(throws: HistogramCodingError.otherLayout(digits: 3, lowest: 1000)) {
            try LatencyHistogram(base64V2: EncodedElsewhere.microseconds)
        }
    }

    /// An uncompressed histogram; `counts` are LEB128 bytes.
    private func v2(
        cookie: [UInt8] = [0x1c, 0x84, 0x93, 0x13], length: UInt8? = nil, offset: UInt8 = 0,
        counts: [UInt8]
    ) -> [UInt8] {
        var bytes = cookie
        bytes += [0, 0, 0, length ?? UInt8(counts.count), 0, 0, 0, offset, 0, 0, 0, 3]
        bytes += [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 3, 0x46, 0x30, 0xb8, 0xa0, 0]
        bytes += [0x3f, 0xf0, 0, 0, 0, 0, 0, 0]
        return bytes + counts
    }

    @Test func uncompressedFormAndOffset() throws {
        // A run of 3 empty buckets, twice the value 3, a lone empty bucket, once the value 5.
        let counts: [UInt8] = [5, 4, 0, 2]
        let plain = try LatencyHistogram(encodedV2: v2(counts: counts))
        #expect(plain.count == 3 && plain.min == 3 && plain.max == 5)
        // The offset tells how the writer's memory was turned, not the order of the counts.
        #expect(try LatencyHistogram(encodedV2: v2(offset: 7, counts: counts)) == plain)
        // −1 for the lone bucket, as C writes it.
        #expect(try LatencyHistogram(encodedV2: v2(counts: [5, 4, 1, 2])) == plain)
    }

    @Test func damagedInputIsATypedError() {
        func error(_ bytes: [UInt8]) -> HistogramCodingError? {
            do throws(HistogramCodingError) {
                _ = try LatencyHistogram(encodedV2: bytes)
                return nil
            } catch { return error }
        }
        #expect(error([]) == .truncated)
        #expect(error([0x1c, 0x84]) == .truncated)
        #expect(error([1, 2, 3, 4, 5, 6, 7, 8]) == .unknownCookie(0x0102_0304))
        let v1: [UInt8] = [0x1c, 0x84, 0x93, 0x81]
        #expect(error(v2(cookie: v1, counts: [2])) == .unknownCookie(0x1c84_9381))
        #expect(error(v2(length: 9, counts: [2])) == .truncated)
        #expect(error(v2(counts: [0x82])) == .truncated)
        // A run of 2^20 buckets, and the most negative number there is.
        #expect(error(v2(counts: [0xff, 0xff, 0x7f, 2])) == .damagedCounts)
        let lowest: [UInt8] = Array(repeating: 0xff, count: 9)
        #expect(error(v2(counts: lowest)) == .damagedCounts)
        // Three counts of 2^63 − 1 are more than 64 bits hold.
        let highest: [UInt8] = [0xfe] + Array(repeating: 0xff, count: 8)
        #expect(error(v2(counts: highest + highest + highest)) == .damagedCounts)
        #expect(error([0x1c, 0x84, 0x93, 0x14, 0, 0, 0, 9]) == .truncated)
        #expect(error([0x1c, 0x84, 0x93, 0x14, 0, 0, 0, 2, 9, 9]) != nil)
        #expect(throws: HistogramCodingError.notBase64) { try LatencyHistogram(base64V2: "é!") }
    }

    @Test func noInputCrashes() throws {
        let sound = Array(try #require(Data(base64Encoded: EncodedElsewhere.many)))
        var plain = v2(counts: [5, 4, 0, 2, 0x82, 1, 0xff, 3, 6, 9])
        var random = Xoshiro256PlusPlus(seed: 2)
        for length in 0..<sound.count {
            _ = try? LatencyHistogram(encodedV2: Array(sound.prefix(length)))
        }
        for _ in 0..<300 {
            var damaged = sound
            damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(
                in: 0...255, using: &random)
            _ = try? LatencyHistogram(encodedV2: damaged)
            plain[Int.random(in: 40..<plain.count, using: &random)] = UInt8.random(
                in: 0...255, using: &random)
            _ = try? LatencyHistogram(encodedV2: plain)
        }
    }

    @Test func errorsAreOneLine() {
        for error: HistogramCodingError in [
            .notBase64, .truncated, .unknownCookie(7), .badCompression(-3), .damagedCounts,
            .otherLayout(digits: 2, lowest: 1),
        ] {
            #expect(!error.description.contains("\n") && error.description.hasPrefix("histogram"))
        }
    }
}

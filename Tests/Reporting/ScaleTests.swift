// Units and digits that numbers are shown with.
import Reporting
import RunRecord
import Testing

@Suite struct ScaleTests {
    @Test func unitsFollowTheMiddleValue() {
        let cases: [(Metric.Unit, [Double], Double, String)] = [
            (.nanoseconds, [950], 950, "950 ns"),
            (.nanoseconds, [1500, 2_000_000], 2_000_000, "2,000.00 µs"),
            (.nanoseconds, [12_345_678], 12_345_678, "12.3 ms"),
            (.nanoseconds, [250_000, 3_000_000, 12_000_000], 250_000, "0.250 ms"),
            (.nanoseconds, [3e9], 3e9, "3 s"),
            (.operationsPerSecond, [1_234_567.8], 1_234_567.8, "1,234,568 ops/s"),
            (.nanosecondsPerOperation, [98.76, 1000], 1000, "1,000.0 ns/op"),
            (.bytes, [8_000_000_000], 8_000_000_000, "7.45 GiB"),
            (.bytesPerEntry, [121.254], 121.254, "121.25 B/entry"),
            (.perOperation, [0.0123], 0.0123, "0.0123 1/op"),
            (.perOperation, [2412, 3], 2412, "2,412 1/op"),
            (.ratio, [0.931], 0.931, "93.1 %"),
            (.ratio, [], 0, "0 %"),
            (.nanoseconds, [0], 0, "0 ns"),
            (Metric.Unit(rawValue: "qubit"), [-1234.5], -1234.5, "−1,234 qubit"),
        ]
        for (unit, values, value, text) in cases {
            #expect(Scale(unit, values: values).text(value) == text)
        }
    }

    @Test func spreads() {
        #expect(Scale.spread(0.0123) == "±1.2 %" && Scale.spread(0.4) == "±40 %")
    }
}

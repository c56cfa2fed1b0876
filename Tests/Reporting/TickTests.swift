// Ticks over many ranges: few, round, ascending, within the range, and no two labels alike.
import Foundation
import Reporting
import Testing

@Suite struct TickTests {
    /// Lower ends and spans over 24 decades, with mantissas that are round and that are not.
    private static let mantissas = [1.0, 1.1, 1.9999, 2, 2.5, 3.3333, 5, 7.07, 9.99]

    private func check(_ ticks: [Tick], _ range: ClosedRange<Double>, least: Int) {
        #expect(ticks.count >= least && ticks.count <= Ticks.most, "\(range): \(ticks)")
        #expect(ticks.allSatisfy { range.contains($0.value) }, "\(range): \(ticks)")
        let isAscending = zip(ticks, ticks.dropFirst()).allSatisfy { $0.value < $1.value }
        #expect(isAscending, "\(range): \(ticks)")
        #expect(Set(ticks.map(\.label)).count == ticks.count, "\(range): \(ticks)")
    }

    @Test(arguments: -9...12) func linear(exponent: Int) {
        for mantissa in Self.mantissas {
            let span = mantissa * pow(10, Double(exponent))
            for start in [0, -0.5, -1, 0.3, 1, 17.3, -100, 12_345] {
                let low = start * span
                for style in [Ticks.Style.number, .time] {
                    check(Ticks.linear(low...(low + span), style), low...(low + span), least: 2)
                }
            }
        }
    }

    @Test(arguments: -6...12) func logarithmic(exponent: Int) {
        for mantissa in Self.mantissas {
            let low = mantissa * pow(10, Double(exponent))
            for factor in [1.05, 1.5, 3.2, 7, 40, 999, 1e5, 1e9, 3e20] {
                for style in [Ticks.Style.number, .time] {
                    let range = low...(low * factor)
                    check(Ticks.logarithmic(range, style), range, least: 2)
                }
            }
        }
    }

    /// Steps are 1, 2 or 5 times a power of ten, and values multiples of them.
    @Test func linearStepsAreRound() throws {
        for span in stride(from: 0.7, through: 9_999, by: 3.7) {
            let ticks = Ticks.linear(0...span)
            let step = try #require(ticks.dropFirst().first).value
            let mantissa = step / pow(10, log10(step * 1.000001).rounded(.down))
            #expect([1.0, 2, 5].contains { abs($0 - mantissa) < 1e-9 }, "\(span): \(step)")
            for (index, tick) in ticks.enumerated() {
                #expect(abs(tick.value - Double(index) * step) < step * 1e-9)
            }
        }
    }

    @Test func labelsAreShort() {
        func labels(_ range: ClosedRange<Double>, _ style: Ticks.Style = .number) -> [String] {
            Ticks.linear(range, style).map(\.label)
        }
        #expect(labels(0...4) == ["0", "1", "2", "3", "4"])
        let fine = labels(0...0.35)
        #expect(fine == ["0", "0.05", "0.10", "0.15", "0.20", "0.25", "0.30"])
        #expect(labels(-1...1) == ["−1.0", "−0.5", "0", "0.5", "1.0"])
        #expect(labels(600_000...1_000_000) == ["600 k", "700 k", "800 k", "900 k", "1,000 k"])
        #expect(labels(1_000_000...1_000_004).last == "1,000,004")
        #expect(labels(1_000...1_900, .time).first == "1,000 ns")
        let decades = Ticks.logarithmic(100...10_000_000, .time).map(\.label)
        #expect(decades == ["100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms"])
        #expect(
            Ticks.logarithmic(1_000...100_000).map(\.label)
                == ["1 k", "2 k", "5 k", "10 k", "20 k", "50 k", "100 k"])
    }

    /// Where a Double has no digits left for lines, there are none.
    @Test func hopelessRangesHaveNone() {
        #expect(Ticks.linear(1...1).isEmpty)
        #expect(Ticks.linear(1e15...(1e15 + 0.125)).isEmpty)
        #expect(Ticks.linear(0...1e300).isEmpty && Ticks.logarithmic(1...1e300).isEmpty)
    }
}

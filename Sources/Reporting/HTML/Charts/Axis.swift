// One side of a chart: from values to places along it.
import Foundation

struct Axis {
    /// What is shown, with its unit.
    let title: String
    let ticks: [Tick]
    private let isLogarithmic: Bool
    /// Both ends, as logarithms where the axis is one.
    private let ends: ClosedRange<Double>

    /// An axis on which all values have room.
    /// - Parameters:
    ///   - values: not empty.
    ///   - wantsLogarithms: a value that has none, which only a damaged record holds, makes the
    ///     axis even.
    init(
        _ title: String, _ values: [Double], isLogarithmic wantsLogarithms: Bool = false,
        _ style: Ticks.Style = .number
    ) {
        self.title = title
        let low = values.min() ?? 0
        let isLogarithmic = wantsLogarithms && low > 0
        self.isLogarithmic = isLogarithmic
        let high = values.max() ?? 1
        let range: ClosedRange<Double>
        if isLogarithmic {
            // An eighth of a decade around one value alone.
            let room = high / low > 1.3 ? pow(high / low, 0.02) : 1.15
            range = (low / room)...(high * room)
        } else {
            // A hundredth of the level at least, so that equal curves are shown as equal; what is
            // never below 0 has no room there.
            let room = max((high - low) * 0.08, abs(high) * 0.01, 1e-9)
            range = (low < 0 ? low - room : max(0, low - room))...(high + room)
        }
        ticks =
            isLogarithmic ? Ticks.logarithmic(range, style) : Ticks.linear(range, style)
        ends =
            isLogarithmic ? log10(range.lowerBound)...log10(range.upperBound) : range
    }

    /// An even axis with lines of its own.
    init(_ title: String, from low: Double, to high: Double, ticks: [Tick]) {
        self.title = title
        isLogarithmic = false
        self.ticks = ticks
        ends = low...high
    }

    /// Where a value is: 0 at the low end, 1 at the high one.
    func share(_ value: Double) -> Double {
        let place = isLogarithmic ? log10(value) : value
        let share = (place - ends.lowerBound) / (ends.upperBound - ends.lowerBound)
        return share.isFinite ? min(1, max(0, share)) : 0
    }
}

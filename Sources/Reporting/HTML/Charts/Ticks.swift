// Where an axis has its lines, and what stands beside them: few, round, and no two labels alike.
//
// Linear axes step by 1, 2 or 5 times a power of ten. Logarithmic ones stand at 1, 2 and 5 of each
// decade, at 1 alone where those are too many, at every nth decade where these are; within a part
// of a decade they are linear. A label has as many decimals as its step needs.
import Foundation
import Quantities

/// One line of an axis.
public struct Tick: Equatable, Sendable {
    public var value: Double
    public var label: String
}

public enum Ticks {
    /// What is counted along an axis, which decides the units of its labels. Whatever is no time is
    /// a bare number: its unit stands in the axis' title.
    public enum Style: Sendable {
        case number
        /// In nanoseconds.
        case time

        fileprivate var units: [(exponent: Int, name: String)] {
            switch self {
            case .number: [(0, ""), (3, "k"), (6, "M"), (9, "G"), (12, "T")]
            case .time: [(0, "ns"), (3, "µs"), (6, "ms"), (9, "s")]
            }
        }
    }

    /// More lines are not read any better, and their labels would meet on a small screen.
    public static let most = 7

    /// Three lines or more, in ascending order; none where the range is too narrow for its size, or
    /// too large, to be told in a Double's digits.
    public static func linear(_ range: ClosedRange<Double>, _ style: Style = .number) -> [Tick] {
        let span = range.upperBound - range.lowerBound
        let size = max(abs(range.lowerBound), abs(range.upperBound))
        // Of a Double's 15 digits three are for the lines.
        guard size < 1e100, span > max(size * 1e-12, 1e-100) else { return [] }
        let least = Int(log10(span / Double(most)).rounded(.down))
        for exponent in [least, least + 1] {
            for factor in [1.0, 2, 5] {
                guard let values = multiples(of: factor, exponent, in: range) else { continue }
                return values.map { Tick(value: $0, label: label($0, exponent, style)) }
            }
        }
        return []
    }

    /// Lines of a logarithmic axis. - Precondition: the range is above 0.
    public static func logarithmic(
        _ range: ClosedRange<Double>, _ style: Style = .number
    ) -> [Tick] {
        guard range.lowerBound > 1e-100, range.upperBound < 1e100 else { return [] }
        let first = Int(log10(range.lowerBound).rounded(.down))
        let last = Int(log10(range.upperBound).rounded(.up))
        func ticks(_ factors: [Double]) -> [Tick] {
            (first...last).flatMap { exponent in
                factors.map { power(exponent, times: $0) }.filter { range.contains($0) }
                    .map { Tick(value: $0, label: label($0, exponent, style)) }
            }
        }
        let fine = ticks([1, 2, 5])
        if fine.count < 2 { return linear(range, style) }
        if fine.count <= most { return fine }
        let decades = ticks([1])
        let step = (decades.count + most - 1) / most
        return decades.enumerated().filter { $0.offset % step == 0 }.map(\.element)
    }

    /// Whole multiples of `factor` × 10^`exponent` in the range; nil where they are too many.
    private static func multiples(
        of factor: Double, _ exponent: Int, in range: ClosedRange<Double>
    ) -> [Double]? {
        let step = power(exponent, times: factor)
        let first = (range.lowerBound / step).rounded(.up)
        let last = (range.upperBound / step).rounded(.down)
        guard last - first < Double(most) else { return nil }
        return stride(from: first, through: last, by: 1)
            .map { power(exponent, times: $0 * factor) }.filter { range.contains($0) }
    }

    /// By division below 1: 3 ÷ 10 is the number that is written 0.3, and 3 × 0.1 is not.
    private static func power(_ exponent: Int, times factor: Double) -> Double {
        let scale = pow(10, Double(abs(exponent)))
        return exponent < 0 ? factor / scale : factor * scale
    }

    /// - Parameter exponent: of the power of ten that `value` is a multiple of.
    private static func label(_ value: Double, _ exponent: Int, _ style: Style) -> String {
        if value == 0 { return "0" }
        let unit = style.units.last { $0.exponent <= exponent } ?? style.units[0]
        let shown = value / pow(10, Double(unit.exponent))
        // Beyond these, the digits would be wider than the chart.
        let isPlain = abs(shown) < 1e15 && exponent > -10
        let number =
            isPlain
            ? shown.grouped(max(0, unit.exponent - exponent)) : "\(shown)"
        return unit.name.isEmpty ? number : "\(number) \(unit.name)"
    }
}

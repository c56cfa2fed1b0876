// How a column of numbers is written: one unit and one number of decimals for all of it, so that
// digits line up and the eye compares lengths.
import Foundation
import Quantities
import RunRecord

/// The unit and the precision in which the numbers of one metric are shown.
public struct Scale: Equatable, Sendable {
    /// Shown = stored / divisor.
    public var divisor: Double
    /// As the heading has it: `µs`, `ops/s`.
    public var unit: String
    public var decimals: Int

    /// The scale in whose unit the middle value is told, and which shows the smallest of `values`
    /// with at least three digits.
    /// - Parameter others: the values that choose the unit, where several columns or rows share
    ///   it; without them `values` do.
    public init(_ unit: Metric.Unit, values: [Double], with others: [Double] = []) {
        let least = values.map(abs).filter { $0 > 0 }.min() ?? 0
        let sizes = (others.isEmpty ? values : others).map(abs).filter { $0 > 0 }.sorted()
        // The lower of two: what is then large gets a comma, what is small would get zeros.
        let middle = sizes.isEmpty ? 0 : sizes[(sizes.count - 1) / 2]
        let step = Self.steps(unit).last { $0.divisor <= middle } ?? Self.steps(unit)[0]
        self.divisor = step.divisor
        self.unit = step.name
        let shown = least / divisor
        // Three digits: 123, 12.3, 1.23; below 1 a digit more for each leading zero, up to six.
        decimals =
            shown >= 100 || shown == 0
            ? 0 : min(6, max(0, 2 - Int(log10(shown).rounded(.down))))
        // A pointer's share of an entry is worth a byte or two: show hundredths, as others do.
        if unit == .bytesPerEntry { decimals = max(decimals, 2) }
        // Whole numbers (instructions, bytes) need no decimals.
        if decimals > 0, values.allSatisfy({ $0 / divisor == ($0 / divisor).rounded() }) {
            decimals = 0
        }
    }

    /// Whether a metric's numbers stand beside others of its kind and share their unit: the points
    /// of distributions of latencies.
    static func isShared(_ metric: String) -> Bool { metric.hasPrefix("latency_ns/") }

    /// Whether its numbers are written in one unit or another, by their size.
    static func varies(_ unit: Metric.Unit) -> Bool { steps(unit).count > 1 }

    private static func steps(_ unit: Metric.Unit) -> [(divisor: Double, name: String)] {
        switch unit {
        case .nanoseconds: [(1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")]
        case .bytes: [(1, "B"), (0x1p10, "KiB"), (0x1p20, "MiB"), (0x1p30, "GiB")]
        case .ratio: [(0.01, "%")]
        default: [(1, unit.rawValue)]
        }
    }

    /// The number without its unit: `1,234,567`, `12.3`.
    public func number(_ value: Double) -> String {
        Self.grouped(value / divisor, decimals: decimals)
    }

    /// The number with its unit: `12.3 µs`.
    public func text(_ value: Double) -> String { "\(number(value)) \(unit)" }

    /// `value` with commas between thousands and a real minus sign.
    static func grouped(_ value: Double, decimals: Int) -> String {
        let digits = String(format: "%.\(decimals)f", abs(value))
        let whole = digits.prefix { $0 != "." }
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        text += digits.dropFirst(whole.count)
        // What rounds to 0 has no sign.
        let isZero = !text.contains { "123456789".contains($0) }
        return value < 0 && !isZero ? "−\(text)" : text
    }

    /// A number of things in a word: `1M`, `9,000`, `100k`.
    static func short(_ count: Double) -> String {
        for (size, letter) in [(1e9, "G"), (1e6, "M"), (1e5, "k")]
        where count >= size && count.truncatingRemainder(dividingBy: size / 100) == 0 {
            return (count / (letter == "k" ? 1e3 : size)).plainText + letter
        }
        return grouped(count, decimals: 0)
    }

    /// A change as people read it: `+5.3 %`, `−12.0 %`, `+152 %`.
    public static func change(_ share: Double) -> String {
        let percent = share * 100
        let text = grouped(percent, decimals: abs(percent) < 99.95 ? 1 : 0)
        return (text.hasPrefix("−") || text == "0.0" ? text : "+\(text)") + " %"
    }

    /// Half a spread: `±1.2 %`.
    public static func spread(_ share: Double) -> String { "±" + Self.share(share) }

    /// A size without a sign: `1.2 %`.
    static func share(_ share: Double) -> String {
        grouped(share * 100, decimals: share < 0.09995 ? 1 : 0) + " %"
    }
}

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
        if [.bytesPerEntry, .bytesPerElement].contains(unit) { decimals = max(decimals, 2) }
        // Whole numbers (instructions, bytes) need no decimals.
        if decimals > 0, values.allSatisfy({ $0 / divisor == ($0 / divisor).rounded() }) {
            decimals = 0
        }
    }

    /// Whether a metric's numbers stand beside others of its kind and share their unit: the points
    /// of distributions of latencies.
    static func isShared(_ metric: String) -> Bool { Metric.latencyParts(metric) != nil }

    /// Whether its numbers are written in one unit or another, by their size.
    static func varies(_ unit: Metric.Unit) -> Bool { steps(unit).count > 1 }

    private static func steps(_ unit: Metric.Unit) -> [(divisor: Double, name: String)] {
        switch unit {
        case .nanoseconds: [(1, "ns"), (1e3, "µs"), (1e6, "ms"), (1e9, "s")]
        case .bytes: ByteCount.units.map { (divisor: $0.bytes, name: $0.name) }
        case .ratio: [(0.01, "%")]
        default: [(1, unit.rawValue)]
        }
    }

    /// The number without its unit: `1,234,567`, `12.3`.
    public func number(_ value: Double) -> String {
        (value / divisor).grouped(decimals)
    }

    /// The number with its unit: `12.3 µs`.
    public func text(_ value: Double) -> String { "\(number(value)) \(unit)" }

    /// Half a spread: `±1.2 %`.
    public static func spread(_ share: Double) -> String { "±" + share.shareText }
}

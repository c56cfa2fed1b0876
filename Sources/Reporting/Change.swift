// How far one reading is from another: as a share of the earlier where that carries one, else as
// the difference itself. A share of almost nothing is almost anything: misses per request that go
// from 0.0004 to 0.0008 have not doubled in a sense that anybody should act upon.
import Quantities
import RunRecord

public enum Change: Equatable, Sendable {
    /// Of the earlier reading.
    case share(Double)
    /// In the metric's unit.
    case difference(Double)

    public init(from earlier: Double, to later: Double, of metric: String, unit: Metric.Unit) {
        self =
            Self.carriesShare(earlier, of: metric, unit: unit)
            ? .share(later / earlier - 1) : .difference(later - earlier)
    }

    /// May changes of `value` be told in per cent?
    static func carriesShare(_ value: Double, of metric: String, unit: Metric.Unit) -> Bool {
        value > noiseFloor(metric, unit)
    }

    /// Below it, readings of the unit are scatter.
    private static func noiseFloor(_ metric: String, _ unit: Metric.Unit) -> Double {
        // What is left of two counts scatters by a tenth of an event (simulated LL misses of one
        // server over ten launches).
        if metric.hasSuffix(Metric.abovePingSuffix) { return 0.1 }
        return switch unit {
        // An event in a hundred operations; a system call for a pipeline of 64 is three times that.
        case .perOperation: 0.01
        case .ratio: 0.001
        case .bytesPerEntry, .bytesPerElement, .bytesPerKey: 0.1
        case .perEntry: 0.01
        case .nanoseconds, .nanosecondsPerOperation: 0.1
        default: 0
        }
    }

    /// True where there is none at all.
    public var isNone: Bool {
        switch self {
        case .share(let value), .difference(let value): value == 0
        }
    }

    public var isRise: Bool {
        switch self {
        case .share(let value), .difference(let value): value > 0
        }
    }

    /// `+5.3 %`, or `+0.002` in the column's unit.
    public func text(_ scale: Scale) -> String {
        switch self {
        case .share(let share): return share.changeText
        case .difference(let difference):
            let number = scale.number(difference)
            // What rounds to nothing has no sign.
            let isZero = !number.contains { "123456789".contains($0) }
            return isZero || number.hasPrefix("−") ? number : "+\(number)"
        }
    }
}

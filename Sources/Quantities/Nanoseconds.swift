// Durations: `250ms`, `90s`, `5m`, `1h`, `1.5s`. Checked on the way in, so that arithmetic on them
// needs no thought: a clock's reading plus the longest of them is far from the end of UInt64.

public struct Nanoseconds: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let count: UInt64

    /// 31 years: longer than any run, and short enough for Int and for sums.
    public static let longest = Nanoseconds(unchecked: 1_000_000_000_000_000_000)

    public enum Unit: String, Sendable, CaseIterable {
        case nanoseconds = "ns"
        case microseconds = "us"
        case milliseconds = "ms"
        case seconds = "s"
        case minutes = "m"
        case hours = "h"
        case days = "d"

        /// The unit of that name, `µs` and `min` too.
        public init?(named name: some StringProtocol) {
            switch String(name) {
            case "µs", "μs": self = .microseconds
            case "min": self = .minutes
            default:
                guard let unit = Self(rawValue: String(name)) else { return nil }
                self = unit
            }
        }

        var nanoseconds: UInt64 {
            switch self {
            case .nanoseconds: 1
            case .microseconds: 1_000
            case .milliseconds: Nanoseconds.perMillisecond
            case .seconds: Nanoseconds.perWholeSecond
            case .minutes: 60_000_000_000
            case .hours: 3_600_000_000_000
            case .days: 86_400_000_000_000
            }
        }
    }

    private init(unchecked count: UInt64) { self.count = count }

    /// - Precondition: at most `longest`.
    public init(_ value: UInt64, _ unit: Unit) {
        let (count, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
        precondition(!overflow && count <= Self.longest.count, "\(value) \(unit.rawValue)")
        self.count = count
    }

    /// - Parameter bare: the unit of a number without one; nil: a unit must be there.
    /// - Throws: where the text is no time, or none of `range`.
    public init(
        parsing text: some StringProtocol, bare: Unit?,
        in range: ClosedRange<Nanoseconds> = Nanoseconds(1, .nanoseconds)...longest
    ) throws(QuantityError) {
        let example = bare == nil ? "90s or 5m" : "250ms, 90s or 5m"
        guard let number = DecimalNumber(text),
            let unit = number.suffix.isEmpty ? bare : Unit(named: number.suffix)
        else { throw QuantityError("'\(text)' is no time", remedy: "write \(example)") }
        guard case .whole(let count) = number.value(times: unit.nanoseconds, rounding: true),
            count <= Self.longest.count, !number.isNegative || count == 0,
            range.contains(Self(unchecked: count))
        else {
            throw QuantityError(
                "'\(text)' is out of range",
                remedy:
                    "write a time from \(range.lowerBound) to \(range.upperBound), as \(example)")
        }
        self.count = count
    }

    /// Of a clock's readings, in ns: none where it is negative, `longest` where it is more.
    public init(_ count: some BinaryInteger) {
        self.count = min(UInt64(clamping: count), Self.longest.count)
    }

    /// None where it is negative, `longest` where it is more.
    public init(milliseconds: Int) {
        let most = Int(Self.longest.whole(.milliseconds))
        self.init(UInt64(min(max(milliseconds, 0), most)), .milliseconds)
    }

    /// To the nearest ns: none where it is negative or no number, `longest` where it is more.
    public init(seconds: Double) {
        let count = seconds * Self.perSecond
        guard count < Double(Self.longest.count) else {
            self.init(unchecked: count.isNaN ? 0 : Self.longest.count)
            return
        }
        self.init(unchecked: count > 0 ? UInt64(count.rounded()) : 0)
    }

    /// What makes a rate per ns one per second.
    public static let perSecond = 1e9

    /// The same and its thousandth for bare readings of a clock, where requests are served: they
    /// become part of the instruction.
    @inlinable public static var perWholeSecond: UInt64 { 1_000_000_000 }
    @inlinable public static var perMillisecond: UInt64 { 1_000_000 }

    public var seconds: Double { value(in: .seconds) }

    /// An amount with a fraction, such as a mean in ns, in another unit.
    public static func value(
        _ amount: Double, _ unit: Unit = .nanoseconds, in other: Unit
    ) -> Double {
        amount * Double(unit.nanoseconds) / Double(other.nanoseconds)
    }

    /// In whole ms, upwards: never shorter than asked for.
    public var milliseconds: Int {
        let unit = Unit.milliseconds.nanoseconds
        return Int((count + unit - 1) / unit)
    }

    /// The time in a unit, fractions included.
    public func value(in unit: Unit) -> Double { Double(count) / Double(unit.nanoseconds) }

    /// How many whole ones of a unit.
    public func whole(_ unit: Unit) -> UInt64 { count / unit.nanoseconds }

    public static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }

    /// In the largest unit that leaves no fraction; days are read and not written: 24h are a bound.
    public var description: String {
        let units = Unit.allCases.filter { $0 != .days }
        let unit = units.last { count % $0.nanoseconds == 0 } ?? .nanoseconds
        return count == 0 ? "0s" : "\(count / unit.nanoseconds)\(unit.rawValue)"
    }
}

// How well an open loop kept its schedule.
import Quantities
import Statistics

public struct PacingSample: Sendable, Codable {
    /// Requests that were due before the end.
    public var planned: UInt64 = 0
    /// Those of them that were never sent: the server, or this client, was hopelessly behind.
    public var unsent: UInt64 = 0
    /// By how much each request left later than intended.
    public var slip = LatencyHistogram()
    /// The same of the last request.
    public var endLagNanoseconds: UInt64 = 0
    /// How long the schedule was.
    public var scheduleNanoseconds: UInt64 = 0
    /// By how much waits of this client ended later than they had to, where that was more than half
    /// a millisecond: it was not run. A heartbeat that no server can stop.
    public var oversleptNanoseconds: UInt64 = 0

    /// A schedule is kept when its end was reached within 1 % of its length: the rate was then
    /// within 1 % of the one asked for. Of one that is shorter than a second a pause that any
    /// machine makes is forgiven, though never its own length: that would be half the rate. One
    /// request has a moment and no rate.
    public var isKept: Bool {
        let hasRate = scheduleNanoseconds > 0
        let forgiven =
            hasRate ? min(Self.pause.count, scheduleNanoseconds) : Self.pause.count
        return unsent == 0 && endLagNanoseconds <= max(scheduleNanoseconds / 100, forgiven)
    }

    /// The share by which the rate was lower than asked for: the last request left so late.
    public var shortfall: Double {
        guard scheduleNanoseconds > 0 else { return 0 }
        return Double(endLagNanoseconds) / (Double(scheduleNanoseconds) + Double(endLagNanoseconds))
    }

    /// A kept schedule so short that the forgiven pause made the rate more than 1 % lower.
    public var isShort: Bool { isKept && shortfall > 0.01 }

    private static let pause = Nanoseconds(10, .milliseconds)

    public init() {}

    /// Adds the next burst of the same schedule: how late it was in between does not matter for
    /// whether its end was reached.
    public mutating func append(_ next: PacingSample) {
        planned += next.planned
        unsent += next.unsent
        slip.merge(next.slip)
        if next.planned > 0 { endLagNanoseconds = next.endLagNanoseconds }
        scheduleNanoseconds += next.scheduleNanoseconds
        oversleptNanoseconds += next.oversleptNanoseconds
    }

    /// Adds what another worker made of its own share of the schedule.
    mutating func merge(_ other: PacingSample) {
        planned += other.planned
        unsent += other.unsent
        slip.merge(other.slip)
        endLagNanoseconds = max(endLagNanoseconds, other.endLagNanoseconds)
        scheduleNanoseconds = max(scheduleNanoseconds, other.scheduleNanoseconds)
        oversleptNanoseconds = max(oversleptNanoseconds, other.oversleptNanoseconds)
    }
}

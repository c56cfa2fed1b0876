// How far a run is, and how long it will go on: phases within phases, each a part of the one around
// it. Nothing here reads a clock: whoever calls says how many seconds have gone by.
//
//     whole run   0 ├──────── round 1 of 2 ────────┼──────── round 2 of 2 ────────┤ 1
//                   ├ launch ┼─ cell 1 ─┼─ cell 2 ─┤
//                                    ↑ position
//
// The time left comes from a forecast at first, and from what was seen as far as the run has come:
//
//     total = forecast · (1 − trust) + seconds so far / position · trust
//     trust = position / 0.2, and 1 from there on
//
// Between two readings it counts down like a clock. A run that turns out longer than it was thought
// may go back in position; what is shown never does.

public struct Course: Sendable {
    /// A part of the whole run.
    private struct Phase {
        var name: String
        var start: Double
        var width: Double
        /// Whether its end is known.
        var isMeasured: Bool
    }

    /// Those that are open, the innermost last.
    private var phases: [Phase] = []
    /// Of the whole run, from 0 to 1: as was said last, and the furthest of all.
    private var position = 0.0
    private var furthest = 0.0
    /// When the position was said, in s.
    private var reached = 0.0
    private var forecast: Double?

    /// From here on what was seen alone counts: a fifth of a run has its first launches and a round
    /// or more in it.
    private static let trusted = 0.2
    /// Without a forecast nothing is said of the time left before so much has been seen.
    private static let least = 0.02

    /// - Parameter seconds: how long all of it will probably take; nil: nobody knows yet.
    public init(seconds: Double? = nil) { forecast = seconds }

    /// Names of the open phases, the outermost first; those without a name are left out.
    public var names: [String] { phases.map(\.name).filter { !$0.isEmpty } }

    /// How much is done, from 0 to 1: it never falls. Nil within a phase whose end is not known.
    public var fraction: Double? { phases.allSatisfy(\.isMeasured) ? furthest : nil }

    /// Opens a phase.
    /// - Parameters:
    ///   - span: which part it is of the phase around it, of 0 … 1; nil: its end is not known.
    ///   - seconds: of the run so far.
    public mutating func begin(_ name: String, _ span: ClosedRange<Double>?, at seconds: Double) {
        let (start, width) = phases.last.map { ($0.start, $0.width) } ?? (0, 1)
        guard let span else {
            phases.append(Phase(name: name, start: position, width: 0, isMeasured: false))
            return
        }
        let lower = start + width * Self.share(span.lowerBound)
        let upper = start + width * Self.share(span.upperBound)
        phases.append(Phase(name: name, start: lower, width: upper - lower, isMeasured: true))
        move(to: lower, seconds)
    }

    /// Says how much of the innermost phase is done, from 0 to 1.
    public mutating func advance(to share: Double, at seconds: Double) {
        guard let phase = phases.last, phase.isMeasured, share.isFinite else { return }
        move(to: phase.start + phase.width * Self.share(share), seconds)
    }

    /// Closes the innermost phase: all of it is done.
    public mutating func end(at seconds: Double) {
        guard let phase = phases.popLast(), phase.isMeasured else { return }
        move(to: phase.start + phase.width, seconds)
    }

    /// Corrects the forecast of the whole run, in s.
    public mutating func expect(seconds: Double) { forecast = seconds }

    /// Time left after so many seconds; nil where nothing tells.
    public func secondsLeft(at seconds: Double) -> Double? {
        guard fraction != nil, let total else { return nil }
        return max(0, total * (1 - position) - (seconds - reached))
    }

    private var total: Double? {
        let seen = position > 0 ? reached / position : nil
        guard let forecast else { return position >= Self.least ? seen : nil }
        guard let seen else { return forecast }
        let trust = min(position / Self.trusted, 1)
        return forecast * (1 - trust) + seen * trust
    }

    private mutating func move(to place: Double, _ seconds: Double) {
        position = Self.share(place)
        furthest = max(furthest, position)
        reached = seconds
    }

    private static func share(_ value: Double) -> Double { min(max(value, 0), 1) }
}

extension Course {
    /// The parts of a phase that take so long each, in whatever unit; equal ones where nothing
    /// takes any time.
    public static func spans(_ weights: [Double]) -> [ClosedRange<Double>] {
        let sum = weights.reduce(0, +)
        guard sum > 0 else {
            return weights.indices.map { part($0, of: weights.count) }
        }
        var start = 0.0
        return weights.map { weight in
            let end = min(start + weight / sum, 1)
            defer { start = end }
            return start...end
        }
    }

    /// One of `count` equal parts, numbered from 0.
    public static func part(_ index: Int, of count: Int) -> ClosedRange<Double> {
        let count = Double(max(count, 1))
        return (Double(index) / count)...(Double(index + 1) / count)
    }
}

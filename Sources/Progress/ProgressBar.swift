// Shows how far a run is: on a terminal a line that is drawn over itself, elsewhere lines of a log.
//
//     terminal   at most ten drawings a second, whatever is told; gone before any other message
//     log        a line for a new phase and for each tenth of the way, two seconds apart at least
//     quiet      nothing
//
// It draws when it is told something, and has no thread of its own: between two slices of load it
// costs the reading of a clock.
import LinuxSystem
import Quantities

/// Where progress is shown.
public protocol ProgressSurface {
    /// Columns of a terminal, asked at each drawing; nil where lines cannot be drawn over.
    var columns: Int? { get }
    /// Draws a line in place of the last.
    func draw(_ line: String)
    /// Takes the drawn line away.
    func erase()
    /// Writes a line that stays.
    func note(_ line: String)
}

/// Stderr.
struct StandardErrorSurface: ProgressSurface {
    var columns: Int? { Output.statusColumns }
    func draw(_ line: String) { Output.show(status: line) }
    func erase() { Output.eraseStatus() }
    func note(_ line: String) { Output.note(line) }
}

public final class ProgressBar {
    /// Nil: nothing is shown.
    private let surface: (any ProgressSurface)?
    private let now: () -> UInt64
    /// When the run began, by the clock.
    private var origin: UInt64
    private var title = ""
    private var course = Course()
    /// What is under way in the innermost phase.
    private var detail = ""
    /// Of the last line that was shown: when, and what of it makes the next one due.
    private var shown: (time: UInt64, names: [String], tenths: Int)?

    /// Faster than anybody reads, and too slow for a drawing to cost anything.
    private static let drawing = Nanoseconds(100, .milliseconds)
    private static let line = Nanoseconds(2, .seconds)

    /// - Parameters:
    ///   - surface: nil: nothing is shown.
    ///   - now: a clock that does not go back, in ns.
    public init(
        on surface: (any ProgressSurface)?,
        now: @escaping () -> UInt64 = { Clock.monotonicNanoseconds() }
    ) {
        self.surface = surface
        self.now = now
        origin = now()
    }

    /// On stderr, or nowhere.
    public convenience init(quiet: Bool) { self.init(on: quiet ? nil : StandardErrorSurface()) }

    /// Begins the run.
    /// - Parameters:
    ///   - title: the verb.
    ///   - seconds: how long it will probably take; nil: nobody knows.
    public func start(_ title: String, seconds: Double? = nil) {
        self.title = title
        origin = now()
        course = Course(seconds: seconds)
    }

    /// Opens a phase, which `end` closes.
    /// - Parameters:
    ///   - name: for people; empty: the phases within say enough.
    ///   - span: which part of the phase around it, of 0 … 1; nil: its end is not known.
    public func begin(_ name: String, _ span: ClosedRange<Double>?) {
        course.begin(name, span, at: seconds)
        if !name.isEmpty { detail = "" }
        update()
    }

    /// How much of the innermost phase is done, from 0 to 1.
    public func advance(to share: Double) {
        guard surface != nil else { return }
        course.advance(to: share, at: seconds)
        update()
    }

    /// What is under way in the innermost phase, where that has no name of its own.
    public func say(_ detail: String) {
        self.detail = detail
        update()
    }

    /// Ends the part that was begun.
    public func end() {
        course.end(at: seconds)
        detail = ""
        update()
    }

    /// Corrects what `start` said about the whole run's time, in s.
    public func expect(seconds: Double) { course.expect(seconds: seconds) }

    /// A line that stays: something worth knowing before the end.
    public func tell(_ line: String) { surface?.note(line) }

    /// Takes the line away: the run is over, however it ended.
    public func finish() { surface?.erase() }

    private var seconds: Double { Nanoseconds(now() - origin).seconds }

    private func update() {
        guard let surface else { return }
        let time = now()
        let since = shown.map { time - $0.time } ?? .max
        guard since >= Self.drawing.count else { return }
        let names = course.names
        guard !names.isEmpty || !detail.isEmpty else { return }
        let tenths = Int((course.fraction ?? 0) * 10)
        let columns = surface.columns
        if columns == nil {
            guard since >= Self.line.count else { return }
            if let shown, shown.names == names, shown.tenths == tenths { return }
        }
        shown = (time, names, tenths)
        let text = ProgressText(
            title: title, phases: names, detail: detail, fraction: course.fraction,
            secondsLeft: course.secondsLeft(at: Nanoseconds(time - origin).seconds))
        if let columns {
            surface.draw(text.line(columns: columns))
        } else {
            surface.note(text.logLine)
        }
    }
}

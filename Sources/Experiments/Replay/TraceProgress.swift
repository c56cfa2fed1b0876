// Where a replay is: records, share of the trace, rate, time left. On a terminal one line that
// changes; else a line of the log every ten seconds, so that a CI job's output stays readable.
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import Traces

struct TraceProgress {
    private let feed: TraceFeed
    private let limit: BurstLimit?
    private let recorder: Recorder
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var nextLine: UInt64 = logNanoseconds
    private var before: (operations: UInt64, time: UInt64) = (0, 0)
    private var isShown = false

    private static let logNanoseconds: UInt64 = 10_000_000_000

    init(_ feed: TraceFeed, _ limit: BurstLimit?, _ recorder: Recorder) {
        self.feed = feed
        self.limit = limit
        self.recorder = recorder
    }

    mutating func show(_ progress: LoadProgress) {
        let elapsed = progress.elapsedNanoseconds
        guard !recorder.isQuiet, isTerminal || elapsed >= nextLine else { return }
        nextLine = elapsed + Self.logNanoseconds
        let line = self.line(progress)
        if isTerminal {
            // To the start of the line, and the rest of the old one away.
            Output.note("\r\u{1b}[K\(line)", terminator: "")
            isShown = true
        } else {
            recorder.progress(line)
        }
    }

    /// Leaves the line of a terminal.
    mutating func finish() {
        if isShown { Output.note("") }
        isShown = false
    }

    private mutating func line(_ progress: LoadProgress) -> String {
        let elapsed = progress.elapsedNanoseconds
        let span = Nanoseconds(elapsed - before.time).seconds
        let rate = span > 0 ? Double(progress.operations - before.operations) / span : 0
        before = (progress.operations, elapsed)
        var parts = ["\(Double(feed.taken).shortText) records"]
        let share = share(elapsed)
        if let share { parts.append(share.percentText) }
        parts.append("\(rate.shortText) requests/s")
        if let share, share > 0 {
            parts.append("ETA \(Self.duration(Nanoseconds(elapsed).seconds * (1 / share - 1)))")
        }
        if feed.reader.damagedCount > 0 { parts.append("\(feed.reader.damagedCount) damaged") }
        return parts.joined(separator: ", ")
    }

    /// How much of the way is behind us; nil where the file has no size.
    private func share(_ elapsed: UInt64) -> Double? {
        var share: Double?
        if let (position, size) = feed.reader.progress {
            share = Double(position) / Double(max(size, 1))
        }
        switch limit {
        case .requests(let count):
            share = max(share ?? 0, Double(feed.taken) / Double(max(count, 1)))
        case .duration(let time): share = max(share ?? 0, Double(elapsed) / Double(max(time, 1)))
        case nil: break
        }
        return share.map { min($0, 1) }
    }

    private static func duration(_ seconds: Double) -> String {
        let whole = Int(min(seconds.rounded(), 1e9))
        if whole < 60 { return "\(whole) s" }
        if whole < 3_600 { return "\(whole / 60) min \(whole % 60) s" }
        return "\(whole / 3_600) h \(whole % 3_600 / 60) min"
    }
}

// Where the replay of a trace is: records, requests a second, and which share of the way is behind.
import LoadGenerator
import Progress
import Quantities
import Traces

struct TraceProgress {
    private let feed: TraceFeed
    private let limit: BurstLimit?
    private let bar: ProgressBar
    private var before: (operations: UInt64, time: UInt64) = (0, 0)

    init(_ feed: TraceFeed, _ limit: BurstLimit?, _ bar: ProgressBar) {
        self.feed = feed
        self.limit = limit
        self.bar = bar
    }

    /// Opens the phase, which the bar's `end` closes. What has no size has no known end.
    func begin(_ label: String) {
        let reader = feed.reader
        let kind = reader.isCompressed ? "\(reader.format.name), zstd" : reader.format.name
        bar.begin("\(label): trace (\(kind))", share(0) == nil ? nil : 0...1)
    }

    mutating func show(_ progress: LoadProgress) {
        let elapsed = progress.elapsedNanoseconds
        let span = Nanoseconds(elapsed - before.time).seconds
        let rate = span > 0 ? Double(progress.operations - before.operations) / span : 0
        before = (progress.operations, elapsed)
        var parts = ["\(Double(feed.taken).shortText) records", "\(rate.shortText) requests/s"]
        if feed.reader.damagedCount > 0 { parts.append("\(feed.reader.damagedCount) damaged") }
        bar.say(parts.joined(separator: ", "))
        if let share = share(elapsed) { bar.advance(to: share) }
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
}

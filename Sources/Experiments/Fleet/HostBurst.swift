// What one host made of a window of load, and what all of them made of it together.
//
//     host 0   ├───────────── burst ─────────────┤     each on its own clock, which differs from
//     host 1    ├──────────── burst ────────────┤      that of rank 0 by an offset that is known to
//     host 2   ├───────────── burst ──────────────┤    half a round trip
//     merged   ├───────────────────────────────────┤   first send to last reply, on rank 0's clock
//
// Counters are added, histograms bucket by bucket: nothing is lost between hosts and total. Files
// of ranks hold a document a line of this form.
import LoadGenerator
import Quantities

/// A host's share of one window.
public struct HostBurst: Codable, Sendable {
    public var rank: Int
    public var host: String
    /// Counts the windows of the run, from 0.
    public var window: Int
    /// The host's clock less that of rank 0, in ns, and by how much that may be wrong.
    public var offsetNanoseconds: Int64
    public var boundNanoseconds: UInt64
    /// By how much it began late.
    public var lateNanoseconds: UInt64
    /// On the host's clock.
    public var sample: LoadSample
    /// Every 250 ms of the burst.
    public var points: [LoadProgress]
    /// Why it ended early.
    public var failure: String?
    /// It did so because somebody asked for it.
    public var isInterrupted: Bool

    public init(
        rank: Int, host: String, window: Int, offsetNanoseconds: Int64,
        boundNanoseconds: UInt64, lateNanoseconds: UInt64, sample: LoadSample,
        points: [LoadProgress], failure: String?, isInterrupted: Bool
    ) {
        self.rank = rank
        self.host = host
        self.window = window
        self.offsetNanoseconds = offsetNanoseconds
        self.boundNanoseconds = boundNanoseconds
        self.lateNanoseconds = lateNanoseconds
        self.sample = sample
        self.points = points
        self.failure = failure
        self.isInterrupted = isInterrupted
    }

    /// The sample with its times on the clock of rank 0.
    public var onRootClock: LoadSample {
        var moved = sample
        moved.startNanoseconds = time(sample.startNanoseconds)
        moved.endNanoseconds = time(sample.endNanoseconds)
        if let at = moved.answers.firstWrong?.atNanoseconds {
            moved.answers.firstWrong?.atNanoseconds = time(at)
        }
        if let at = moved.answers.firstLost?.atNanoseconds {
            moved.answers.firstLost?.atNanoseconds = time(at)
        }
        return moved
    }

    private func time(_ own: UInt64) -> UInt64 {
        guard own > 0 else { return 0 }
        let (difference, overflow) = Int64(clamping: own)
            .subtractingReportingOverflow(offsetNanoseconds)
        // No burst began before rank 0's clock did; 0 would mean that there was none.
        return overflow ? own : UInt64(max(difference, 1))
    }
}

/// A window of all hosts.
public struct FleetBurst: Codable, Sendable {
    public var sample: LoadSample
    public var points: [LoadProgress]
    /// Why it is not all that was asked for: cause and remedy.
    public var failure: String?
    public var isInterrupted: Bool

    /// A host that begins later than this has missed a hundredth of a second of the others' load.
    public static let latestStart = Nanoseconds(10, .milliseconds)

    /// Adds the hosts' shares.
    /// - Parameters:
    ///   - bursts: at least one; in the order of their ranks.
    ///   - lost: hosts that gave none, and why.
    ///   - judgesStart: one that began late is a failure.
    public init(_ bursts: [HostBurst], lost: [String], judgesStart: Bool = true) {
        precondition(!bursts.isEmpty, "who adds up has a share")
        var total = bursts[0].onRootClock
        var workers = total.workers
        var strangers: [String] = []
        for burst in bursts.dropFirst() {
            guard burst.sample.commands.map(\.label) == total.commands.map(\.label) else {
                // Who could not open its load has none.
                if burst.failure == nil { strangers.append(burst.host) }
                continue
            }
            var share = burst.onRootClock
            // Of a few requests there may be none for some host, and so no time.
            if share.startNanoseconds == 0 { share.startNanoseconds = total.startNanoseconds }
            total.merge(share)
            workers += burst.sample.workers
        }
        total.workers = workers
        sample = total
        points = Self.summed(bursts.map(\.points))
        isInterrupted = bursts.contains(where: \.isInterrupted)
        failure =
            Self.failure(bursts, lost: lost, strangers: strangers)
            ?? (judgesStart ? Self.late(bursts) : nil)
        if !lost.isEmpty || !strangers.isEmpty { isInterrupted = false }
    }

    private static func failure(
        _ bursts: [HostBurst], lost: [String], strangers: [String]
    ) -> String? {
        if !lost.isEmpty {
            return lost.joined(separator: "; ")
                + "; what the others measured is kept: look at that host, and run it again"
        }
        if !strangers.isEmpty {
            return "\(strangers.joined(separator: ", ")) sent other commands than rank 0; start "
                + "the same hashmark on every host"
        }
        if let failed = bursts.first(where: { $0.failure != nil && !$0.isInterrupted }) {
            return "load host \(failed.host) (rank \(failed.rank)): \(failed.failure ?? "")"
        }
        if let interrupted = bursts.first(where: \.isInterrupted) {
            return interrupted.failure ?? "interrupted"
        }
        return nil
    }

    /// Who began latest, where that is too late.
    static func late(_ bursts: [HostBurst]) -> String? {
        guard let late = bursts.max(by: { $0.lateNanoseconds < $1.lateNanoseconds }),
            Nanoseconds(late.lateNanoseconds) > latestStart
        else { return nil }
        return "load host \(late.host) (rank \(late.rank)) began "
            + "\(Nanoseconds(late.lateNanoseconds).milliseconds) ms late; see what else runs there"
    }

    /// Series of several hosts, point by point, as far as all of them go.
    private static func summed(_ series: [[LoadProgress]]) -> [LoadProgress] {
        let count = series.map(\.count).min() ?? 0
        return (0..<count).map { index in
            var sum = LoadProgress(
                elapsedNanoseconds: 0, operations: 0, latencySumNanoseconds: 0)
            for points in series {
                let point = points[index]
                sum.elapsedNanoseconds = max(sum.elapsedNanoseconds, point.elapsedNanoseconds)
                sum.operations += point.operations
                sum.latencySumNanoseconds &+= point.latencySumNanoseconds
                sum.waiting += point.waiting
            }
            return sum
        }
    }
}

// Load from several hosts as one load: every burst is a window that begins at the same moment
// everywhere, and what it comes to is what all of them made of it. All hosts are told that, so all
// of them decide alike about what comes next: they run the same verb with the same words, and only
// rank 0's outputs are anybody's.
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord

final class FleetLoad: Load {
    let commands: [CommandLabel]
    private let load: any Load
    private let link: FleetLink
    private let address: SocketAddress
    private let target: String
    private let workload: String
    private let recorder: Recorder

    /// Clocks that are known worse than this make a window whose edges are blurred by as much.
    private static let worstBound = Nanoseconds(1, .milliseconds)
    /// Hosts that have a line each; of more only the range is told.
    private static let mostLines = 16

    /// - Parameters:
    ///   - load: this host's share, its connections open.
    ///   - target, workload: what the record calls them.
    init(
        _ load: any Load, _ link: FleetLink, _ address: SocketAddress, target: String,
        workload: String, _ recorder: Recorder
    ) {
        self.load = load
        self.link = link
        self.address = address
        self.target = target
        self.workload = workload
        self.recorder = recorder
        commands = load.commands
    }

    func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        let found: (total: FleetBurst, shares: [HostBurst])
        do throws(FleetError) {
            let start = try link.nextWindow()
            found = try link.exchange(
                HostBurst.made(by: load, limit, pace, start, link).burst)
        } catch {
            throw LoadFailure(.program(error.text), address, LoadSample(commands: commands))
        }
        for share in found.shares { recorder.add(row(share)) }
        tell(found.shares)
        for point in found.total.points { progress(point) }
        let total = found.total
        guard let failure = total.failure else { return total.sample }
        throw LoadFailure(
            total.isInterrupted ? .interrupted : .program(failure), address, total.sample)
    }

    private func row(_ share: HostBurst) -> RunRecord.LoadHost {
        var moved = share
        moved.sample = share.onRootClock
        return RunRecord.LoadHost(moved, target: target, workload: workload, recorder)
    }

    /// A line for each host, and how well their windows coincided.
    private func tell(_ shares: [HostBurst]) {
        guard shares.count > 1 else { return }
        let samples = shares.map(\.onRootClock)
        if shares.count <= Self.mostLines {
            for (share, sample) in zip(shares, samples) {
                let percentiles = [50.0, 99.0].map { percent in
                    let value = sample.latency.carriedPercentile(percent)
                    let text = value.map { Self.text($0) } ?? "n/a"
                    return "p\(Int(percent)) \(text)"
                }
                Output.note(
                    "  rank \(share.rank), \(share.host): \(sample.operations) requests, "
                        + "\(Int(sample.operationsPerSecond)) per second, "
                        + percentiles.joined(separator: ", "))
            }
        } else {
            let rates = samples.map(\.operationsPerSecond)
            Output.note(
                "  \(shares.count) load hosts: \(Int(rates.min() ?? 0)) to "
                    + "\(Int(rates.max() ?? 0)) requests per second each")
        }
        let starts = samples.map(\.startNanoseconds).filter { $0 > 0 }
        guard let first = starts.min(), let last = starts.max() else { return }
        let bound = shares.map(\.boundNanoseconds).max() ?? 0
        // Each of the two that are furthest apart may be off by its bound.
        let (skew, _) = bound.multipliedReportingOverflow(by: 2)
        Output.note(
            "  \(workload): \(shares.count) hosts began within \(Self.text(last - first)) "
                + "(clocks: ± \(Self.text(skew)))")
        if Nanoseconds(bound) > Self.worstBound {
            recorder.warn(
                "the clocks of the load hosts are known to \(Self.text(bound)) only",
                remedy: "use hosts that are nearer to each other, or longer windows")
        }
    }

    private static func text(_ nanoseconds: UInt64) -> String {
        Nanoseconds(nanoseconds).value(in: .milliseconds).fixed(3) + " ms"
    }
}

extension RunRecord.LoadHost {
    /// - Parameter share: its sample on rank 0's clock.
    init(_ share: HostBurst, target: String, workload: String, _ recorder: Recorder) {
        let sample = share.sample
        self.init(
            rank: share.rank, host: share.host, target: target, workload: workload,
            window: share.window, startNanoseconds: recorder.time(of: sample.startNanoseconds),
            durationNanoseconds: Int(clamping: sample.durationNanoseconds),
            lateNanoseconds: Int(clamping: share.lateNanoseconds),
            clockOffsetNanoseconds: Int(share.offsetNanoseconds),
            clockBoundNanoseconds: Int(clamping: share.boundNanoseconds),
            ops: sample.operations, errors: sample.errors,
            clientCPUNanoseconds: Int(clamping: sample.clientCPUNanoseconds),
            histogram: sample.latency.base64V2())
    }
}

// Load from several hosts in slices, as comparisons have it: rank 0 drives its own share and tells
// the others what to do (FleetCommand), over a line that stays open for the whole comparison.
//
//     rank 0      open ─ warm up ─ slice ─ slice ─ … ─ close       an mpirun for each slice would
//     rank 1 …    open ─ warm up ─ slice ─ slice ─ … ─ close       take a second and more
//
// What a slice came to is what all hosts made of it. Some of a thousand short windows begin late on
// any machine, on either server alike: those stay in, and only many of them are a failure.
import LinuxSystem
import LoadGenerator
import Quantities
import Synchronization
import Targets

package final class FleetSlices: Load {
    package let commands: [CommandLabel]
    package let handshakes: HandshakeSample?
    /// What each host made of all slices so far, on rank 0's clock; its time is that of the slices.
    package private(set) var hosts: [HostBurst] = []
    private let own: any Load
    private let link: FleetLink
    private let session: Int
    private let address: SocketAddress
    private var windows = 0
    private var lateWindows = 0

    private static let sessions = Mutex<Int>(0)
    /// A quarter of the windows may begin late, and a few where there are few.
    private static let lateShare = 0.25
    private static let fewLate = 4

    private init(_ own: any Load, _ link: FleetLink, _ session: Int, _ address: SocketAddress) {
        self.own = own
        self.link = link
        self.session = session
        self.address = address
        commands = own.commands
        handshakes = own.handshakes
    }

    /// Connects all hosts.
    /// - Parameters:
    ///   - opening: for the others.
    ///   - address: of the server, as this host reaches it.
    ///   - own: opens this host's share.
    package static func open(
        _ link: FleetLink, _ opening: FleetOpening, _ address: SocketAddress,
        own: () throws(LoadFailure) -> any Load
    ) throws(LoadFailure) -> FleetSlices {
        let session = sessions.withLock { number in
            number += 1
            return number
        }
        let found: (shares: [HostBurst], lost: [String])
        var load: (any Load)?
        var failure: LoadFailure?
        do throws(FleetError) {
            let start = try link.nextWindow(
                FleetCommand.open(session: session, opening).encoded())
            do throws(LoadFailure) {
                load = try own()
            } catch {
                failure = error
            }
            found = try link.gather(
                HostBurst.opened(load?.commands ?? [], start, link, failure: failure))
        } catch {
            throw LoadFailure(.program(error.text), address, LoadSample(commands: []))
        }
        if let failure, found.lost.isEmpty {
            close(session, link)
            throw failure
        }
        let total = FleetBurst(found.shares, lost: found.lost, judgesStart: false)
        guard total.failure == nil, let load else {
            close(session, link)
            throw LoadFailure(
                total.isInterrupted
                    ? .interrupted : .program(total.failure ?? "the load did not open; try again"),
                address, LoadSample(commands: []))
        }
        return FleetSlices(load, link, session, address)
    }

    deinit { Self.close(session, link) }

    /// Has the others close their connections. Where the hosts are ending, that does it.
    private static func close(_ session: Int, _ link: FleetLink) {
        guard !Interruption.requested else { return }
        do throws(FleetError) {
            _ = try link.nextWindow(FleetCommand.close(session: session).encoded())
        } catch {
            // Whoever uses the line next hears of it.
        }
    }

    /// Hosts have rows of what is measured.
    package func warmUp(_ limit: BurstLimit) throws(LoadFailure) -> UInt64 {
        defer { hosts = [] }
        return try run(limit).operations
    }

    package func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        let found: (shares: [HostBurst], lost: [String])
        let failure: LoadFailure?
        do throws(FleetError) {
            let start = try link.nextWindow(
                FleetCommand.burst(session: session, FleetOrder(limit, pace)).encoded())
            let made = HostBurst.made(by: own, limit, pace, start, link)
            failure = made.failure
            found = try link.gather(made.burst)
        } catch {
            throw LoadFailure(.program(error.text), address, LoadSample(commands: commands))
        }
        let total = FleetBurst(found.shares, lost: found.lost, judgesStart: false)
        for share in found.shares { add(share) }
        for point in total.points { progress(point) }
        if let text = total.failure {
            if total.isInterrupted { throw LoadFailure(.interrupted, address, total.sample) }
            // What this host has seen of the server tells more than its words.
            if let failure, found.lost.isEmpty, !failure.isInterruption {
                throw LoadFailure(failure.reason, address, total.sample)
            }
            throw LoadFailure(.program(text), address, total.sample)
        }
        try judgeStart(found.shares, total.sample)
        return total.sample
    }

    private func judgeStart(
        _ shares: [HostBurst], _ sample: LoadSample
    ) throws(LoadFailure) {
        windows += 1
        guard let late = FleetBurst.late(shares) else { return }
        lateWindows += 1
        let most = max(Self.fewLate, Int(Self.lateShare * Double(windows)))
        guard lateWindows > most else { return }
        throw LoadFailure(
            .program("in \(lateWindows) of \(windows) windows somebody began late; \(late)"),
            address, sample)
    }

    /// Adds a host's share of a slice to its shares of those before.
    private func add(_ share: HostBurst) {
        var moved = share
        moved.sample = share.onRootClock
        moved.points = []
        guard let place = hosts.firstIndex(where: { $0.rank == share.rank }) else {
            hosts.append(moved)
            return
        }
        let before = hosts[place]
        guard before.sample.commands.map(\.label) == moved.sample.commands.map(\.label) else {
            return
        }
        let time = before.sample.durationNanoseconds + moved.sample.durationNanoseconds
        moved.sample.merge(before.sample)
        moved.sample.endNanoseconds = moved.sample.startNanoseconds + time
        moved.window = before.window
        moved.lateNanoseconds = max(moved.lateNanoseconds, before.lateNanoseconds)
        moved.boundNanoseconds = max(moved.boundNanoseconds, before.boundNanoseconds)
        hosts[place] = moved
    }
}

extension LoadFailure {
    fileprivate var isInterruption: Bool {
        if case .interrupted = reason { true } else { false }
    }
}

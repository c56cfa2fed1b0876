// A load host that does what rank 0 says, until rank 0 has ended.
import LinuxSystem
import LoadGenerator

public struct FleetHost {
    private let link: FleetLink
    private let open: (FleetOpening, WorkerPlace) throws(LoadFailure) -> any Load

    /// - Parameter open: connects this host's share of a load.
    package init(
        _ link: FleetLink,
        open: @escaping (FleetOpening, WorkerPlace) throws(LoadFailure) -> any Load
    ) {
        self.link = link
        self.open = open
    }

    /// Serves where this process is one of several load hosts that are told what to do.
    /// - Returns: whether it was one, and is done.
    public static func serves() -> Bool {
        guard let link = FleetLink.current, !link.isRoot else { return false }
        Interruption.install()
        let host = FleetHost(link) { (opening, place) throws(LoadFailure) -> any Load in
            try opening.opened(place)
        }
        Output.note(host.run())
        return true
    }

    /// - Returns: why there is nothing more to do.
    package func run() -> String {
        var loads: [Int: any Load] = [:]
        do throws(FleetError) {
            while true {
                let start = try link.nextWindow()
                switch try FleetCommand(start.command) {
                case .open(let session, let opening):
                    loads[session] = nil
                    try link.hand(burst(opening, start, &loads[session]))
                case .burst(let session, let order):
                    guard let load = loads[session] else { throw FleetLink.broken }
                    try link.hand(
                        HostBurst.made(by: load, order.limit, order.pace, start, link).burst)
                case .close(let session): loads[session] = nil
                }
            }
        } catch {
            return error.text
        }
    }

    /// Connects.
    private func burst(
        _ opening: FleetOpening, _ start: FleetLink.Start, _ load: inout (any Load)?
    ) -> HostBurst {
        do throws(LoadFailure) {
            let opened = try open(opening, link.place)
            load = opened
            return HostBurst.opened(opened.commands, start, link, failure: nil)
        } catch {
            return HostBurst.opened([], start, link, failure: error)
        }
    }
}

extension HostBurst {
    /// What a host made of a window in which it connected.
    static func opened(
        _ commands: [CommandLabel], _ start: FleetLink.Start, _ link: FleetLink,
        failure: LoadFailure?
    ) -> HostBurst {
        HostBurst(
            start, link, lateNanoseconds: 0, sample: LoadSample(commands: commands), points: [],
            failure: failure)
    }

    /// Waits for a window's beginning, and makes this host's share of it.
    static func made(
        by load: any Load, _ limit: BurstLimit, _ pace: Pace?, _ start: FleetLink.Start,
        _ link: FleetLink
    ) -> (burst: HostBurst, failure: LoadFailure?) {
        let late = wait(until: start.nanoseconds)
        var points: [LoadProgress] = []
        let sample: LoadSample
        var failure: LoadFailure?
        do throws(LoadFailure) {
            sample = try load.run(limit, pace: pace) { points.append($0) }
        } catch {
            sample = error.sample
            failure = error
        }
        let burst = HostBurst(
            start, link, lateNanoseconds: late, sample: sample, points: points, failure: failure)
        return (burst, failure)
    }

    private init(
        _ start: FleetLink.Start, _ link: FleetLink, lateNanoseconds: UInt64, sample: LoadSample,
        points: [LoadProgress], failure: LoadFailure?
    ) {
        var isInterrupted = false
        if case .interrupted? = failure?.reason { isInterrupted = true }
        self.init(
            rank: link.place.index, host: link.host, window: start.window,
            offsetNanoseconds: start.offset, boundNanoseconds: start.bound,
            lateNanoseconds: lateNanoseconds, sample: sample, points: points,
            failure: failure.map { "\($0)" }, isInterrupted: isInterrupted)
    }

    /// A sleep ends within this of its end on a machine that has a CPU left, in ms.
    private static let slack = 2

    /// - Returns: by how much it ended late, in ns.
    private static func wait(until start: UInt64) -> UInt64 {
        let milliseconds = Clock.milliseconds(until: start)
        if milliseconds > slack { Clock.sleep(milliseconds: milliseconds - slack) }
        var now = Clock.monotonicNanoseconds()
        while now < start { now = Clock.monotonicNanoseconds() }
        return now - start
    }
}

// What puts load on a server: the one seam between experiments and whoever makes the requests.
//
//     rounds, replay, traces,  ─► Load ─┬─ SessionLoad    our generator, in this process
//     counters, bench, fills            ├─ HandshakeLoad  its connections, and no more of them
//                                       ├─ ExternalLoad   redis-benchmark, valkey-benchmark
//                                       └─ FleetLoad, FleetSlices    of several hosts as one
//
// A load is asked for bursts and answers each with one value: operations, time, the client's CPU
// time, latencies, errors. Another that runs elsewhere, or by a script, takes the place of these.
import LoadGenerator

/// Puts load on one server in bursts, none of which leaves a request outstanding.
public protocol Load: AnyObject {
    /// What its samples count, in their order.
    var commands: [CommandLabel] { get }

    /// What opening its connections took in handshakes; nil where they are not encrypted.
    var handshakes: HandshakeSample? { get }

    /// What each of several load hosts had of its bursts; none of a load from one.
    var hosts: [HostBurst] { get }

    /// Load before anything is measured.
    /// - Returns: the requests that were answered.
    /// - Throws: as ``run(_:pace:progress:)``, and where it does not do what was asked for.
    func warmUp(_ limit: BurstLimit) throws(LoadFailure) -> UInt64

    /// Load until `limit`, and the replies to it.
    /// - Parameters:
    ///   - pace: the schedule of an open loop, for loads that have one; nil: as replies come.
    ///   - progress: hears of a long burst every 250 ms, on the calling thread.
    /// - Throws: a failure with the sample so far.
    func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample
}

extension Load {
    public var handshakes: HandshakeSample? { nil }
    public var hosts: [HostBurst] { [] }

    public func warmUp(_ limit: BurstLimit) throws(LoadFailure) -> UInt64 {
        try run(limit).operations
    }

    /// The same without progress.
    public func run(_ limit: BurstLimit, pace: Pace? = nil) throws(LoadFailure) -> LoadSample {
        try run(limit, pace: pace) { _ in }
    }
}

// Our own load generator as a load, with its connections open from burst to burst.
//
// Representation: the session behind closures. Its load loop is generic over the source and must be
// compiled for each; methods of a generic class, called through a protocol, would be the generic
// ones. Closures are made where the source is known, and called once a burst.
import LinuxSystem
import LoadGenerator

package final class SessionLoad: Load {
    package let commands: [CommandLabel]
    package let handshakes: HandshakeSample?
    private let burst: (BurstLimit, Pace?, (LoadProgress) -> Void) throws(LoadFailure) -> LoadSample
    private let rest: () throws(LoadFailure) -> Void
    private let close: () -> Void

    /// Opens all connections: to the server, or to all nodes of the cluster that the options name.
    /// - Parameter source: makes the requests of one worker; called once for each.
    package init<Source: RequestSource & ~Copyable>(
        to address: SocketAddress, _ options: LoadOptions, source: (WorkerPlace) -> Source
    ) throws(LoadFailure) {
        if let cluster = options.cluster {
            let opened = try RoutedSession(to: cluster, options) { ErasedSource(source($0)) }
            commands = opened.commands
            handshakes = nil
            let session = UnsafeMutablePointer<RoutedSession>.allocate(capacity: 1)
            session.initialize(to: opened)
            burst = { (limit, pace, progress) throws(LoadFailure) -> LoadSample in
                try session.pointee.run(limit, pace: pace, progress: progress)
            }
            rest = { () throws(LoadFailure) in try session.pointee.idle() }
            close = {
                _ = session.move()
                session.deallocate()
            }
            return
        }
        let opened = try LoadSession(to: address, options, source: source)
        commands = opened.commands
        handshakes = opened.handshakes
        let session = UnsafeMutablePointer<LoadSession<Source>>.allocate(capacity: 1)
        session.initialize(to: opened)
        burst = { (limit, pace, progress) throws(LoadFailure) -> LoadSample in
            try session.pointee.run(limit, pace: pace, progress: progress)
        }
        rest = { () throws(LoadFailure) in try session.pointee.idle() }
        close = {
            // Moved out, not deinitialised in place: see `LoadWorker.close`.
            _ = session.move()
            session.deallocate()
        }
    }

    deinit { close() }

    package func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        try burst(limit, pace, progress)
    }

    /// Sends nothing until an interruption.
    /// - Throws: when the server closes a connection or sends what nobody asked for, or no node of
    ///   a cluster can be reached any more.
    func idle() throws(LoadFailure) { try rest() }
}

// Handshakes as a load: connections that are opened and closed, each of them one operation.
import LinuxSystem
import LoadGenerator

final class HandshakeLoad: Load {
    let commands = [HandshakeChurn.label]
    private let churn: HandshakeChurn

    /// - Parameters:
    ///   - options: of encrypted connections.
    ///   - resumes: a connection takes up the session of the one before it.
    init(to address: SocketAddress, _ options: LoadOptions, resumes: Bool) {
        churn = HandshakeChurn(address, options, resumes: resumes)
    }

    func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        precondition(pace == nil, "connections are opened as others end")
        return try churn.run(limit, progress: progress)
    }
}

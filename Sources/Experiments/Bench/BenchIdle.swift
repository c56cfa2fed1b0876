// Connections that say nothing: what they take of a server shows while they stand.
import LoadGenerator
import RESP

public enum BenchIdle {
    /// Opens the connections and waits until it is interrupted, or the server closes one.
    /// - Parameter opened: hears when all of them stand.
    public static func run(
        _ options: BenchOptions, opened: () -> Void
    ) throws(LoadFailure) {
        var load = LoadOptions()
        load.connections = options.connections
        load.prelude = options.prelude
        load.tls = options.endpoint.tls
        load.cluster = options.cluster
        let ping = RequestTemplate(RequestEncoder.encode(["PING"]), [CommandLabel("PING")])
        if let cluster = load.cluster {
            var session = try RoutedSession(to: cluster, load) {
                ErasedSource(TemplateSource(ping, range: nil, seed: 0, $0))
            }
            opened()
            return try session.idle()
        }
        var session = try LoadSession(to: options.endpoint.address, load) {
            TemplateSource(ping, range: nil, seed: 0, $0)
        }
        opened()
        try session.idle()
    }
}

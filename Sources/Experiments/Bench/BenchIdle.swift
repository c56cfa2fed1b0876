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
        let session = try SessionLoad(to: options.endpoint.address, load) {
            TemplateSource(ping, range: nil, seed: 0, $0)
        }
        opened()
        try session.idle()
    }
}

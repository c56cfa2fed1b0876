// A server of a comparison as all load hosts reach it.
import LinuxSystem
import LoadGenerator
import Targets
import Workloads

extension FleetSlices {
    /// Opens a load of all hosts on a server that runs on rank 0's, or ran already.
    static func open(
        _ link: FleetLink, _ server: RunningServer, _ workload: CompiledWorkload,
        _ options: LoadOptions, seed: UInt64
    ) throws(ExperimentFailure) -> any Load {
        guard let origin = workload.origin else {
            throw ExperimentFailure(
                .setUp,
                "workload \(workload.workload.name) has no file that the other load hosts could "
                    + "read; name one")
        }
        guard options.connections >= link.place.count else {
            throw ExperimentFailure(
                .setUp,
                "\(options.connections) connections are fewer than the \(link.place.count) load "
                    + "hosts; every host needs one: give more with --connections")
        }
        let opening = FleetOpening(
            try server.remoteEndpoint(link), origin, options, seed: seed)
        var own = options
        own.host = link.place
        do throws(LoadFailure) {
            return try open(link, opening, server.endpoint.address) {
                () throws(LoadFailure) -> any Load in
                try SessionLoad(to: server.endpoint.address, own) {
                    WorkloadSource(workload, seed: seed, $0)
                }
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
    }
}

extension RunningServer {
    /// Names of a host that mean whoever says them.
    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1"]

    /// As the others reach it: one that was launched here is under this host's name there, and has
    /// to listen to more than the loopback interface.
    fileprivate func remoteEndpoint(
        _ link: FleetLink
    ) throws(ExperimentFailure) -> Target.Endpoint {
        guard target.isOwned, link.place.count > 1, !Self.loopback.contains(link.name) else {
            return endpoint
        }
        guard nodes.isEmpty, case .tcp(_, let port) = endpoint.address else {
            throw ExperimentFailure(
                .setUp,
                "\(target.label) is for this host alone, and the other load hosts do not reach it; "
                    + "start it yourself, and name it as tcp://HOST:PORT or cluster://HOST:PORT,…")
        }
        var other = Target.Endpoint(.tcp(host: link.name, port: port))
        other.user = endpoint.user
        other.password = endpoint.password
        other.database = endpoint.database
        other.tls = endpoint.tls
        return other
    }
}

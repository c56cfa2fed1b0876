// The load of redis-benchmark or valkey-benchmark.
//
// They are started anew for every slice, with a fixed number of requests that is the same for all
// targets: what connecting costs the server is then the same share of each (50 connections are
// below 1 % of a slice).
//
// They do not count null replies, so the misses that the server counted during the warm-up are
// looked at: load that misses its keys measures something else. Latencies are left to them.
import LinuxSystem
import LoadGenerator
import Quantities
import Targets
import Transport
import Workloads

final class ExternalLoad: Load {
    let commands: [CommandLabel]
    private let server: RunningServer
    private let arguments: [String]
    private let requests: Int

    /// Long enough for any slice; a client that hangs is killed.
    private static let patienceMilliseconds = 120_000

    init(
        _ client: ExternalClient, _ server: RunningServer, _ workload: CompiledWorkload,
        _ plan: RoundPlan, pipeline: Int
    ) throws(ExperimentFailure) {
        let connections = plan.connections ?? workload.workload.load.connections
        let words = try client.command(workload.workload)
        self.server = server
        requests = client.requests(pipeline: pipeline)
        commands = [CommandLabel(workload.workload.operations[0].name)]
        arguments =
            try [client.program] + Self.address(server, client) + [
                "-c", "\(connections)", "-P", "\(pipeline)", "-n", "\(requests)", "--csv",
                "-r", "\(workload.populatedKeys)",
            ] + words
    }

    private static func address(
        _ server: RunningServer, _ client: ExternalClient
    ) throws(ExperimentFailure) -> [String] {
        var words: [String]
        switch server.endpoint.address {
        case .tcp(let host, let port): words = ["-h", host, "-p", "\(port)"]
        case .unix(let path): words = ["-s", path]
        }
        if let user = server.endpoint.user { words += ["--user", user] }
        if let password = server.endpoint.password { words += ["-a", password] }
        let database = server.endpoint.database
        if database != 0 { words += ["--dbnum", "\(database)"] }
        if server.endpoint.isCluster { words.append("--cluster") }
        if let tls = server.endpoint.tls { words += Self.flags(tls) }
        return words
    }

    /// Both clients have the same ones.
    private static func flags(_ tls: TLSOptions) -> [String] {
        var words = ["--tls"]
        if !tls.verifiesChain { words.append("--insecure") }
        let values: [(flag: String, value: String?)] = [
            ("--cacert", tls.authorities), ("--cacertdir", tls.authorityFolder),
            ("--cert", tls.certificate), ("--key", tls.key), ("--sni", tls.serverName),
            ("--tls-ciphers", tls.ciphers), ("--tls-ciphersuites", tls.cipherSuites),
        ]
        for case (let flag, let value?) in values { words += [flag, value] }
        return words
    }

    func warmUp(_ limit: BurstLimit) throws(LoadFailure) -> UInt64 {
        let before = try misses()
        var load = LoadSample(commands: commands)
        repeat { load.merge(try run(limit)) } while !load.reaches(limit)
        let missed = try misses() - before
        guard missed == 0 else {
            throw failure(
                .program(
                    "\(missed) requests to \(server.target.label) missed their keys; keys are "
                        + "lost or spelt otherwise: use a workload that the client can send"))
        }
        return load.operations
    }

    private func misses() throws(LoadFailure) -> Int {
        do throws(TargetError) {
            return max(Int(try server.info("stats")["keyspace_misses"] ?? "") ?? 0, 0)
        } catch {
            throw failure(.program("\(server.target.label): \(error)"))
        }
    }

    private func failure(_ reason: LoadFailure.Reason) -> LoadFailure {
        LoadFailure(reason, server.endpoint.address, LoadSample(commands: commands))
    }

    /// One run of the client, whatever the limit: its number of requests is fixed.
    func run(
        _ limit: BurstLimit, pace: Pace?, progress: (LoadProgress) -> Void
    ) throws(LoadFailure) -> LoadSample {
        precondition(pace == nil, "these clients are not driven by a schedule of ours")
        let client = ClientMeter(.endedChildren)
        let output: Tool.Output
        do throws(SystemCallError) {
            output = try Tool.run(arguments, milliseconds: Self.patienceMilliseconds)
        } catch {
            throw failure(.notStarted(error))
        }
        let end = Clock.monotonicNanoseconds()
        if Interruption.requested { throw failure(.interrupted) }
        guard output.succeeded, let rate = Self.rate(output.text) else {
            let line = output.text.split(separator: "\n").last ?? "nothing"
            throw failure(
                .program(
                    "\(arguments[0]) \(output.ending) and printed \"\(line)\"; run it by hand: "
                        + Redaction.masked(arguments).joined(separator: " ")))
        }
        var sample = LoadSample(commands: commands)
        sample.commands[0].operations = UInt64(requests)
        sample.endNanoseconds = end
        sample.startNanoseconds = end - Nanoseconds(seconds: Double(requests) / rate).count
        sample.clientCPUNanoseconds = client.nanoseconds
        sample.workers = 1
        return sample
    }

    /// Requests per second from the last line of `--csv`: test, rate and six latencies. The test's
    /// name may hold commas, so fields count from the end.
    static func rate(_ text: String) -> Double? {
        guard let line = text.split(separator: "\n").last else { return nil }
        let fields = line.split(separator: ",")
        guard fields.count >= 8 else { return nil }
        let rate = Double(fields[fields.count - 7].filter { $0 != "\"" })
        return rate.flatMap { $0 > 0 ? $0 : nil }
    }
}

extension LoadSample {
    fileprivate func reaches(_ limit: BurstLimit) -> Bool {
        switch limit {
        case .requests(let count): operations >= count
        case .duration(let nanoseconds): durationNanoseconds >= nanoseconds
        }
    }
}

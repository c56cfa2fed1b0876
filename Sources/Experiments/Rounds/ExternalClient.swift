// redis-benchmark or valkey-benchmark as the load of a contestant: a figure published with them
// holds for them, and a ratio depends on the partner.
//
// They are started anew for every slice, with a fixed number of requests that is the same for all
// targets: what connecting costs the server is then the same share of each (50 connections are
// below 1 % of a slice). The workload must be one that they can send: one command, uniform keys of
// one size, values of one size. `__rand_int__` becomes twelve digits, so a key is the keyspace's
// prefix, zeros and that.
//
// They do not count null replies, so the misses that the server counted during the warm-up are
// looked at: load that misses its keys measures something else. Latencies are left to them.
import Glibc
import LinuxSystem
import LoadGenerator
import Quantities
import Targets
import Workloads

/// Which program, and how much of it makes a slice.
public struct ExternalClient: Sendable {
    /// redis-benchmark, valkey-benchmark or a path to one.
    public var program: String
    /// nil: as many as take about 0.3 s, `requests(pipeline:)`.
    public var requestsPerSlice: Int?

    public init(_ program: String) { self.program = program }

    /// 0.3 s of load on one core: what a server does at pipeline 1, and a deeper pipeline's
    /// multiple up to sixteen, from where on throughput grows little.
    func requests(pipeline: Int) -> Int {
        requestsPerSlice ?? 30_000 * min(pipeline, 16)
    }

    /// That the program is there and can send the workload, before anything is launched.
    func check(_ workload: Workload) throws(ExperimentFailure) {
        guard Tool.path(of: program) != nil else {
            throw ExperimentFailure(
                .setUp, "there is no \(program); install it, or leave --client out")
        }
        _ = try command(workload)
    }

    /// The words of the workload's one command, as the client takes them.
    fileprivate func command(_ workload: Workload) throws(ExperimentFailure) -> [String] {
        func refuse(_ reason: String) -> ExperimentFailure {
            ExperimentFailure(
                .setUp,
                "\(program) cannot send workload \(workload.name): \(reason); "
                    + "use get-16x64 or set-16x64, or leave --client out")
        }
        guard workload.operations.count == 1 else { throw refuse("it has several commands") }
        guard workload.keyspaces.count == 1 else { throw refuse("it has several keyspaces") }
        let keys = workload.keyspaces[0]
        guard keys.popularity == .uniform else { throw refuse("its keys are not uniform") }
        guard keys.hashTags == 0, keys.fill == .letters else {
            throw refuse("its keys have hash tags, or its values a fill of their own")
        }
        guard keys.negativeLookups == 0, keys.onMiss == nil,
            workload.operations[0].keys == .popular, workload.operations[0].then == nil
        else { throw refuse("it looks up keys that are not there, or follows up on others") }
        guard keys.populated >= 1 else { throw refuse("not all of its keys are there") }
        guard let keySize = keys.keySize.constant else { throw refuse("its keys vary in size") }
        let zeros = keySize - keys.prefix.utf8.count - Self.randomDigits
        guard zeros >= 0 else {
            throw refuse("its keys are too short for \(Self.randomDigits) digits")
        }
        var words: [String] = []
        for argument in workload.operations[0].command.arguments {
            switch argument {
            case .literal(let bytes): words.append(String(decoding: bytes, as: UTF8.self))
            case .key:
                words.append(keys.prefix + String(repeating: "0", count: zeros) + "__rand_int__")
            case .value:
                guard let size = keys.valueSize?.constant else {
                    throw refuse("its values vary in size")
                }
                words.append(String(repeating: "x", count: size))
            case .expiry where keys.ttl == nil: break
            case .expiry, .ttl: throw refuse("its keys expire")
            case .keys, .otherKey, .member, .members, .fields, .scored, .score:
                throw refuse("it has commands on several keys or on members")
            }
        }
        return words
    }

    /// What `__rand_int__` becomes.
    private static let randomDigits = 12
}

final class ExternalLoad: RoundLoad {
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
        return words
    }

    func warmUp(_ limit: BurstLimit) throws(ExperimentFailure) {
        let before = try misses()
        var load = LoadSample(commands: commands)
        repeat { load.merge(try slice(limit, pace: nil)) } while !load.reaches(limit)
        let missed = try misses() - before
        guard missed == 0 else {
            throw ExperimentFailure(
                .invalid,
                "\(missed) requests to \(server.target.label) missed their keys; keys are lost or "
                    + "spelt otherwise: use a workload that the client can send")
        }
    }

    private func misses() throws(ExperimentFailure) -> Int {
        do throws(TargetError) {
            return Int(try server.connect().info("stats")["keyspace_misses"] ?? "") ?? 0
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    /// One run of the client, whatever the limit: its number of requests is fixed.
    func slice(_ limit: BurstLimit, pace: Pace?) throws(ExperimentFailure) -> LoadSample {
        precondition(pace == nil, "these clients are not driven by a schedule of ours")
        let cpuBefore = ProcessAccounting.reapedChildrenCPUNanoseconds()
        let output: Tool.Output
        do throws(SystemCallError) {
            output = try Tool.run(arguments, milliseconds: Self.patienceMilliseconds)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        let end = Clock.monotonicNanoseconds()
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        guard output.succeeded, let rate = Self.rate(output.text) else {
            let line = output.text.split(separator: "\n").last ?? "nothing"
            throw ExperimentFailure(
                .invalid,
                server.death
                    ?? "\(arguments[0]) \(output.ending) and printed \"\(line)\"; run it by hand: "
                    + Redaction.masked(arguments).joined(separator: " "))
        }
        var sample = LoadSample(commands: commands)
        sample.commands[0].operations = UInt64(requests)
        sample.endNanoseconds = end
        sample.startNanoseconds = end - Nanoseconds(seconds: Double(requests) / rate).count
        sample.clientCPUNanoseconds =
            ProcessAccounting.reapedChildrenCPUNanoseconds() - cpuBefore
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

extension SizeSpec {
    /// The one size that it has, or nil.
    fileprivate var constant: Int? {
        guard case .constant(let size) = distribution, hot == nil else { return nil }
        return Int(min(max(size, least ?? size), most ?? size).rounded())
    }
}

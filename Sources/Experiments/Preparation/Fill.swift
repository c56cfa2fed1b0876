// Filling a server with exactly the entries that were asked for, and making sure that they are
// there.
import LinuxSystem
import LoadGenerator
import RESP
import RunRecord
import Targets
import Workloads

package enum Fill {
    private static let connections = 4
    /// Writes a second, for forecasts: what one core takes of a pipeline at its slower.
    package static let expectedPerSecond = 400_000.0

    /// Writes every key that a workload begins with, as its `prefill` says.
    /// - Parameter told: hears which share is written.
    package static func run(
        _ server: RunningServer, _ workload: CompiledWorkload, seed: UInt64,
        connections: Int = 4, told: (Double) -> Void
    ) throws(ExperimentFailure) {
        try run(
            server, count: workload.populatedKeys, connections: connections,
            pipeline: workload.workload.prefillPipeline,
            source: { PrefillSource(workload, seed: seed, $0) }, told: told)
    }

    /// Writes every request of `source` once: `count` in all.
    /// - Parameter told: hears which share is written.
    static func run<Source: RequestSource & ~Copyable>(
        _ server: RunningServer, count: UInt64, connections: Int = Self.connections,
        pipeline: Int = PhaseSpec.defaultPrefillPipeline, source: (WorkerPlace) -> Source,
        told: (Double) -> Void
    ) throws(ExperimentFailure) {
        guard count > 0 else { return }
        var options = LoadOptions(for: server)
        options.connections = connections
        options.pipeline = pipeline
        let sample: LoadSample
        do throws(LoadFailure) {
            sample = try write(count, to: server.endpoint.address, options, source: source) {
                told(Double($0.operations) / Double(count))
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
        if let problem = refusals(sample, of: count, by: server.target.label) {
            throw ExperimentFailure(
                .invalid, "\(problem)",
                incident: server.incident(
                    .errors, count: Int(sample.errors), of: Int(count),
                    "writes of the fill were refused: "
                        + (sample.errorKinds.first?.firstText ?? "")))
        }
    }

    /// The same without a word on errors, which the sample has.
    static func write<Source: RequestSource & ~Copyable>(
        _ count: UInt64, to address: SocketAddress, _ options: LoadOptions,
        source: (WorkerPlace) -> Source, progress: (LoadProgress) -> Void = { _ in }
    ) throws(LoadFailure) -> LoadSample {
        try SessionLoad(to: address, options, source: source)
            .run(.requests(count), pace: nil, progress: progress)
    }

    /// Throws unless the server holds exactly `count` entries.
    package static func verify(
        _ server: RunningServer, _ connection: ControlConnection, count: UInt64
    ) throws(ExperimentFailure) {
        let size: Int
        do throws(TargetError) {
            size = try connection.databaseSize()
        } catch {
            throw ExperimentFailure(error, server)
        }
        if let problem = miscount(size, of: count, on: server.target.label) {
            throw ExperimentFailure(
                .invalid, "\(problem)",
                incident: server.incident(
                    .lostKeys, count: Int(count) - size, of: Int(count),
                    "it holds \(size) entries where \(count) were written"))
        }
    }
}

extension Fill {
    /// What a fill came to and must not, for whoever tells it as a failure or as a warning.
    struct Problem: CustomStringConvertible {
        let cause: String
        let remedy: String

        var description: String { "\(cause); \(remedy)" }
    }

    /// That writes were answered with errors; nil where none were.
    /// - Parameter name: the server's.
    static func refusals(_ sample: LoadSample, of count: UInt64, by name: String) -> Problem? {
        guard let error = sample.errorKinds.first else { return nil }
        return Problem(
            cause: "\(name) refused \(sample.errors) of \(count) writes: \(error.firstText)",
            remedy: ErrorReply.remedy(for: error.firstText))
    }

    /// That a server holds more or fewer entries than were written; nil where it holds them.
    /// - Parameter name: the server's.
    static func miscount(_ size: Int, of count: UInt64, on name: String) -> Problem? {
        guard size != Int(clamping: count) else { return nil }
        return Problem(
            cause: "\(name) holds \(size) entries where \(count) were written",
            remedy: "is something else using it, or did it evict or expire them?")
    }

    /// Reads `sample` of the populated keys back; throws unless all are there.
    static func readBack(
        _ server: RunningServer, _ workload: CompiledWorkload, sample: Int
    ) throws(ExperimentFailure) {
        let count = min(UInt64(max(sample, 0)), workload.populatedKeys)
        guard count > 0 else { return }
        var options = LoadOptions(for: server)
        options.connections = 1
        options.pipeline = PhaseSpec.defaultPrefillPipeline
        let found: LoadSample
        do throws(LoadFailure) {
            let load = try SessionLoad(to: server.endpoint.address, options) {
                ReadBackSource(workload, sample: count, $0)
            }
            found = try load.run(.requests(count))
        } catch {
            throw ExperimentFailure(error, server)
        }
        if let example = found.answers.firstWrong {
            throw ExperimentFailure(
                .invalid,
                "\(server.target.label): wrong values in \(found.answers.wrong) of \(count) keys "
                    + "that were read back after the fill, first \(example); "
                    + "it does not hold what was written",
                incident: server.incident(
                    .wrongValues, count: Int(found.answers.wrong), of: Int(count),
                    "keys read back after the fill have other values, first \(example)"))
        }
        guard found.misses == 0, found.errors == 0 else {
            throw ExperimentFailure(
                .invalid,
                "\(server.target.label) lost \(found.misses + found.errors) of \(count) keys that "
                    + "were read back after the fill; did it evict or expire them?",
                incident: server.incident(
                    .lostKeys, count: Int(found.misses + found.errors), of: Int(count),
                    "keys of the fill could not be read back"))
        }
    }
}

extension ClusterLoad {
    /// Of an endpoint that is a cluster; nil of one server.
    init?(_ endpoint: Target.Endpoint) {
        guard endpoint.isCluster else { return nil }
        self.init(seeds: endpoint.seeds)
    }
}

extension LoadOptions {
    /// One worker on the calling thread, with the endpoint's credentials and database.
    package init(for server: RunningServer) { self.init(for: server.endpoint) }

    /// The same of a server that another host has reached or launched.
    init(for endpoint: Target.Endpoint) {
        self.init()
        prelude = endpoint.setUp
        tls = endpoint.tls
        cluster = ClusterLoad(endpoint)
    }

    /// As the workload says, unless the plan says otherwise.
    init(for server: RunningServer, _ workload: CompiledWorkload, _ plan: RoundPlan) {
        self.init(for: server)
        connections = plan.connections ?? workload.workload.load.connections
        pipeline = plan.pipeline ?? workload.workload.load.pipeline
        threads = workload.workload.load.streams
        errorPolicy = plan.errorPolicy
    }
}

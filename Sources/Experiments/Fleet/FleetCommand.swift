// What rank 0 has all load hosts do in a window, where it alone knows what comes next: comparisons
// launch their servers on rank 0's host and put load on them in slices that take turns, so the
// others open, drive and close loads as they are told.
//
//     rank 0     open 1   open 2   burst 1   burst 2   burst 2   burst 1  …  close 1   close 2
//     others     the same, each in the window that the command came with
import Foundation
import LoadGenerator
import Targets
import Workloads

enum FleetCommand: Codable {
    /// Connects; the number names the load from here on.
    case open(session: Int, FleetOpening)
    case burst(session: Int, FleetOrder)
    case close(session: Int)

    init(_ bytes: [UInt8]) throws(FleetError) {
        self = try FleetLink.decoded(FleetCommand.self, bytes)
    }

    func encoded() throws(FleetError) -> [UInt8] { try FleetLink.encoded(self) }
}

/// A load of all hosts on one server.
package struct FleetOpening: Codable, Sendable {
    /// As the other hosts reach it.
    var endpoint: Target.Endpoint
    var workload: WorkloadOrigin
    /// Of all hosts.
    var connections: Int
    var pipeline: Int
    /// Of each host.
    var threads: Int
    /// An `ErrorPolicy`.
    var errorPolicy: String
    var seed: UInt64

    package init(
        _ endpoint: Target.Endpoint, _ workload: WorkloadOrigin, _ options: LoadOptions,
        seed: UInt64
    ) {
        self.endpoint = endpoint
        self.workload = workload
        connections = options.connections
        pipeline = options.pipeline
        threads = options.threads
        errorPolicy = options.errorPolicy.rawValue
        self.seed = seed
    }

    /// This host's share, its connections open.
    func opened(_ place: WorkerPlace) throws(LoadFailure) -> any Load {
        var options = LoadOptions(for: endpoint)
        options.connections = connections
        options.pipeline = pipeline
        options.threads = threads
        options.errorPolicy = ErrorPolicy(rawValue: errorPolicy) ?? .invalid
        options.host = place
        let compiled: CompiledWorkload
        do throws(WorkloadProblems) {
            compiled = try workload.compiled()
        } catch {
            throw LoadFailure(.program("\(error)"), endpoint.address, LoadSample(commands: []))
        }
        return try SessionLoad(to: endpoint.address, options) {
            WorkloadSource(compiled, seed: seed, $0)
        }
    }
}

/// A burst: how long, and on which schedule.
struct FleetOrder: Codable {
    private var requests: UInt64?
    private var nanoseconds: UInt64?
    /// Of an open loop, per second over all hosts; with its seed.
    private var rate: Double?
    private var arrival: String?
    private var seed: UInt64?

    init(_ limit: BurstLimit, _ pace: Pace?) {
        switch limit {
        case .requests(let count): requests = count
        case .duration(let time): nanoseconds = time
        }
        rate = pace?.rate
        arrival = pace?.arrival.rawValue
        seed = pace?.seed
    }

    var limit: BurstLimit {
        if let requests { return .requests(requests) }
        return .duration(nanoseconds: nanoseconds ?? 0)
    }

    /// Comparisons have one rate all through.
    var pace: Pace? {
        rate.map {
            Pace(
                rate: $0, arrival: arrival.flatMap { Arrival(rawValue: $0) } ?? .constant,
                seed: seed ?? 0)
        }
    }
}

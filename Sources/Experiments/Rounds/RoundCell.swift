// One load of a round: a workload with a pipeline depth, in a closed loop or on a schedule. A round
// may hold several: its servers are launched and filled once and put under one after the other.
import LoadGenerator
import RunRecord
import Workloads

public struct RoundCell: Sendable {
    public var workload: CompiledWorkload
    /// Requests in flight per connection; nil: as the workload says.
    public var pipeline: Int?
    /// Nil for a closed loop. Else requests come on a schedule, at this share of what the slower of
    /// the compared servers answers in a closed loop, and latencies count from the intended moment.
    public var openLoopShare: Double?

    public init(_ workload: CompiledWorkload, pipeline: Int? = nil, openLoopShare: Double? = nil) {
        self.workload = workload
        self.pipeline = pipeline
        self.openLoopShare = openLoopShare
    }

    var depth: Int { pipeline ?? workload.workload.load.pipeline }

    /// For people: `get-16x64, pipeline 16`.
    var title: String {
        "\(workload.workload.name), pipeline \(depth)" + (openLoopShare == nil ? "" : ", open loop")
    }

    /// Time under load relative to other cells of a round. Deep pipelines get more: they carry most
    /// of the requests, and work that recurs every so many requests shows in them.
    var weight: Double { depth > 1 ? 5 : 3 }

    /// What its results must match to be compared.
    func conditions(_ plan: RoundPlan) -> Conditions {
        var conditions: Conditions = [
            "entries": .number(Int(workload.populatedKeys)),
            "connections": .number(plan.connections ?? workload.workload.load.connections),
            "pipeline": .number(depth),
            // Sums over the round, pauses included; records before it had medians of slices.
            "estimator": "total",
        ]
        if let client = plan.client {
            conditions["client"] = .string(
                client.program.split(separator: "/").last.map { String($0) } ?? "")
            conditions["slice_requests"] = .number(client.requests(pipeline: depth))
        } else if let openLoopShare {
            conditions["load"] = .number(openLoopShare)
            // Latencies of slices that the machine left alone; records before it had those of all.
            conditions["estimator"] = "undisturbed"
        } else {
            conditions["slice_ns"] = .number(Int(plan.sliceNanoseconds))
        }
        if let hosts = FleetLink.current?.place.count, hosts > 1 {
            conditions["load_hosts"] = .number(hosts)
        }
        for (name, value) in plan.placement.conditions { conditions[name] = value }
        return conditions
    }
}

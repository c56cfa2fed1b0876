// What a metric is about: the order in which a page tells of a run, the point of it first.
import RunRecord

enum Topic: CaseIterable {
    case perCore, memory, misses, latency, other

    /// Beginnings of metric ids.
    private static let beginnings: [(text: String, topic: Topic)] = [
        ("throughput_ops_per_", .perCore), ("server_cpu_", .perCore), ("table_cpu_", .perCore),
        ("rung_", .perCore),
        ("sw_task_clock_", .perCore), ("memory_bytes_per_", .memory), ("allocations_", .memory),
        ("numa_", .memory),
        ("load_factor", .memory), ("sim_", .misses), ("hw_", .misses), ("sw_", .misses),
        ("topdown_", .misses),
        ("table_sim_", .misses), ("latency_ns/", .latency), ("schedule_slip_ns/", .latency),
        ("stall_", .latency), ("growth_", .latency), ("page_fault_ns", .latency),
        ("clock_ns", .latency),
    ]

    init(_ metric: String) {
        // Less what a PING takes: for who takes a command apart.
        let isDetail = metric.hasSuffix(Metric.abovePingSuffix)
        let found = Self.beginnings.first { metric.hasPrefix($0.text) }
        self = isDetail ? .other : found?.topic ?? .other
    }

    var id: String {
        switch self {
        case .perCore: "per-core"
        case .memory: "memory"
        case .misses: "misses"
        case .latency: "latency"
        case .other: "other"
        }
    }

    var title: String {
        switch self {
        case .perCore: "Per core"
        case .memory: "Memory"
        case .misses: "Misses and counters"
        case .latency: "Latency and stalls"
        case .other: "Everything else"
        }
    }
}

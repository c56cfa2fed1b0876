// The headings of what a metric is about, in their order: a page tells the point of a run first.
import RunRecord

extension Metric.Topic {
    /// Of its section on a page.
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

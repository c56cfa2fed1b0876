// Every metric there is. A new one is a row here (and a builder, if code names it); documentation
// and reports read the table.
import Foundation

extension Metric {
    public static let table: [Metric] =
        [
            throughput, throughputPerCore, serverCPU, clientCPU, rungCPU, rungAdds, latencyRow,
            Metric(
                "schedule_slip_ns/{p}", "schedule slip $1", .nanoseconds, .lower, .wall, .latency,
                "how much later than the schedule wanted requests were sent, at that percentile"),
            Metric(
                "memory_bytes_per_entry/requested", "memory requested", .bytesPerEntry, .lower,
                .exact, .memory,
                "bytes asked of the allocator, per entry"),
            Metric(
                "memory_bytes_per_entry/class", "memory allocated", .bytesPerEntry, .lower, .exact,
                .memory,
                "bytes of the allocator's size classes that served them, per entry"),
            Metric(
                "memory_bytes_per_entry/reported", "memory reported", .bytesPerEntry, .lower,
                .software, .memory,
                "growth of the server's own used_memory, per entry"),
            Metric(
                "memory_bytes_per_entry/peak", "memory peak", .bytesPerEntry, .lower, .software,
                .memory,
                "the highest used_memory on the way, growth included, per entry at the end"),
            Metric(
                "memory_bytes_per_entry/rss", "memory resident", .bytesPerEntry, .lower, .software,
                .memory,
                "growth of the resident set as the kernel counts it, per entry"),
            allocationsPerEntry,
        ] + collectionRows + counterRows
        + [
            hitRatio, errorRatio, wrongValueRatio,
            Metric(
                "reply_difference_ratio/{command}", "$1 replies that differ", .ratio, .lower,
                .software, .other,
                "share of replies that are others than those of the server checked against"),
            trafficPerOperation, recordsPerOperation, handshakeRate, handshakesResumed, redirects,
            lostWrites, requestsWaiting, stallShare, stallMax,
            memoryPerOperation, numaFarShare, numaPagesMigrated, growthStallMax,
        ] + tableRows

    public static let throughput = Metric(
        "throughput_ops_per_s", "throughput", .operationsPerSecond, .higher, .wall, .perCore,
        "operations per second of wall time")
    public static let throughputPerCore = Metric(
        "throughput_ops_per_core_s", "per core", .operationsPerCoreSecond, .higher, .cpu, .perCore,
        "operations per second of CPU time that the server used",
        formula: "1e9 / server_cpu_ns_per_op")
    public static let serverCPU = Metric(
        "server_cpu_ns_per_op", "server CPU", .nanosecondsPerOperation, .lower, .cpu, .perCore,
        "CPU time of the server, user and system, per operation")
    public static let clientCPU = Metric(
        "client_cpu_ns_per_op", "client CPU", .nanosecondsPerOperation, .lower, .cpu, .other,
        "CPU time of the threads that make the load, or of the processes of another program where "
            + "the condition `client` names one, per operation")
    public static let rungCPU = Metric(
        "rung_cpu_ns_per_op", "CPU on a rung", .nanosecondsPerOperation, .lower, .cpu, .perCore,
        "CPU time of an operation on a rung of a ladder, which the condition `rung` names")
    public static let rungAdds = Metric(
        "rung_adds_ns_per_op", "a rung adds", .nanosecondsPerOperation, .lower, .cpu, .perCore,
        "CPU time of an operation on a rung of a ladder, less that on the rung below it, which the "
            + "condition `over` names",
        formula: "rung_cpu_ns_per_op − rung_cpu_ns_per_op of the rung below")
    public static let allocationsPerEntry = Metric(
        "allocations_per_entry", "allocations", .perEntry, .lower, .exact, .memory,
        "live allocations per entry")
    public static let hitRatio = Metric(
        "hit_ratio", "hits", .ratio, .higher, .software, .other,
        "share of look-ups that found their key")
    public static let errorRatio = Metric(
        "error_ratio", "errors", .ratio, .lower, .software, .other,
        "share of replies that are errors which nobody asked for")
    public static let wrongValueRatio = Metric(
        "wrong_value_ratio", "wrong values", .ratio, .lower, .software, .other,
        "share of replies with other bytes than were stored")
    public static let trafficPerOperation = Metric(
        "traffic_bytes_per_op", "traffic", .bytesPerOperation, .lower, .software, .other,
        "bytes on the connections, per operation: of requests and replies, or of what they became "
            + "where connections are encrypted")
    public static let recordsPerOperation = Metric(
        "tls_records_per_op", "TLS records", .perOperation, .lower, .software, .other,
        "records of encrypted data that were sent and received, per operation")
    public static let handshakeRate = Metric(
        "handshakes_per_s", "handshakes", .operationsPerSecond, .higher, .wall, .other,
        "TLS handshakes per second, from the beginning of the first to the end of the last")
    public static let handshakesResumed = Metric(
        "handshakes_resumed_ratio", "handshakes resumed", .ratio, .higher, .software, .other,
        "share of the handshakes that took up an earlier session")
    public static let redirects = Metric(
        "redirects_per_op", "redirects", .perOperation, .lower, .software, .other,
        "times that a node of a cluster sent a request elsewhere or put it off, per operation")
    public static let lostWrites = Metric(
        "lost_writes", "lost writes", .count, .lower, .software, .other,
        "keys whose writing a cluster acknowledged and that were not there when read back; "
            + "of a sample of the keys, as many as that stands for")
    public static let requestsWaiting = Metric(
        "requests_waiting", "requests waiting", .count, .lower, .wall, .other,
        "requests that waited for a node of a cluster which was away, over time")
    public static let stallShare = Metric(
        "stall_share", "time in stalls", .ratio, .lower, .wall, .latency,
        "share of the time under load in which no reply came for more than 5 ms")
    public static let stallMax = Metric(
        "stall_ns_max", "longest stall", .nanoseconds, .lower, .wall, .latency,
        "longest time under load without a single reply")
    public static let memoryPerOperation = Metric(
        "memory_bytes_per_op", "growth under load", .bytesPerOperation, .lower, .software, .memory,
        "growth of the server's own used_memory from after the fill to the end of the load, "
            + "per operation")
    public static let numaFarShare = Metric(
        "numa_far_share", "far memory", .ratio, .lower, .software, .memory,
        "share of the server's own pages that are on another NUMA node than the CPU that reads "
            + "them, were each of its CPUs to read all alike")
    public static let numaPagesMigrated = Metric(
        "numa_pages_migrated", "pages migrated", .count, .lower, .software, .memory,
        "pages that the kernel moved from NUMA node to NUMA node for the server's threads")
    public static let growthStallMax = Metric(
        "growth_stall_ns_max", "longest stall", .nanoseconds, .lower, .wall, .latency,
        "longest pause of one operation while the table grew")

    /// - Parameter command: `all`, or one; a `/` in it becomes `_`.
    public static func replyDifference(command: String) -> Metric {
        row("reply_difference_ratio/\(command.replacingOccurrences(of: "/", with: "_"))")
    }

    /// - Parameter point: `p50`, `p99`, `max`, …
    public static func scheduleSlip(_ point: String) -> Metric { row("schedule_slip_ns/\(point)") }

    /// Which bytes of an entry are counted.
    public enum Memory: String, Sendable, CaseIterable {
        case requested
        case sizeClass = "class"
        case reported, peak, rss

        /// As titles have it.
        var word: String {
            switch self {
            case .requested: "requested"
            case .sizeClass: "allocated"
            case .reported: "reported"
            case .peak: "peak"
            case .rss: "resident"
            }
        }
    }

    /// Of collections, of which a key has many elements.
    public static func memoryPerElement(_ memory: Memory) -> Metric {
        row("memory_bytes_per_element/\(memory.rawValue)")
    }

    /// Of collections, by their keys.
    public static func memoryPerKey(_ memory: Memory) -> Metric {
        row("memory_bytes_per_key/\(memory.rawValue)")
    }

    private static var collectionRows: [Metric] {
        Memory.allCases.flatMap { (memory: Memory) -> [Metric] in
            let kind: Kind = memory == .requested || memory == .sizeClass ? .exact : .software
            return [
                Metric(
                    "memory_bytes_per_element/\(memory.rawValue)", "\(memory.word) per element",
                    .bytesPerElement, .lower, kind, .memory,
                    "growth of the \(memory.rawValue) bytes, per element of the collections"),
                Metric(
                    "memory_bytes_per_key/\(memory.rawValue)", "\(memory.word) per key",
                    .bytesPerKey, .lower, kind, .memory,
                    "growth of the \(memory.rawValue) bytes, per key that holds a collection"),
            ]
        }
    }

    /// Bytes per entry.
    public static func memoryPerEntry(_ memory: Memory) -> Metric {
        row("memory_bytes_per_entry/\(memory.rawValue)")
    }

    static func row(_ id: String) -> Metric {
        guard let metric = named(id) else { preconditionFailure("no metric is called \(id)") }
        return metric
    }
}

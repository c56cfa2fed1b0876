// Every metric there is. A new one is a row here (and a builder, if code names it); documentation
// and reports read the table.
import Foundation

extension Metric {
    public static let table: [Metric] =
        [
            throughput, throughputPerCore, serverCPU, clientCPU,
            Metric(
                "latency_ns/{command}/{intended|actual}/{p}", "$1 $3 ($2)", .nanoseconds, .lower,
                .wall,
                "time to the reply, from the intended or the actual send time, at that percentile"),
            Metric(
                "schedule_slip_ns/{p}", "schedule slip $1", .nanoseconds, .lower, .wall,
                "how much later than the schedule wanted requests were sent, at that percentile"),
            Metric(
                "memory_bytes_per_entry/requested", "memory requested", .bytesPerEntry, .lower,
                .exact,
                "bytes asked of the allocator, per entry"),
            Metric(
                "memory_bytes_per_entry/class", "memory allocated", .bytesPerEntry, .lower, .exact,
                "bytes of the allocator's size classes that served them, per entry"),
            Metric(
                "memory_bytes_per_entry/reported", "memory reported", .bytesPerEntry, .lower,
                .exact,
                "growth of the server's own used_memory, per entry"),
            Metric(
                "memory_bytes_per_entry/peak", "memory peak", .bytesPerEntry, .lower, .exact,
                "the highest used_memory on the way, growth included, per entry at the end"),
            Metric(
                "memory_bytes_per_entry/rss", "memory resident", .bytesPerEntry, .lower, .software,
                "growth of the resident set as the kernel counts it, per entry"),
            allocationsPerEntry,
        ] + simulatedRows + [
            Metric(
                "hw_{event}_per_op", "$1", .perOperation, .lower, .hardware,
                "events of the processor's counter of that name, per operation"),
            Metric(
                "sw_{event}_per_op", "$1", .perOperation, .lower, .software,
                "events of the kernel's counter of that name, per operation"),
            hitRatio, errorRatio, wrongValueRatio, stallShare, stallMax, memoryPerOperation,
            growthStallMax,
            Metric(
                "table_cpu_ns_per_op/{operation}", "table $1", .nanosecondsPerOperation, .lower,
                .cpu, "CPU time of an operation of a table used directly, without a server"),
            Metric(
                "table_sim_{event}_per_op/{operation}", "table $2 $1", .perOperation, .lower,
                .simulated,
                "what callgrind's model counts of an operation of a table used directly"),
            Metric(
                "growth_insert_ns/{p}", "insert $1 while growing", .nanoseconds, .lower, .wall,
                "time of a single insert across a doubling, at that percentile"),
        ]

    public static let throughput = Metric(
        "throughput_ops_per_s", "throughput", .operationsPerSecond, .higher, .wall,
        "operations per second of wall time")
    public static let throughputPerCore = Metric(
        "throughput_ops_per_core_s", "per core", .operationsPerCoreSecond, .higher, .cpu,
        "operations per second of CPU time that the server used")
    public static let serverCPU = Metric(
        "server_cpu_ns_per_op", "server CPU", .nanosecondsPerOperation, .lower, .cpu,
        "CPU time of the server, user and system, per operation")
    public static let clientCPU = Metric(
        "client_cpu_ns_per_op", "client CPU", .nanosecondsPerOperation, .lower, .cpu,
        "CPU time of the load generator per operation")
    public static let allocationsPerEntry = Metric(
        "allocations_per_entry", "allocations", .perEntry, .lower, .exact,
        "live allocations per entry")
    public static let hitRatio = Metric(
        "hit_ratio", "hits", .ratio, .higher, .exact, "share of look-ups that found their key")
    public static let errorRatio = Metric(
        "error_ratio", "errors", .ratio, .lower, .exact,
        "share of replies that are errors which nobody asked for")
    public static let wrongValueRatio = Metric(
        "wrong_value_ratio", "wrong values", .ratio, .lower, .exact,
        "share of replies with other bytes than were stored")
    public static let stallShare = Metric(
        "stall_share", "time in stalls", .ratio, .lower, .wall,
        "share of the time under load in which no reply came for more than 5 ms")
    public static let stallMax = Metric(
        "stall_ns_max", "longest stall", .nanoseconds, .lower, .wall,
        "longest time under load without a single reply")
    public static let memoryPerOperation = Metric(
        "memory_bytes_per_op", "growth under load", .bytesPerOperation, .lower, .software,
        "growth of the server's own used_memory from after the fill to the end of the load, "
            + "per operation")
    public static let growthStallMax = Metric(
        "growth_stall_ns_max", "longest stall", .nanoseconds, .lower, .wall,
        "longest pause of one operation while the table grew")

    /// - Parameter operation: `find`, `insert`, `update`, `churn`, `iterate`, `scan`, `random`.
    public static func tableCPU(_ operation: String) -> Metric {
        row("table_cpu_ns_per_op/\(operation)")
    }

    /// - Parameters:
    ///   - simulated: the id of the metric that a server has: `sim_ll_read_misses_per_op`.
    ///   - operation: as for ``tableCPU(_:)``.
    public static func tableSimulated(_ simulated: String, _ operation: String) -> Metric {
        row("table_\(simulated)/\(operation)")
    }

    /// - Parameter point: `p50`, `p99`, `p99.99`.
    public static func growthInsert(_ point: String) -> Metric { row("growth_insert_ns/\(point)") }

    /// From which moment a latency counts.
    public enum Timing: String, Sendable, CaseIterable {
        /// When the pacer meant to send: waiting behind a slow reply counts (open loop).
        case intended
        /// When the request was written: waiting before that is invisible.
        case actual
    }

    /// - Parameters:
    ///   - command: not empty; a `/` in it becomes `_`, for ids have four parts.
    ///   - point: `p50`, `p99`, `p99.9`, `mean`, `min` or `max`.
    public static func latency(command: String, timing: Timing, point: String) -> Metric {
        row("latency_ns/\(command.replacingOccurrences(of: "/", with: "_"))/\(timing)/\(point)")
    }

    /// - Parameter point: `p50`, `p99`, `max`, …
    public static func scheduleSlip(_ point: String) -> Metric { row("schedule_slip_ns/\(point)") }

    /// Which bytes of an entry are counted.
    public enum Memory: String, Sendable, CaseIterable {
        case requested
        case sizeClass = "class"
        case reported, peak, rss
    }

    public static func memoryPerEntry(_ memory: Memory) -> Metric {
        row("memory_bytes_per_entry/\(memory.rawValue)")
    }

    /// What callgrind's model counts, and the system calls beside it.
    public enum SimulatedEvent: String, Sendable, CaseIterable {
        case instructions
        case d1ReadMisses = "d1_read_misses"
        case llReadMisses = "ll_read_misses"
        case systemCalls = "syscalls"
    }

    /// - Parameter abovePing: the same less what a PING costs, which leaves the table's share.
    public static func simulated(_ event: SimulatedEvent, abovePing: Bool = false) -> Metric {
        row("sim_\(event.rawValue)_per_op\(abovePing ? "_above_ping" : "")")
    }

    /// - Parameter event: the counter's name as an id has it: `instructions`, `llc_misses`.
    public static func hardware(_ event: String) -> Metric { row("hw_\(event)_per_op") }
    /// - Parameter event: the counter's name as an id has it: `context_switches`, `syscalls`.
    public static func software(_ event: String) -> Metric { row("sw_\(event)_per_op") }

    private static let simulatedRows: [Metric] = [
        ("instructions", "instructions", "instructions executed"),
        ("d1_read_misses", "D1 misses", "reads that missed the modelled first-level cache"),
        ("ll_read_misses", "LL misses", "reads that missed the modelled last-level cache"),
        ("data_reads", "reads", "data reads"),
        ("data_writes", "writes", "data writes"),
        ("i1_misses", "I1 misses", "instruction fetches that missed the modelled first level"),
        ("d1_write_misses", "D1 write misses", "writes that missed the modelled first level"),
        (
            "ll_instruction_misses", "LL instruction misses",
            "instruction fetches that missed the modelled last level"
        ),
        ("ll_write_misses", "LL write misses", "writes that missed the modelled last level"),
        ("syscalls", "system calls", "system calls of a simulated server"),
    ].flatMap { event, title, meaning in
        [
            Metric(
                "sim_\(event)_per_op", title, .perOperation, .lower, .simulated,
                "\(meaning), per operation"),
            Metric(
                "sim_\(event)_per_op_above_ping", "\(title) above PING", .perOperation, .lower,
                .simulated, "\(meaning), per operation, less those of a PING"),
        ]
    }

    private static func row(_ id: String) -> Metric {
        guard let metric = named(id) else { preconditionFailure("no metric is called \(id)") }
        return metric
    }
}

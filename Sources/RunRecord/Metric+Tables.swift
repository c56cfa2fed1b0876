// Metrics of tables that are used directly, without a server.

extension Metric {
    static let tableRows: [Metric] = [
        tableCPURow, tableSimulatedRow, loadFactor, probeLength, tableEntries, memoryElsewhere,
        Metric(
            "chain_length_share/{length}", "places with chains of $1", .ratio, .lower, .exact,
            .other,
            "share of a table's places whose chain has that length: entries, or buckets where a "
                + "place is a bucket"),
        Metric(
            "bucket_occupancy_share/{entries}", "buckets with $1 entries", .ratio, .lower, .exact,
            .other,
            "share of a table's buckets that hold so many entries, chained buckets included"),
        Metric(
            "growth_insert_ns/{p}", "insert $1 while growing", .nanoseconds, .lower, .wall,
            .latency,
            "time of a single insert across a doubling, at that percentile"),
        Metric(
            "growth_stall_ns_max/{phase}", "longest stall $1", .nanoseconds, .lower, .wall,
            .latency,
            "longest insert of that phase of the growth"),
        growthStallMaxRaw,
        Metric(
            "growth_insert_ns_mean/{phase}", "mean insert $1", .nanoseconds, .lower, .wall,
            .latency,
            "mean time of the inserts of that phase of the growth"),
        Metric(
            "growth_inserts/{phase}", "inserts $1", .count, .lower, .exact, .latency,
            "inserts that were in that phase of the growth"),
        Metric(
            "growth_stall_page_faults/{phase}", "page faults of the longest stall $1", .count,
            .lower, .software, .latency, "page faults during the longest insert of that phase"),
        growthPageFaults, pageFaultTime, clockTime,
    ]

    /// CPU time, of whichever operation.
    public static let tableCPURow = Metric(
        "table_cpu_ns_per_op/{operation}", "table $1", .nanosecondsPerOperation, .lower, .cpu,
        .perCore,
        "CPU time of an operation of a table used directly, without a server; of churn, of an "
            + "erase and an insert")
    /// Whatever is counted, of whichever operation.
    public static let tableSimulatedRow = Metric(
        "table_sim_{event}_per_op/{operation}", "table $2 $1", .perOperation, .lower, .simulated,
        .misses,
        "what callgrind's model counts of an operation of a table used directly")
    public static let loadFactor = Metric(
        "load_factor", "load factor", .entriesPerPlace, .higher, .exact, .memory,
        "entries over the places that the table has for them")
    public static let probeLength = Metric(
        "probe_length", "probe length", .perEntry, .lower, .exact, .other,
        "steps in which a table finds an entry, on the mean over all: groups read by open "
            + "addressing, and elsewhere keys compared")
    public static let tableEntries = Metric(
        "table_entries", "entries", .count, .higher, .exact, .other,
        "entries that the table holds when it has the load asked for")
    /// Only where a loaded table says so.
    public static let memoryElsewhere = Metric(
        "memory_bytes_per_entry/elsewhere", "memory elsewhere", .bytesPerEntry, .lower, .software,
        .memory,
        "bytes that a loaded table says it took elsewhere than from its host, per entry: of all "
            + "other readings only the resident set has them")
    public static let growthStallMaxRaw = Metric(
        "growth_stall_ns_max_raw", "longest interruption", .nanoseconds, .lower, .wall, .latency,
        "longest insert of any repetition, what other work took included")
    public static let growthPageFaults = Metric(
        "growth_page_faults_per_insert", "page faults per insert", .perOperation, .lower, .software,
        .latency,
        "page faults across a doubling, over the inserts")
    public static let pageFaultTime = Metric(
        "page_fault_ns", "a page fault", .nanoseconds, .lower, .wall, .latency,
        "time of the first touch of a fresh page, by itself")

    public static let clockTime = Metric(
        "clock_ns", "the clock itself", .nanoseconds, .lower, .wall, .latency,
        "time between two readings of the clock with nothing in between, which is in every time of "
            + "a single insert")

    /// Chains of this length and all longer ones are told together: how long the longest is differs
    /// from seed to seed.
    public static let longChain = 8
    /// - Parameter length: 0 … ``longChain``; 0 are places without an entry.
    public static func chainLengthShare(_ length: Int) -> Metric {
        row("chain_length_share/\(length)\(length == longChain ? "+" : "")")
    }
    /// - Parameter entries: of a bucket, chained ones included.
    public static func bucketOccupancyShare(_ entries: Int) -> Metric {
        row("bucket_occupancy_share/\(entries)")
    }

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

    /// Whether it is an id of what an operation of a table costs: CPU time, or a count.
    public static func isTableCost(_ id: String) -> Bool {
        tableCPURow.covers(id) || tableSimulatedRow.covers(id)
    }

    /// Of `table_sim_ll_read_misses_per_op/find` the id of the metric that a server has,
    /// `sim_ll_read_misses_per_op`; nil of other ids.
    public static func serverCounterID(ofTable id: String) -> String? {
        tableSimulatedRow.parameters(of: id).map { "sim_\($0[0])_per_op" }
    }

    /// - Parameter point: `p50`, `p99`, `p99.99`.
    public static func growthInsert(_ point: String) -> Metric { row("growth_insert_ns/\(point)") }

    /// What an insert does besides inserting while a table grows, as ids name it.
    public enum GrowthPhase: String, Sendable, CaseIterable {
        /// Nothing: no resize in progress.
        case atRest = "at_rest"
        /// Allocates the new array.
        case starts
        /// Moves a chain.
        case rehashes
        /// Moves the last chain and gives the old array back.
        case ends
    }

    /// The longest insert of a phase.
    public static func growthStallMax(_ phase: GrowthPhase) -> Metric {
        row("growth_stall_ns_max/\(phase.rawValue)")
    }
    /// The mean insert of a phase.
    public static func growthInsertMean(_ phase: GrowthPhase) -> Metric {
        row("growth_insert_ns_mean/\(phase.rawValue)")
    }
    /// How many inserts were in a phase.
    public static func growthInserts(_ phase: GrowthPhase) -> Metric {
        row("growth_inserts/\(phase.rawValue)")
    }
    /// Page faults of the longest insert of a phase.
    public static func growthStallFaults(_ phase: GrowthPhase) -> Metric {
        row("growth_stall_page_faults/\(phase.rawValue)")
    }
}

// Counters per operation: a row for each that a back end counts (module Counters takes unit and
// title from here), and those whose misses are shown level by level.

extension Metric {
    static let counterRows = simulatedRows + hardwareRows + shareRows + softwareRows

    /// What callgrind's model counts, and the system calls beside it.
    public enum SimulatedEvent: String, Sendable, CaseIterable {
        case instructions
        case d1ReadMisses = "d1_read_misses"
        case llReadMisses = "ll_read_misses"
        case systemCalls = "syscalls"
    }

    /// - Parameter abovePing: the same less what a PING costs, which leaves the table's share.
    public static func simulated(_ event: SimulatedEvent, abovePing: Bool = false) -> Metric {
        row("sim_\(event.rawValue)_per_op\(abovePing ? abovePingSuffix : "")")
    }

    /// - Parameter event: a counter's name as the table has it: `instructions`, `ll_read_misses`.
    public static func hardware(_ event: String) -> Metric { row("hw_\(event)_per_op") }
    /// - Parameter event: a counter's name as the table has it: `context_switches`.
    public static func software(_ event: String) -> Metric { row("sw_\(event)_per_op") }

    public static let instructionsPerCycle = Metric(
        "hw_instructions_per_cycle", "instructions per cycle", .perCycle, .higher, .hardware,
        .misses,
        "instructions retired, over the cycles of the processor",
        formula: "hw_instructions_per_op / hw_cycles_per_op")

    /// What the processor's slots for instructions went to.
    public enum TopDown: String, Sendable, CaseIterable {
        case retiring
        case badSpeculation = "bad_speculation"
        case frontend, backend
    }

    /// Share of the processor's slots.
    public static func topDown(_ part: TopDown) -> Metric { row("topdown_\(part.rawValue)") }

    /// What ends the ids of counts less those of a PING.
    public static let abovePingSuffix = "_above_ping"
    /// Less what a PING costs on the same server?
    public var isAbovePing: Bool { id.hasSuffix(Self.abovePingSuffix) }

    /// Misses from the fastest level to the slowest, each kind by itself.
    public static let missLevels: [(kind: Kind, metrics: [Metric])] = [
        (
            .simulated,
            [row("sim_i1_misses_per_op"), simulated(.d1ReadMisses), simulated(.llReadMisses)]
        ),
        (
            .hardware,
            [
                hardware("l1d_read_misses"), hardware("l2_read_misses"), hardware("ll_read_misses"),
                hardware("dtlb_read_misses"),
            ]
        ),
    ]

    private static let simulatedRows: [Metric] = [
        ("instructions", "instructions", "instructions executed"),
        ("d1_read_misses", "D1 read misses", "reads that missed the modelled first-level cache"),
        ("ll_read_misses", "LL read misses", "reads that missed the modelled last-level cache"),
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
    ].flatMap { event, title, meaning in simulatedPair(event, title, meaning) }

    /// All of a command's, and what is above a PING's: for who takes a command apart.
    private static func simulatedPair(
        _ event: String, _ title: String, _ meaning: String
    ) -> [Metric] {
        let id = "sim_\(event)_per_op"
        return [
            Metric(
                id, title, .perOperation, .lower, .simulated, .misses,
                "\(meaning), per operation"),
            Metric(
                "\(id)\(abovePingSuffix)", "\(title) above PING", .perOperation, .lower,
                .simulated, .other, "\(meaning), per operation, less those of a PING",
                formula: "\(id) − \(id) of a PING"),
        ]
    }

    private static let hardwareRows: [Metric] = [
        ("cycles", "cycles", "cycles of the processor"),
        ("instructions", "instructions", "instructions retired"),
        ("branches", "branches", "branches retired"),
        ("branch_misses", "branch misses", "branches that were predicted wrongly"),
        ("l1d_reads", "L1d reads", "reads of the first-level data cache"),
        ("l1d_read_misses", "L1d read misses", "reads that missed the first-level data cache"),
        ("l2_reads", "L2 reads", "reads of the second-level cache"),
        ("l2_read_misses", "L2 read misses", "reads that missed the second-level cache"),
        ("ll_reads", "LL reads", "reads of the last-level cache"),
        ("ll_read_misses", "LL read misses", "reads that missed the last-level cache"),
        ("dtlb_reads", "dTLB reads", "look-ups of addresses for reads"),
        ("dtlb_read_misses", "dTLB read misses", "reads whose address was not in the TLB"),
    ].map { event, title, meaning in
        Metric(
            "hw_\(event)_per_op", title, .perOperation, .lower, .hardware, .misses,
            "\(meaning), per operation, counted by the processor")
    }

    /// What several counts make. Nobody has held the formulas against a processor here.
    private static let shareRows: [Metric] = [
        instructionsPerCycle,
        slots("retiring", "retiring", .higher, "instructions that retired"),
        slots(
            "bad_speculation", "bad speculation", .lower,
            "instructions behind a wrong prediction, and recovering from it"),
        slots(
            "frontend", "frontend bound", .lower,
            "nothing, for fetching and decoding did not supply it"),
        slots(
            "backend", "backend bound", .lower,
            "nothing, for execution or memory did not take it up"),
        slots(
            "backend_memory", "memory bound", .lower,
            "nothing, for loads were outstanding: a part of backend bound"),
        slots(
            "other_thread", "other thread", .lower, "instructions of the other thread of the core"),
        reads("l2", "reads from L2", .higher, "the second-level cache"),
        reads("ll", "reads from LL", .lower, "the last-level cache, or that of another core,"),
        reads("memory", "reads from memory", .lower, "memory"),
    ]

    private static func slots(
        _ part: String, _ title: String, _ better: Better, _ meaning: String
    ) -> Metric {
        Metric(
            "topdown_\(part)", title, .ratio, better, .hardware, .misses,
            "share of the processor's slots that went to \(meaning); by the vendor's formula, "
                + "not verified on hardware")
    }

    private static func reads(
        _ level: String, _ title: String, _ better: Better, _ meaning: String
    ) -> Metric {
        Metric(
            "hw_reads_from_\(level)", title, .ratio, better, .hardware, .misses,
            "share of the reads that missed the first-level data cache which \(meaning) served, "
                + "counted by the processor")
    }

    private static let softwareRows: [Metric] =
        [
            Metric(
                "sw_task_clock_ns_per_op", "task clock", .nanosecondsPerOperation, .lower,
                .software, .perCore,
                "CPU time of the server as perf's task clock has it, per operation")
        ]
        + [
            ("page_faults", "page faults", "page faults"),
            ("minor_faults", "minor faults", "page faults that read nothing from a disk"),
            ("major_faults", "major faults", "page faults that read from a disk"),
            ("context_switches", "context switches", "switches of the server's threads"),
            ("cpu_migrations", "CPU migrations", "moves of the server's threads to another CPU"),
        ].map { event, title, meaning in
            Metric(
                "sw_\(event)_per_op", title, .perOperation, .lower, .software, .misses,
                "\(meaning), per operation, counted by the kernel")
        }
}

// Every counter there is, under the name that results carry.
//
// Three kinds, never mixed in one column: what the processor counted (`hw_`), what the kernel
// counted (`sw_`) and what a model of a processor counted (`sim_`). A counter's identifier plus
// `_per_op` is its metric id; unit and title are that metric's. What several events of a processor
// make (`isShare`) is of no operation, and is called as its metric.
import RunRecord

/// How a count comes about.
public enum CounterKind: String, Sendable, CaseIterable {
    case hardware, software, simulated
}

/// One countable event, or a share that several make. The raw value is the stem of the metric's id.
public enum Counter: String, Sendable, CaseIterable {
    // callgrind's nine events, in the order of its files (Ir Dr Dw I1mr D1mr D1mw ILmr DLmr DLmw)
    case simulatedInstructions = "sim_instructions"
    case simulatedReads = "sim_data_reads"
    case simulatedWrites = "sim_data_writes"
    case simulatedI1Misses = "sim_i1_misses"
    case simulatedD1ReadMisses = "sim_d1_read_misses"
    case simulatedD1WriteMisses = "sim_d1_write_misses"
    case simulatedLLInstructionMisses = "sim_ll_instruction_misses"
    case simulatedLLReadMisses = "sim_ll_read_misses"
    case simulatedLLWriteMisses = "sim_ll_write_misses"
    // counted beside the model, not modelled: the kernel really runs them
    case simulatedSystemCalls = "sim_syscalls"

    case cycles = "hw_cycles"
    case instructions = "hw_instructions"
    case branches = "hw_branches"
    case branchMisses = "hw_branch_misses"
    case l1dReads = "hw_l1d_reads"
    case l1dReadMisses = "hw_l1d_read_misses"
    case l2Reads = "hw_l2_reads"
    case l2ReadMisses = "hw_l2_read_misses"
    case llReads = "hw_ll_reads"
    case llReadMisses = "hw_ll_read_misses"
    case dtlbReads = "hw_dtlb_reads"
    case dtlbReadMisses = "hw_dtlb_read_misses"

    // of the events above, and of others that are of no interest by themselves
    case instructionsPerCycle = "hw_instructions_per_cycle"
    case readsFromL2 = "hw_reads_from_l2"
    case readsFromLL = "hw_reads_from_ll"
    case readsFromMemory = "hw_reads_from_memory"
    case retiring = "topdown_retiring"
    case badSpeculation = "topdown_bad_speculation"
    case frontendBound = "topdown_frontend"
    case backendBound = "topdown_backend"
    case memoryBound = "topdown_backend_memory"
    case otherThread = "topdown_other_thread"

    case taskClock = "sw_task_clock_ns"
    case pageFaults = "sw_page_faults"
    case minorFaults = "sw_minor_faults"
    case majorFaults = "sw_major_faults"
    case contextSwitches = "sw_context_switches"
    case migrations = "sw_cpu_migrations"

    public var kind: CounterKind {
        switch rawValue.prefix(3) {
        case "sim": .simulated
        case "hw_", "top": .hardware
        default: .software
        }
    }

    /// Whether it is one number over another, and not a count.
    public var isShare: Bool {
        switch self {
        case .instructionsPerCycle, .readsFromL2, .readsFromLL, .readsFromMemory: true
        default: isTopDown
        }
    }

    /// Whether it says on what the processor spent its slots for instructions.
    public var isTopDown: Bool { rawValue.hasPrefix("topdown_") }

    /// The id of the result: this counter, per operation, or this share.
    public var metricID: String { isShare ? rawValue : "\(rawValue)_per_op" }

    /// The same less what a PING costs. Only simulated counts repeat well enough to subtract.
    public var metricIDAbovePing: String? {
        kind == .simulated ? metricID + Metric.abovePingSuffix : nil
    }

    /// The row of the table of metrics that says the rest.
    public var metric: Metric {
        guard let metric = Metric.named(metricID) else {
            preconditionFailure("no metric is called \(metricID)")
        }
        return metric
    }

    /// Of a count by itself: nothing, or ns.
    public var unit: String { metric.unit == .nanosecondsPerOperation ? "ns" : "" }

    /// What it is a part of: branches of branch misses, reads of misses.
    var whole: Counter? {
        switch self {
        case .branchMisses: .branches
        case .l1dReadMisses: .l1dReads
        case .l2ReadMisses: .l2Reads
        case .llReadMisses: .llReads
        case .dtlbReadMisses: .dtlbReads
        default: nil
        }
    }

    /// A heading: `LL read misses`.
    public var title: String { metric.title }

    /// Those of a kind, in the order of the enumeration.
    public static func all(_ kind: CounterKind) -> [Counter] {
        allCases.filter { $0.kind == kind }
    }
}

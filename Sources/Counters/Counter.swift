// Every counter there is, under the name that results carry.
//
// Three kinds, never mixed in one column: what the processor counted (`hw_`), what the kernel
// counted (`sw_`) and what a model of a processor counted (`sim_`). A counter's identifier plus
// `_per_op` is its metric id.

/// How a count comes about.
public enum CounterKind: String, Sendable, CaseIterable {
    case hardware, software, simulated
}

/// One countable event. The raw value is the stem of its metric id.
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

    case taskClock = "sw_task_clock_ns"
    case pageFaults = "sw_page_faults"
    case minorFaults = "sw_minor_faults"
    case majorFaults = "sw_major_faults"
    case contextSwitches = "sw_context_switches"
    case migrations = "sw_cpu_migrations"

    public var kind: CounterKind {
        switch rawValue.prefix(3) {
        case "sim": .simulated
        case "hw_": .hardware
        default: .software
        }
    }

    /// The id of the result: this counter, per operation.
    public var metricID: String { "\(rawValue)_per_op" }

    /// The same less what a PING costs. Only simulated counts repeat well enough to subtract.
    public var metricIDAbovePing: String? {
        kind == .simulated ? "\(metricID)_above_ping" : nil
    }

    public var unit: String { self == .taskClock ? "ns" : "1" }

    /// A heading: `LL read misses`.
    public var title: String {
        switch self {
        case .taskClock: return "task clock"
        case .simulatedI1Misses: return "I1 misses"
        case .simulatedD1ReadMisses: return "D1 read misses"
        case .simulatedD1WriteMisses: return "D1 write misses"
        case .simulatedLLInstructionMisses: return "LL instruction misses"
        case .simulatedLLReadMisses, .llReadMisses: return "LL read misses"
        case .simulatedLLWriteMisses: return "LL write misses"
        case .llReads: return "LL reads"
        case .l1dReads: return "L1d reads"
        case .l1dReadMisses: return "L1d read misses"
        case .l2Reads: return "L2 reads"
        case .l2ReadMisses: return "L2 read misses"
        case .dtlbReads: return "dTLB reads"
        case .dtlbReadMisses: return "dTLB read misses"
        case .migrations: return "CPU migrations"
        case .simulatedSystemCalls: return "system calls"
        default:
            let words = String(rawValue.drop { $0 != "_" }.dropFirst())
            return String(words.map { $0 == "_" ? " " : $0 })
        }
    }

    public static func all(_ kind: CounterKind) -> [Counter] {
        allCases.filter { $0.kind == kind }
    }
}

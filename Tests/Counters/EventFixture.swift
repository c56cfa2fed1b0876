// Counts of a second of some program on each family, and what they come to.
//
// Made by hand and not verified on hardware: no public recording of whole top-down groups was
// found. A line `NAME COUNT` is an event by its vendor's name, a line `= METRIC VALUE` what it
// comes to.
import Counters
import Testing

struct EventFixture: CustomTestStringConvertible {
    let name: String
    let family: CPUFamily
    var sharesCores = false
    let text: String

    var testDescription: String { name }

    private var lines: [[Substring]] {
        text.split(separator: "\n").map { $0.split(separator: " ") }
    }

    var counts: [String: UInt64] {
        let pairs = lines.filter { $0[0] != "=" }.map { (String($0[0]), UInt64($0[1]) ?? 0) }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    var expected: [(id: String, value: Double)] {
        lines.filter { $0[0] == "=" }.map { (id: String($0[1]), value: Double($0[2]) ?? -1) }
    }

    private static let core = """
        cycles 1000000000
        instructions 1500000000
        branches 300000000
        branch-misses 3000000
        = hw_instructions_per_cycle 1.5

        """

    private static let zenCaches = """
        ls_dc_accesses 600000000
        DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:LCL_L2:LOCAL_CCX:NEAR_CACHE_NEAR_FAR:\
        FAR_CACHE_NEAR_FAR:DRAM_IO_NEAR:DRAM_IO_FAR 40000000
        DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:LOCAL_CCX:NEAR_CACHE_NEAR_FAR:FAR_CACHE_NEAR_FAR:\
        DRAM_IO_NEAR:DRAM_IO_FAR 10000000
        DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:DRAM_IO_NEAR:DRAM_IO_FAR 2500000
        L1_DTLB_MISS:TLB_RELOAD_1G_L2_MISS:TLB_RELOAD_2M_L2_MISS:\
        TLB_RELOAD_COALESCED_PAGE_MISS:TLB_RELOAD_4K_L2_MISS 1000000
        = hw_reads_from_l2 0.75
        = hw_reads_from_ll 0.1875
        = hw_reads_from_memory 0.0625
        = hw_dtlb_read_misses_per_op 1

        """

    private static let intelCaches = """
        L1-dcache-loads 400000000
        L1-dcache-load-misses 12000000
        L2_RQSTS:ALL_DEMAND_DATA_RD 11000000
        L2_RQSTS:DEMAND_DATA_RD_MISS 4000000
        LLC-loads 4000000
        LLC-load-misses 1000000
        dTLB-loads 400000000
        DTLB_LOAD_MISSES:WALK_COMPLETED 2000000
        MEM_LOAD_RETIRED:L2_HIT 6000000
        MEM_LOAD_RETIRED:L3_HIT 3000000
        MEM_LOAD_RETIRED:L3_MISS 1000000
        = hw_reads_from_l2 0.6
        = hw_reads_from_ll 0.3
        = hw_reads_from_memory 0.1
        = hw_dtlb_read_misses_per_op 2

        """

    private static let neoverseCaches = """
        L1D_CACHE_RD 400000000
        L1D_CACHE_REFILL_RD 10000000
        L2D_CACHE_RD 10000000
        L2D_CACHE_REFILL_RD 4000000
        LL_CACHE_RD 4000000
        LL_CACHE_MISS_RD 1000000
        L1D_TLB 400000000
        DTLB_WALK 3000000
        = hw_reads_from_l2 0.6
        = hw_reads_from_ll 0.3
        = hw_reads_from_memory 0.1
        = hw_dtlb_read_misses_per_op 3

        """

    static let all = zen + intel + neoverse

    private static let zen = [
        EventFixture(
            name: "Zen 4", family: .zen(generation: 4),
            text: core + zenCaches + """
                CYCLES_NOT_IN_HALT 1000000000
                DISPATCH_STALLS_1:FE_NO_OPS 1200000000
                DISPATCH_STALLS_1:BE_STALLS 2400000000
                DISPATCH_STALLS_1:SMT_CONTENTION 300000000
                RETIRED_OPS 1800000000
                OPS_SOURCE_DISPATCHED_FROM_DECODER:DECODER:OPCACHE:LOOP_BUFFER 2100000000
                CYCLES_NO_RETIRE:NOT_COMPLETE_LOAD_AND_ALU 400000000
                CYCLES_NO_RETIRE:NOT_COMPLETE_MISSING_LOAD 300000000
                = topdown_retiring 0.3
                = topdown_bad_speculation 0.05
                = topdown_frontend 0.2
                = topdown_backend 0.4
                = topdown_backend_memory 0.3
                = topdown_other_thread 0.05
                """),
        EventFixture(
            name: "Zen 5", family: .zen(generation: 5),
            text: core + zenCaches + """
                CYCLES_NOT_IN_HALT 1000000000
                DISPATCH_STALLS_1:FE_NO_OPS 1600000000
                DISPATCH_STALLS_1:BE_STALLS 4000000000
                DISPATCH_STALLS_1:SMT_CONTENTION 200000000
                RETIRED_OPS 2000000000
                OPS_SOURCE_DISPATCHED_FROM_DECODER:DECODER:OPCACHE:LOOP_BUFFER 2200000000
                CYCLES_NO_RETIRE:NOT_COMPLETE_LOAD_AND_ALU 400000000
                CYCLES_NO_RETIRE:NOT_COMPLETE_MISSING_LOAD 100000000
                = topdown_retiring 0.25
                = topdown_bad_speculation 0.025
                = topdown_frontend 0.2
                = topdown_backend 0.5
                = topdown_backend_memory 0.125
                = topdown_other_thread 0.025
                """),
    ]

    private static let intel = [
        EventFixture(
            name: "Skylake", family: .intel(.skylake),
            text: core + intelCaches + """
                IDQ_UOPS_NOT_DELIVERED:CORE 800000000
                UOPS_ISSUED:ANY 2200000000
                UOPS_RETIRED:RETIRE_SLOTS 2000000000
                INT_MISC:RECOVERY_CYCLES 50000000
                CYCLE_ACTIVITY:STALLS_MEM_ANY 150000000
                = topdown_retiring 0.5
                = topdown_bad_speculation 0.1
                = topdown_frontend 0.2
                = topdown_backend 0.2
                = topdown_backend_memory 0.15
                """),
        EventFixture(
            name: "Skylake, two threads a core", family: .intel(.skylake), sharesCores: true,
            text: core + intelCaches + """
                CPU_CLK_THREAD_UNHALTED:THREAD_P:t=1 1600000000
                IDQ_UOPS_NOT_DELIVERED:CORE 320000000
                UOPS_ISSUED:ANY 1600000000
                UOPS_RETIRED:RETIRE_SLOTS 1280000000
                INT_MISC:RECOVERY_CYCLES_ANY 80000000
                CYCLE_ACTIVITY:STALLS_MEM_ANY 200000000
                = topdown_retiring 0.4
                = topdown_bad_speculation 0.15
                = topdown_frontend 0.1
                = topdown_backend 0.35
                = topdown_backend_memory 0.2
                """),
        EventFixture(
            name: "Ice Lake", family: .intel(.iceLake),
            text: core + intelCaches + """
                TOPDOWN:SLOTS 5000000000
                topdown-retiring 2000000000
                topdown-bad-spec 250000000
                topdown-fe-bound 750000000
                topdown-be-bound 2000000000
                CYCLE_ACTIVITY:STALLS_MEM_ANY 250000000
                = topdown_retiring 0.4
                = topdown_bad_speculation 0.05
                = topdown_frontend 0.15
                = topdown_backend 0.4
                = topdown_backend_memory 0.25
                """),
        EventFixture(
            name: "Sapphire Rapids", family: .intel(.sapphireRapids),
            text: core + intelCaches + """
                TOPDOWN:SLOTS 6000000000
                topdown-retiring 1800000000
                topdown-bad-spec 300000000
                topdown-fe-bound 900000000
                topdown-be-bound 3000000000
                topdown-mem-bound 2400000000
                = topdown_retiring 0.3
                = topdown_bad_speculation 0.05
                = topdown_frontend 0.15
                = topdown_backend 0.5
                = topdown_backend_memory 0.4
                """),
    ]

    private static let neoverse = [
        EventFixture(
            name: "Neoverse N1", family: .neoverse("N1"), text: core + neoverseCaches),
        EventFixture(
            name: "Neoverse N2", family: .neoverse("N2"),
            text: core + neoverseCaches + neoverseOperations + """
                STALL_SLOT 4000000000
                STALL_SLOT_FRONTEND 2000000000
                STALL_SLOT_BACKEND 2000000000
                = topdown_frontend 0.2
                = topdown_bad_speculation 0.04
                """),
        EventFixture(
            name: "Neoverse V1", family: .neoverse("V1"),
            text: core + neoverseCaches + neoverseOperations + """
                BR_MIS_PRED 5000000
                STALL_SLOT 4800000000
                STALL_SLOT_FRONTEND 1600000000
                STALL_SLOT_BACKEND 3200000000
                = topdown_frontend 0.18
                = topdown_bad_speculation 0.06
                """),
        EventFixture(
            name: "Neoverse V2", family: .neoverse("V2"),
            text: core + neoverseCaches + neoverseOperations + """
                STALL_SLOT 4800000000
                STALL_SLOT_FRONTEND 1600000000
                STALL_SLOT_BACKEND 3200000000
                = topdown_frontend 0.2
                = topdown_bad_speculation 0.04
                """),
    ]

    private static let neoverseOperations = """
        OP_RETIRED 2880000000
        OP_SPEC 3200000000
        STALL_BACKEND 500000000
        STALL_BACKEND_MEM 250000000
        = topdown_retiring 0.36
        = topdown_backend 0.4
        = topdown_backend_memory 0.2

        """
}

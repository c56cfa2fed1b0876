// AMD Zen. Not verified on hardware: the formulas are AMD's (Software Optimization Guide; the
// metrics of tools/perf/pmu-events/arch/x86/amdzen4 and amdzen5 in the Linux tree).
//
// The generic last-level events do not exist, and the generic cache-misses event is one of the L2.
// The L3 itself is outside the core and counts no process: what came from where is told by the
// fills of the first-level cache.

extension PlannedMeasure {
    static func zen(_ generation: Int, _ named: EventNamer) -> [[PlannedMeasure]] {
        zenCaches(generation, named) + (generation >= 4 ? zenTopDown(generation, named) : [])
    }

    /// What libpfm4 calls the demand fills of the L1d, from the own L2, from the L3 or another
    /// cache, and from memory.
    private static func fillNames(
        _ generation: Int
    ) -> (event: String, l2: String, caches: String, memory: String) {
        switch generation {
        case 2:
            (
                "DATA_CACHE_REFILLS_FROM_SYSTEM", "MABRESP_LCL_L2",
                "LS_MABRESP_LCL_CACHE:LS_MABRESP_RMT_CACHE",
                "LS_MABRESP_LCL_DRAM:LS_MABRESP_RMT_DRAM"
            )
        case 3:
            (
                "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM", "LCL_L2",
                "INT_CACHE:EXT_CACHE_LCL:EXT_CACHE_RMT", "MEM_IO_LCL:MEM_IO_RMT"
            )
        default:
            (
                "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM", "LCL_L2",
                "LOCAL_CCX:NEAR_CACHE_NEAR_FAR:FAR_CACHE_NEAR_FAR", "DRAM_IO_NEAR:DRAM_IO_FAR"
            )
        }
    }

    /// Demand fills of the L1d by where the line came from. Stores fill too.
    private static func zenCaches(_ generation: Int, _ named: EventNamer) -> [[PlannedMeasure]] {
        let names = fillNames(generation)
        let (event, l2, caches, memory) = (names.event, names.l2, names.caches, names.memory)
        let fills = named("\(event):\(l2):\(caches):\(memory)", else: .l1dLoadMisses)
        let allFills = named("\(event):\(l2):\(caches):\(memory)")
        let beyondL2 = named("\(event):\(caches):\(memory)", .mayBeZero)
        let fromMemory = named("\(event):\(memory)", .mayBeZero)
        // Loads and stores that access the L1d, ls_dc_accesses of AMD's lists: libpfm4 lacks it in
        // each of its tables of Zen.
        let accesses = PerfEvent.raw("ls_dc_accesses", 0x40)
        let walks = named(
            "L1_DTLB_MISS:TLB_RELOAD_1G_L2_MISS:TLB_RELOAD_2M_L2_MISS"
                + ":TLB_RELOAD_COALESCED_PAGE_MISS:TLB_RELOAD_4K_L2_MISS", .mayBeZero,
            else: .dtlbLoadMisses)
        return [
            [PlannedMeasure(.l1dReads, accesses), PlannedMeasure(.l1dReadMisses, fills)],
            [
                PlannedMeasure(.l2Reads, allFills), PlannedMeasure(.l2ReadMisses, beyondL2),
                PlannedMeasure(.llReads, beyondL2), PlannedMeasure(.llReadMisses, fromMemory),
                PlannedMeasure(.readsFromL2, [allFills, beyondL2]) {
                    Self.share($0[0] - $0[1], of: $0[0])
                },
                PlannedMeasure(.readsFromLL, [allFills, beyondL2, fromMemory]) {
                    Self.share($0[1] - $0[2], of: $0[0])
                },
                PlannedMeasure(.readsFromMemory, [allFills, fromMemory]) {
                    Self.share($0[1], of: $0[0])
                },
            ],
            [PlannedMeasure(.dtlbReads, accesses), PlannedMeasure(.dtlbReadMisses, walks)],
        ]
    }

    /// Of dispatch slots, six in a cycle, eight since Zen 5. A fifth share is that of the core's
    /// other thread.
    private static func zenTopDown(_ generation: Int, _ named: EventNamer) -> [[PlannedMeasure]] {
        let width: Double = generation >= 5 ? 8 : 6
        let cycles = named("CYCLES_NOT_IN_HALT")
        let frontend = named("DISPATCH_STALLS_1:FE_NO_OPS")
        let backend = named("DISPATCH_STALLS_1:BE_STALLS")
        let other = named("DISPATCH_STALLS_1:SMT_CONTENTION", .mayBeZero)
        let dispatched = named("OPS_SOURCE_DISPATCHED_FROM_DECODER:DECODER:OPCACHE:LOOP_BUFFER")
        let retired = named("RETIRED_OPS")
        // Cycles without a retirement: all whose oldest operation is not complete, and those of
        // them in which that is a load.
        let waiting = named("CYCLES_NO_RETIRE:NOT_COMPLETE_LOAD_AND_ALU")
        let loading = named("CYCLES_NO_RETIRE:NOT_COMPLETE_MISSING_LOAD", .mayBeZero)
        return [
            [
                PlannedMeasure(.frontendBound, [cycles, frontend]) {
                    Self.share($0[1], of: width * $0[0])
                },
                PlannedMeasure(.backendBound, [cycles, backend]) {
                    Self.share($0[1], of: width * $0[0])
                },
                PlannedMeasure(.retiring, [cycles, retired]) {
                    Self.share($0[1], of: width * $0[0])
                },
                PlannedMeasure(.badSpeculation, [cycles, retired, dispatched]) {
                    Self.share($0[2] - $0[1], of: width * $0[0])
                },
            ],
            [
                PlannedMeasure(.memoryBound, [cycles, backend, waiting, loading]) {
                    guard let part = Self.share($0[3], of: $0[2]) else { return nil }
                    return Self.share($0[1] * part, of: width * $0[0])
                }
            ],
            [
                PlannedMeasure(.otherThread, [cycles, other]) {
                    Self.share($0[1], of: width * $0[0])
                }
            ],
        ]
    }
}

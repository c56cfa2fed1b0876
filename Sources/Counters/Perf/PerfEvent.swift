// Which events of perf_event_open(2) stand for which counter, by CPU family.
//
// Generic names are used only where the kernel maps them to what they say. On AMD Zen the generic
// last-level events do not exist and the generic cache-misses event is one of the L2, so raw events
// take their place, under their vendor's names. Groups are kept to four events: every PMU of the
// families below has that many general counters, with one lost to the NMI watchdog or SMT.
//
// Sources: tools/perf/pmu-events/arch in the Linux tree (AMD, Intel, Arm event lists) and
// perf_event_open(2).

/// One event as the kernel is asked for it.
public struct PerfEvent: Hashable, Sendable {
    /// As `perf list` has it, or the vendor's name with the raw code.
    public let name: String
    public let type: UInt32
    public let config: UInt64
    /// It happens in the kernel: with the kernel excluded it would always read 0.
    public let inKernel: Bool

    /// - Parameter type: PERF_TYPE_* of perf_event_open(2), or a PMU's from sysfs.
    public init(name: String, type: UInt32, config: UInt64, inKernel: Bool = false) {
        self.name = name
        self.type = type
        self.config = config
        self.inKernel = inKernel
    }

    /// PERF_TYPE_*.
    private static let hardware: UInt32 = 0
    private static let software: UInt32 = 1
    private static let cache: UInt32 = 3
    private static let raw: UInt32 = 4

    static func hardware(_ name: String, _ id: UInt64) -> PerfEvent {
        PerfEvent(name: name, type: hardware, config: id)
    }

    static func software(_ name: String, _ id: UInt64, inKernel: Bool) -> PerfEvent {
        PerfEvent(name: name, type: software, config: id, inKernel: inKernel)
    }

    /// Reads of a cache, or those that missed: id | op << 8 | result << 16.
    static func cacheReads(_ name: String, _ cache: UInt64, missed: Bool) -> PerfEvent {
        PerfEvent(name: name, type: Self.cache, config: cache | (missed ? 1 << 16 : 0))
    }

    static func raw(_ name: String, _ code: UInt64) -> PerfEvent {
        PerfEvent(name: "\(name) (r\(String(code, radix: 16)))", type: raw, config: code)
    }
}

/// Counters that take turns on the PMU together.
public typealias PerfGroup = [(counter: Counter, event: PerfEvent)]

public enum PerfEvents {
    /// The kernel's own counters; they never need a PMU.
    public static let software: [PerfGroup] = [
        [
            (.taskClock, .software("task-clock", 1, inKernel: false)),
            (.pageFaults, .software("page-faults", 2, inKernel: true)),
            (.minorFaults, .software("minor-faults", 5, inKernel: true)),
            (.majorFaults, .software("major-faults", 6, inKernel: true)),
            (.contextSwitches, .software("context-switches", 3, inKernel: true)),
            (.migrations, .software("cpu-migrations", 4, inKernel: true)),
        ]
    ]

    /// The processor's counters as this family has them; what is missing in it has no known event.
    public static func hardware(_ family: CPUFamily) -> [PerfGroup] {
        [core] + caches(family)
    }

    private static let core: PerfGroup = [
        (.cycles, .hardware("cycles", 0)),
        (.instructions, .hardware("instructions", 1)),
        (.branches, .hardware("branches", 4)),
        (.branchMisses, .hardware("branch-misses", 5)),
    ]

    private static func caches(_ family: CPUFamily) -> [PerfGroup] {
        switch family {
        case .zen(let generation): zen(generation)
        case .intel: intel
        case .neoverse: neoverse
        case .other: [l1d, ll, dtlb]
        }
    }

    private static let l1d: PerfGroup = [
        (.l1dReads, .cacheReads("L1-dcache-loads", 0, missed: false)),
        (.l1dReadMisses, .cacheReads("L1-dcache-load-misses", 0, missed: true)),
    ]
    private static let ll: PerfGroup = [
        (.llReads, .cacheReads("LLC-loads", 2, missed: false)),
        (.llReadMisses, .cacheReads("LLC-load-misses", 2, missed: true)),
    ]
    private static let dtlb: PerfGroup = [
        (.dtlbReads, .cacheReads("dTLB-loads", 3, missed: false)),
        (.dtlbReadMisses, .cacheReads("dTLB-load-misses", 3, missed: true)),
    ]

    /// Demand fills of the L1d by where the line came from: unit mask 1 is the own L2, 2 the L3 of
    /// the same complex, 4 and 0x10 other complexes' caches near and far, 8 and 0x40 DRAM near and
    /// far. Zen 1 and 2 call the event ls_refills_from_sys and lack 4. Stores fill too. The L3
    /// itself is outside the core and counts no process.
    private static func zen(_ generation: Int) -> [PerfGroup] {
        let fills = generation >= 3 ? "ls_dmnd_fills_from_sys" : "ls_refills_from_sys"
        let beyondL2: UInt64 = generation >= 3 ? 0x5e : 0x5a
        func fill(_ mask: UInt64, _ what: String) -> PerfEvent {
            .raw("\(fills) \(what)", mask << 8 | 0x43)
        }
        let accesses = PerfEvent.raw("ls_dc_accesses loads and stores", 0x40)
        return [
            [(.l1dReads, accesses), (.l1dReadMisses, fill(beyondL2 | 1, "all"))],
            [
                (.l2Reads, fill(beyondL2 | 1, "all")),
                (.l2ReadMisses, fill(beyondL2, "beyond L2")),
            ],
            [
                (.llReads, fill(beyondL2, "beyond L2")),
                (.llReadMisses, fill(0x48, "DRAM near and far")),
            ],
            [
                (.dtlbReads, accesses),
                (.dtlbReadMisses, .raw("ls_l1_d_tlb_miss.all_l2_miss page walks", 0xf045)),
            ],
        ]
    }

    /// The L2 events have had these codes since Haswell.
    private static let intel: [PerfGroup] = [
        l1d,
        [
            (.l2Reads, .raw("l2_rqsts.all_demand_data_rd", 0xe124)),
            (.l2ReadMisses, .raw("l2_rqsts.demand_data_rd_miss", 0x2124)),
        ],
        ll, dtlb,
    ]

    /// Event numbers of the Arm PMUv3 architecture, implemented by all Neoverse cores.
    private static let neoverse: [PerfGroup] = [
        [
            (.l1dReads, .raw("L1D_CACHE_RD", 0x40)),
            (.l1dReadMisses, .raw("L1D_CACHE_REFILL_RD", 0x42)),
        ],
        [
            (.l2Reads, .raw("L2D_CACHE_RD", 0x50)),
            (.l2ReadMisses, .raw("L2D_CACHE_REFILL_RD", 0x52)),
        ],
        [(.llReads, .raw("LL_CACHE_RD", 0x36)), (.llReadMisses, .raw("LL_CACHE_MISS_RD", 0x37))],
        [(.dtlbReads, .raw("L1D_TLB", 0x25)), (.dtlbReadMisses, .raw("DTLB_WALK", 0x34))],
    ]
}

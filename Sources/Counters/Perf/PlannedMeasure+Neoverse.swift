// Arm Neoverse. Not verified on hardware: the formulas are Arm's (the cores' telemetry
// specifications; the metrics of tools/perf/pmu-events/arch/arm64 in the Linux tree).

extension PlannedMeasure {
    static func neoverse(_ core: String, _ named: EventNamer) -> [[PlannedMeasure]] {
        let l1dMisses = named("L1D_CACHE_REFILL_RD", else: .l1dLoadMisses)
        let l1dRefills = named("L1D_CACHE_REFILL_RD")
        let l2Refills = named("L2D_CACHE_REFILL_RD", .mayBeZero)
        let llMisses = named("LL_CACHE_MISS_RD", .mayBeZero)
        var blocks: [[PlannedMeasure]] = [
            [
                PlannedMeasure(.l1dReads, named("L1D_CACHE_RD", else: .l1dLoads)),
                PlannedMeasure(.l1dReadMisses, l1dMisses),
            ],
            [
                PlannedMeasure(.l2Reads, named("L2D_CACHE_RD")),
                PlannedMeasure(.l2ReadMisses, l2Refills),
            ],
            [
                PlannedMeasure(.llReads, named("LL_CACHE_RD", else: .llLoads)),
                PlannedMeasure(
                    .llReadMisses, named("LL_CACHE_MISS_RD", .mayBeZero, else: .llLoadMisses)),
            ],
            [
                PlannedMeasure(.dtlbReads, named("L1D_TLB", else: .dtlbLoads)),
                PlannedMeasure(
                    .dtlbReadMisses, named("DTLB_WALK", .mayBeZero, else: .dtlbLoadMisses)),
            ],
            [
                PlannedMeasure(.readsFromL2, [l1dRefills, l2Refills]) {
                    Self.share($0[0] - $0[1], of: $0[0])
                },
                PlannedMeasure(.readsFromLL, [l1dRefills, l2Refills, llMisses]) {
                    Self.share($0[1] - $0[2], of: $0[0])
                },
                PlannedMeasure(.readsFromMemory, [l1dRefills, llMisses]) {
                    Self.share($0[1], of: $0[0])
                },
            ],
        ]
        if let slots = Self.slots[core] { blocks += neoverseTopDown(core, slots: slots, named) }
        return blocks
    }

    /// Slots of a cycle (caps/slots of the PMU in sysfs); cores without them are not broken down.
    private static let slots: [String: Double] = ["N2": 5, "V1": 8, "V2": 8]

    private static func neoverseTopDown(
        _ core: String, slots: Double, _ named: EventNamer
    ) -> [[PlannedMeasure]] {
        let stalls = named("STALL_SLOT")
        let frontend = named("STALL_SLOT_FRONTEND")
        let backend = named("STALL_SLOT_BACKEND")
        let retired = named("OP_RETIRED")
        let speculated = named("OP_SPEC")
        let mispredicted = named("BR_MIS_PRED", .mayBeZero)
        // N2 counts one slot too many in each cycle (its errata); V1 leaves out the slots of four
        // cycles behind each branch that was predicted wrongly.
        let surplus: Double = core == "N2" ? 1 : 0
        let lost: Double = core == "V1" ? 4 : 0
        let cycles = EventNamer.Event.success(.cycles)
        let used = [cycles, stalls, retired, speculated]
        return [
            [
                PlannedMeasure(
                    .frontendBound, [cycles, frontend] + (lost > 0 ? [mispredicted] : [])
                ) {
                    let branches = lost > 0 ? $0[2] : 0
                    return Self.share(
                        $0[1] - surplus * $0[0] - slots * lost * branches, of: slots * $0[0])
                },
                PlannedMeasure(.backendBound, [cycles, backend]) {
                    Self.share($0[1], of: slots * $0[0])
                },
                PlannedMeasure(.retiring, used) {
                    guard let kept = Self.share($0[2], of: $0[3]) else { return nil }
                    return Self.share(
                        kept * (slots * $0[0] - $0[1] + surplus * $0[0]), of: slots * $0[0])
                },
                PlannedMeasure(.badSpeculation, used + (lost > 0 ? [mispredicted] : [])) {
                    guard let kept = Self.share($0[2], of: $0[3]) else { return nil }
                    let branches = lost > 0 ? $0[4] : 0
                    let busy = slots * $0[0] - $0[1] + surplus * $0[0]
                    return Self.share(
                        (1 - kept) * busy + slots * lost * branches, of: slots * $0[0])
                },
            ],
            [
                // The part of the cycles that the back end stalled in which it waited for memory.
                PlannedMeasure(
                    .memoryBound,
                    [
                        cycles, backend, named("STALL_BACKEND"),
                        named("STALL_BACKEND_MEM", .mayBeZero),
                    ]
                ) {
                    guard let part = Self.share($0[3], of: $0[2]) else { return nil }
                    return Self.share($0[1] * part, of: slots * $0[0])
                }
            ],
        ]
    }
}

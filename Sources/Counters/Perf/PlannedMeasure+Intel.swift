// Intel from Skylake to Sapphire Rapids. Not verified on hardware: the formulas are those of the
// top-down method (A. Yasin, ISPASS 2014; the metrics of tools/perf/pmu-events/arch/x86 in the
// Linux tree).

extension PlannedMeasure {
    static func intel(
        _ core: CPUFamily.IntelCore, _ named: EventNamer, sharesCores: Bool
    ) -> [[PlannedMeasure]] {
        let l2 = [
            PlannedMeasure(.l2Reads, named("L2_RQSTS:ALL_DEMAND_DATA_RD")),
            PlannedMeasure(.l2ReadMisses, named("L2_RQSTS:DEMAND_DATA_RD_MISS", .mayBeZero)),
        ]
        let walks = named("DTLB_LOAD_MISSES:WALK_COMPLETED", .mayBeZero, else: .dtlbLoadMisses)
        let dtlb = [
            PlannedMeasure(.dtlbReads, .dtlbLoads), PlannedMeasure(.dtlbReadMisses, walks),
        ]
        let topDown =
            core == .skylake
            ? skylakeTopDown(named, sharesCores) : metricsRegister(core, named)
        return [l1d, l2, ll, dtlb, levels(named)] + topDown
    }

    /// Loads that retired by what served them. Those that hit a line which was on its way already
    /// are in none.
    private static func levels(_ named: EventNamer) -> [PlannedMeasure] {
        let served = ["L2_HIT", "L3_HIT", "L3_MISS"].map {
            named("MEM_LOAD_RETIRED:\($0)", .mayBeZero)
        }
        return [Counter.readsFromL2, .readsFromLL, .readsFromMemory].enumerated().map {
            index, counter in
            PlannedMeasure(counter, served) { Self.share($0[index], of: $0[0] + $0[1] + $0[2]) }
        }
    }

    /// Cycles in which nothing executed while a load was outstanding: the sum of what the method
    /// calls bound by L1, L2, L3 and DRAM. Stores are not in it.
    private static func stallsOnLoads(_ named: EventNamer) -> PlannedMeasure {
        PlannedMeasure(
            .memoryBound, [.success(.cycles), named("CYCLE_ACTIVITY:STALLS_MEM_ANY", .mayBeZero)]
        ) { Self.share($0[1], of: $0[0]) }
    }

    /// Of issue slots, four in a cycle. Two threads of a core share them: then the core's cycles
    /// are counted and halved.
    private static func skylakeTopDown(
        _ named: EventNamer, _ sharesCores: Bool
    ) -> [[PlannedMeasure]] {
        let width: Double = sharesCores ? 2 : 4
        let cycles =
            sharesCores
            ? named("CPU_CLK_THREAD_UNHALTED:THREAD_P:t=1", .ofCore) : .success(.cycles)
        let recovery =
            sharesCores
            ? named("INT_MISC:RECOVERY_CYCLES_ANY", [.ofCore, .mayBeZero])
            : named("INT_MISC:RECOVERY_CYCLES", .mayBeZero)
        let undelivered = named("IDQ_UOPS_NOT_DELIVERED:CORE")
        let issued = named("UOPS_ISSUED:ANY")
        let retired = named("UOPS_RETIRED:RETIRE_SLOTS")
        return [
            [
                PlannedMeasure(.frontendBound, [cycles, undelivered]) {
                    Self.share($0[1], of: width * $0[0])
                },
                PlannedMeasure(.backendBound, [cycles, undelivered, issued, recovery]) {
                    let slots = width * $0[0]
                    return Self.share(slots - $0[1] - $0[2] - width * $0[3], of: slots)
                },
                PlannedMeasure(.retiring, [cycles, retired]) {
                    Self.share($0[1], of: width * $0[0])
                },
                PlannedMeasure(.badSpeculation, [cycles, retired, issued, recovery]) {
                    Self.share($0[2] - $0[1] + width * $0[3], of: width * $0[0])
                },
            ],
            [stallsOnLoads(named)],
        ]
    }

    /// Since Ice Lake the core tells the shares itself, in a byte each, of which the kernel makes
    /// counts of slots. They are pseudo-events of the kernel (arch/x86/include/asm/perf_event.h),
    /// which libpfm4 does not know, and count only behind TOPDOWN.SLOTS. Bytes are coarse where a
    /// window is long: read them each second or two.
    private static func metricsRegister(
        _ core: CPUFamily.IntelCore, _ named: EventNamer
    ) -> [[PlannedMeasure]] {
        func metric(_ name: String, _ config: UInt64) -> EventNamer.Event {
            .success(.raw("topdown-\(name)", config, [.hasOwnCounter, .mayBeZero]))
        }
        let first: PerfEvent.Traits = [.leads, .hasOwnCounter]
        let all = [
            named("TOPDOWN:SLOTS", first, else: .raw("slots", 0x400, first)),
            metric("retiring", 0x8000), metric("bad-spec", 0x8100), metric("fe-bound", 0x8200),
            metric("be-bound", 0x8300),
        ]
        let parts: [Counter] = [.retiring, .badSpeculation, .frontendBound, .backendBound]
        var block = parts.enumerated().map { index, counter in
            PlannedMeasure(counter, all) { Self.share($0[index + 1], of: $0[1...4].reduce(0, +)) }
        }
        guard core == .sapphireRapids else { return [[stallsOnLoads(named)], block] }
        block.append(
            PlannedMeasure(.memoryBound, all + [metric("mem-bound", 0x8700)]) {
                Self.share($0[5], of: $0[1...4].reduce(0, +))
            })
        return [block]
    }
}

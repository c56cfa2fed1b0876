// What every processor has: generic events, of which the kernel knows each processor's own.

extension PerfEvent {
    static let cycles = PerfEvent.hardware("cycles", 0)
    static let instructions = PerfEvent.hardware("instructions", 1)

    static let l1dLoads = PerfEvent.cacheReads("L1-dcache-loads", 0, missed: false)
    static let l1dLoadMisses = PerfEvent.cacheReads("L1-dcache-load-misses", 0, missed: true)
    static let llLoads = PerfEvent.cacheReads("LLC-loads", 2, missed: false)
    static let llLoadMisses = PerfEvent.cacheReads("LLC-load-misses", 2, missed: true)
    static let dtlbLoads = PerfEvent.cacheReads("dTLB-loads", 3, missed: false)
    static let dtlbLoadMisses = PerfEvent.cacheReads("dTLB-load-misses", 3, missed: true)
}

extension PlannedMeasure {
    static let core = [
        PlannedMeasure(.cycles, .cycles),
        PlannedMeasure(.instructions, .instructions),
        PlannedMeasure(.branches, .hardware("branches", 4)),
        PlannedMeasure(.branchMisses, .hardware("branch-misses", 5)),
        PlannedMeasure(
            .instructionsPerCycle, [.success(.instructions), .success(.cycles)]
        ) { PlannedMeasure.share($0[0], of: $0[1]) },
    ]

    static let generic = [l1d, ll, [PlannedMeasure(.dtlbReads, .dtlbLoads), dtlbMisses]]

    static let l1d = [
        PlannedMeasure(.l1dReads, .l1dLoads), PlannedMeasure(.l1dReadMisses, .l1dLoadMisses),
    ]
    static let ll = [
        PlannedMeasure(.llReads, .llLoads), PlannedMeasure(.llReadMisses, .llLoadMisses),
    ]
    private static let dtlbMisses = PlannedMeasure(.dtlbReadMisses, .dtlbLoadMisses)
}

// Counters' names, groups and spreads, without a kernel: what is counted where, and what a machine
// lacks.
import Counters
import Testing

@Suite struct CounterTests {
    @Test func identifiersSayTheirKind() {
        #expect(Counter.simulatedLLReadMisses.metricID == "sim_ll_read_misses_per_op")
        #expect(
            Counter.simulatedLLReadMisses.metricIDAbovePing
                == "sim_ll_read_misses_per_op_above_ping")
        #expect(Counter.instructions.metricIDAbovePing == nil)
        #expect(Counter.retiring.metricID == "topdown_retiring" && Counter.retiring.isShare)
        #expect(Counter.retiring.kind == .hardware)
        #expect(Set(Counter.allCases.map(\.metricID)).count == Counter.allCases.count)
        for kind in CounterKind.allCases { #expect(!Counter.all(kind).isEmpty) }
        #expect(Counter.branchMisses.title == "branch misses")
    }

    @Test func spread() throws {
        #expect(CounterSpread([.unavailable(.idle)]) == nil)
        let spread = try #require(CounterSpread([2, 4, 6].map { .value($0, .exact) }))
        #expect(spread.mean == 4)
        #expect(spread.median == 4)
    }

    @Test func pingIsSubtracted() {
        let simulated = Reading.Quality.simulated(.standard)
        func window(_ count: Double, _ operations: UInt64) -> CounterWindow {
            CounterWindow(
                operations: operations,
                entries: [
                    .init(.simulatedReads, event: "Dr", group: 0, .value(count, simulated))
                ])
        }
        #expect(
            window(500, 100).perOperation(.simulatedReads, above: window(40, 20))
                == .value(3, simulated))
        #expect(
            window(500, 100).perOperation(.simulatedReads, above: window(40, 0))
                == .unavailable(.noOperations))
    }

    @Test(arguments: [
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 23\n", CPUFamily.zen(generation: 2)),
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel name\t: x\n", .zen(generation: 3)),
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t: 17\n", .zen(generation: 4)),
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 25\nmodel\t: 33\n", .zen(generation: 3)),
        ("vendor_id\t: AuthenticAMD\ncpu family\t: 26\n", .zen(generation: 5)),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\n", .intel(.other)),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 85\n", .intel(.skylake)),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 106\n", .intel(.iceLake)),
        ("vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t: 207\n", .intel(.sapphireRapids)),
        ("CPU implementer\t: 0x41\nCPU part\t: 0xd40\n", .neoverse("V1")),
        ("CPU implementer\t: 0x61\nCPU part\t: 0x022\n", .other("0x022")),
        (
            "vendor_id\t: GenuineIntel\ncpu family\t: 15\nmodel name\t: Pentium 4\n",
            .other("Pentium 4")
        ),
        ("", .other("unknown CPU")),
    ])
    func families(_ text: String, _ family: CPUFamily) {
        #expect(CPUFamily(cpuinfo: text) == family)
    }

    @Test func capabilitiesHaveAReasonForEverythingMissing() {
        let kernel = RecordedPerfSystem(threads: [[1]])
        kernel.behaviour = { event, _, _ in
            .init(refusal: event.type == 1 ? nil : .noSuchFileOrDirectory)
        }
        let capabilities = CounterCapabilities.probe(
            system: kernel,
            hardware: PerfPlan(
                .zen(generation: 4), names: nil, .init(hasWatchdog: false, sharesCores: true)))
        #expect(!capabilities.canCount(.hardware))
        #expect(capabilities.canCount(.software))
        #expect(capabilities.best(startsServer: false) == .software)
        #expect(
            capabilities.counters.count
                == Counter.all(.hardware).count + Counter.all(.software).count)
        let cycles = capabilities.counters.first { $0.counter == .cycles }
        #expect(cycles?.reading.reason.map { "\($0)".hasPrefix("no PMU") } == true)
    }
}

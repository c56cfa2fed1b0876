// Which events each family counts, in groups that its processor holds, and what is made of them:
// against scripted processors, and where libpfm4 is installed, its tables.
import Counters
import Testing

extension EventFixture {
    /// The fixture's second, counted by a processor.
    /// - Parameters:
    ///   - room: what is planned for; nil: what the family has.
    ///   - general: counters that there are; nil: as many as are planned for.
    fileprivate func window(
        room: PMU? = nil, general: Int? = nil, watchdog: Bool = false,
        changing: [String: UInt64?] = [:]
    ) throws -> CounterWindow {
        let surroundings = PerfPlan.Surroundings(hasWatchdog: watchdog, sharesCores: sharesCores)
        let plan = PerfPlan(family, names: EveryName(), surroundings, room: room)
        let planned = room ?? PMU(family, watchdog: watchdog)
        var counts = counts
        for (name, count) in changing { counts[name] = count }
        let system = ScriptedPMU(
            general: general ?? planned.general, fixed: Set(planned.fixed.map(\.name)),
            counts: counts)
        // A million operations.
        return try PerfCounters(.hardware, plan, process: 1, system: system).measure { 1_000_000 }
    }

    fileprivate static func named(_ name: String) throws -> EventFixture {
        try #require(all.first { $0.name == name })
    }
}

@Suite struct PerfPlanTests {
    @Test(arguments: EventFixture.all, [false, true])
    func whatTheEventsComeTo(_ fixture: EventFixture, watchdog: Bool) throws {
        let window = try fixture.window(watchdog: watchdog)
        #expect(fixture.expected.count >= 5)
        for (id, value) in fixture.expected {
            let counter = try #require(Counter.allCases.first { $0.metricID == id })
            let reading = window.perOperation(counter)
            let found = try #require(reading.value, "\(id): \(reading)")
            #expect(abs(found - value) < 1e-5, "\(id)")
        }
        // More groups than one take turns, and each count says so.
        let groups = Set(window.entries.compactMap(\.group)).count
        let share = try #require(window[.branches].runningShare)
        #expect(groups > 1 && abs(share - 1 / Double(groups)) < 1e-5)
        #expect(window.conditions["events"]?.hasPrefix("libpfm4 (") == true)
        #expect(window.entries.count == Counter.all(.hardware).count)
    }

    /// Shares of slots add up where the formulas leave nothing out.
    @Test(arguments: EventFixture.all) func slotsAddUp(_ fixture: EventFixture) throws {
        let window = try fixture.window()
        let parts: [Counter] = [
            .retiring, .badSpeculation, .frontendBound, .backendBound, .otherThread,
        ]
        let values = parts.compactMap { window[$0].value }
        guard fixture.family != .neoverse("N1") else {
            #expect(values.isEmpty)
            #expect(
                window[.retiring].reason
                    == .unknownOnThisCPU(.retiring, cpu: "Arm Neoverse N1"))
            return
        }
        #expect(abs(values.reduce(0, +) - 1) < 1e-5)
        let memory = try #require(window[.memoryBound].value)
        #expect(memory <= (window[.backendBound].value ?? 0))
    }

    @Test(arguments: EventFixture.all) func groupsFitTheProcessor(_ fixture: EventFixture) {
        for watchdog in [false, true] {
            let room = PMU(fixture.family, watchdog: watchdog)
            let plan = PerfPlan(
                fixture.family, names: EveryName(),
                .init(hasWatchdog: watchdog, sharesCores: fixture.sharesCores))
            for group in plan.groups {
                let general = group.events.filter { event in
                    !room.fixed.contains(event) && !event.traits.contains(.hasOwnCounter)
                }
                #expect((0...room.general).contains(general.count))
                #expect(Set(group.events).count == group.events.count)
                #expect(!group.events.dropFirst().contains { $0.traits.contains(.leads) })
                for measure in group.measures {
                    #expect(Set(measure.events).isSubset(of: group.events))
                }
            }
            let counters = plan.groups.flatMap(\.measures).map(\.counter)
            #expect(Set(counters).count == counters.count)
        }
    }

    /// With the watchdog's counter gone, five events still hold a Zen's whole breakdown.
    @Test func aBreakdownStaysInOneGroupWhileItFits() throws {
        let window = try EventFixture.named("Zen 4").window(watchdog: true)
        let groups = [Counter.retiring, .badSpeculation, .frontendBound, .backendBound].map {
            window.entry($0)?.group
        }
        #expect(Set(groups).count == 1 && groups[0] != nil)
    }

    /// A hypervisor may show fewer counters than the processor has: the kernel refuses what is too
    /// much, and it goes into groups of its own.
    @Test(arguments: EventFixture.all)
    func fewerCountersThanPlanned(_ fixture: EventFixture) throws {
        let window = try fixture.window(general: 4)
        for (id, value) in fixture.expected where id.hasPrefix("topdown_") {
            let counter = try #require(Counter(rawValue: id))
            let found = try #require(window[counter].value, "\(id): \(window[counter])")
            #expect(abs(found - value) < 1e-5, "\(id)")
        }
    }

    @Test func whatIsTooMuchForAnyGroupSaysSo() throws {
        let window = try EventFixture.named("Zen 4").window(room: PMU(general: 3))
        #expect(window[.frontendBound].value != nil)
        // Cycles, stalls of the back end, and cycles without a retirement of two kinds.
        guard case .doesNotFit? = window[.memoryBound].reason else {
            Issue.record("\(window[.memoryBound])")
            return
        }
    }

    /// An event that opens, is scheduled all the time and reads 0 is not there.
    @Test func nothingAtAllIsNotZero() throws {
        let fixture = try EventFixture.named("Neoverse V2")
        let window = try fixture.window(changing: ["STALL_SLOT_BACKEND": 0, "DTLB_WALK": 0])
        guard case .unimplemented(let event)? = window[.backendBound].reason else {
            Issue.record("\(window[.backendBound])")
            return
        }
        #expect(event.hasPrefix("STALL_SLOT_BACKEND"))
        #expect(window[.memoryBound].value == nil && window[.retiring].value != nil)
        // Walks of the page table are rare enough to be none.
        #expect(window[.dtlbReadMisses].value == 0)
    }

    /// Behind a hypervisor without the register of shares, the rest is counted.
    @Test func withoutSlotsThereAreNoShares() throws {
        let fixture = try EventFixture.named("Sapphire Rapids")
        let window = try fixture.window(changing: ["TOPDOWN:SLOTS": nil])
        #expect(window[.retiring].value == nil && window[.readsFromL2].value != nil)
        let metrics = try fixture.window(changing: ["topdown-mem-bound": nil])
        #expect(metrics[.memoryBound].value == nil && metrics[.retiring].value != nil)
    }

    @Test func withoutNamesTheGenericEventsAreLeft() throws {
        let plan = PerfPlan(
            .intel(.skylake), names: nil, .init(hasWatchdog: false, sharesCores: false))
        #expect(plan.source == "generic")
        let fixture = try EventFixture.named("Skylake")
        var counts = fixture.counts
        counts["dTLB-load-misses"] = 10
        let window = try PerfCounters(
            .hardware, plan, process: 1, system: ScriptedPMU(general: 4, counts: counts)
        ).measure { 1 }
        #expect(window[.l1dReadMisses].value != nil && window[.dtlbReadMisses].value == 10)
        guard case .noEventNames? = window[.retiring].reason else {
            Issue.record("\(window[.retiring])")
            return
        }
        #expect("\(window[.retiring])".contains("apt-get install libpfm4"))
        // Many counters lack one thing, which is said once.
        let reasons = Set(window.lines(elapsed: 1).compactMap(\.reason))
        #expect(reasons.count { $0.contains("libpfm4") } == 1)
    }

    @Test func capabilitiesSayWhereNamesAreFromAndWhatIsUnverified() throws {
        let fixture = try EventFixture.named("Zen 4")
        let surroundings = PerfPlan.Surroundings(hasWatchdog: false, sharesCores: false)
        func line(_ names: (any EventTable)?) -> String {
            CounterCapabilities.probe(
                system: ScriptedPMU(general: 6, counts: fixture.counts),
                hardware: PerfPlan(fixture.family, names: names, surroundings)
            ).hardwareEvents
        }
        let named = line(EveryName())
        #expect(named.hasPrefix("libpfm4 (amd64_fam19h_zen4); "))
        #expect(named.contains("not verified on hardware"))
        let generic = line(nil)
        #expect(generic.hasPrefix("generic; apt-get install libpfm4"))
        #expect(!generic.contains("verified"))
    }

    @Test func sharesAreTold() throws {
        let window = try EventFixture.named("Zen 4").window()
        let lines = window.lines(elapsed: 1_000_000_000)
        let retiring = try #require(lines.first { $0.counter == .retiring })
        #expect(retiring.ratio.hasPrefix("of slots, counted 25 % of the time"))
        // Told by itself, and not again beside the instructions.
        let instructions = try #require(lines.first { $0.counter == .instructions })
        #expect(!instructions.ratio.contains("per cycle"))
    }
}

#if arch(x86_64)
    @Suite(.enabled(if: PfmLibrary.installed != nil, "libpfm4 is not installed"))
    struct PfmLibraryTests {
        /// From AMD's and Intel's manuals.
        private static let known: [(String, UInt64)] = [
            ("amd64_fam19h_zen4::DISPATCH_STALLS_1:FE_NO_OPS", 0x1_0000_01a0),
            ("amd64_fam19h_zen4::DISPATCH_STALLS_1:BE_STALLS", 0x1_0000_1ea0),
            ("amd64_fam19h_zen4::RETIRED_OPS", 0xc1),
            ("amd64_fam19h_zen4::CYCLES_NO_RETIRE:NOT_COMPLETE_MISSING_LOAD", 0xa2d6),
            ("amd64_fam17h_zen2::DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_LCL_DRAM", 0x843),
            ("skl::INT_MISC:RECOVERY_CYCLES_ANY", 0x20_010d),
            ("icl::TOPDOWN:SLOTS", 0x400), ("spr::DTLB_LOAD_MISSES:WALK_COMPLETED", 0xe12),
        ]

        @Test(arguments: known) func codes(_ event: String, _ config: UInt64) throws {
            let library = try #require(PfmLibrary.installed)
            #expect(library.code(of: event) == EventCode(type: 4, config: config))
        }

        /// What is asked of the tables is in them.
        @Test(arguments: EventFixture.all.filter { !"\($0.family)".hasPrefix("Arm") })
        func knowsAllThatIsAsked(_ fixture: EventFixture) throws {
            let plan = PerfPlan(
                fixture.family, names: PfmLibrary.installed,
                .init(hasWatchdog: false, sharesCores: fixture.sharesCores))
            let system = ScriptedPMU(general: 8, counts: fixture.counts)
            let window = try PerfCounters(.hardware, plan, process: 1, system: system).measure { 1 }
            for entry in window.entries {
                if case .unknownName? = entry.reading.reason {
                    Issue.record("\(entry.counter): \(entry.reading)")
                }
            }
            let codes = plan.groups.flatMap(\.events).filter { $0.type == 4 }.map(\.config)
            #expect(codes.count > 5)
        }

        @Test func doesNotKnowEverything() throws {
            let library = try #require(PfmLibrary.installed)
            #expect(library.code(of: "skl::NO_SUCH_EVENT") == nil)
            #expect(PfmLibrary("libpfm-of-nobody.so.4") == nil)
            #expect(PfmLibrary("libc.so.6") == nil)
        }
    }
#endif

// The rules of the perf back end, against a scripted kernel.
import Counters
import Glibc
import LinuxSystem
import SystemPackage
import Testing

private let a = PerfEvent.testing("a", 1)
private let b = PerfEvent.testing("b", 2)
private let c = PerfEvent.testing("c", 3)
private let oneGroup: [PerfGroup] = [[(.cycles, a), (.instructions, b)]]

extension PerfEvent {
    fileprivate static func testing(_ name: String, _ config: UInt64) -> PerfEvent {
        PerfEvent(name: name, type: 4, config: config)
    }
}

private func counters(
    _ kernel: RecordedPerfSystem, _ groups: [PerfGroup] = oneGroup
) throws(CounterError) -> PerfCounters {
    try PerfCounters(.hardware, PerfPlan(groups), process: 1, system: kernel)
}

@Suite struct PerfCountersTests {
    @Test func sumsThreadsAndIsExactWhereItAlwaysRan() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2]])
        kernel.behaviour = { event, thread, _ in
            // The first read checks the group, the second begins the window, the third ends it.
            event == a
                ? .init(values: [0, 100, 100 + 10 * UInt64(thread)]) : .init(values: [0, 5, 5])
        }
        let window = try counters(kernel).measure { 10 }
        #expect(window[.cycles] == .value(30, .exact))
        #expect(window[.instructions] == .value(0, .exact))
        #expect(window.perOperation(.cycles) == .value(3, .exact))
        #expect(window.coverage?.attached == 2)
    }

    @Test func multiplexedCountsAreScaledAndSaySo() throws {
        let kernel = RecordedPerfSystem(threads: [[1]])
        kernel.behaviour = { _, _, _ in .init(values: [0, 0, 300]) }
        kernel.times = { event, _ in
            event == a ? [(0, 0), (0, 0), (1000, 750)] : [(0, 0), (0, 0), (1000, 200)]
        }
        let window = try counters(kernel, [[(.cycles, a)], [(.instructions, b)]]).measure { 1 }
        #expect(window[.cycles] == .value(400, .scaled(running: 0.75)))
        #expect(window[.instructions] == .value(1500, .scaled(running: 0.2)))
        #expect(
            window.ratio(.instructions, over: .cycles)
                == .unavailable(.runningTooLittle(0.2)))
        #expect(
            window.ratio(.instructions, over: .cycles, force: true)
                == .value(3.75, .scaled(running: 0.2)))
        #expect("\(window[.cycles])" == "400.0 (counted 75 % of the time)")
    }

    @Test func ratiosAcrossGroupsAreRefused() throws {
        let kernel = RecordedPerfSystem(threads: [[1]])
        kernel.behaviour = { _, _, _ in .init(values: [0, 0, 300]) }
        kernel.times = { _, _ in [(0, 0), (0, 0), (1000, 500)] }
        let window = try counters(kernel, [[(.cycles, a), (.branches, c)], [(.instructions, b)]])
            .measure { 1 }
        #expect(window.ratio(.branches, over: .cycles).value == 1)
        #expect(
            window.ratio(.instructions, over: .cycles)
                == .unavailable(.differentGroups(.instructions, .cycles)))
        #expect(window.ratio(.l2Reads, over: .cycles).value == nil)
    }

    @Test func neverScheduledIsNoZero() throws {
        let kernel = RecordedPerfSystem(threads: [[1]])
        kernel.times = { event, _ in event == a ? [(0, 0), (0, 0), (1000, 0)] : [(0, 0)] }
        let window = try counters(kernel, [[(.cycles, a)], [(.instructions, b)]]).measure { 1 }
        #expect(window[.cycles] == .unavailable(.neverScheduled(event: "a")))
        #expect(window[.instructions] == .unavailable(.idle))
        #expect(window.perOperation(.cycles).value == nil)
    }

    @Test func aThreadThatNeverRanTakesNothingFromTheOthers() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2]])
        kernel.behaviour = { _, thread, _ in .init(values: [0, 0, thread == 1 ? 80 : 0]) }
        kernel.times = { _, thread in [(0, 0), (0, 0), thread == 1 ? (1000, 1000) : (0, 0)] }
        let window = try counters(kernel).measure { 1 }
        #expect(window[.cycles] == .value(80, .exact))
    }

    @Test func beginsAgainWhileThreadsAppear() throws {
        let kernel = RecordedPerfSystem(threads: [[1], [1, 2], [1, 2, 3], [1, 2, 3]])
        let counters = try counters(kernel)
        // Each attempt that met a new thread was closed: what is open is one set per thread.
        #expect(kernel.openDescriptors == 3 * 2)
        #expect(kernel.enabledLeaders.count == 3)
        #expect(counters.coverage.attached == 3)
        #expect(counters.coverage.uncertain == 0)
    }

    @Test func aRestlessProcessIsReported() throws {
        let kernel = RecordedPerfSystem(threads: (1...40).map { last in (1...last).map { $0 } })
        let counters = try counters(kernel)
        #expect(counters.coverage.uncertain == 1)
        #expect(counters.coverage.attached > 1)
    }

    @Test func threadsThatGoAndComeAreCounted() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 4, 5]])
        let coverage = try #require(try counters(kernel).measure { 1 }.coverage)
        #expect(coverage.attached == 3)
        #expect(coverage.ended == 2)
        #expect(coverage.appeared == 2)
    }

    @Test func aThreadThatEndsWhileItIsOpenedIsLeftOut() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2, 3], [1, 3]])
        kernel.behaviour = { event, thread, _ in
            .init(refusal: thread == 2 && event == b ? .noSuchProcess : nil)
        }
        let counters = try counters(kernel)
        #expect(counters.coverage.attached == 2)
        #expect(counters.coverage.uncertain == 0)
        #expect(kernel.openDescriptors == 4)
    }

    @Test func planIsMadeOnTheFirstThreadThatLives() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2], [2]])
        kernel.behaviour = { _, thread, _ in .init(refusal: thread == 1 ? .noSuchProcess : nil) }
        let counters = try counters(kernel)
        #expect(counters.coverage.attached == 1)
        #expect(counters.refused.isEmpty)
    }

    @Test func noProcessIsAnError() {
        #expect(throws: CounterError.noProcess(1)) {
            try counters(RecordedPerfSystem(threads: []))
        }
    }

    @Test func eventsThatDoNotFitAGroupGetTheirOwn() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2]])
        kernel.behaviour = { event, _, opening in
            let full = event == c && opening.leader != nil
            return .init(refusal: full ? .invalidArgument : nil, values: [0, 0, 7])
        }
        let window = try counters(kernel, [[(.cycles, a), (.branches, c), (.instructions, b)]])
            .measure { 1 }
        #expect(window[.branches] == .value(14, .exact))
        #expect(window.entry(.branches)?.group != window.entry(.cycles)?.group)
        #expect(window.entry(.instructions)?.group == window.entry(.cycles)?.group)
    }

    @Test(arguments: [
        Errno.noSuchFileOrDirectory, .permissionDenied, .notPermitted, .notSupportedOnSocket,
        .invalidArgument, .resourceBusy, .noFunction, .noSuchAddressOrDevice,
        .operationNotSupportedByDevice, .ioError,
    ])
    func everyErrnoIsAReasonAndLeavesTheRest(_ errno: Errno) throws {
        let kernel = RecordedPerfSystem(threads: [[1]])
        kernel.behaviour = { event, _, _ in
            .init(refusal: event == a ? errno : nil, values: [0, 0, 9])
        }
        let window = try counters(kernel).measure { 3 }
        let reason = try #require(window[.cycles].reason)
        guard case .refused(let event, errno) = reason else {
            Issue.record("\(reason)")
            return
        }
        #expect(event.hasPrefix("a"))
        #expect(reason.description.contains(";"), "cause and remedy")
        #expect(!reason.description.contains("\n"))
        #expect(window.perOperation(.instructions).value == 3)
        // What this CPU family has no event for is there too, with a reason.
        #expect(window.entries.count == Counter.all(.hardware).count)
    }

    @Test func countsWithoutTheKernelWhereItMayNotBeCounted() throws {
        let kernel = RecordedPerfSystem(threads: [[1]])
        kernel.behaviour = { _, _, opening in
            .init(refusal: opening.excludeKernel ? nil : .permissionDenied)
        }
        let inKernel = PerfEvent(name: "switches", type: 1, config: 3, inKernel: true)
        let window = try PerfCounters(
            .software, PerfPlan([[(.taskClock, a), (.contextSwitches, inKernel)]]), process: 1,
            system: kernel
        ).measure { 1 }
        #expect(window.entry(.taskClock)?.event == "a:u")
        #expect(window[.taskClock].value != nil)
        // It would read 0 for ever, which is not what happened.
        #expect(window[.contextSwitches] == .unavailable(.kernelExcluded(event: "switches")))
        #expect(window.conditions["exclude_kernel"] == "yes")
    }

    @Test func raisesTheDescriptorLimitOnce() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2, 3]])
        kernel.descriptorLimit = 3
        kernel.hardDescriptorLimit = 6
        #expect(try counters(kernel).coverage.attached == 3)

        let tight = RecordedPerfSystem(threads: [[1, 2, 3]])
        tight.descriptorLimit = 3
        tight.hardDescriptorLimit = 5
        #expect(throws: CounterError.self) { try counters(tight) }
        #expect(tight.openDescriptors == 0)
    }

    @Test func aGroupThatReadsNothingIsRefused() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2]])
        kernel.emptyReads = ["a"]
        kernel.failingReads = ["c": .ioError]
        let counters = try counters(
            kernel, [[(.cycles, a)], [(.instructions, b)], [(.branches, c)]])
        #expect(kernel.openDescriptors == 2)
        let window = try counters.measure { 1 }
        #expect(window[.cycles] == .unavailable(.doesNotFit(event: "a")))
        #expect(window[.branches] == .unavailable(.readFailed(event: "c", .ioError)))
        #expect(window[.instructions].value == 0)
    }

    @Test func aReadThatFailsLaterLeavesNoShortSum() throws {
        let kernel = RecordedPerfSystem(threads: [[1]])
        let counters = try counters(kernel)
        let window = try counters.measure {
            kernel.failingReads = ["a": .ioError]
            return 1
        }
        #expect(window[.cycles] == .unavailable(.readFailed(event: "a", .ioError)))
    }

    @Test func closesWhatItOpened() throws {
        let kernel = RecordedPerfSystem(threads: [[1, 2]])
        var counters: PerfCounters? = try counters(kernel)
        #expect(kernel.openDescriptors == 4)
        withExtendedLifetime(counters) {}
        counters = nil
        #expect(kernel.openDescriptors == 0)
    }

    @Test func noOperationsIsNoDivisionByZero() throws {
        let window = try counters(RecordedPerfSystem(threads: [[1]])).measure { 0 }
        #expect(window.perOperation(.cycles) == .unavailable(.noOperations))
    }
}

@Suite struct SoftwareCountersTests {
    @Test func countsThisProcess() throws {
        let counters = try SoftwareCounters(process: getpid())
        let window = try counters.measure {
            touchPages(4_000)
            return 4_000
        }
        // From perf or from /proc, whichever this machine allows.
        #expect(try #require(window[.taskClock].value) > 0)
        #expect(try #require(window[.minorFaults].value) >= 4_000)
        #expect(window[.contextSwitches].value != nil)
    }

    @Test func countsThreadsFromBeforeAndAfterItBegan() throws {
        let burn = { @Sendable in
            let end = Clock.monotonicNanoseconds() + 40_000_000
            while Clock.monotonicNanoseconds() < end {}
        }
        let bell = try EventCounter()
        let before = try Worker {
            _ = bell.wait(milliseconds: 10_000)
            burn()
        }
        let counters = try SoftwareCounters(process: getpid())
        let start = counters.snapshot()
        bell.ring()
        let after = try Worker { burn() }
        before.join()
        after.join()
        let window = counters.window(from: start, to: counters.snapshot(), operations: 1)
        // Two threads of 40 ms of wall time each, less what others took of the CPUs meanwhile.
        #expect(try #require(window[.taskClock].value) > 20_000_000)
        #expect(try #require(window.coverage).attached >= 2)
    }

    @Test func fallsBackToProcWherePerfIsForbidden() throws {
        let kernel = RecordedPerfSystem(threads: [[getpid()]])
        kernel.behaviour = { _, _, _ in .init(refusal: .notPermitted) }
        let window = try SoftwareCounters(process: getpid(), system: kernel).measure {
            touchPages(4_000)
            return 1
        }
        for counter in [
            Counter.taskClock, .pageFaults, .minorFaults, .majorFaults, .contextSwitches,
        ] {
            #expect(window[counter].value != nil)
            #expect(window.entry(counter)?.event.hasPrefix("/proc/PID/") == true)
        }
        #expect(try #require(window[.minorFaults].value) >= 4_000)
    }

    @Test func countsACommandFromItsExecToItsEnd() throws {
        let counters = try PerfCounters(.software, nextChildOfThisThread: .software)
        let window = try counters.measure {
            _ = try ChildProcess(["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done"])
                .wait()
            return 1
        }
        guard Counter.all(.software).contains(where: { window[$0].value != nil }) else {
            #expect(window[.taskClock].reason != nil)
            return
        }
        // A shell needs well over 1 ms for that, and this process is not in it.
        #expect(try #require(window[.taskClock].value) > 1_000_000)
    }

    private func touchPages(_ pages: Int) {
        let bytes = pages * Int(getpagesize())
        let area = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        madvise(area, bytes, MADV_NOHUGEPAGE)
        for page in 0..<pages {
            area.storeBytes(of: 1, toByteOffset: page * Int(getpagesize()), as: UInt8.self)
        }
        munmap(area, bytes)
    }
}

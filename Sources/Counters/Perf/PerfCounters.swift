// Counting a running process with perf_event_open(2): groups of events on every thread.
//
// An event on a process id counts that one thread, so there is one set of groups per thread, each
// inherited by the threads it starts. What inheritance makes ambiguous is a thread that appears
// while the others are being opened: it may or may not have been started by one that was open
// already, and opening it could count it twice. So the thread list is read before and after, and
// where they differ everything is closed and begun again; a list that never holds still is reported
// in `ThreadCoverage.uncertain`.
//
//     plan    which groups open here, found on the first thread: an event that does not fit its
//             group gets one of its own, one that nobody serves gets a reason
//     attach  the plan on every thread of the process
//     enable  from here on everything counts; windows are differences of two reads
//
// Counts of a group are summed over threads and scaled by enabled / running, as perf stat does.
import Glibc
import SystemPackage

public final class PerfCounters: CounterBackEnd {
    public let kind: CounterKind
    /// The kernel's part of the work is left out, because it may not be counted here.
    public private(set) var excludesKernel: Bool
    public private(set) var coverage = ThreadCoverage()
    /// Counters that have no event, or whose event did not open, with what was asked for.
    public private(set) var refused: [(counter: Counter, event: String, reason: Unavailability)] =
        []

    private let system: any PerfSystem
    /// nil: a child of this thread that is still to be started.
    private let process: pid_t?
    private var groups: [PerfGroup] = []
    private var attached: [Attached] = []
    private var raisedLimit = false

    private struct Attached {
        let thread: pid_t
        /// Descriptors by group; the first of each leads it.
        var groups: [[CInt]]
    }

    /// The thread list may change this often while it is read before it is called restless; each
    /// scan takes well under a millisecond, so only a process that spawns all the time gets there.
    private static let mostScans = 16

    /// Opens `groups` on all threads of `process` and starts counting.
    ///
    /// Succeeds where no event can be opened too: each counter then has its reason.
    /// - Parameter includeKernel: false counts user space only; where the kernel may not be counted
    ///   it is left out anyway (`excludesKernel`).
    /// - Throws: `CounterError` when there is no such process or there are no descriptors.
    public init(
        _ kind: CounterKind, _ groups: [PerfGroup], process: pid_t, includeKernel: Bool = true,
        system: any PerfSystem = LinuxPerfSystem()
    ) throws(CounterError) {
        self.kind = kind
        self.system = system
        self.process = process
        excludesKernel = !includeKernel
        do throws(CounterError) {
            try attach(groups, to: process)
        } catch {
            closeAll()
            throw error
        }
        for thread in attached {
            for group in thread.groups { _ = system.enable(group[0]) }
        }
        refuseUnreadable()
    }

    /// Opens `groups` for the next program that the calling thread starts: they count from its
    /// exec on, with all its threads and children, and stay readable after its end.
    public init(
        _ kind: CounterKind, nextChildOfThisThread groups: [PerfGroup],
        includeKernel: Bool = true, system: any PerfSystem = LinuxPerfSystem()
    ) throws(CounterError) {
        self.kind = kind
        self.system = system
        process = nil
        excludesKernel = !includeKernel
        do throws(CounterError) {
            _ = try attach(groups, threads: [0])
        } catch {
            closeAll()
            throw error
        }
        coverage.attached = 0
        refuseUnreadable()
    }

    deinit { closeAll() }

    private func closeAll() {
        for thread in attached { close(thread.groups) }
        attached = []
    }

    private func close(_ groups: [[CInt]]) {
        for descriptor in groups.joined() { system.close(descriptor) }
    }

    // MARK: attaching

    private func attach(_ wanted: [PerfGroup], to process: pid_t) throws(CounterError) {
        var before = system.threads(of: process)
        coverage.scans = 1
        while true {
            if before.isEmpty { throw CounterError.noProcess(process) }
            let opened = try attach(wanted, threads: before)
            let after = system.threads(of: process)
            coverage.scans += 1
            let appeared = Set(after).subtracting(before)
            if opened && appeared.isEmpty { return }
            if coverage.scans >= Self.mostScans {
                coverage.uncertain += appeared.count
                return
            }
            closeAll()
            before = after
        }
    }

    /// False when every thread was gone before it could be opened.
    private func attach(_ wanted: [PerfGroup], threads: [pid_t]) throws(CounterError) -> Bool {
        coverage.uncertain = 0
        (groups, refused) = ([], [])
        var planned = false
        for thread in threads {
            if !planned {
                guard let descriptors = try plan(wanted, on: thread) else { continue }
                attached.append(Attached(thread: thread, groups: descriptors))
                planned = true
            } else if let descriptors = try open(on: thread) {
                attached.append(Attached(thread: thread, groups: descriptors))
            }
        }
        coverage.attached = attached.count
        return planned
    }

    private enum PlanFailure: Error { case gone, kernel }

    /// Finds what opens on `thread` and leaves it open; nil when the thread is gone.
    private func plan(_ wanted: [PerfGroup], on thread: pid_t) throws(CounterError) -> [[CInt]]? {
        while true {
            var descriptors: [[CInt]] = []
            (groups, refused) = ([], [])
            var failure: PlanFailure?
            do throws(CounterError) {
                for group in wanted where failure == nil {
                    failure = try plan(group, on: thread, &descriptors)
                }
            } catch {
                close(descriptors)
                throw error
            }
            switch failure {
            case nil: return descriptors
            case .gone:
                close(descriptors)
                return nil
            case .kernel:
                close(descriptors)
                excludesKernel = true
            }
        }
    }

    private func plan(
        _ group: PerfGroup, on thread: pid_t, _ descriptors: inout [[CInt]]
    ) throws(CounterError) -> PlanFailure? {
        var members: PerfGroup = []
        var open: [CInt] = []
        var alone: [(PerfGroup, CInt)] = []
        defer {
            if !members.isEmpty {
                groups.append(members)
                descriptors.append(open)
            }
            for (single, descriptor) in alone {
                groups.append(single)
                descriptors.append([descriptor])
            }
        }
        for (counter, event) in group {
            if excludesKernel && event.inKernel {
                refused.append((counter, event.name, .kernelExcluded(event: event.name)))
                continue
            }
            switch try self.open(event, thread, leader: open.first) {
            case .success(let descriptor):
                members.append((counter, event))
                open.append(descriptor)
            case .failure(.noSuchProcess): return .gone
            // Before "no PMU", the kernel says "not allowed": without its own part it may be.
            case .failure(.permissionDenied) where !excludesKernel: return .kernel
            case .failure(.invalidArgument) where !open.isEmpty:
                // More than the PMU has room for: by itself it may still count.
                switch try self.open(event, thread, leader: nil) {
                case .success(let descriptor): alone.append(([(counter, event)], descriptor))
                case .failure(let errno): refuse(counter, event, errno)
                }
            case .failure(let errno): refuse(counter, event, errno)
            }
        }
        return nil
    }

    private func refuse(_ counter: Counter, _ event: PerfEvent, _ errno: Errno) {
        refused.append((counter, name(event), .refused(event: name(event), errno)))
    }

    /// The plan on another thread; nil when it is gone, or is refused what the first was granted.
    private func open(on thread: pid_t) throws(CounterError) -> [[CInt]]? {
        var descriptors: [[CInt]] = []
        do throws(CounterError) {
            for group in groups {
                descriptors.append([])
                for (_, event) in group {
                    switch try open(event, thread, leader: descriptors.last!.first) {
                    case .success(let fd): descriptors[descriptors.count - 1].append(fd)
                    case .failure(let errno):
                        close(descriptors)
                        if errno != .noSuchProcess { coverage.uncertain += 1 }
                        return nil
                    }
                }
            }
        } catch {
            close(descriptors)
            throw error
        }
        return descriptors
    }

    private func open(
        _ event: PerfEvent, _ thread: pid_t, leader: CInt?
    ) throws(CounterError) -> Result<CInt, Errno> {
        let opening = PerfOpening(
            leader: leader, excludeKernel: excludesKernel, onExec: process == nil)
        let result = system.open(event, thread: thread, opening)
        guard case .failure(.tooManyOpenFiles) = result else { return result }
        if !raisedLimit {
            raisedLimit = true
            if system.raiseDescriptorLimit() { return try open(event, thread, leader: leader) }
        }
        throw CounterError.descriptors(needed: attached.reduce(1) { $0 + $1.groups.joined().count })
    }

    /// Open and enabled is not counting yet: a group whose read is empty cannot be scheduled.
    private func refuseUnreadable() {
        let failures = snapshot().failures
        for index in groups.indices.reversed() {
            guard let failure = failures[index] else { continue }
            for (counter, event) in groups[index] {
                let name = name(event)
                refused.append((counter, name, failure.reason(name)))
            }
            for thread in attached.indices {
                close([attached[thread].groups.remove(at: index)])
            }
            groups.remove(at: index)
        }
    }

    // MARK: reading

    /// All counts up to now. Two of them bound a window.
    public struct Snapshot {
        fileprivate var groups: [PerfGroupRead]
        /// By group: why a thread's counts are missing in it.
        fileprivate var failures: [ReadFailure?]
        fileprivate var threads: Set<pid_t>
    }

    fileprivate enum ReadFailure {
        case empty
        case errno(Errno)

        func reason(_ event: String) -> Unavailability {
            switch self {
            case .empty: .doesNotFit(event: event)
            case .errno(let errno): .readFailed(event: event, errno)
            }
        }
    }

    /// - Complexity: one read(2) per thread and group.
    public func snapshot() -> Snapshot {
        var sums = groups.map {
            PerfGroupRead(
                enabled: 0, running: 0, values: [UInt64](repeating: 0, count: $0.count))
        }
        var failures = [ReadFailure?](repeating: nil, count: groups.count)
        for thread in attached {
            for (index, descriptors) in thread.groups.enumerated() {
                switch system.read(descriptors[0], events: descriptors.count) {
                case .success(let read?):
                    sums[index].enabled += read.enabled
                    sums[index].running += read.running
                    for (event, value) in read.values.enumerated() {
                        sums[index].values[event] += value
                    }
                case .success(nil): failures[index] = .empty
                case .failure(let errno): failures[index] = .errno(errno)
                }
            }
        }
        let threads = process.map { Set(system.threads(of: $0)) } ?? []
        return Snapshot(groups: sums, failures: failures, threads: threads)
    }

    /// What was counted between two snapshots.
    public func window(
        from start: Snapshot, to end: Snapshot, operations: UInt64
    ) -> CounterWindow {
        var entries: [CounterWindow.Entry] = []
        for (index, group) in groups.enumerated() {
            let failure = start.failures[index] ?? end.failures[index]
            let (before, after) = (start.groups[index], end.groups[index])
            for (position, (counter, event)) in group.enumerated() {
                let reading =
                    failure.map { .unavailable($0.reason(name(event))) }
                    ?? Self.reading(
                        count: after.values[position] &- before.values[position],
                        enabled: after.enabled &- before.enabled,
                        running: after.running &- before.running, event: name(event))
                entries.append(.init(counter, event: name(event), group: index, reading))
            }
        }
        for (counter, event, reason) in refused {
            entries.append(.init(counter, event: event, group: nil, .unavailable(reason)))
        }
        entries += Self.missing(kind, entries)
        var coverage = coverage
        let known = Set(attached.map(\.thread))
        coverage.appeared = end.threads.subtracting(known).count
        coverage.ended = process == nil ? 0 : known.subtracting(end.threads).count
        return CounterWindow(
            operations: operations, entries: entries,
            conditions: ["exclude_kernel": excludesKernel ? "yes" : "no"], coverage: coverage)
    }

    public func measure(_ load: () throws -> UInt64) throws -> CounterWindow {
        let start = snapshot()
        let operations = try load()
        return window(from: start, to: snapshot(), operations: operations)
    }

    /// perf's suffix for "user space only".
    private func name(_ event: PerfEvent) -> String {
        excludesKernel ? "\(event.name):u" : event.name
    }

    private static func reading(
        count: UInt64, enabled: UInt64, running: UInt64, event: String
    ) -> Reading {
        if running == 0 {
            return .unavailable(enabled == 0 ? .idle : .neverScheduled(event: event))
        }
        if running >= enabled { return .value(Double(count), .exact) }
        let share = Double(running) / Double(enabled)
        return .value(Double(count) / share, .scaled(running: share))
    }

    /// Counters of `kind` that this processor has no known event for.
    private static func missing(
        _ kind: CounterKind, _ entries: [CounterWindow.Entry]
    ) -> [CounterWindow.Entry] {
        Counter.all(kind).filter { counter in !entries.contains { $0.counter == counter } }.map {
            .init(
                $0, event: "none", group: nil,
                .unavailable(.unknownOnThisCPU($0, cpu: "\(CPUFamily.current)")))
        }
    }
}

extension PerfCounters {
    /// The processor's counters of a running process.
    public static func hardware(
        process: pid_t, includeKernel: Bool = true, family: CPUFamily = .current,
        system: any PerfSystem = LinuxPerfSystem()
    ) throws(CounterError) -> PerfCounters {
        try PerfCounters(
            .hardware, PerfEvents.hardware(family), process: process,
            includeKernel: includeKernel, system: system)
    }
}

// Counting a running process with perf_event_open(2): groups of events on every thread.
//
// An event on a process id counts that one thread, so there is one set of groups per thread, each
// inherited by the threads it starts. What inheritance makes ambiguous is a thread that appears
// while the others are being opened: it may or may not have been started by one that was open
// already, and opening it could count it twice. So the thread list is read before and after, and
// where they differ everything is closed and begun again; a list that never holds still is reported
// in `ThreadCoverage.uncertain`.
//
//     plan    which groups open here, found on the first thread: what needs an event that does not
//             fit its group gets one of its own, one that nobody serves gets a reason
//     attach  the plan on every thread of the process
//     enable  from here on everything counts; windows are differences of two reads
//
// What is read is in PerfCounters+Windows.swift.
import Glibc
import SystemPackage

public final class PerfCounters: CounterBackEnd {
    public let kind: CounterKind
    /// The kernel's part of the work is left out, because it may not be counted here.
    public private(set) var excludesKernel: Bool
    public private(set) var coverage = ThreadCoverage()
    /// Counters of which an event did not open, with what was asked for.
    public private(set) var refused: [(counter: Counter, event: String, reason: Unavailability)] =
        []

    let planned: PerfPlan
    let system: any PerfSystem
    /// nil: a child of this thread that is still to be started.
    let process: pid_t?
    /// What is open, of the plan.
    private(set) var groups: [PerfGroup] = []
    private(set) var attached: [Attached] = []
    private var raisedLimit = false

    struct Attached {
        let thread: pid_t
        /// Descriptors by group; the first of each leads it.
        var groups: [[CInt]]
    }

    /// The thread list may change this often while it is read before it is called restless; each
    /// scan takes well under a millisecond, so only a process that spawns all the time gets there.
    private static let mostScans = 16

    /// Opens the plan's groups on all threads of `process` and starts counting.
    ///
    /// Succeeds where no event can be opened too: each counter then has its reason.
    /// - Parameter includeKernel: false counts user space only; where the kernel may not be counted
    ///   it is left out anyway (`excludesKernel`).
    /// - Throws: `CounterError` when there is no such process or there are no descriptors.
    public init(
        _ kind: CounterKind, _ plan: PerfPlan, process: pid_t, includeKernel: Bool = true,
        system: any PerfSystem = LinuxPerfSystem()
    ) throws(CounterError) {
        self.kind = kind
        planned = plan
        self.system = system
        self.process = process
        excludesKernel = !includeKernel
        do throws(CounterError) {
            try attach(plan.groups, to: process)
        } catch {
            closeAll()
            throw error
        }
        for thread in attached {
            for group in thread.groups { _ = system.enable(group[0]) }
        }
        refuseUnreadable()
    }

    /// Opens the plan's groups for the next program that the calling thread starts: they count
    /// from its exec on, with all its threads and children, and stay readable after its end.
    public init(
        _ kind: CounterKind, nextChildOfThisThread plan: PerfPlan,
        includeKernel: Bool = true, system: any PerfSystem = LinuxPerfSystem()
    ) throws(CounterError) {
        self.kind = kind
        planned = plan
        self.system = system
        process = nil
        excludesKernel = !includeKernel
        do throws(CounterError) {
            _ = try attach(plan.groups, threads: [0])
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

    /// Opens one group: what does not fit it gets groups of its own behind it.
    private func plan(
        _ group: PerfGroup, on thread: pid_t, _ descriptors: inout [[CInt]]
    ) throws(CounterError) -> PlanFailure? {
        var outcome = Outcome()
        // Here from the start: whoever gives up closes what is in it.
        let place = descriptors.count
        descriptors.append([])
        if let failure = try open(group, on: thread, &descriptors[place], &outcome) {
            return failure
        }
        var kept: [PerfMeasure] = []
        var later: [PerfMeasure] = []
        for measure in group.measures {
            if let failure = measure.events.compactMap({ outcome.failures[$0] }).first {
                refused.append((measure.counter, failure.event, failure.reason))
            } else if measure.events.contains(where: { outcome.crowded.contains($0) }) {
                later.append(measure)
            } else {
                kept.append(measure)
            }
        }
        if kept.isEmpty {
            close([descriptors.remove(at: place)])
        } else {
            groups.append(PerfGroup(outcome.opened, kept))
        }
        if group.measures.count == 1, let only = later.first {
            try refuse(only, outcome.crowded, on: thread)
            return nil
        }
        // Together they may fit, unless that was all.
        let rest = later.count < group.measures.count ? [later] : later.map { [$0] }
        for measures in rest where !measures.isEmpty {
            if let failure = try plan(PerfGroup(of: measures), on: thread, &descriptors) {
                return failure
            }
        }
        return nil
    }

    /// What came of the events of a group.
    private struct Outcome {
        var opened: [PerfEvent] = []
        var failures: [PerfEvent: (event: String, reason: Unavailability)] = [:]
        /// Those that the kernel did not take into the group.
        var crowded: Set<PerfEvent> = []
    }

    private func open(
        _ group: PerfGroup, on thread: pid_t, _ descriptors: inout [CInt], _ outcome: inout Outcome
    ) throws(CounterError) -> PlanFailure? {
        for event in group.events {
            if excludesKernel && event.inKernel {
                outcome.failures[event] = (event.name, .kernelExcluded(event: event.name))
                continue
            }
            switch try open(event, thread, leader: descriptors.first) {
            case .success(let descriptor):
                outcome.opened.append(event)
                descriptors.append(descriptor)
            case .failure(.noSuchProcess): return .gone
            // Before "no PMU", the kernel says "not allowed": without its own part it may be.
            case .failure(.permissionDenied)
            where !excludesKernel && !event.traits.contains(.ofCore):
                return .kernel
            case .failure(.invalidArgument) where !descriptors.isEmpty:
                outcome.crowded.insert(event)
            case .failure(let errno):
                let name = name(event)
                outcome.failures[event] = (name, .refused(event: name, errno))
            }
        }
        return nil
    }

    /// Says of a measure that is alone in its group whether the kernel refuses one of its events
    /// as such, or all of them together.
    private func refuse(
        _ measure: PerfMeasure, _ crowded: Set<PerfEvent>, on thread: pid_t
    ) throws(CounterError) {
        let event = measure.events.first { crowded.contains($0) } ?? measure.events[0]
        var reason = Unavailability.doesNotFit(event: name(event))
        switch try open(event, thread, leader: nil) {
        case .success(let descriptor): system.close(descriptor)
        case .failure(let errno): reason = .refused(event: name(event), errno)
        }
        refused.append((measure.counter, name(event), reason))
    }

    /// The plan on another thread; nil when it is gone, or is refused what the first was granted.
    private func open(on thread: pid_t) throws(CounterError) -> [[CInt]]? {
        var descriptors: [[CInt]] = []
        do throws(CounterError) {
            for group in groups {
                descriptors.append([])
                for event in group.events {
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
            for measure in groups[index].measures {
                let name = name(measure.events[0])
                refused.append((measure.counter, name, failure.reason(name)))
            }
            for thread in attached.indices {
                close([attached[thread].groups.remove(at: index)])
            }
            groups.remove(at: index)
        }
    }

    /// perf's suffix for "user space only".
    func name(_ event: PerfEvent) -> String {
        excludesKernel ? "\(event.name):u" : event.name
    }
}

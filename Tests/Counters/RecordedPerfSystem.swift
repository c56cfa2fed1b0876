// A kernel that says what it is told to. With it the rules of the perf back end are tested where no
// PMU is.
import Counters
import Glibc
import SystemPackage

final class RecordedPerfSystem: PerfSystem {
    /// What one event on one thread does.
    struct Behaviour: Sendable {
        /// Why it cannot be opened.
        var refusal: Errno?
        /// Its counts at successive reads; the last one stays.
        var values: [UInt64] = [0]

        init(refusal: Errno? = nil, values: [UInt64] = [0]) {
            self.refusal = refusal
            self.values = values
        }
    }

    /// The thread list at successive scans; the last one stays. Empty: the process is gone.
    var scans: [[pid_t]]
    /// Asked at each open; by default everything opens and counts 0.
    var behaviour: (PerfEvent, pid_t, PerfOpening) -> Behaviour = { _, _, _ in Behaviour() }
    /// (enabled, running) of a thread's groups at successive reads, by the group's leading event;
    /// the last one stays. Default: always counting, 1 ms more at each read.
    var times: (PerfEvent, pid_t) -> [(UInt64, UInt64)]? = { _, _ in nil }
    /// Reads of groups led by these events return no bytes, or fail.
    var emptyReads: Set<String> = []
    var failingReads: [String: Errno] = [:]
    /// Most descriptors open at once; `raiseDescriptorLimit` lifts it to the hard limit.
    var descriptorLimit = Int.max
    var hardDescriptorLimit = Int.max

    /// What was done, for tests to look at.
    private(set) var opened: [(event: PerfEvent, thread: pid_t, opening: PerfOpening)] = []
    private(set) var enabledLeaders: Set<CInt> = []
    var openDescriptors: Int { live.count }

    private struct Open {
        let event: PerfEvent
        let thread: pid_t
        let behaviour: Behaviour
        var members: [CInt]
        var reads = 0
    }
    private var live: [CInt: Open] = [:]
    private var nextDescriptor: CInt = 100
    private var scan = 0

    init(threads scans: [[pid_t]]) { self.scans = scans }

    func threads(of pid: pid_t) -> [pid_t] {
        defer { scan += 1 }
        return scans.isEmpty ? [] : scans[min(scan, scans.count - 1)]
    }

    func open(
        _ event: PerfEvent, thread: pid_t, _ opening: PerfOpening
    ) -> Result<CInt, Errno> {
        opened.append((event, thread, opening))
        if live.count >= descriptorLimit { return .failure(.tooManyOpenFiles) }
        let behaviour = behaviour(event, thread, opening)
        if let refusal = behaviour.refusal { return .failure(refusal) }
        let fd = nextDescriptor
        nextDescriptor += 1
        live[fd] = Open(event: event, thread: thread, behaviour: behaviour, members: [fd])
        if let leader = opening.leader { live[leader]!.members.append(fd) }
        return .success(fd)
    }

    func enable(_ leader: CInt) -> Errno? {
        enabledLeaders.insert(leader)
        return live[leader] == nil ? .badFileDescriptor : nil
    }

    func read(_ leader: CInt, events: Int) -> Result<PerfGroupRead?, Errno> {
        guard let group = live[leader] else { return .failure(.badFileDescriptor) }
        if emptyReads.contains(group.event.name) { return .success(nil) }
        if let failure = failingReads[group.event.name] { return .failure(failure) }
        let index = group.reads
        live[leader]!.reads += 1
        let script = times(group.event, group.thread)
        let always = UInt64(index) * 1_000_000
        let (enabled, running) = script.map { $0[min(index, $0.count - 1)] } ?? (always, always)
        let values = group.members.map { fd in
            let values = live[fd]!.behaviour.values
            return values[min(index, values.count - 1)]
        }
        return .success(PerfGroupRead(enabled: enabled, running: running, values: values))
    }

    func close(_ descriptor: CInt) { live[descriptor] = nil }

    func raiseDescriptorLimit() -> Bool {
        guard descriptorLimit < hardDescriptorLimit else { return false }
        descriptorLimit = hardDescriptorLimit
        return true
    }
}

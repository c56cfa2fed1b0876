// The seam between the perf back end and the kernel: five calls. The kernel implements them in
// `LinuxPerfSystem`; tests script them in `RecordedPerfSystem`.
import CPerf
import Glibc
import LinuxSystem
import SystemPackage

/// One read of a group: its events in the order they were opened.
public struct PerfGroupRead: Equatable, Sendable {
    /// ns during which the group was meant to count, and did.
    public var enabled: UInt64
    public var running: UInt64
    public var values: [UInt64]

    public init(enabled: UInt64, running: UInt64, values: [UInt64]) {
        self.enabled = enabled
        self.running = running
        self.values = values
    }
}

/// How an event is opened, besides what it counts.
public struct PerfOpening: Equatable, Sendable {
    /// The group's first event, which enables and reads all of them; nil opens a leader.
    public var leader: CInt?
    public var excludeKernel = false
    /// Starts counting at exec: for a child of the calling thread that is about to be started.
    public var onExec = false
}

public protocol PerfSystem: AnyObject {
    /// The threads of a process now; empty once it is gone.
    func threads(of pid: pid_t) -> [pid_t]
    /// Opens `event` on a thread (0: the calling one), disabled, inherited by what it starts.
    /// - Returns: the descriptor, or perf_event_open(2)'s error: EACCES without permission, ENOENT
    ///   where the processor has no such event, EMFILE without a descriptor left.
    func open(
        _ event: PerfEvent, thread: pid_t, _ opening: PerfOpening
    ) -> Result<CInt, Errno>
    /// Lets a leader and its group count; nil, or the error of the ioctl.
    func enable(_ leader: CInt) -> Errno?
    /// The counts of a group of so many events since they were opened, in the order of opening, and
    /// for how many ns it was enabled and counted. Nil: the kernel returned no bytes, which it does
    /// for a group that cannot be scheduled.
    func read(_ leader: CInt, events: Int) -> Result<PerfGroupRead?, Errno>
    /// Ends an event; of a leader, the counting of its group.
    func close(_ descriptor: CInt)
    /// Called once on EMFILE; true when trying again may help.
    func raiseDescriptorLimit() -> Bool
}

/// The kernel's: perf_event_open(2), and reads and ioctls on its descriptors. Errors are theirs.
public final class LinuxPerfSystem: PerfSystem {
    public init() {}

    public func threads(of pid: pid_t) -> [pid_t] {
        SmallFile.names(in: "/proc/\(pid)/task").compactMap { pid_t($0) }.sorted()
    }

    public func open(
        _ event: PerfEvent, thread: pid_t, _ opening: PerfOpening
    ) -> Result<CInt, Errno> {
        var attributes = perf_event_attr()
        attributes.size = UInt32(MemoryLayout<perf_event_attr>.size)
        attributes.type = event.type
        attributes.config = event.config
        attributes.inherit = 1
        // Members count while their leader does; only it starts disabled.
        attributes.disabled = opening.leader == nil ? 1 : 0
        attributes.enable_on_exec = opening.onExec && opening.leader == nil ? 1 : 0
        attributes.exclude_kernel = opening.excludeKernel ? 1 : 0
        attributes.exclude_hv = opening.excludeKernel ? 1 : 0
        attributes.read_format = UInt64(
            PERF_FORMAT_GROUP.rawValue | PERF_FORMAT_TOTAL_TIME_ENABLED.rawValue
                | PERF_FORMAT_TOTAL_TIME_RUNNING.rawValue | PERF_FORMAT_ID.rawValue)
        // cpu -1: wherever the thread runs.
        let fd = hashmark_perf_event_open(&attributes, thread, -1, opening.leader ?? -1)
        return fd >= 0 ? .success(fd) : .failure(Errno(rawValue: -fd))
    }

    public func enable(_ leader: CInt) -> Errno? {
        let code = hashmark_perf_enable(leader)
        return code == 0 ? nil : Errno(rawValue: -code)
    }

    public func read(_ leader: CInt, events: Int) -> Result<PerfGroupRead?, Errno> {
        // nr, enabled, running, then a value and an id for each event
        var words = [UInt64](repeating: 0, count: 3 + 2 * events)
        let bytes = words.count * 8
        let count = words.withUnsafeMutableBytes { Glibc.read(leader, $0.baseAddress!, bytes) }
        if count < 0 { return .failure(Errno(rawValue: errno)) }
        guard count == bytes, words[0] == UInt64(events) else { return .success(nil) }
        return .success(
            PerfGroupRead(
                enabled: words[1], running: words[2],
                values: (0..<events).map { words[3 + 2 * $0] }))
    }

    public func close(_ descriptor: CInt) { _ = Glibc.close(descriptor) }

    public func raiseDescriptorLimit() -> Bool {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur < limit.rlim_max
        else { return false }
        limit.rlim_cur = limit.rlim_max
        return setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    }
}

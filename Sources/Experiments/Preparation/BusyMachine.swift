// Was the machine our own while we measured? One look at the start and one at the end, in every
// verb: times say little of a server when others had its CPUs.
//
//     at the start    what `doctor` would say of it that blocks, or comes and goes: load, pressure,
//                     a quota, the clock
//     during          CPU time of all that ran, less this process, its children and the servers
//                     that run already; what the hypervisor gave to others; for how long our own
//                     threads stood in the run queue; how often a quota held us back
//
// Non-goal: correcting for it. Rounds take out what slices can show (Experiments/Rounds).
import Doctor
import LinuxSystem
import Quantities
import RunRecord

public struct BusyMachine {
    /// Others that take a tenth of all CPUs are felt: with two CPUs, a fifth of one of ours.
    static let othersLimit = 0.1
    /// As in a round: above this, wall-clock figures say more about the neighbours.
    static let stealLimit = 0.05
    /// As for a client's threads under load: held up by neighbours.
    static let queuedLimit = 0.1
    /// Twenty ticks of /proc/stat; below that, shares are noise.
    private static let shortest = Nanoseconds(200, .milliseconds)

    /// What can be read at one moment, in ns.
    public struct Moment: Equatable, Sendable {
        public var time: UInt64
        public var machine: MachineTime?
        /// CPU time of this process and of its children that ended.
        public var own: UInt64
        /// For how long this process's threads stood in the run queue.
        public var queued: UInt64
        /// For how long a quota held this process's group back.
        public var throttled: UInt64?

        public init(
            time: UInt64, machine: MachineTime?, own: UInt64, queued: UInt64,
            throttled: UInt64? = nil
        ) {
            self.time = time
            self.machine = machine
            self.own = own
            self.queued = queued
            self.throttled = throttled
        }
    }

    private let start: Moment
    private let found: [MachineFinding]
    private let cpus: Int
    /// Servers that others started, with their CPU time when they were first seen.
    private var guests: [Int32: UInt64] = [:]

    public init() {
        start = Self.moment()
        found = Checkup.told()
        cpus = MachineTime.cpus
    }

    private static func moment() -> Moment {
        Moment(
            time: Clock.monotonicNanoseconds(), machine: .now(),
            own: ProcessAccounting.ownCPUNanoseconds()
                + ProcessAccounting.reapedChildrenCPUNanoseconds(),
            queued: MachineTime.ownQueuedNanoseconds(),
            throttled: HostAccounting.throttledNanoseconds())
    }

    /// The CPU time of a server that is no child of ours is the measurement's too.
    public mutating func count(server pid: Int32) {
        guard guests[pid] == nil else { return }
        guests[pid] = ProcessAccounting.cpuNanoseconds(pid)
    }

    /// What is to be said at the start; nothing on a machine that is idle and fit.
    public var atStart: [RunRecord.Warning] { found.map { Self.warning($0) } }

    /// That others had the machine when the run began; nil where they had not.
    var busyStart: String? {
        found.first { $0.told == .busy }.map { Self.warning($0).cause }
    }

    /// What is to be said at the end of the run.
    public func atEnd() -> [RunRecord.Warning] {
        let guestTime = guests.reduce(UInt64(0)) { sum, guest in
            let now = ProcessAccounting.cpuNanoseconds(guest.key) ?? guest.value
            return sum + (now > guest.value ? now - guest.value : 0)
        }
        return Self.warnings(from: start, to: Self.moment(), guests: guestTime, cpus: cpus)
    }

    /// A check's finding as a warning of the run.
    public static func warning(_ finding: MachineFinding) -> RunRecord.Warning {
        let seen = "\(finding.name) \(finding.value)"
        if finding.told == .busy {
            return RunRecord.Warning(
                cause: "the machine was busy when the run began: \(seen)", remedy: remedy)
        }
        return RunRecord.Warning(
            cause: "\(seen): \(finding.effect)",
            remedy: finding.remedy.map { "run `\($0)`" } ?? "see `hashmark doctor`")
    }

    /// - Parameter guests: CPU time of servers that others started, in ns.
    public static func warnings(
        from start: Moment, to end: Moment, guests: UInt64, cpus: Int
    ) -> [RunRecord.Warning] {
        let span = end.time - start.time
        guard Nanoseconds(span) >= shortest else { return [] }
        let room = Double(span) * Double(cpus)
        var causes: [String] = []
        if let before = start.machine, let after = end.machine {
            let all = Double(after.busyNanoseconds) - Double(before.busyNanoseconds)
            let others = (all - Double(end.own - start.own) - Double(guests)) / room
            if others >= othersLimit {
                causes.append(
                    "other processes took \(others.percent(0)) of the machine's CPU time while "
                        + "this was measured")
            }
            let steal = (Double(after.stealNanoseconds) - Double(before.stealNanoseconds)) / room
            if steal >= stealLimit {
                causes.append(
                    "the hypervisor gave \(steal.percent(0)) of the CPU time to others")
            }
        }
        let queued = (Double(end.queued) - Double(start.queued)) / Double(span)
        if queued >= queuedLimit {
            causes.append("Hashmark waited \(queued.percent(0)) of the time for a CPU")
        }
        var warnings = causes.map { RunRecord.Warning(cause: $0, remedy: remedy) }
        if let before = start.throttled, let after = end.throttled, after > before {
            let held = Double(after - before) / Double(span)
            if held >= throttledLimit { warnings.append(heldBack) }
        }
        return warnings
    }

    /// A quota that bites at all stops everything for a hundredth of a second at a time.
    static let throttledLimit = 0.01

    /// What a run and each of its rounds say of it.
    static let heldBack = RunRecord.Warning(
        cause: "a CPU quota held the run back while it was measured",
        remedy: "raise the quota of its group, or trust CPU time alone")

    private static let remedy =
        "what is timed is slower than it need be: measure on an idle machine; what is counted "
        + "stands"
}

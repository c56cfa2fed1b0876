// What only grows, and grows while something disturbs: two looks tell how much of the time between
// them was taken.
import LinuxSystem
import Quantities

public struct MovingCounts: Equatable, Sendable {
    /// Of the monotonic clock, in ns.
    public var time: UInt64
    public var machine: MachineTime?
    /// For how long some task had no CPU, in ns.
    public var waited: UInt64?
    /// How often a quota held this process's group back.
    public var throttled: UInt64?
    /// How often the processor was too hot.
    public var overheated: UInt64?

    /// Above this share of stolen time, wall-clock figures say more about the neighbours.
    static let stealLimit = 0.01
    /// Above this share of time in which some task waited, a server was probably one of them.
    static let pressureLimit = 0.05

    /// Reads them.
    /// - Parameter root: the folder that /proc and /sys are in; empty: this machine's.
    public init(root: String = "") {
        time = Clock.monotonicNanoseconds()
        machine = .now(root: root)
        waited = HostAccounting.cpuPressure(root: root)?.waitedNanoseconds
        throttled = HostAccounting.throttledPeriods(root: root)
        overheated = Self.overheated(Machine(root: root))
    }

    /// Of all CPUs; nil where none tells, as in guests.
    private static func overheated(_ machine: Machine) -> UInt64? {
        var sum: UInt64?
        let folder = "/sys/devices/system/cpu"
        for cpu in machine.names(in: folder) where cpu.hasPrefix("cpu") {
            for name in ["core_throttle_count", "package_throttle_count"] {
                let count = machine.line("\(folder)/\(cpu)/thermal_throttle/\(name)")
                    .flatMap { UInt64($0) }
                if let count { sum = (sum ?? 0).addingReportingOverflow(count).partialValue }
            }
        }
        return sum
    }

    /// What the hypervisor gave to others since then, as a share of all CPUs' time.
    func stealShare(since earlier: MovingCounts, cpus: Int) -> Double? {
        guard let before = earlier.machine, let after = machine, time > earlier.time else {
            return nil
        }
        let stolen = Double(after.stealNanoseconds) - Double(before.stealNanoseconds)
        return stolen / (Double(time - earlier.time) * Double(max(cpus, 1)))
    }

    /// By how much a count has grown; nil where one of the looks has none.
    func growth(of count: KeyPath<MovingCounts, UInt64?>, since earlier: MovingCounts) -> UInt64? {
        guard let before = earlier[keyPath: count], let after = self[keyPath: count] else {
            return nil
        }
        return after > before ? after - before : 0
    }

    /// What spoils what was timed between two looks, each in words; nothing on a quiet machine.
    /// - Parameter hasOwnCPUs: whether servers and load have CPUs of their own. Where they share
    ///   some, they make each other wait.
    public func disturbances(since earlier: MovingCounts, hasOwnCPUs: Bool) -> [String] {
        var causes: [String] = []
        if let steal = stealShare(since: earlier, cpus: MachineTime.cpus), steal > Self.stealLimit {
            causes.append("the hypervisor gave \(steal.percent()) of the CPU time to others")
        }
        if hasOwnCPUs, let waited = growth(of: \.waited, since: earlier), time > earlier.time {
            let share = Double(waited) / Double(time - earlier.time)
            if share > Self.pressureLimit {
                causes.append("tasks waited \(share.percent(0)) of the time for a CPU")
            }
        }
        if let times = growth(of: \.throttled, since: earlier), times > 0 {
            causes.append("a CPU quota held it back \(times) times")
        }
        if let times = growth(of: \.overheated, since: earlier), times > 0 {
            causes.append("the processor was too hot \(times) times")
        }
        return causes
    }
}

// How busy all CPUs of the machine were, as /proc/stat has it since boot: ticks of 10 ms, so spans
// of a fifth of a second and more can be told.
import Glibc

public struct MachineTime: Equatable, Sendable {
    /// CPU time, summed over all CPUs, in ns: of everything that ran here, and what the hypervisor
    /// gave to others.
    public var busyNanoseconds: UInt64
    public var stealNanoseconds: UInt64

    public init(busyNanoseconds: UInt64, stealNanoseconds: UInt64) {
        self.busyNanoseconds = busyNanoseconds
        self.stealNanoseconds = stealNanoseconds
    }

    /// The present reading; nil where /proc/stat does not say.
    public static func now(root: String = "") -> MachineTime? {
        SmallFile.read("\(root)/proc/stat").flatMap { MachineTime(stat: $0) }
    }

    /// Of the first line: `cpu user nice system idle iowait irq softirq steal …`. Guests' time is
    /// in the user's already.
    public init?(stat: String) {
        guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else {
            return nil
        }
        let ticks = line.split(separator: " ").dropFirst().map { UInt64($0) ?? 0 }
        guard ticks.count >= 8 else { return nil }
        let busy = [ticks[0], ticks[1], ticks[2], ticks[5], ticks[6]].reduce(UInt64(0)) {
            let (sum, overflow) = $0.addingReportingOverflow($1)
            return overflow ? UInt64.max : sum
        }
        busyNanoseconds = Clock.nanoseconds(ticks: busy)
        stealNanoseconds = Clock.nanoseconds(ticks: ticks[7])
    }

    /// For how long the threads of this process that live now waited for a CPU since they began, in
    /// ns (the second field of schedstat).
    public static func ownQueuedNanoseconds() -> UInt64 {
        SmallFile.names(in: "/proc/self/task").reduce(0) { sum, thread in
            let fields = SmallFile.read("/proc/self/task/\(thread)/schedstat")?
                .split(separator: " ")
            return sum + (fields.flatMap { $0.count > 1 ? UInt64($0[1]) : nil } ?? 0)
        }
    }

    /// CPUs that are online.
    public static var cpus: Int { max(sysconf(CInt(_SC_NPROCESSORS_ONLN)), 1) }
}

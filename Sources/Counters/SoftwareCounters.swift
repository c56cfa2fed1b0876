// The kernel's counters of a running process: from perf events where they are allowed, else from
// /proc, counter by counter. The event's name says which.
//
// /proc counts the same things with less resolution: fault counts cover the whole process, ended
// threads too; context switches are the sum over live threads, so those of a thread that ends
// inside the window are lost (and said in the coverage). Migrations need a kernel with scheduler
// statistics.
import Glibc
import LinuxSystem

public final class SoftwareCounters: CounterBackEnd {
    public let kind = CounterKind.software
    private let process: pid_t
    private let perf: PerfCounters

    /// - Throws: `CounterError` when there is no such process.
    public init(
        process: pid_t, system: any PerfSystem = LinuxPerfSystem()
    ) throws(CounterError) {
        self.process = process
        perf = try PerfCounters(.software, .software, process: process, system: system)
    }

    public struct Snapshot {
        fileprivate let perf: PerfCounters.Snapshot
        fileprivate let files: ProcSnapshot
    }

    /// The state of all counters now; two of them make a ``window(from:to:operations:)``.
    public func snapshot() -> Snapshot {
        Snapshot(perf: perf.snapshot(), files: ProcSnapshot(process))
    }

    /// What was counted between two snapshots: perf's own counts, and those of the kernel's files
    /// where perf has none.
    /// - Parameter operations: done in between; what is per operation is divided by it.
    public func window(
        from start: Snapshot, to end: Snapshot, operations: UInt64
    ) -> CounterWindow {
        let window = perf.window(from: start.perf, to: end.perf, operations: operations)
        let entries = window.entries.map { entry in
            guard entry.reading.value == nil,
                let other = end.files.entry(entry.counter, since: start.files)
            else { return entry }
            return other
        }
        return CounterWindow(
            operations: operations, entries: entries, conditions: window.conditions,
            coverage: window.coverage)
    }

    public func measure(_ load: () throws -> UInt64) throws -> CounterWindow {
        let start = snapshot()
        let operations = try load()
        return window(from: start, to: snapshot(), operations: operations)
    }
}

/// What /proc says of a process at one moment.
struct ProcSnapshot {
    private let process: pid_t
    private var cpu: UInt64?
    /// (minor, major) faults of the whole process.
    private var faults: (UInt64, UInt64)?
    /// Context switches and migrations of each live thread.
    private var switches: [String: UInt64] = [:]
    private var migrations: [String: UInt64] = [:]

    init(_ process: pid_t) {
        self.process = process
        cpu = ProcessAccounting.cpuNanoseconds(process)
        faults = SmallFile.read("/proc/\(process)/stat").flatMap(Self.faults)
        let folder = "/proc/\(process)/task"
        for thread in SmallFile.names(in: folder) {
            if let text = SmallFile.read("\(folder)/\(thread)/status") {
                switches[thread] = Self.switches(text)
            }
            if let text = SmallFile.read("\(folder)/\(thread)/sched") {
                migrations[thread] = Self.migrations(text)
            }
        }
    }

    func entry(_ counter: Counter, since start: ProcSnapshot) -> CounterWindow.Entry? {
        func entry(_ file: String, _ value: Double?) -> CounterWindow.Entry? {
            value.map {
                .init(counter, event: "/proc/PID/\(file)", group: nil, .value($0, .exact))
            }
        }
        func difference(_ value: UInt64?, _ before: UInt64?) -> Double? {
            guard let value, let before, value >= before else { return nil }
            return Double(value - before)
        }
        func difference(_ values: [String: UInt64], _ before: [String: UInt64]) -> Double? {
            if values.isEmpty { return nil }
            return values.reduce(0) { $0 + Double($1.value) - Double(before[$1.key] ?? 0) }
        }
        switch counter {
        case .taskClock: return entry("schedstat", difference(cpu, start.cpu))
        case .minorFaults: return entry("stat", difference(faults?.0, start.faults?.0))
        case .majorFaults: return entry("stat", difference(faults?.1, start.faults?.1))
        case .pageFaults:
            return entry(
                "stat",
                difference(
                    faults.map { $0.0 + $0.1 }, start.faults.map { $0.0 + $0.1 }))
        case .contextSwitches:
            return entry("task/*/status", difference(switches, start.switches))
        case .migrations:
            return entry("task/*/sched", difference(migrations, start.migrations))
        default: return nil
        }
    }

    /// Fields 10 and 12 of proc_pid_stat(5), counted after the command's closing bracket.
    static func faults(_ stat: String) -> (UInt64, UInt64)? {
        guard let bracket = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[bracket...].dropFirst().split(separator: " ")
        guard fields.count > 9, let minor = UInt64(fields[7]), let major = UInt64(fields[9])
        else { return nil }
        return (minor, major)
    }

    /// voluntary_ctxt_switches + nonvoluntary_ctxt_switches of proc_pid_status(5).
    static func switches(_ status: String) -> UInt64? {
        let values = status.split(separator: "\n").filter { $0.contains("ctxt_switches:") }
            .compactMap { $0.split(whereSeparator: { " \t".contains($0) }).last }
            .compactMap { UInt64($0) }
        return values.count == 2 ? values[0] + values[1] : nil
    }

    /// se.nr_migrations, where the kernel keeps it.
    static func migrations(_ sched: String) -> UInt64? {
        sched.split(separator: "\n").first { $0.hasPrefix("se.nr_migrations") }?
            .split(separator: " ").last.flatMap { UInt64($0) }
    }
}

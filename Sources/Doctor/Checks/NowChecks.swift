// What may be otherwise in a minute: others on the machine, its host, limits that bite.
import LinuxSystem
import Quantities

enum NowChecks {
    static let all: [any Check] = [
        LoadAverage(), CPUPressure(), Steal(), Quota(), Throttling(), Heat(), Clocksource(),
    ]

    /// Who has the machine.
    static let watch = "ps -eo pid,user,pcpu,comm --sort=-pcpu | head"
}

/// Half of the CPUs are what servers and load take by themselves; beyond all of them somebody
/// waits.
struct LoadAverage: Check {
    let name = "load average"
    let effect = "others have the CPUs"

    func look(at machine: Machine) -> Observation {
        guard let load = HostAccounting.loadAverage(root: machine.root), load >= 0,
            load.isFinite, let cpus = machine.cpuCount, cpus > 0
        else { return .unknown() }
        let value = "\(load) on \(cpus) CPU\(cpus == 1 ? "" : "s")"
        if load > Double(cpus) { return .block(value, NowChecks.watch, told: .busy) }
        return load > Double(cpus) / 2 ? .warn(value, NowChecks.watch) : .ok(value)
    }
}

struct CPUPressure: Check {
    let name = "CPU pressure"
    let effect = "tasks wait for a CPU, and a server is one of them"

    func look(at machine: Machine) -> Observation {
        guard let pressure = HostAccounting.cpuPressure(root: machine.root) else {
            return .unknown("not kept by this kernel", "cat /proc/pressure/cpu  # boot with psi=1")
        }
        let value = "\(pressure.recent.percent()) of 10 s"
        return pressure.recent > MovingCounts.pressureLimit
            ? .block(value, NowChecks.watch, told: .busy) : .ok(value)
    }
}

/// During a run BusyMachine looks at it: a share needs two looks.
struct Steal: Check {
    let name = "steal"
    let effect = "the hypervisor gives the CPUs to other guests"

    func look(at machine: Machine) -> Observation {
        guard let earlier = machine.earlier, let cpus = machine.cpuCount,
            let share = MovingCounts(root: machine.root).stealShare(since: earlier, cpus: cpus)
        else { return .unknown("not told") }
        return share > MovingCounts.stealLimit
            ? .block(share.percent(), "vmstat 1 5  # column st; take a host of your own", told: .no)
            : .ok(max(share, 0).percent())
    }
}

struct Quota: Check {
    let name = "CPU quota"
    let effect = "what uses more is stopped for tens of ms at a time"

    func look(at machine: Machine) -> Observation {
        guard let quota = ControlGroup.cpuQuota(root: machine.root) else {
            return .unknown("not told")
        }
        guard quota.isFinite else { return .ok("none") }
        guard let cpus = machine.allowedCPUs?.count else { return .unknown() }
        let value = "\(quota.significant(3)) of \(cpus) CPU\(cpus == 1 ? "" : "s")"
        return quota >= Double(cpus) ? .ok(value) : .warn(value, remedy(machine), told: .yes)
    }

    private func remedy(_ machine: Machine) -> String {
        let files = [("max", "cpu.max"), ("-1", "cpu.cfs_quota_us")]
        for folder in ControlGroup.folders(of: "cpu", root: machine.root) {
            let path = folder.dropFirst(machine.root.count)
            for (none, file) in files where SmallFile.line("\(folder)/\(file)") != nil {
                // The root's own path is a slash.
                let slash = path.hasSuffix("/") ? "" : "/"
                return "echo \(none) | sudo tee \(path)\(slash)\(file)"
            }
        }
        return "cat /proc/self/cgroup  # raise the quota of this group"
    }
}

/// During a run BusyMachine looks at it.
struct Throttling: Check {
    let name = "throttling"
    let effect = "the quota held this group back: times have pauses in them"

    func look(at machine: Machine) -> Observation {
        guard let times = HostAccounting.throttledPeriods(root: machine.root) else {
            return .unknown("not told")
        }
        if times == 0 { return .ok("never") }
        let moved =
            machine.earlier.flatMap {
                MovingCounts(root: machine.root).growth(of: \.throttled, since: $0)
            } ?? 0
        let remedy = "grep throttled /sys/fs/cgroup/cpu.stat /sys/fs/cgroup/cpu/cpu.stat"
        return moved > 0
            ? .block("\(moved) times just now", remedy) : .warn("\(times) times so far", remedy)
    }
}

struct Heat: Check {
    let name = "heat"
    let effect = "a processor that is too hot slows down"

    func look(at machine: Machine) -> Observation {
        let now = MovingCounts(root: machine.root)
        guard let times = now.overheated else { return .unknown("not told, as in guests") }
        if times == 0 { return .ok("never too hot") }
        let moved = machine.earlier.flatMap { now.growth(of: \.overheated, since: $0) } ?? 0
        let remedy = "sudo dmesg | grep -i temperature  # cool it, or turn turbo off"
        return moved > 0
            ? .block("\(moved) times just now", remedy) : .warn("\(times) times since boot", remedy)
    }
}

/// A clock that is read without a system call costs 20 ns, any other a microsecond: of every batch
/// of requests, on both sides.
struct Clocksource: Check {
    let name = "clocksource"
    let effect = "reading the clock is a system call, and takes long"

    private static let folder = "/sys/devices/system/clocksource/clocksource0"
    private static let fast: Set<String> = ["tsc", "arch_sys_counter"]
    /// Read without a call where the host's own clock is steady.
    private static let ofGuests: Set<String> = ["kvm-clock", "hyperv_clocksource_tsc_page", "xen"]

    func look(at machine: Machine) -> Observation {
        guard let source = machine.line("\(Self.folder)/current_clocksource"), !source.isEmpty
        else { return .unknown() }
        if Self.fast.contains(source) { return .ok(source) }
        let remedy = "echo tsc | sudo tee \(Self.folder)/current_clocksource"
        return Self.ofGuests.contains(source) ? .warn(source, remedy) : .block(source, remedy)
    }
}

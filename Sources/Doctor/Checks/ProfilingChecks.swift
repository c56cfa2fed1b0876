// What the kernel lets this process count and sample, and what it shows of itself.
import LinuxSystem

enum ProfilingChecks {
    static let all: [any Check] = [
        HardwareCounters(), ClockSampler(), KernelFrames(), SymbolAddresses(), Paranoia(),
        PointerRestriction(), LockedMemory(), Capabilities(), Seccomp(), Lockdown(),
        FileCheck(
            "sample rate", "fewer samples a second than asked for",
            "/proc/sys/kernel/perf_event_max_sample_rate"
        ) { text in
            guard let rate = Int(text) else { return nil }
            // The finest that stacks are sampled at.
            return rate < 4_999
                ? .warn(
                    "\(rate) a second", "sudo sysctl -w kernel.perf_event_max_sample_rate=100000")
                : .ok("\(rate) a second")
        },
        FileCheck(
            "NMI watchdog", "it has one of the processor's counters",
            "/proc/sys/kernel/nmi_watchdog"
        ) { text in
            switch Int(text) {
            case nil: nil
            case 0?: .ok("off")
            default: .warn("on", "sudo sysctl -w kernel.nmi_watchdog=0")
            }
        },
    ]

    static let allowance = "sudo sysctl -w kernel.perf_event_paranoid=1"
    /// For containers, whose filter forbids perf_event_open as they come.
    static let unfiltered =
        "docker run --security-opt seccomp=unconfined --cap-add PERFMON  # or podman"

    /// Whether a filter stands before this process's system calls; nil where nothing tells.
    static func isFiltered(_ machine: Machine) -> Bool? {
        ProcessAccounting.statusField("self", "Seccomp", root: machine.root)
            .flatMap { Int($0) }.map { $0 != 0 }
    }

    /// That something may not be sampled.
    /// - Parameters:
    ///   - level: of perf_event_paranoid, at which every process may do that.
    ///   - remedy: against a level above it.
    static func refusal(
        _ reason: String, upTo level: Int, _ remedy: String, on machine: Machine
    ) -> Observation {
        let paranoia = machine.number("/proc/sys/kernel/perf_event_paranoid")
        guard isFiltered(machine) == true, let paranoia, paranoia <= level else {
            return .warn(reason, remedy)
        }
        // Not the kernel's setting: changing it would change nothing.
        return .warn("\(reason), by a filter", unfiltered)
    }
}

struct HardwareCounters: Check {
    let name = "hardware counters"
    let effect = "no cycles, instructions or cache misses as the processor counts them"

    func look(at machine: Machine) -> Observation {
        guard let probes = machine.probes else { return .unknown("not tried") }
        guard let reason = probes.hardwareCounters else {
            let names = probes.eventNames.isEmpty ? "" : "; events: \(probes.eventNames)"
            return .ok("cycles are counted\(names)")
        }
        return .unknown(
            reason, "hashmark counters --mode simulated --target ref:valkey-9.1")
    }
}

struct ClockSampler: Check {
    let name = "clock sampling"
    let effect = "no stacks, so no flame graphs"

    func look(at machine: Machine) -> Observation {
        guard let probes = machine.probes else { return .unknown("not tried") }
        guard let reason = probes.clockSampling else { return .ok("opens") }
        return ProfilingChecks.refusal(
            reason, upTo: 2, "sudo sysctl -w kernel.perf_event_paranoid=2", on: machine)
    }
}

struct KernelFrames: Check {
    let name = "kernel frames"
    let effect = "time in the kernel has no stack, and it is most of a small request"

    func look(at machine: Machine) -> Observation {
        guard let probes = machine.probes else { return .unknown("not tried") }
        guard let reason = probes.kernelSampling else { return .ok("sampled") }
        return ProfilingChecks.refusal(reason, upTo: 1, ProfilingChecks.allowance, on: machine)
    }
}

struct SymbolAddresses: Check {
    let name = "kernel symbols"
    let effect = "kernel frames have no names"

    /// The first address is enough.
    private static let enough = 64

    func look(at machine: Machine) -> Observation {
        let path = machine.root + "/proc/kallsyms"
        guard let bytes = SmallFile.bytes(path, atMost: Self.enough), !bytes.isEmpty else {
            return .unknown()
        }
        let address = bytes.prefix { $0 != UInt8(ascii: " ") }
        return address.contains { $0 != UInt8(ascii: "0") }
            ? .ok("shown") : .warn("hidden", "sudo sysctl -w kernel.kptr_restrict=0")
    }
}

struct Paranoia: Check {
    let name = "perf_event_paranoid"
    let effect = "the kernel's part of the work is not counted"

    func look(at machine: Machine) -> Observation {
        guard let level = machine.number("/proc/sys/kernel/perf_event_paranoid") else {
            return .unknown()
        }
        let mayAll =
            machine.hasCapability(ProcessCapability.sample) == true
            || machine.hasCapability(ProcessCapability.administer) == true
        if level <= 1 { return .ok("\(level)") }
        return mayAll
            ? .ok("\(level), with CAP_PERFMON") : .warn("\(level)", ProfilingChecks.allowance)
    }
}

struct PointerRestriction: Check {
    let name = "kptr_restrict"
    let effect = "kernel frames have no names"

    func look(at machine: Machine) -> Observation {
        guard let level = machine.number("/proc/sys/kernel/kptr_restrict") else {
            return .unknown()
        }
        if level <= 0 { return .ok("\(level)") }
        return level == 1 && machine.hasCapability(ProcessCapability.readKernelLog) == true
            ? .ok("1, with CAP_SYSLOG")
            : .warn("\(level)", "sudo sysctl -w kernel.kptr_restrict=0")
    }
}

/// A ring of 1 MiB for each thread that is sampled, 4 with its stacks.
struct LockedMemory: Check {
    let name = "perf_event_mlock_kb"
    let effect = "rings are small, and samples of stacks are lost"

    private static let least = 4_096

    func look(at machine: Machine) -> Observation {
        guard let kibibytes = machine.number("/proc/sys/kernel/perf_event_mlock_kb") else {
            return .unknown()
        }
        if kibibytes >= Self.least { return .ok("\(kibibytes) KiB") }
        return machine.hasCapability(ProcessCapability.lockMemory) == true
            ? .ok("\(kibibytes) KiB, with CAP_IPC_LOCK")
            : .warn("\(kibibytes) KiB", "sudo sysctl -w kernel.perf_event_mlock_kb=16384")
    }
}

struct Capabilities: Check {
    let name = "capabilities"
    let effect = "other users' processes cannot be counted or sampled"

    private static let wanted = [
        (ProcessCapability.sample, "PERFMON"), (ProcessCapability.readKernelLog, "SYSLOG"),
        (ProcessCapability.lockMemory, "IPC_LOCK"),
    ]

    func look(at machine: Machine) -> Observation {
        guard let mayAdminister = machine.hasCapability(ProcessCapability.administer) else {
            return .unknown()
        }
        let held = Self.wanted.filter { machine.hasCapability($0.0) == true }.map { $0.1 }
        let value = held.isEmpty ? "none" : held.joined(separator: ", ")
        if mayAdminister || held.contains("PERFMON") { return .ok(value) }
        return .warn(
            value,
            "sudo setcap cap_perfmon,cap_syslog,cap_ipc_lock+ep \"$(command -v hashmark)\"")
    }
}

struct Seccomp: Check {
    let name = "seccomp"
    let effect = "a filter may forbid counters and memory policies"

    func look(at machine: Machine) -> Observation {
        guard let isFiltered = ProfilingChecks.isFiltered(machine) else { return .unknown() }
        return isFiltered ? .warn("filtered", ProfilingChecks.unfiltered) : .ok("no filter")
    }
}

struct Lockdown: Check {
    let name = "lockdown"
    let effect = "the kernel may not be sampled, whoever asks"

    func look(at machine: Machine) -> Observation {
        guard let mode = machine.choice("/sys/kernel/security/lockdown") else {
            return .unknown("not there")
        }
        return mode == "confidentiality"
            ? .warn(mode, "cat /proc/cmdline  # boot without lockdown=confidentiality") : .ok(mode)
    }
}

// What the processor does by itself: its clock, its idle states, what its cores share.
import LinuxSystem
import Quantities

enum ProcessorChecks {
    static let all: [any Check] = [
        Governor(), EnergyPreference(), Turbo(), ClockSpread(), Siblings(), IdleStates(),
        Isolation(), Mitigations(), Microcode(),
    ]

    static let folder = "/sys/devices/system/cpu"

    /// The values that a file has below `folder`, over all CPUs, without repetition.
    static func values(_ file: String, _ machine: Machine) -> [String] {
        let lines = machine.names(in: folder).filter { $0.hasPrefix("cpu") }
            .compactMap { machine.line("\(folder)/\($0)/\(file)") }.filter { !$0.isEmpty }
        return Set(lines).sorted()
    }
}

/// Power daemons change it: a run says so where it saves power.
struct Governor: Check {
    let name = "governor"
    let effect = "the clock follows the load, and half loads look slow"

    func look(at machine: Machine) -> Observation {
        let governors = ProcessorChecks.values("cpufreq/scaling_governor", machine)
        if governors.isEmpty { return .unknown("not told, as in guests") }
        let value = governors.joined(separator: ", ")
        if governors == ["performance"] { return .ok(value) }
        return .warn(
            value,
            "echo performance | sudo tee \(ProcessorChecks.folder)/cpu*/cpufreq/scaling_governor",
            told: governors.contains("powersave") ? .yes : .no)
    }
}

struct EnergyPreference: Check {
    let name = "energy preference"
    let effect = "the clock rises late"

    func look(at machine: Machine) -> Observation {
        let file = "cpufreq/energy_performance_preference"
        let preferences = ProcessorChecks.values(file, machine)
        if preferences.isEmpty { return .unknown("not there") }
        let value = preferences.joined(separator: ", ")
        return preferences == ["performance"]
            ? .ok(value)
            : .warn(value, "echo performance | sudo tee \(ProcessorChecks.folder)/cpu*/\(file)")
    }
}

struct Turbo: Check {
    let name = "turbo"
    let effect = "the clock hangs on heat and on what other cores do"

    func look(at machine: Machine) -> Observation {
        let intel = "\(ProcessorChecks.folder)/intel_pstate/no_turbo"
        let others = "\(ProcessorChecks.folder)/cpufreq/boost"
        switch (machine.line(intel), machine.line(others)) {
        case ("1"?, _), (nil, "0"?): return .ok("off")
        case ("0"?, _): return .warn("on", "echo 1 | sudo tee \(intel)")
        case (nil, "1"?): return .warn("on", "echo 0 | sudo tee \(others)")
        default: return .unknown("not told, as in guests")
        }
    }
}

struct ClockSpread: Check {
    let name = "clock of the CPUs"
    let effect = "one CPU is faster than another, whoever runs on it"

    /// Cores of one kind at one load keep within this.
    private static let limit = 0.03

    func look(at machine: Machine) -> Observation {
        let clocks = machine.processorField("cpu MHz").compactMap { Double($0) }
            .filter { $0.isFinite && $0 > 0 }
        guard let least = clocks.min(), let most = clocks.max() else { return .unknown("not told") }
        let value =
            least == most
            ? "\(most.fixed(0)) MHz" : "\(least.fixed(0)) to \(most.fixed(0)) MHz"
        return (most - least) / most > Self.limit
            ? .warn(value, "sudo cpupower frequency-set --governor performance") : .ok(value)
    }
}

/// Of the CPUs that servers and load get by themselves.
struct Siblings: Check {
    let name = "threads of a core"
    let effect = "server and load take each other's time"

    func look(at machine: Machine) -> Observation {
        let topology = CPUTopology(root: machine.root)
        guard !topology.cores.isEmpty else { return .unknown("not told") }
        guard let places = machine.places else { return .unknown("one CPU") }
        let shared = topology.siblings(of: places.client).filter { places.servers.contains($0) }
        if shared.isEmpty { return .ok("server and load apart") }
        let value = "\(places.client) shares with \(CPUList.text(shared))"
        let apart = places.servers.filter { !shared.contains($0) }
        if apart.isEmpty {
            return .warn(value, "echo off | sudo tee \(ProcessorChecks.folder)/smt/control")
        }
        let cpus = "\(CPUList.text(apart))/\(places.client)"
        return .warn(value, "hashmark compare --cpus \(cpus)  # beside its targets")
    }
}

struct IdleStates: Check {
    let name = "idle states"
    let effect = "waking up takes long: low rates look slow"

    /// In µs: of the order of a request.
    private static let limit = 20

    func look(at machine: Machine) -> Observation {
        let folder = "\(ProcessorChecks.folder)/cpu0/cpuidle"
        let latencies = machine.names(in: folder).compactMap { state -> Int? in
            guard machine.line("\(folder)/\(state)/disable") != "1" else { return nil }
            return machine.number("\(folder)/\(state)/latency")
        }
        guard let most = latencies.max() else { return .unknown("not told, as in guests") }
        let value = "\(most) µs at most"
        return most > Self.limit
            ? .warn(value, "sudo cpupower idle-set --disable-by-latency \(Self.limit)")
            : .ok(value)
    }
}

struct Isolation: Check {
    let name = "isolated CPUs"
    let effect = "CPUs that nobody else gets stay unused"

    func look(at machine: Machine) -> Observation {
        guard let text = machine.line("\(ProcessorChecks.folder)/isolated") else {
            return .unknown()
        }
        if text.isEmpty { return .ok("none") }
        guard let isolated = try? CPUList.parse(text) else { return .unknown() }
        // Two of them are a place to measure; taskset puts nobody else there.
        guard isolated.count > 1, let client = isolated.last else { return .ok(text) }
        let isUsed = machine.allowedCPUs.map { Set($0).isSubset(of: isolated) } ?? false
        let servers = CPUList.text(Array(isolated.dropLast()))
        return isUsed
            ? .ok(text)
            : .warn(text, "hashmark compare --cpus \(servers)/\(client)  # beside its targets")
    }
}

struct Mitigations: Check {
    let name = "mitigations"
    let effect = "system calls are cheaper than in production"

    func look(at machine: Machine) -> Observation {
        let folder = "\(ProcessorChecks.folder)/vulnerabilities"
        let states = machine.names(in: folder).compactMap { machine.line("\(folder)/\($0)") }
        if states.isEmpty { return .unknown() }
        let isOff = machine.line("/proc/cmdline")?.split(separator: " ")
            .contains("mitigations=off")
        let value = "\(states.count { $0.hasPrefix("Mitigation") }) at work"
        return isOff == true
            ? .warn("off", "sudo grubby --update-kernel=ALL --remove-args=mitigations=off")
            : .ok(value)
    }
}

struct Microcode: Check {
    let name = "microcode"
    let effect = "CPUs of one machine do not behave alike"

    func look(at machine: Machine) -> Observation {
        let revisions = Set(machine.processorField("microcode")).sorted()
        if revisions.isEmpty { return .unknown("not told") }
        let value = revisions.joined(separator: ", ")
        return revisions.count == 1 ? .ok(value) : .warn(value, "sudo dmesg | grep -i microcode")
    }
}

// What comes between a thread and its CPU: interrupts, late timers, other sessions.
import Quantities

enum SchedulingChecks {
    static let all: [any Check] = [
        Interrupts(), InterruptBalancer(),
        FileCheck(
            "timer slack", "sleeps end late: schedules are not kept", "/proc/self/timerslack_ns"
        ) { text in
            guard let slack = UInt64(text) else { return nil }
            let value = "\(Nanoseconds(slack).value(in: .microseconds).plainText) µs"
            // The kernel's default; a service manager may have set more.
            return slack <= 50_000
                ? .ok(value) : .warn(value, "systemd-run --user -t -p TimerSlackNSec=50us bash")
        },
        FileCheck(
            "autogroup", "a session's share of the CPUs hangs on the other sessions",
            "/proc/sys/kernel/sched_autogroup_enabled"
        ) { text in
            switch text {
            case "0": .ok("off")
            case "1": .warn("on", "sudo sysctl -w kernel.sched_autogroup_enabled=0")
            default: nil
            }
        },
    ]
}

/// On servers' CPUs, where they have CPUs of their own.
struct Interrupts: Check {
    let name = "interrupts"
    let effect = "devices take time from the server's CPUs"

    func look(at machine: Machine) -> Observation {
        guard let places = machine.places else { return .unknown("one CPU") }
        let folder = "/proc/irq"
        let all = machine.names(in: folder).filter { Int($0) != nil }.compactMap { number in
            machine.cpus("\(folder)/\(number)/effective_affinity_list")
                ?? machine.cpus("\(folder)/\(number)/smp_affinity_list")
        }
        if all.isEmpty { return .unknown() }
        let there = all.count { !Set($0).isDisjoint(with: places.servers) }
        let value = "\(there) of \(all.count) on its CPUs"
        return there == 0
            ? .ok(value)
            : .warn(
                value, "echo \(places.client) | sudo tee \(folder)/*/smp_affinity_list >/dev/null")
    }
}

struct InterruptBalancer: Check {
    let name = "irqbalance"
    let effect = "interrupts move between rounds"

    func look(at machine: Machine) -> Observation {
        let names = machine.names(in: "/proc").filter { Int($0) != nil }
            .compactMap { machine.line("/proc/\($0)/comm") }
        if names.isEmpty { return .unknown() }
        return names.contains("irqbalance")
            ? .warn("runs", "sudo systemctl stop irqbalance") : .ok("does not run")
    }
}

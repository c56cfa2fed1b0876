// All checks of a machine, and what they come to in a sentence.
//
//     { "schema": "hashmark.doctor/1",
//       "headline": TEXT,
//       "abilities": [{ "name": TEXT, "reason": why not, absent where it is there }],
//       "findings": [{ "group": "now" … "numa", "check": TEXT, "value": TEXT,
//                      "level": "ok" | "warn" | "block" | "n/a", "effect": what it does,
//                      "remedy": a line for a shell, absent where there is none }],
//       "noise": see NoiseFloor, absent where it was not measured }
import LinuxSystem

/// What a machine can measure.
public struct Ability: Equatable, Sendable, Encodable {
    public let name: String
    /// Why it cannot; nil: it can.
    public let reason: String?
}

public struct Checkup: Equatable, Sendable {
    /// In the order of the groups.
    public let findings: [MachineFinding]
    public let abilities: [Ability]

    public init(_ machine: Machine) {
        findings = CheckGroup.allCases.flatMap { group in
            group.checks.map { MachineFinding($0, group, on: machine) }
        }
        abilities = Self.abilities(machine)
    }

    /// Of this machine, in about a second: what moves is looked at twice.
    public static func ofThisMachine() -> Checkup {
        let probes = Probes.take()
        let earlier = MovingCounts()
        // Fifty ticks of each CPU: one that was stolen is 2 % of a CPU.
        Clock.sleep(milliseconds: 500)
        return Checkup(Machine(probes: probes, earlier: earlier))
    }

    /// What a run says of the machine among its warnings: what blocks, and what comes and goes.
    /// Reads a few files, and one more for each CPU.
    public static func told(_ machine: Machine = Machine()) -> [MachineFinding] {
        let checks: [(check: any Check, group: CheckGroup)] = [
            (LoadAverage(), .now), (CPUPressure(), .now), (Quota(), .now), (Clocksource(), .now),
            (Governor(), .cpu),
        ]
        let findings = checks.map { MachineFinding($0.check, $0.group, on: machine) }
        let busy = findings.first { $0.told == .busy }
        return findings.filter { $0.told == .yes || $0 == busy }
    }

    private static func abilities(_ machine: Machine) -> [Ability] {
        func ability(_ name: String, _ reason: KeyPath<Probes, String?>) -> Ability {
            guard let probes = machine.probes else {
                return Ability(name: name, reason: "not tried")
            }
            return Ability(name: name, reason: probes[keyPath: reason])
        }
        let hasAccounts = machine.text("/proc/self/schedstat") != nil
        return [
            Ability(
                name: "CPU time",
                reason: hasAccounts ? nil : "/proc/self/schedstat cannot be read"),
            ability("hardware counters", \.hardwareCounters),
            ability("simulated counts", \.simulation),
            ability("clock sampling", \.clockSampling),
            ability("kernel frames", \.kernelSampling),
        ]
    }

    /// Those of one level, in the order of the checks.
    public func findings(_ level: Level) -> [MachineFinding] {
        findings.filter { $0.level == level }
    }

    /// `3 things disturb, 1 blocks: …; can: …; cannot: …`
    public var headline: String {
        let (warnings, blocks) = (findings(.warn), findings(.block))
        var parts: [String] = []
        if !warnings.isEmpty {
            let verb = warnings.count == 1 ? "thing disturbs" : "things disturb"
            parts.append("\(warnings.count) \(verb)")
        }
        if !blocks.isEmpty {
            let named = blocks.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
            parts.append("\(blocks.count) block\(blocks.count == 1 ? "s" : ""): \(named)")
        }
        let can = abilities.filter { $0.reason == nil }.map(\.name)
        let cannot = abilities.compactMap { ability in
            ability.reason.map { "\(ability.name) (\($0))" }
        }
        var sentences = [parts.isEmpty ? "nothing disturbs" : parts.joined(separator: ", ")]
        if !can.isEmpty { sentences.append("can: \(can.joined(separator: ", "))") }
        if !cannot.isEmpty { sentences.append("cannot: \(cannot.joined(separator: ", "))") }
        return sentences.joined(separator: "; ")
    }
}

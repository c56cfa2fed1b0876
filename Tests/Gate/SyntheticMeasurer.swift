// A machine made up for tests: normal scatter, launches that differ, outliers, and a candidate with
// known changes.
import Distributions
import Gate
import RunRecord

struct SyntheticMeasurer: OfflineMeasurer {
    var random: SplitMix64
    /// Standard deviation of a target's reading in a round, in log units.
    var scatter = 0.02
    /// Share of rounds in which a target is hit by something, and how much slower it is then.
    var outliers = 0.0
    var outlierSize = 0.3
    /// Changes of the candidate, as shares: of CPU time, of bytes per entry, of misses.
    var cpuChange = 0.0
    var bytesAdded = 0.0
    var missesChange = 0.0
    /// Change of the baseline's copy: a machine that treats equals unequally.
    var sentinelChange = 0.0
    var secondsPerRound = 3.0
    var throttledSlices = 0
    var unavailable: Set<String> = []

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private mutating func reading(_ level: Double) -> Double {
        // Sum of twelve uniforms: near enough to a normal variate.
        let normal = (0..<12).reduce(-6.0) { sum, _ in
            sum + Double.random(in: 0..<1, using: &random)
        }
        let hit = Double.random(in: 0..<1, using: &random) < outliers
        return level * (1 + scatter * normal) * (hit ? 1 + outlierSize : 1)
    }

    mutating func answer(_ need: Need, _ sides: Sides, _ record: inout RunRecord) -> Double {
        switch need {
        case .rounds(let stage, let first, let count):
            let workload = "get"
            for (label, change) in [
                (sides.baseline, 0.0), (sides.sentinel, sentinelChange),
                (sides.candidate, cpuChange),
            ] {
                guard let label else { continue }
                let cpu = (0..<count).map { _ in reading(500 * (1 + change)) }
                add(.serverCPU, label, workload, cpu, stage, &record)
                add(.throughput, label, workload, cpu.map { 1e9 / $0 }, stage, &record)
                record.rounds.append(
                    RunRecord.Round(
                        round: first, seed: 1, order: 0, target: label,
                        slices: (0..<10).map {
                            .init(
                                startNanoseconds: $0, ops: 1,
                                throttledNanoseconds: $0 < throttledSlices ? 5 : 0)
                        }))
            }
            return secondsPerRound * Double(count)
        case .memory:
            for (label, added) in [(sides.baseline, 0.0), (sides.candidate, bytesAdded)] {
                guard let label else { continue }
                for entries in Policy().memory.entries {
                    for metric in [
                        Metric.memoryPerEntry(.reported), .memoryPerEntry(.sizeClass),
                        .allocationsPerEntry, .memoryPerEntry(.rss),
                    ] {
                        let conditions: Conditions = ["entries": .number(entries)]
                        record.results.append(
                            unavailable.contains(metric.id)
                                ? .init(
                                    metric, target: label, workload: "memory",
                                    conditions: conditions, unavailable: "not here")
                                : .init(
                                    metric, target: label, workload: "memory",
                                    conditions: conditions,
                                    value: metric == .allocationsPerEntry ? 2 : 100 + added))
                    }
                }
            }
            return 1
        case .simulated(let seed):
            for (label, change) in [(sides.baseline, 0.0), (sides.candidate, missesChange)] {
                guard let label else { continue }
                for event in Metric.SimulatedEvent.allCases {
                    // The seed moves both sides alike.
                    let value = (3 + 0.1 * Double(seed)) * (1 + change)
                    record.results.append(
                        .init(
                            .simulated(event), target: label, workload: "get", value: value,
                            samples: [value]))
                }
            }
            return 10
        }
    }

    private func add(
        _ metric: Metric, _ label: String, _ workload: String, _ samples: [Double], _ stage: Stage,
        _ record: inout RunRecord
    ) {
        record.results.append(
            unavailable.contains(metric.id)
                ? .init(
                    metric, target: label, workload: workload,
                    conditions: ["stage": .string(stage.rawValue)], unavailable: "not here")
                : .init(
                    metric, target: label, workload: workload,
                    conditions: ["stage": .string(stage.rawValue)], value: samples[0],
                    samples: samples))
    }
}

let sides = Sides(baseline: "old", candidate: "new", sentinel: Sides.sentinelLabel)

/// A gate of timed checks alone, which is where chance is.
func timedPolicy() -> Policy {
    var policy = Policy()
    policy.rules.removeAll { $0.kind != .timed }
    return policy
}

/// One load, two timed metrics, and what is counted.
func plainPolicy() -> Policy {
    var policy = Policy()
    policy.rules.removeAll { $0.kind == .timed }
    policy.rules += [
        Rule("server_cpu_ns_per_op", .timed, margin: 0.02),
        Rule("throughput_ops_per_s", .timed, margin: 0.05),
    ]
    return policy
}

func plainTimedPolicy() -> Policy {
    var policy = plainPolicy()
    policy.rules.removeAll { $0.kind != .timed }
    return policy
}

func gate(_ policy: Policy = plainPolicy()) -> Gate {
    Gate(policy, sides)
}

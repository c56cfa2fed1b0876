// What takes the servers' place in tests of the measuring loop: readings that are made up, a clock
// that a need moves on, and events at chosen needs.
import Experiments
import Foundation
import Gate
import Gating
import RunRecord
import Targets

let sides = Sides(baseline: "old", candidate: "new", sentinel: Sides.sentinelLabel)

/// One load, and one rule of every kind that decides.
func smallPolicy() -> Policy {
    var policy = Policy()
    policy.rules = [
        Rule("server_cpu_ns_per_op", .timed, margin: 0.02),
        Rule("memory_bytes_per_entry/reported", .exact, margin: 0.003, absolute: 0.5),
        Rule("sim_ll_read_misses_per_op", .paired, margin: 0.04),
    ]
    return policy
}

/// A machine without noise on which the two sides are equal, unless it is told otherwise.
struct Machine: OfflineMeasurer {
    /// The candidate's CPU time over the baseline's, by round.
    var cpu: @Sendable (Int) -> Double = { _ in 1 }
    var bytesAdded = 0.0
    /// Times of a launch, a seed and a round, in s.
    static let launch = 1.0
    static let seed = 10.0
    static let round = 10.0

    mutating func answer(_ need: Need, _ sides: Sides, _ record: inout RunRecord) -> Double {
        switch need {
        case .memory:
            addBytes(sides, &record)
            return Self.launch
        case .simulated(let seed):
            addCounts(seed, sides, &record)
            return Self.seed
        case .rounds(let stage, let first, let count):
            addRounds(stage, first..<(first + count), sides, &record)
            return Self.round * Double(count)
        }
    }

    private func addBytes(_ sides: Sides, _ record: inout RunRecord) {
        let memory = Policy().memory
        for (label, added) in [(sides.baseline, 0.0), (sides.candidate, bytesAdded)] {
            guard let label else { continue }
            for entries in memory.entries {
                record.results.append(
                    RunRecord.Result(
                        .memoryPerEntry(.reported), target: label,
                        workload: RunRecord.Workload.memoryCurve,
                        conditions: [
                            "entries": .number(entries), "key_size": .number(memory.keySize),
                            "value_size": .number(memory.valueSize),
                        ], value: 100 + added))
            }
        }
    }

    private func addCounts(_ seed: UInt64, _ sides: Sides, _ record: inout RunRecord) {
        let simulated = Policy().simulated
        for label in [sides.baseline, sides.candidate].compactMap(\.self) {
            for event in Metric.SimulatedEvent.allCases {
                // The seed moves both sides alike.
                let value = 3 + 0.1 * Double(seed)
                record.results.append(
                    RunRecord.Result(
                        .simulated(event), target: label, workload: "get",
                        conditions: [
                            "entries": .number(simulated.entries),
                            "requests": .number(simulated.requests),
                        ], value: value, samples: [value]))
            }
        }
    }

    private func addRounds(
        _ stage: Stage, _ rounds: Range<Int>, _ sides: Sides, _ record: inout RunRecord
    ) {
        for label in [sides.baseline, sides.sentinel, sides.candidate].compactMap(\.self) {
            let samples = rounds.map { 500 * (label == sides.candidate ? cpu($0) : 1) }
            record.results.append(
                RunRecord.Result(
                    .serverCPU, target: label, workload: "get",
                    conditions: [Stage.condition: .string(stage.rawValue)], value: samples[0],
                    samples: samples))
            for round in rounds {
                record.rounds.append(
                    RunRecord.Round(
                        round: round, seed: 1, order: 0, target: label, stage: stage.rawValue))
            }
        }
    }
}

/// Answers needs by a ``Machine``, and does what it was told at some of them instead.
final class Script: GateMeasurer {
    /// Stands for what is measured, or for a part of it.
    typealias Event = (Recorder) throws(ExperimentFailure) -> Void

    /// What was asked for, in order.
    private(set) var needs: [Need] = []
    private(set) var hasBegun = false
    private let sides: Sides
    private var machine: Machine
    private let events: [Int: Event]
    private var nanoseconds = 0

    /// - Parameter events: by the number of the need, from 0.
    init(_ sides: Sides, _ machine: Machine, _ events: [Int: Event]) {
        self.sides = sides
        self.machine = machine
        self.events = events
    }

    func begin(_ recorder: Recorder) throws(ExperimentFailure) {
        hasBegun = true
        do throws(TargetError) {
            for label in [sides.baseline, sides.sentinel, sides.candidate].compactMap(\.self) {
                recorder.add([try Target(parsing: "\(label)=ref:valkey-9.1")])
            }
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    func now(_ recorder: Recorder) -> Int { nanoseconds }

    func measure(
        _ need: Need, _ left: Remainder, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        needs.append(need)
        if let event = events[needs.count - 1] { return try event(recorder) }
        var scratch = RunRecord(hashmarkVersion: "", arguments: [], seed: 0)
        let seconds = machine.answer(need, sides, &scratch)
        for result in scratch.results { recorder.add(result) }
        for round in scratch.rounds { recorder.add(round) }
        nanoseconds += Int(seconds * 1e9)
    }
}

/// A gate that has run.
struct Outcome {
    let record: RunRecord
    let needs: [Need]
    let hasBegun: Bool
    /// What the run threw.
    let failure: ExperimentFailure?

    var verdict: RunRecord.Verdict? { record.verdict }

    /// Rounds that were asked for.
    var rounds: Int {
        needs.reduce(0) { sum, need in
            if case .rounds(_, _, let count) = need { sum + count } else { sum }
        }
    }
}

/// Runs a gate by a script.
/// - Parameter events: by the number of the need, from 0.
func outcome(
    of gate: Gate = Gate(smallPolicy(), sides), machine: Machine = Machine(),
    events: [Int: Script.Event] = [:]
) -> Outcome {
    let script = Script(gate.sides, machine, events)
    let recorder = Recorder(arguments: ["hashmark", "gate"], seed: 7, quiet: true)
    var run = GateRun(gate, script)
    var failure: ExperimentFailure?
    do throws(ExperimentFailure) {
        try run.run(recorder)
    } catch {
        failure = error
    }
    return Outcome(
        record: recorder.record, needs: script.needs, hasBegun: script.hasBegun, failure: failure)
}

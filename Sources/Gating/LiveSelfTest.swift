// The live part of a self-test: rounds of a target beside its copies and a slowed one, from which
// gates are drawn afterwards, and whole gates of what is counted, with bytes and misses injected.
import Experiments
import Gate
import Quantities
import RunRecord
import ShippedFiles
import Targets
import Workloads

public struct LiveSelfTest {
    private let policy: Policy
    private let cells: [RoundCell]
    private let simulated: CompiledWorkload?

    /// - Parameter search: where the policy's workloads are looked for.
    public init(_ policy: Policy, in search: SearchPath) throws(WorkloadProblems) {
        self.policy = policy
        cells = try policy.roundCells(in: search)
        simulated = try policy.simulatedLoad(in: search)
    }

    // MARK: who takes part

    /// Half of the margin more than the policy's for CPU time, at about 500 ns per operation.
    private static let slowedNanoseconds = 25

    /// The target, its copies, and a slowed one where it can be; each as `LABEL=TARGET`.
    public static func contestants(of target: String) -> [String] {
        var spellings = [
            SelfTest.baselineLabel, SelfTest.copyLabel, SelfTest.unchangedLabel,
        ].map { "\($0)=\(target)" }
        if takesInjections(target) {
            let slowed = injected("cpu-ns:\(slowedNanoseconds)", into: target)
            spellings.append("\(SelfTest.slowedLabel)=\(slowed)")
        }
        return spellings
    }

    /// A gate of what is counted.
    public struct CountedGate {
        /// What was injected into the candidate, for people.
        public let change: String
        /// The baseline and the candidate, as `LABEL=TARGET`.
        public let sides: [String]
    }

    /// Gates of counts that are worth running; none of a target that takes no injections.
    public static func countedGates(of target: String) -> [CountedGate] {
        guard takesInjections(target) else { return [] }
        let changes: [(change: String, injection: String?)] = [
            ("\(Certificate.Row.nothing) (counts)", nil), ("+8 B per entry", "entry-bytes:8"),
            ("+16 B per entry", "entry-bytes:16"), ("one miss per operation", "chase:1"),
        ]
        return changes.map { change, injection in
            let candidate = injection.map { injected($0, into: target) } ?? target
            return CountedGate(
                change: change, sides: ["baseline=\(target)", "candidate=\(candidate)"])
        }
    }

    private static func takesInjections(_ target: String) -> Bool { target.hasPrefix("ref:") }

    private static func injected(_ what: String, into target: String) -> String {
        target + (target.contains("?") ? "&" : "?") + "inject=\(what)"
    }

    // MARK: measuring

    /// Drives all cells of the policy for about `seconds`, round after round.
    /// - Parameter targets: the ``contestants(of:)``.
    /// - Returns: the complete rounds.
    public func rounds(
        of targets: [Target], seconds: Double, _ recorder: Recorder
    ) throws(ExperimentFailure) -> RoundPool {
        let start = recorder.now
        var plan = RoundPlan(policy, seed: recorder.record.seed)
        plan.rounds = .max
        plan.budgetNanoseconds = Nanoseconds(seconds: seconds).count
        plan.placement = .automatic()
        try plan.placement.apply(recorder)
        var rounds = InterleavedRounds(targets, cells, plan)
        rounds.conditions = [Stage.condition: .string(Stage.screen.rawValue)]
        rounds.stage = Stage.screen.rawValue
        rounds.sentinel = SelfTest.copyLabel
        try rounds.run(recorder)
        let count = Set(recorder.record.rounds.map(\.round)).count
        // A gate's rounds have three servers.
        let perRound =
            Nanoseconds(recorder.now - start).seconds / Double(max(count, 1)) * 3
            / Double(targets.count)
        return RoundPool(recorder.record, policy, secondsPerRound: perRound)
    }

    /// Runs a live gate of counted metrics alone.
    /// - Parameter sides: those of `gate`, as targets.
    public func row(
        _ gate: CountedGate, _ sides: [Target], _ recorder: Recorder
    ) throws(ExperimentFailure) -> Certificate.Row {
        var policy = self.policy
        policy.rules.removeAll { $0.kind == .timed }
        let scratch = Recorder(
            arguments: recorder.record.arguments, seed: recorder.record.seed,
            progress: recorder.progress)
        let counted = Gate(
            policy,
            Sides(
                baseline: sides[0].label, candidate: sides[1].label,
                sentinel: Sides.sentinelLabel))
        var run = GateRun(
            counted,
            LiveMeasurer(
                counted, baseline: sides[0], candidate: sides[1], cells: [], simulated: simulated))
        try run.run(scratch)
        var row = Certificate.Row(change: gate.change, how: "live")
        if let verdict = scratch.record.verdict { row.count(verdict) }
        return row
    }
}

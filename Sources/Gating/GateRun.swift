// A gate while it runs: whatever it asks for is measured, until it has its verdict.
//
//     Gate.step ──> need ──> measurer ──> record
//         ↑                                  │
//         └── what it took, what came of it ─┘
//
// The loop knows no server: what measures is a value of a ``GateMeasurer``, so that a script can
// take its place. It ends with a verdict, with an incident of a server, or with a failure.
//
//   a server's incident                the verdict tells it: whose fault it was decides
//   a baseline that does not start     nothing to compare with: thrown, and no verdict
//   whatever else                      an inconclusive verdict, and thrown
import Experiments
import Gate
import Quantities
import RunRecord

/// What measures for a gate.
public protocol GateMeasurer {
    /// Called once, before anything is measured.
    mutating func begin(_ recorder: Recorder) throws(ExperimentFailure)

    /// Measures `need` on all sides and adds to the record what came of it.
    /// - Parameter left: what is probably still to be measured, for people.
    mutating func measure(
        _ need: Need, _ left: Remainder, _ recorder: Recorder
    ) throws(ExperimentFailure)

    /// Time of the run so far, in ns: a script has a clock of its own.
    func now(_ recorder: Recorder) -> Int
}

extension GateMeasurer {
    public func now(_ recorder: Recorder) -> Int { recorder.now }
}

public struct GateRun<Measurer: GateMeasurer> {
    public let gate: Gate
    /// What messages call ``Gate/stored``: the file's path.
    public var storedName = "the stored baseline"
    /// What is told about the time left before anything was measured.
    public var forecast: Forecast
    private var measurer: Measurer

    public init(_ gate: Gate, _ measurer: Measurer) {
        self.gate = gate
        self.measurer = measurer
        forecast = .usual(gate.policy)
    }

    /// Runs the gate. The verdict is in the record, also where something failed on the way.
    /// - Throws: where there is nothing to judge: `.incomparable` for a stored baseline of another
    ///   kind and one that cannot be started, and whatever ended the run without a server's fault;
    ///   the verdict is inconclusive then.
    public mutating func run(_ recorder: Recorder) throws(ExperimentFailure) {
        try addStored(recorder)
        try measurer.begin(recorder)
        var spending = Spending(total: gate.policy.budgetSeconds)
        let start = measurer.now(recorder)
        do throws(ExperimentFailure) {
            while recorder.record.incidents.isEmpty {
                spending.spent = Nanoseconds(measurer.now(recorder) - start).seconds
                switch gate.step(recorder.record, spending) {
                case .verdict(let verdict): return recorder.add(verdict)
                case .measure(let need):
                    let before = measurer.now(recorder)
                    try measure(need, spending, recorder)
                    recorder.mergeResults()
                    spending.add(Nanoseconds(measurer.now(recorder) - before).seconds, for: need)
                }
            }
        } catch {
            recorder.mergeResults()
            spending.brokeOff = true
            try explain(error, recorder, spending)
        }
        // What a server did wrong is judged before anything that was timed.
        recorder.add(gate.verdict(recorder.record, spending))
    }

    /// Measures what is needed, as a part of all that probably will be.
    private mutating func measure(
        _ need: Need, _ spending: Spending, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        let left = gate.remainder(from: need, recorder.record, spending, forecast)
        let total = max(spending.spent + left.seconds, 1e-3)
        let start = min(spending.spent / total, 1)
        let end = min((spending.spent + left.secondsOfNeed) / total, 1)
        recorder.progress.begin("", start...max(start, end))
        defer { recorder.progress.end() }
        try measurer.measure(need, left, recorder)
    }

    /// Holds a stored baseline against this machine and the policy, and puts its results in the
    /// record, so that the record can be judged again by itself.
    private func addStored(_ recorder: Recorder) throws(ExperimentFailure) {
        guard let stored = gate.stored else { return }
        if let mismatch = StoredBaseline.mismatch(
            of: stored, with: recorder.record.environment, policy: gate.policy)
        {
            throw ExperimentFailure(
                .incomparable,
                "\(storedName) cannot be compared with: \(mismatch); store it again here "
                    + "with --save-baseline")
        }
        for var result in stored.results {
            result.target = Sides.storedLabel
            recorder.add(result)
        }
    }

    /// Returns where the verdict explains the failure: a server is to blame.
    private func explain(
        _ failure: ExperimentFailure, _ recorder: Recorder, _ spending: Spending
    ) throws(ExperimentFailure) {
        if failure.kind == .setUp, let incident = failure.incident,
            incident.target != gate.sides.candidate
        {
            throw ExperimentFailure(.incomparable, "the baseline cannot run: \(failure)")
        }
        if let incident = failure.incident { recorder.add(incident) }
        guard recorder.record.incidents.isEmpty || failure.kind == .interrupted else { return }
        var verdict = gate.verdict(recorder.record, spending)
        verdict.status = .inconclusive
        verdict.exitCode = GateExit.inconclusive
        verdict.reasons.insert("\(failure)", at: 0)
        recorder.add(verdict)
        throw failure
    }
}

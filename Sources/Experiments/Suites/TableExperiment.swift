// Tables directly, without a server, with their results in a record: what `tables` and a suite of
// tables run.
import LinuxSystem
import RunRecord
import TableBench

public struct TableExperiment {
    private let plan: BenchPlan

    public init(_ plan: BenchPlan) { self.plan = plan }

    /// Measures all of the plan by the record's seed.
    public func run(_ recorder: Recorder) throws(ExperimentFailure) {
        var plan = self.plan
        plan.seed = recorder.record.seed
        for target in plan.targets { recorder.add(target) }
        recorder.progress.start("tables", seconds: plan.expectedSeconds)
        var runner = BenchRunner(
            plan, isCancelled: { Interruption.requested }, progress: recorder.progress)
        let results = runner.run()
        recorder.warn(results.warnings)
        for row in plan.records(results) { recorder.add(row) }
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        if results.operations.isEmpty && results.growth.isEmpty && results.curve.isEmpty {
            throw ExperimentFailure(.setUp, "nothing was measured; see the warnings above")
        }
    }
}

extension Recorder {
    /// Warnings of a table benchmark: cause and remedy on one line.
    public func warn(_ lines: [String]) {
        for line in lines {
            let parts = line.split(separator: ";", maxSplits: 1).map(String.init)
            warn(parts[0], remedy: String(parts.last!.drop { $0 == " " }))
        }
    }
}

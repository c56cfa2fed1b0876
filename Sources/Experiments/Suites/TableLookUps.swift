// An experiment of a suite of claims on tables alone: look-ups that hit, so many at a time as the
// target's `batch` says. What a server spends on its connections is not in it.
//
// Targets of one table that differ in their batches share its rounds; others have their own, one
// after the other.
import LinuxSystem
import RunRecord
import TableBench
import Targets

struct TableLookUps {
    /// Of the results.
    let name: String
    let keySize: Int
    let valueSize: Int
    let entries: Int
    let rounds: Int

    /// What there is to measure of a target.
    private struct Subject {
        var label: String
        /// As `tables --table` has it.
        var table: String
        var batch: Int
    }

    /// What a reference server takes up together unless told otherwise.
    private static let defaultBatch = 16
    /// Building a table and its rounds.
    private static let secondsPerEntry = 4e-6

    var expectedSeconds: Double { 5 + Self.secondsPerEntry * Double(entries) * Double(rounds) }

    /// Why a target cannot be measured; nil where it can.
    static func problem(_ target: Target) -> String? {
        subject(target) == nil ? "tables are measured of ref: targets alone" : nil
    }

    private static func subject(_ target: Target) -> Subject? {
        guard case .reference(let table, let options) = target.kind else { return nil }
        let batch = options.last { $0.key == "batch" }.flatMap { Int($0.value) }
        // As a query again: the table's own options.
        let others = options.filter { $0.key != "batch" }.map { "\($0.key)=\($0.value)" }
        let query = others.isEmpty ? "" : "?" + others.joined(separator: "&")
        return Subject(label: target.label, table: table + query, batch: batch ?? defaultBatch)
    }

    func run(_ targets: [Target], _ recorder: Recorder) throws(ExperimentFailure) {
        let subjects = targets.compactMap(Self.subject)
        var seen: Set<String> = []
        for table in subjects.map(\.table) where seen.insert(table).inserted {
            try run(subjects.filter { $0.table == table }, table, recorder)
        }
    }

    private func run(
        _ subjects: [Subject], _ table: String, _ recorder: Recorder
    ) throws(ExperimentFailure) {
        var plan = BenchPlan()
        do throws(TableSpecificationError) {
            plan.tables = [try TableSpecification(parsing: table)]
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        plan.entries = [entries]
        plan.keySizes = [keySize]
        plan.valueSize = valueSize
        plan.depths = Array(Set(subjects.map(\.batch))).sorted()
        plan.hitPercents = [100]
        plan.turnovers = []
        plan.repeats = rounds
        plan.growthEntries = 0
        plan.curveEntries = 0
        plan.seed = recorder.record.seed
        plan.memoryLimit = BenchPlan.memoryLimit(asked: nil)
        if let problem = plan.places.lazy.compactMap({ plan.problem($0) }).first {
            throw ExperimentFailure(.setUp, problem)
        }
        var runner = BenchRunner(
            plan, isCancelled: { Interruption.requested }, progress: recorder.progress)
        let results = runner.run()
        recorder.warn(results.warnings)
        if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
        recorder.add(workload: name, contentHash: nil)
        let metric = Metric.tableCPU("find").id
        for row in plan.records(results) where row.metric == metric {
            let batch = row.conditions["batch"]
            for subject in subjects where batch == ConditionValue.number(subject.batch) {
                var result = row
                result.target = subject.label
                result.workload = name
                // It is what the targets differ in.
                result.conditions["batch"] = nil
                recorder.add(result)
            }
        }
    }
}

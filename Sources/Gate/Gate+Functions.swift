// Which functions of a slower candidate its time went to, where stacks were sampled beside the
// rounds (`gate --profile`): told beside the metric that failed, and in what moved with it.
import RunRecord
import Statistics

/// The differences of the two sides' stacks, a load each.
struct MovedFunctions {
    private let differences: [StackDifference]

    init(_ record: RunRecord, _ sides: Sides) {
        differences = record.differences(of: sides.candidate, from: sides.baseline)
    }

    /// Of the load of a check, or of all where it is of all; nil where nothing was sampled.
    private func words(_ check: RunRecord.Check) -> String? {
        guard check.workload != nil else { return StackDifference.words(differences) }
        let loads = [check.load, check.workload]
        return StackDifference.words(differences.filter { loads.contains($0.workload) })
    }

    /// Adds to a regression of CPU time which functions it is.
    func explain(_ check: inout RunRecord.Check) {
        guard check.status == .regression, check.metric == Metric.serverCPU.id,
            let words = words(check)
        else { return }
        check.reason += "; by function: \(words)"
    }

    /// Of all loads; nil where nothing was sampled.
    var inAll: String? { StackDifference.words(differences).map { "functions: \($0)" } }
}

// The ladders of a record: what each rung costs, what it adds to the one below, and how far two
// tables are apart on it. Text, headline and page tell these numbers.
import RunRecord
import Statistics

struct Ladders {
    /// One rung of one ladder, as it was read.
    struct Step {
        var rung: LadderRung
        /// ns per operation.
        var result: RunRecord.Result
        /// ns per operation above the rung below; nil of the lowest.
        var adds: RunRecord.Result?
    }

    /// The climb of one table.
    struct Climb {
        var label: String
        /// From the lowest.
        var steps: [Step]

        subscript(_ rung: LadderRung) -> Step? { steps.first { $0.rung == rung } }
    }

    /// One rung of a ladder less the same of the first ladder, in ns.
    struct Distance {
        /// Below 0: less than the first.
        var nanoseconds: Double
        /// 95 %, of the rounds; nil where they are too few.
        var interval: ConfidenceInterval?

        /// Whether it is beyond what the rounds leave open; nobody knows without an interval.
        var isDistinct: Bool { interval.map { !$0.contains(0) } ?? true }
    }

    let workload: String?
    let climbs: [Climb]

    /// Of every workload of the record.
    static func all(_ record: RunRecord) -> [Ladders] {
        let rungs = record.results.filter { $0.metric == Metric.rungCPU.id }
        return rungs.map(\.workload).distinct().map { Ladders(record, $0) }
    }

    private init(_ record: RunRecord, _ workload: String?) {
        self.workload = workload
        let own = record.results.filter { $0.workload == workload && $0.rung != nil }
        let labels = own.filter { $0.metric == Metric.rungCPU.id }.map(\.target).distinct()
        climbs = labels.map { label in
            let results = own.filter { $0.target == label }
            let steps = LadderRung.allCases.compactMap { rung -> Step? in
                let some = results.filter { $0.rung == rung }
                guard let result = some.first(where: { $0.metric == Metric.rungCPU.id }) else {
                    return nil
                }
                return Step(
                    rung: rung, result: result,
                    adds: some.first { $0.metric == Metric.rungAdds.id })
            }
            return Climb(label: label, steps: steps)
        }
    }

    /// Rungs that any ladder has.
    var rungs: [LadderRung] {
        LadderRung.allCases.filter { rung in climbs.contains { $0[rung] != nil } }
    }

    /// How far `climb` is from the first ladder on a rung, round by round; nil where one of them
    /// was not read.
    func distance(_ climb: Climb, _ rung: LadderRung) -> Distance? {
        guard let first = climbs.first?[rung]?.result, let second = climb[rung]?.result,
            let from = first.value, let to = second.value,
            first.key.ofAnyTarget == second.key.ofAnyTarget
        else { return nil }
        var differences: [Double] = []
        for case (let before?, let after?) in zip(first.samples, second.samples) {
            differences.append(after - before)
        }
        return Distance(
            nanoseconds: HodgesLehmann.estimate(differences) ?? to - from,
            interval: HodgesLehmann.interval(differences))
    }
}

extension RunRecord.Result {
    /// The rung of a ladder that it was read on.
    var rung: LadderRung? {
        guard case .string(let name)? = conditions["rung"] else { return nil }
        return LadderRung(rawValue: name)
    }
}

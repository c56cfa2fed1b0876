// What ladders leave in the record: the CPU time on each rung, and what each adds to the one below
// it, a sample per round.
import Experiments
import RunRecord
import Workloads

/// A reading per round, of every rung of every ladder.
struct LadderReadings {
    /// By ladder; the samples of its rungs.
    fileprivate var samples: [[LadderRung: [Double?]]]
    /// By ladder: the digest of each rung's replies, of the last round.
    fileprivate var digests: [[LadderRung: String]]

    init(_ ladders: [Ladder]) {
        samples = ladders.map { _ in [:] }
        digests = ladders.map { _ in [:] }
    }

    mutating func add(_ climbers: [Climber]) {
        for climber in climbers {
            samples[climber.ladder][climber.rung, default: []].append(climber.perOperation)
            digests[climber.ladder][climber.rung] = "\(climber.body.account.replies)"
        }
    }
}

extension LadderExperiment {
    private static let remote = "the server's process is not on this machine, or may not be read"

    /// What results must match to be compared.
    func conditions(_ rung: LadderRung) -> Conditions {
        var conditions: Conditions = [
            "rung": .string(rung.rawValue), "entries": .number(Int(workload.populatedKeys)),
            "pipeline": .number(depth), "block_requests": .number(blockRequests),
        ]
        for (name, value) in plan.placement.conditions { conditions[name] = value }
        return conditions
    }

    func addResults(_ readings: LadderReadings, _ recorder: Recorder) {
        for (index, ladder) in ladders.enumerated() {
            var below: (rung: LadderRung, samples: [Double?])?
            for rung in ladder.rungs {
                let samples = readings.samples[index][rung] ?? []
                guard !samples.isEmpty else { continue }
                var result = RoundReadings.result(
                    .rungCPU, samples, ladder.label, workload.workload.name, conditions(rung),
                    Self.remote)
                result.checksum = readings.digests[index][rung]
                recorder.add(result)
                if let below { recorder.add(added(rung, samples, below, ladder)) }
                below = (rung, samples)
            }
        }
    }

    /// What a rung costs beside the one below it, round by round.
    private func added(
        _ rung: LadderRung, _ samples: [Double?],
        _ below: (rung: LadderRung, samples: [Double?]), _ ladder: Ladder
    ) -> RunRecord.Result {
        var conditions = conditions(rung)
        conditions["over"] = .string(below.rung.rawValue)
        let differences = zip(samples, below.samples).map { own, other -> Double? in
            guard let own, let other else { return nil }
            return own - other
        }
        return RoundReadings.result(
            .rungAdds, differences, ladder.label, workload.workload.name, conditions, Self.remote)
    }
}

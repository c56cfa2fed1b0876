// What a load's replies say of a server beside its speed: wrong values, lost keys and errors, as
// incidents of the record and as a sentence for people.
import LoadGenerator
import RunRecord

enum Answers {
    /// What the replies of a load show that no server may do; empty where all are right.
    static func incidents(
        of sample: LoadSample, target: String, workload: String?, round: Int? = nil
    ) -> [RunRecord.Incident] {
        let answers = sample.answers
        func incident(
            _ kind: RunRecord.Incident.Kind, _ count: UInt64, of: UInt64, _ detail: String?
        ) -> RunRecord.Incident? {
            guard count > 0 else { return nil }
            return RunRecord.Incident(
                target: target, kind: kind, workload: workload, round: round, count: Int(count),
                of: Int(of), detail: detail ?? "")
        }
        return [
            incident(
                .wrongValues, answers.wrong, of: sample.operations,
                answers.firstWrong.map { "\($0)" }),
            incident(
                .lostKeys, answers.lost, of: sample.operations, answers.firstLost.map { "\($0)" }),
            incident(
                .errors, sample.errors, of: sample.operations, sample.errorKinds.first?.firstText),
        ].compactMap(\.self)
    }

    /// Why a load cannot be taken at its word, and what to do; nil where it can.
    static func problem(_ incidents: [RunRecord.Incident], _ policy: ErrorPolicy) -> String? {
        for incident in incidents {
            let share = "\(incident.count ?? 0) of \(incident.of ?? 0)"
            switch incident.kind {
            case .wrongValues:
                return "\(incident.target): wrong values in \(share) replies, first "
                    + "\(incident.detail); a rate of wrong answers measures nothing: "
                    + "mend the server, or see that nothing else writes to it"
            case .lostKeys:
                return "\(incident.target): lost keys in \(share) replies, first "
                    + "\(incident.detail); did it evict or expire them?"
            case .hitRatio:
                return "\(incident.target): \(incident.detail); "
                    + "warm it up for longer, have fewer requests in flight, or look whether the "
                    + "server evicted or expired keys"
            case .errors where policy != .ignore:
                return "\(incident.target): \(share) requests were answered with errors, first "
                    + "\"\(incident.detail)\"; mend the cause, or measure the errors with "
                    + "--on-errors ignore"
            default: continue
            }
        }
        return nil
    }
}

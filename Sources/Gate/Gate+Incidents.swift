// What no speed excuses: wrong answers, lost data, errors, crashes.
//
// A candidate that does what the baseline does not is a regression, told before any timing. What
// both do makes the comparison invalid, not the candidate guilty; a baseline that cannot run leaves
// nothing to compare with.
//
//   candidate did not start                       → 1, an error
//   candidate, a kind that the baseline has not   → 2, regression
//   baseline crashed, hung or did not start       → 5, incomparable
//   baseline answers wrongly                      → 3, invalid
import RunRecord

/// A verdict that does not wait for checks.
struct IncidentVerdict {
    var status: RunRecord.Verdict.Status
    var exitCode: Int
    var reasons: [String]
    var advice: [String]
}

extension Gate {
    /// Nil where nothing is broken.
    func incidentVerdict(_ record: RunRecord) -> IncidentVerdict? {
        let (mine, others) = (
            record.incidents.filter { $0.target == sides.candidate },
            record.incidents.filter { $0.target != sides.candidate }
        )
        guard !mine.isEmpty || !others.isEmpty else { return nil }
        let known = Set(others.map(\.kind))
        let own = mine.filter { !known.contains($0.kind) }
        let cannotRun = others.filter { [.crashed, .hung, .didNotStart].contains($0.kind) }
        if let first = own.first {
            let neverRan = first.kind == .didNotStart && (first.round ?? 0) == 0
            return IncidentVerdict(
                status: neverRan ? .inconclusive : .regression,
                exitCode: neverRan ? GateExit.error : GateExit.regression,
                reasons: own.map { sentence($0, "the candidate") },
                advice: [
                    neverRan
                        ? "start the candidate by hand with its command line, and correct it"
                        : "mend this first: nothing that was timed counts beside it"
                ])
        }
        if !cannotRun.isEmpty {
            return IncidentVerdict(
                status: .inconclusive, exitCode: GateExit.incomparable,
                reasons: cannotRun.map { sentence($0, "the baseline") },
                advice: ["give a --baseline that carries this load"])
        }
        return IncidentVerdict(
            status: .inconclusive, exitCode: GateExit.inconclusive,
            reasons: others.map { sentence($0, "the baseline") }
                + mine.map { sentence($0, "the candidate") },
            advice: ["invalid: compare servers of which at least the baseline answers correctly"])
    }

    private func sentence(_ incident: RunRecord.Incident, _ side: String) -> String {
        let what =
            switch incident.kind {
            case .wrongValues: "answers with other bytes than were stored"
            case .lostKeys: "has lost keys that nothing removed"
            case .hitRatio: "finds other keys than it must"
            case .errors: "answers with errors that nobody asked for"
            case .crashed: "crashed under the load"
            case .hung: "stopped answering under the load"
            case .didNotStart: "did not start"
            default: incident.kind.rawValue.replacing("_", with: " ")
            }
        let count = incident.count.map { count in
            " (\(count)" + (incident.of.map { " of \($0)" } ?? "") + ")"
        }
        let place = [
            incident.workload.map { "under \($0)" }, incident.round.map { "in round \($0 + 1)" },
        ].compactMap(\.self).joined(separator: " ")
        return "\(side), \(incident.target), \(what)\(count ?? "")"
            + (place.isEmpty ? "" : ", \(place)") + ": \(incident.detail)"
    }
}

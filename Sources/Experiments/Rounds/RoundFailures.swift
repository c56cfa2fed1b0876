// Servers of a round that did what no measurement excuses: crashed, hung, lost data. The others are
// driven a little further before the round ends, for what all of them do is nobody's regression.
import RunRecord

struct RoundFailures {
    let round: Int
    /// What ends the round.
    private var first: ExperimentFailure?
    /// Who is not driven any more, by their places among the targets.
    private var failed: Set<Int> = []

    init(round: Int) { self.round = round }

    var isEmpty: Bool { first == nil }

    /// Does `body` with a server that has not failed.
    /// - Throws: what no server is to blame for.
    mutating func attempt(
        _ target: Int, _ recorder: Recorder, _ body: () throws(ExperimentFailure) -> Void
    ) throws(ExperimentFailure) {
        guard !failed.contains(target) else { return }
        do throws(ExperimentFailure) {
            try body()
        } catch {
            guard error.incident != nil || !isEmpty, error.kind != .interrupted else { throw error }
            failed.insert(target)
            // Whoever catches it records the first.
            guard !isEmpty else {
                first = error
                return
            }
            guard var incident = error.incident else { return }
            incident.round = round
            recorder.add(incident)
        }
    }

    /// - Throws: the first failure, now that all servers were looked at.
    func end() throws(ExperimentFailure) {
        if let first { throw first }
    }
}

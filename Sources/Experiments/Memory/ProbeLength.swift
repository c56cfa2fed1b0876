// In how many steps a table finds an entry, as a reference server counts them: the groups that open
// addressing reads, and elsewhere the keys that are compared.
import RunRecord
import Targets

struct ProbeLength {
    /// Over all entries, each looked up once; nil where nothing tells.
    let mean: Double?

    /// Asks the server.
    static func take(
        _ server: RunningServer, _ connection: ControlConnection
    ) throws(ExperimentFailure) -> ProbeLength {
        guard case .reference = server.target.kind else { return ProbeLength(mean: nil) }
        do throws(TargetError) {
            let pairs = try connection.call(["HASHMARK", "STATS"]).elements ?? []
            for index in stride(from: 0, to: pairs.count - 1, by: 2)
            where pairs[index].text == "probe_lengths" {
                return ProbeLength(counts: pairs[index + 1].text ?? "")
            }
            return ProbeLength(mean: nil)
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    private init(mean: Double?) { self.mean = mean }

    /// - Parameter counts: of the entries that are found in one step, in two, …: `900,80,4`.
    init(counts: String) {
        var (entries, steps) = (0.0, 0.0)
        for (index, count) in counts.split(separator: ",").enumerated() {
            let found = Double(count) ?? 0
            entries += found
            steps += found * Double(index + 1)
        }
        mean = entries > 0 ? steps / entries : nil
    }

    func addResult(
        target: String, workload: String, conditions: Conditions, _ recorder: Recorder
    ) {
        guard let mean else {
            recorder.add(
                RunRecord.Result(
                    .probeLength, target: target, workload: workload, conditions: conditions,
                    unavailable: "the server does not tell how its table finds entries"))
            return
        }
        recorder.add(
            RunRecord.Result(
                .probeLength, target: target, workload: workload, conditions: conditions,
                value: mean))
    }
}

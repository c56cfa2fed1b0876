// From a target's rounds to its results: every round gives one sample (RoundSample), the median over
// the rounds is the value.
import LoadGenerator
import RunRecord
import Statistics

struct RoundReadings {
    private(set) var rounds = 0
    private var throughput: [Double?] = []
    private var serverCPU: [Double?] = []
    private var clientCPU: [Double?] = []
    private var hits: [Double?] = []
    /// Per command: every round's percentiles, and all rounds together.
    private var latencies: [(command: String, rounds: [LatencyHistogram])] = []

    /// Which points of the distribution become results; the whole of it is in the record as well.
    static let percentiles: [(name: String, value: Double)] = [
        ("p50", 50), ("p99", 99), ("p99.9", 99.9),
    ]
    /// A server whose CPU time per operation changed by more than this against the others was not in
    /// a steady state yet. Rounds of equal servers show half of it.
    private static let driftLimit = 0.1

    mutating func add(_ contestant: Contestant, _ sample: RoundSample, _ recorder: Recorder) {
        add(contestant.slices, sample, contestant.total, contestant.target.label, recorder)
    }

    /// A round's slices, what they come to, and all of their replies together.
    mutating func add(
        _ slices: [RunRecord.Slice], _ sample: RoundSample, _ total: LoadSample, _ label: String,
        _ recorder: Recorder
    ) {
        rounds += 1
        throughput.append(sample.throughput)
        serverCPU.append(sample.serverCPU)
        clientCPU.append(sample.clientCPU)
        add(total)
        if let drift = sample.drift, abs(drift) > Self.driftLimit {
            recorder.warn(
                "server CPU per operation drifted by \(Int((abs(drift) * 100).rounded())) % "
                    + "against the others within a round",
                remedy: "give it a longer warm-up", target: label)
        }
        warnOfTheHost(slices, recorder)
        if let error = total.errorKinds.first {
            recorder.warn(
                "\(total.errors) requests were answered with errors, first "
                    + "\"\(error.firstText)\"",
                remedy: "measure a server that has these commands, or another workload",
                target: label)
        }
    }

    private mutating func add(_ sample: LoadSample) {
        hits.append(sample.hitRatio)
        for command in sample.commands where !command.latency.isEmpty {
            let name = command.label.name
            if let index = latencies.firstIndex(where: { $0.command == name }) {
                latencies[index].rounds.append(command.latency)
            } else {
                latencies.append((name, [command.latency]))
            }
        }
    }

    /// Time that the hypervisor or a quota took away while slices ran.
    private func warnOfTheHost(_ slices: [RunRecord.Slice], _ recorder: Recorder) {
        let time = slices.compactMap(\.durationNanoseconds).reduce(0, +)
        let steal = slices.compactMap(\.stealNanoseconds).reduce(0, +)
        if slices.contains(where: { ($0.throttledNanoseconds ?? 0) > 0 }) {
            recorder.warn(
                "a CPU quota held the run back while it was measured",
                remedy: "raise the quota of its group, or trust CPU time alone")
        }
        if Double(steal) > Self.stealLimit * Double(time) {
            recorder.warn(
                "the hypervisor gave more than \(Int(Self.stealLimit * 100)) % of a round to others",
                remedy: "measure more rounds, or on a machine of your own")
        }
    }

    /// Above this share of stolen time, wall-clock figures say more about the neighbours.
    private static let stealLimit = 0.05

    func results(
        _ target: String, _ workload: String, _ conditions: Conditions
    ) -> [RunRecord.Result] {
        func result(_ metric: Metric, _ samples: [Double?], _ reason: String) -> RunRecord.Result {
            guard let value = Descriptive.median(samples.compactMap(\.self)) else {
                return RunRecord.Result(
                    metric, target: target, workload: workload, conditions: conditions,
                    unavailable: reason)
            }
            return RunRecord.Result(
                metric, target: target, workload: workload, conditions: conditions, value: value,
                samples: samples)
        }
        let remote = "the server's process is not on this machine, or may not be read"
        return [
            result(.throughput, throughput, "no slice had an operation"),
            result(
                .throughputPerCore,
                serverCPU.map { cpu in cpu.flatMap { $0 > 0 ? 1e9 / $0 : nil } },
                remote),
            result(.serverCPU, serverCPU, remote),
            result(.clientCPU, clientCPU, "no slice had an operation"),
        ] + latencyResults(target, workload, conditions)
            + [result(.hitRatio, hits, "no replies to reads were counted")]
    }

    private func latencyResults(
        _ target: String, _ workload: String, _ conditions: Conditions
    ) -> [RunRecord.Result] {
        latencies.flatMap { command, rounds in
            var all = rounds[0]
            for round in rounds.dropFirst() { all.merge(round) }
            return Self.percentiles.enumerated().map { index, point in
                RunRecord.Result(
                    .latency(command: command, timing: .actual, point: point.name),
                    target: target, workload: workload, conditions: conditions,
                    value: all.percentile(point.value).map { Double($0) } ?? .nan,
                    samples: rounds.map { $0.percentile(point.value).map { Double($0) } },
                    // One copy of the distribution is enough.
                    histogram: index == 0 ? all.base64V2() : nil)
            }
        }
    }
}

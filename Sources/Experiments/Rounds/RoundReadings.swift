// From a target's rounds of one cell to its results: every round gives one sample, from its totals;
// the median over the rounds is the value.
import LoadGenerator
import Quantities
import RunRecord
import Statistics

package struct RoundReadings {
    /// Nil where the target sat a round out.
    private var rounds: [RunRecord.Totals?] = []
    private var hits: [Double?] = []
    private var lookUps = false
    /// Per command: every round's distributions (nil where it had none).
    private var latencies: [(command: String, rounds: [CommandSample?])] = []

    /// Rounds, those that the target sat out included.
    var count: Int { rounds.count }
    var isEmpty: Bool { !rounds.contains { $0 != nil } }

    /// A round in which the target did not take part.
    mutating func skip() {
        rounds.append(nil)
        hits.append(nil)
        for index in latencies.indices { latencies[index].rounds.append(nil) }
    }

    /// A round's sums, and all of its replies together.
    mutating func add(
        _ totals: RunRecord.Totals, _ sample: LoadSample, _ slices: [RunRecord.Slice],
        _ label: String, _ recorder: Recorder
    ) {
        let before = rounds.count
        rounds.append(totals)
        hits.append(sample.hitRatio)
        lookUps = lookUps || sample.hitRatio != nil
        for command in sample.commands where !command.latency.isEmpty {
            let name = command.label.name
            if !latencies.contains(where: { $0.command == name }) {
                latencies.append((name, Array(repeating: nil, count: before)))
            }
        }
        for index in latencies.indices {
            latencies[index].rounds.append(
                sample.commands.first {
                    $0.label.name == latencies[index].command && !$0.latency.isEmpty
                })
        }
        warnOfTheHost(slices, recorder)
        if let error = sample.errorKinds.first {
            recorder.warn(
                "\(sample.errors) requests were answered with errors, first "
                    + "\"\(error.firstText)\"",
                remedy: "measure a server that has these commands, or another workload",
                target: label)
        }
    }

    /// Time that the hypervisor or a quota took away while slices ran.
    private func warnOfTheHost(_ slices: [RunRecord.Slice], _ recorder: Recorder) {
        let time = slices.compactMap(\.durationNanoseconds).reduce(0, +)
        let steal = slices.compactMap(\.stealNanoseconds).reduce(0, +)
        if slices.contains(where: { ($0.throttledNanoseconds ?? 0) > 0 }) {
            recorder.warn(BusyMachine.heldBack)
        }
        if Double(steal) > Self.stealLimit * Double(time) {
            recorder.warn(
                "the hypervisor gave more than \(Self.stealLimit.percent(0)) of a round to "
                    + "others",
                remedy: "measure more rounds, or on a machine of your own")
        }
    }

    /// Above this share of stolen time, wall-clock figures say more about the neighbours.
    private static let stealLimit = 0.05

    /// Who decided when a request was sent.
    enum Loop {
        /// The replies.
        case closed
        /// A schedule: latencies from its moments come first, those from the sending after them.
        case open
        /// A schedule that is there for its latencies alone.
        case openForLatency
    }

    func results(
        _ target: String, _ workload: String, _ conditions: Conditions, _ loop: Loop = .closed
    ) -> [RunRecord.Result] {
        func result(
            _ metric: Metric, _ reason: String, _ read: (RunRecord.Totals) -> Double?
        ) -> RunRecord.Result {
            Self.result(
                metric, rounds.map { $0.flatMap(read) }, target, workload, conditions, reason)
        }
        let remote = "the server's process is not on this machine, or may not be read"
        let idle = "no slice had an operation"
        let intended =
            loop == .closed ? [] : latencyResults(target, workload, conditions, .intended)
        if loop == .openForLatency { return intended }
        var results = intended
        // In an open loop a stall is in the latencies.
        let others: [RunRecord.Result?] = [
            result(.throughput, idle, \.throughput),
            result(.throughputPerCore, remote) {
                $0.serverCPU.flatMap { $0 > 0 ? Nanoseconds.perSecond / $0 : nil }
            },
            result(.serverCPU, remote, \.serverCPU),
            result(.clientCPU, idle, \.clientCPU),
            loop == .closed ? result(.stallShare, idle, \.stallShare) : nil,
            result(.errorRatio, idle) { $0.share(of: $0.errors) },
        ]
        results += others.compactMap(\.self)
        results += latencyResults(target, workload, conditions, .actual)
        if lookUps {
            results.append(
                result(.wrongValueRatio, idle) { $0.share(of: $0.wrongValues) })
            results.append(
                Self.result(
                    .hitRatio, hits, target, workload, conditions,
                    "no replies to reads were counted"))
        }
        return results
    }

    package static func result(
        _ metric: Metric, _ samples: [Double?], _ target: String, _ workload: String?,
        _ conditions: Conditions, _ reason: String
    ) -> RunRecord.Result {
        guard let value = Descriptive.median(samples.compactMap(\.self)) else {
            return RunRecord.Result(
                metric, target: target, workload: workload, conditions: conditions,
                unavailable: reason, samples: samples)
        }
        return RunRecord.Result(
            metric, target: target, workload: workload, conditions: conditions, value: value,
            samples: samples)
    }

    private func latencyResults(
        _ target: String, _ workload: String, _ conditions: Conditions, _ timing: Metric.Timing
    ) -> [RunRecord.Result] {
        let writer = LatencyResults(
            target: target, workload: workload, conditions: conditions, parts: .rounds)
        return latencies.flatMap { command, rounds in
            writer.results(
                rounds.map { timing == .intended ? $0?.intendedLatency : $0?.latency }
            ) { .latency(command: command, timing: timing, point: $0) }
        }
    }
}

extension RunRecord.Totals {
    fileprivate func share(of count: Int) -> Double? {
        ops > 0 ? Double(count) / Double(ops) : nil
    }
}

// What a machine's own scatter hides: rounds of a server against itself, whose ratios would all be
// 1 if nothing else ran.
//
//     s        standard deviation of the rounds' log-ratios
//     bound    what it is at most, with 90 % confidence: 1.28 s from 20 rounds
//     sees     the smallest change that so many rounds show in 8 of 10 runs, as a gate has it
//
// Its form in JSON:
//
//     { "rounds": N, "seconds": S, "void": [TEXT: what moved during it],
//       "floors": [{ "metric": ID, "deviation": s, "detectable": share, absent where too few
//                    rounds tell, "rounds_for_one_percent": N, absent where it is out of reach }] }
import Doctor
import Foundation
import Progress
import Quantities
import RunRecord
import Statistics
import Targets
import Workloads

public struct NoiseFloor: Equatable, Sendable, Encodable {
    /// Of one metric.
    public struct Floor: Equatable, Sendable, Encodable {
        public let metric: String
        /// Of the rounds' log-ratios; nil of fewer than two.
        public let deviation: Double?
        /// The smallest change that as many rounds show, as a share.
        public let detectable: Double?
        /// How many show 1 %; nil where that is out of reach.
        public let roundsForOnePercent: Int?

        private enum CodingKeys: String, CodingKey {
            case metric, deviation, detectable
            case roundsForOnePercent = "rounds_for_one_percent"
        }
    }

    public let rounds: Int
    public let seconds: Double
    public let floors: [Floor]
    /// What moved while it was measured, in words: then it is no floor.
    public let void: [String]

    /// - Parameter ratios: log-ratios of the rounds, by metric.
    public init(
        _ ratios: [(metric: Metric, ratios: [Double])], seconds: Double, void: [String]
    ) {
        rounds = ratios.map { $0.ratios.count }.max() ?? 0
        self.seconds = seconds
        self.void = void
        floors = ratios.map { reading -> Floor in
            let deviation = Descriptive.standardDeviation(reading.ratios)
            return Floor(
                metric: reading.metric.id, deviation: deviation,
                detectable: deviation.flatMap { Self.visible($0, rounds: reading.ratios.count) },
                roundsForOnePercent: deviation.flatMap { Self.rounds(for: 0.01, $0) })
        }
    }

    /// Two-sided: a comparison looks both ways.
    private static let alpha = 0.025
    /// Some four hours of rounds.
    private static let mostRounds = 10_000

    /// The smallest change that a comparison of so many rounds shows, as a share; nil where they
    /// are too few to show any.
    public static func visible(_ deviation: Double, rounds: Int) -> Double? {
        Power.deviationBound(deviation, count: rounds).flatMap {
            Power.detectable(beyond: 0, deviation: $0, count: rounds, alpha: alpha)
        }.map { Descriptive.relativeChange(logRatio: $0) }
    }

    /// How many rounds show a change of that share; nil where even the most do not.
    public static func rounds(for change: Double, _ deviation: Double) -> Int? {
        func shows(_ rounds: Int) -> Bool {
            visible(deviation, rounds: rounds).map { $0 <= change } ?? false
        }
        guard shows(mostRounds) else { return nil }
        // More rounds show more: the first that does, by halving.
        var (below, enough) = (1, mostRounds)
        while enough - below > 1 {
            let middle = (below + enough) / 2
            if shows(middle) { enough = middle } else { below = middle }
        }
        return enough
    }

    /// For people: a line per metric, then what makes it void.
    public var lines: [String] {
        let perRound = seconds / Double(max(rounds, 1))
        let lines = floors.map { floor -> String in
            let title = Metric.named(floor.metric)?.title ?? floor.metric
            guard let visible = floor.detectable else {
                let too = rounds == 1 ? "round is" : "rounds are"
                return "\(title): \(rounds) \(too) too few to tell; give it more time"
            }
            var line =
                "\(title): this machine sees \(visible.shareText) at \(rounds) rounds "
                + "(\(ProgressText.duration(seconds)))"
            if visible > 0.01 {
                line +=
                    floor.roundsForOnePercent.map {
                        "; 1 % needs about \(ProgressText.duration(Double($0) * perRound))"
                    } ?? "; 1 % is out of reach"
            }
            return line
        }
        return lines + void.map { "void: \($0) during it; measure again when that has stopped" }
    }
}

extension NoiseFloor {
    private static let server = "ref:valkey-9.1"
    private static let labels = ["one", "same"]

    /// Compares a server with itself for about so long.
    public static func measure(
        for time: Nanoseconds, _ recorder: Recorder
    ) throws(ExperimentFailure) -> NoiseFloor {
        var plan = RoundPlan()
        plan.rounds = .max
        plan.budgetNanoseconds = time.count
        // Of a third of a second on each side: twenty rounds in half a minute.
        plan.blocks = 32
        plan.warmUpNanoseconds = Nanoseconds(100, .milliseconds).count
        plan.readsMemory = false
        plan.pipeline = 16
        plan.seed = recorder.record.seed
        plan.placement = .automatic()
        try plan.placement.apply(recorder)
        recorder.progress.start("doctor", seconds: time.seconds)
        var rounds = InterleavedRounds(try targets(), try workload(), plan)
        let before = MovingCounts()
        let start = recorder.now
        try rounds.run(recorder)
        let seconds = Nanoseconds(recorder.now - start).seconds
        let void = MovingCounts().disturbances(
            since: before, hasOwnCPUs: !plan.placement.serverCPUs.isEmpty)
        return NoiseFloor(
            [
                (metric: .serverCPU, ratios: ratios(.serverCPU, recorder.record)),
                (metric: .throughput, ratios: ratios(.throughput, recorder.record)),
            ],
            seconds: seconds, void: void)
    }

    private static func targets() throws(ExperimentFailure) -> [Target] {
        var targets: [Target] = []
        do throws(TargetError) {
            for label in labels { targets.append(try Target(parsing: "\(label)=\(server)")) }
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        return targets
    }

    private static func workload() throws(ExperimentFailure) -> CompiledWorkload {
        do throws(WorkloadProblems) {
            return try CompiledWorkload(
                .plain(name: "get-16-64", keys: 20_000, keySize: 16, valueSize: 64))
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    private static func ratios(_ metric: Metric, _ record: RunRecord) -> [Double] {
        let samples = labels.map { label in
            record.results.first { $0.metric == metric.id && $0.target == label }?.samples ?? []
        }
        return zip(samples[0], samples[1]).compactMap { before, after -> Double? in
            guard let before, let after, before > 0, after > 0 else { return nil }
            return log(after / before)
        }
    }
}

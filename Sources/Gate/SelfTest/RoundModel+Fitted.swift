// The model's parameters from recorded rounds in which nothing differed, by the method of moments:
// each is the estimate of what ``ModelMeasurer`` draws by it, so that rounds made up by the fitted
// model scatter, resemble one another and agree between loads as the recorded ones did.
import Foundation
import RunRecord
import Statistics

extension RoundModel {
    /// Fits the model to the rounds of `pool`; nil where it has too few of them (``leastRounds``),
    /// or no CPU time.
    ///
    /// - Parameters:
    ///   - candidate: label of an unchanged candidate.
    ///   - copy: of the baseline's copy.
    ///   - policy: whose rounds they are.
    public init?(fitting pool: RoundPool, candidate: String, copy: String, _ policy: Policy) {
        self.init()
        let cpu = pool.logRatios(Metric.serverCPU.id, of: candidate)
        guard let rounds = cpu.first?.count, rounds >= Self.leastRounds else { return nil }
        // Launches that are off, by the mean of a round's loads.
        let means = (0..<rounds).map { round in Self.mean(cpu.map { $0[round] }) }
        let usual = Self.usualRounds(means)
        let strange = means.indices.filter { !usual.contains($0) }
        offShare = Double(strange.count) / Double(2 * rounds)
        off = strange.isEmpty ? 0 : Self.mean(strange.map { abs(means[$0]) })
        func kept(_ series: [[Double]]) -> [[Double]] {
            series.map { series in usual.sorted().map { series[$0] } }
        }
        let regular = kept(cpu)
        let shared = Self.sharedVariance(regular)
        launch = shared.squareRoot()
        cell = Self.deviation(regular)
        let own = max(cell * cell - shared, cell * cell / 100)
        serial = min(max(Self.serial(regular) * cell * cell / own, 0), 0.9)
        let slower = kept(pool.logRatios(Metric.throughput.id, of: candidate))
        if !slower.isEmpty {
            let whole = Self.deviation(slower)
            throughput = max(whole * whole - shared, whole * whole / 100).squareRoot()
            // Throughput falls where CPU time rises.
            let agreement = zip(regular, slower).map { -Self.covariance($0, $1) }
            metrics = min(
                max((Self.mean(agreement) - shared) / (own.squareRoot() * throughput), 0), 1)
        }
        // It takes part in some cells of a round: each has a series of its own, and too few of a
        // round to tell a launch that is off.
        let copies = Self.mean(
            pool.logRatios(Metric.serverCPU.id, of: copy, whole: false).map {
                Self.robustDeviation($0) * Self.robustDeviation($0)
            }
        ).squareRoot()
        sentinelFactor = max(copies * copies - shared, 0.01 * own).squareRoot() / own.squareRoot()
        // Of any command: the open loop has one.
        let metrics = Set(pool.columns.map(\.metric))
        for (point, deviation) in [("p50", \RoundModel.p50), ("p99", \RoundModel.p99)] {
            let metric = metrics.first {
                let latency = Metric.latencyParts($0)
                return latency?.timing == .intended && latency?.point == point
            }
            guard let metric else { continue }
            self[keyPath: deviation] = Self.deviation(pool.logRatios(metric, of: candidate))
        }
        roundSeconds = pool.secondsPerRound
        loadSeconds = policy.rounds.seconds
    }

    /// Fewer say little about how often a launch is off, or how much a round resembles the one
    /// before: the standard error of a correlation is 1/√n.
    public static let leastRounds = 50

    private static func mean(_ values: [Double]) -> Double { Descriptive.mean(values) ?? 0 }

    private static func deviation(_ series: [[Double]]) -> Double {
        mean(series.map { covariance($0, $0) }).squareRoot()
    }

    /// Of readings around 0: nothing differed, so the mean is not theirs.
    private static func covariance(_ one: [Double], _ other: [Double]) -> Double {
        mean(zip(one, other).map { $0 * $1 })
    }

    /// What the loads of a round have in common; 0 for a single one, which cannot tell.
    private static func sharedVariance(_ series: [[Double]]) -> Double {
        var found: [Double] = []
        for one in series.indices {
            for other in series.indices where other > one {
                found.append(covariance(series[one], series[other]))
            }
        }
        return max(mean(found), 0)
    }

    /// Mean correlation of a reading with that of the round before.
    private static func serial(_ series: [[Double]]) -> Double {
        mean(
            series.map { readings in
                let whole = covariance(readings, readings)
                guard whole > 0 else { return 0 }
                return covariance(Array(readings.dropLast()), Array(readings.dropFirst())) / whole
            })
    }

    /// Rounds within four standard deviations: one of 16,000 is farther where nothing is off.
    private static func usualRounds(_ means: [Double]) -> Set<Int> {
        let deviation = robustDeviation(means)
        return Set(means.indices.filter { abs(means[$0]) <= 4 * deviation })
    }

    /// By the median absolute deviation, which a few strange readings do not move. 1.4826: a normal
    /// distribution's standard deviation over it.
    private static func robustDeviation(_ readings: [Double]) -> Double {
        1.4826 * (Descriptive.median(readings.map { abs($0) }) ?? 0)
    }
}

extension RoundPool {
    /// By load with readings on both sides: log-ratios of a target and the baseline.
    /// - Parameter whole: only of rounds that have all of them, so that a position is a round.
    func logRatios(_ metric: String, of target: String, whole: Bool = true) -> [[Double]] {
        guard let one = targets.firstIndex(of: target) else { return [] }
        let indices = columns.indices.filter { columns[$0].metric == metric }
        var series = indices.map { _ in [Double]() }
        for round in rounds {
            let ratios = indices.map { index -> Double? in
                guard let before = round.values[0][index], let after = round.values[one][index],
                    before > 0, after > 0
                else { return nil }
                return log(after / before)
            }
            guard !whole || !ratios.contains(nil) else { continue }
            for (index, ratio) in ratios.enumerated() { ratio.map { series[index].append($0) } }
        }
        return series
    }
}

// The commit that moved a metric, between a good and a bad one.
//
//     ends     both are built and measured, and must differ by more than the margin
//     repeats  plain bisection: each commit is measured once, and is as the nearer end is
//     timed    noisy bisection (Statistics): rounds beside the good end, where they tell most
//
// What does not build or start is skipped; then the commits between its neighbours stay suspects
// together. Non-goal: two commits that each moved it a part of the way; one of them is found.
import Foundation
import LinuxSystem
import Quantities
import RunRecord
import Statistics
import Targets

public struct CommitSearch {
    public let good: Commit
    /// From the one after the good one to the bad one.
    public let commits: [Commit]
    public let metric: Metric
    public let measure: CommitMeasure
    /// What every commit's server is built of, but for the commit.
    public let request: BuildRequest
    public let cache: BuildCache
    /// The least difference of the ends that is searched, as a share.
    public var margin: Double
    public var seed: UInt64
    /// Rounds of the two ends, of what is timed.
    public var endRounds = 30
    /// Rounds of the search, of what is timed: past them it ends with what it has.
    public var mostRounds = 400
    /// The gate's level: one-sided, for a difference beyond the margin.
    private static let alpha = 0.005
    /// Fewer rounds of the ends cannot reach it: n of them have p ≥ 2⁻ⁿ.
    public static let leastEndRounds = 8
    /// Launches of each end, of what repeats, each with a seed of its own: they must agree.
    private static let endLaunches = 2

    private let told: (String) -> Void

    /// - Parameter told: what goes on, for people.
    public init(
        _ metric: Metric, from good: Commit, through commits: [Commit], _ measure: CommitMeasure,
        _ request: BuildRequest, _ cache: BuildCache, seed: UInt64,
        told: @escaping (String) -> Void
    ) {
        self.metric = metric
        self.good = good
        self.commits = commits
        self.measure = measure
        self.request = request
        self.cache = cache
        self.seed = seed
        self.told = told
        margin = CommitMeasure.usualMargin(metric)
    }

    /// What a search came to.
    public struct Finding: Sendable {
        /// The commit; several where those between cannot be built.
        public let suspects: [Commit]
        /// The one before them, which is good.
        public let before: Commit
        /// Commits that were measured, the ends among them.
        public let measured: Int
        public let skipped: Int
        /// Of the suspects to be right; 1 of what repeats.
        public let confidence: Double

        fileprivate var after: Commit { suspects[suspects.count - 1] }
        public var isSure: Bool { confidence >= NoisyBisection.enough }
    }

    private var bad: Commit { commits[commits.count - 1] }

    /// The servers before and after the change.
    public func pair(_ finding: Finding) throws(ExperimentFailure) -> [Target] {
        do throws(TargetError) {
            return [
                try target(finding.before, label: "before"),
                try target(finding.after, label: "after"),
            ]
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// The server of a commit, under its hash or another label.
    private func target(_ commit: Commit, label: String? = nil) throws(TargetError) -> Target {
        var request = self.request
        request.source = .ref(commit.hash)
        // Held to the end of the process: there are few, and most are needed again.
        let tree = try cache.tree(request, told: told)
        return try Target(request, tree, label: label ?? commit.short)
    }

    /// - Parameter recorder: where readings go; they are no results of the run.
    public func run(_ recorder: Recorder) throws(ExperimentFailure) -> Finding {
        let ends: (Target, Target)
        do throws(TargetError) {
            ends = (try target(good), try target(bad))
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
        if case .rounds = measure { return try searchTimed(ends.0, ends.1, recorder) }
        return try searchLevels(ends.0, ends.1, recorder)
    }

    // MARK: what repeats

    private func searchLevels(
        _ first: Target, _ last: Target, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Finding {
        var levels: [(good: Double, bad: Double)] = []
        for launch in 0..<Self.endLaunches {
            let seed = self.seed &+ UInt64(launch)
            let good = try measure.level(metric, of: first, seed: seed, recorder)
            let bad = try measure.level(metric, of: last, seed: seed, recorder)
            levels.append((good, bad))
            try checkDifference(good, bad, isUp: levels[0].bad > levels[0].good)
        }
        let (goodLevel, badLevel) = levels[0]
        told("\(good.short): \(goodLevel.significant(5)), \(bad.short): \(badLevel.significant(5))")
        // Indices of `commits`; −1 is the good end.
        var (low, high) = (-1, commits.count - 1)
        var skipped: Set<Int> = []
        var measured = 2
        while true {
            let middle = (low + high) / 2
            let open = (low + 1..<max(high, low + 1)).filter { !skipped.contains($0) }
            guard let next = open.min(by: { abs($0 - middle) < abs($1 - middle) }) else { break }
            guard
                let level = try attempt(
                    commits[next],
                    { target throws(ExperimentFailure) in
                        try measure.level(metric, of: target, seed: seed, recorder)
                    })
            else {
                skipped.insert(next)
                continue
            }
            measured += 1
            let isBad = abs(level - badLevel) < abs(level - goodLevel)
            told("\(commits[next].title): \(level.significant(5)), \(isBad ? "bad" : "good")")
            if isBad { high = next } else { low = next }
        }
        return Finding(
            suspects: Array(commits[(low + 1)...high]), before: low < 0 ? good : commits[low],
            measured: measured, skipped: skipped.count, confidence: 1)
    }

    private func checkDifference(
        _ good: Double, _ bad: Double, isUp: Bool
    ) throws(ExperimentFailure) {
        var least = margin * abs(good)
        if case .bytes = measure { least = max(least, CommitMeasure.leastBytes) }
        guard abs(bad - good) > least, (bad > good) == isUp else {
            throw ExperimentFailure(
                .invalid,
                "\(metric.id) is \(good.significant(5)) at --good and \(bad.significant(5)) at "
                    + "--bad, which is no difference beyond \(margin.percentOption); give commits "
                    + "that differ, or a smaller --margin")
        }
    }

    // MARK: what is timed

    private func searchTimed(
        _ first: Target, _ last: Target, _ recorder: Recorder
    ) throws(ExperimentFailure) -> Finding {
        var number = 0
        func ratio(_ candidate: Target) throws(ExperimentFailure) -> Double {
            defer { number += 1 }
            return try measure.logRatio(metric, first, candidate, round: number, recorder)
        }
        var ends: [Double] = []
        told("\(endRounds) rounds of \(good.short) and \(bad.short)")
        for _ in 0..<endRounds { ends.append(try ratio(last)) }
        let effect = try requireEffect(ends)
        var search = NoisyBisection(
            commits: commits.count, effect: effect,
            deviation: Descriptive.standardDeviation(ends) ?? 0)
        var measured: Set<Int> = [commits.count - 1]
        var skipped = 0
        while number < endRounds + mostRounds, let next = search.next {
            guard
                let reading = try attempt(
                    commits[next],
                    { target throws(ExperimentFailure) in
                        try ratio(target)
                    })
            else {
                search.skip(next)
                skipped += 1
                continue
            }
            search.add(reading, at: next)
            measured.insert(next)
            let probable = commits[search.suspects.upperBound]
            let change = Descriptive.relativeChange(logRatio: reading).changeText
            told(
                "\(commits[next].title): \(change); it is \(probable.short) with "
                    + "\(search.confidence.percent(0))")
        }
        let suspects = search.suspects
        return Finding(
            suspects: Array(commits[suspects]),
            before: suspects.lowerBound == 0 ? good : commits[suspects.lowerBound - 1],
            measured: measured.count + 1, skipped: skipped, confidence: search.confidence)
    }

    /// The log-ratio of the bad end, which has to be beyond the margin by the gate's test.
    private func requireEffect(_ ends: [Double]) throws(ExperimentFailure) -> Double {
        let ranks = SignedRank(ends)
        let effect = ranks.centre ?? 0
        let limit = log1p(margin)
        let pValue =
            effect > 0 ? ranks.pValue(above: limit) : ranks.pValue(below: -limit)
        guard abs(effect) > limit, pValue <= Self.alpha else {
            let shown = Descriptive.relativeChange(logRatio: effect).changeText
            throw ExperimentFailure(
                .invalid,
                "\(metric.id) differs by \(shown) between --good and --bad, which \(ends.count) "
                    + "rounds do not show to be beyond \(margin.percentOption); give commits that "
                    + "differ, more --rounds, or a smaller --margin")
        }
        return effect
    }

    // MARK: both

    /// Nil of a commit that does not build, or whose server cannot be measured.
    private func attempt(
        _ commit: Commit, _ body: (Target) throws(ExperimentFailure) -> Double
    ) throws(ExperimentFailure) -> Double? {
        let target: Target
        do throws(TargetError) {
            target = try self.target(commit)
        } catch {
            if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
            told("\(commit.title) is skipped: \(error)")
            return nil
        }
        do throws(ExperimentFailure) {
            return try body(target)
        } catch {
            if Interruption.requested { throw error }
            told("\(commit.title) is skipped: \(error)")
            return nil
        }
    }
}

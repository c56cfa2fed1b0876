// One metric under one workload over runs: a course for each target, the conditions that it was
// read under (a curve's numbers of entries) summed up as the median of the readings.
import Foundation
import RunRecord
import Statistics

struct Trend {
    let metric: String
    let title: String
    let workload: String?
    let unit: Metric.Unit
    let better: Metric.Better
    /// Conditions that are summed up.
    let conditions: Int
    /// Whether it explains what other metrics of its workload tell.
    fileprivate(set) var isDetail: Bool
    private let courses: [String: TrendCourse]

    /// - Parameter series: of one metric and workload; not empty.
    fileprivate init(_ series: [History.Series]) {
        let first = series[0]
        metric = first.metric
        title = Metric.named(first.metric)?.title ?? first.metric
        workload = first.workload
        unit = first.unit
        better = first.better
        conditions = series.count
        isDetail = Metric.named(first.metric)?.isDetail != false
        var courses: [String: TrendCourse] = [:]
        for target in series.flatMap(\.targets).distinct() {
            courses[target] = TrendCourse(series.filter { $0.targets.contains(target) }, target)
        }
        self.courses = courses
    }

    /// Nil where no run has it of that target.
    func course(of target: String) -> TrendCourse? { courses[target] }

    fileprivate var rank: Int { Metric.named(metric)?.rank ?? .max }

    /// `get · server CPU, ns/op (median of 3)`
    func name(_ scale: Scale) -> String {
        var name = [workload, title].compactMap(\.self).joined(separator: " · ")
        if !scale.unit.isEmpty { name += ", \(scale.unit)" }
        if conditions > 1 { name += " (median of \(conditions))" }
        return name
    }
}

extension History.Group {
    /// In the order in which metrics matter.
    var trends: [Trend] {
        let places = series.map { [$0.workload ?? "", $0.metric] }
        var alike = places.distinct().map { place in
            Trend(zip(series, places).filter { $0.1 == place }.map(\.0))
        }
        // Where there is nothing that it could explain, it is what was measured.
        let explained = Set(alike.filter { !$0.isDetail }.compactMap(\.workload))
        for index in alike.indices {
            guard let workload = alike[index].workload else { continue }
            alike[index].isDetail = alike[index].isDetail && explained.contains(workload)
        }
        return alike.enumerated().sorted { first, second in
            (first.element.rank, first.offset) < (second.element.rank, second.offset)
        }.map(\.element)
    }

    /// Labels, in the order in which they were first measured.
    var targets: [String] { series.flatMap(\.targets).distinct() }
}

/// A trend of one target.
struct TrendCourse {
    /// By run: the median over the conditions; nil where the run did not read it.
    let values: [Double?]
    /// From the first reading to the last; nil where the last run has none, or is the only one.
    let change: Step?
    /// From the reading before the last one to it.
    let lastChange: Step?
    /// From the best reading, which may be the last one, to it.
    let bestChange: Step?
    /// What a change is of a reading that repeats, as a share; nil of what scatters.
    private let leastStep: Double?

    /// How far one reading is from another.
    struct Step {
        let size: Change
        /// Nil where it is within what the rounds of both runs left open.
        let tone: TerminalStyle.Tone?
    }

    /// - Parameter series: of one metric, which the target has.
    fileprivate init(_ series: [History.Series], _ target: String) {
        let readings = series.compactMap { $0.readings(target) }
        let runs = readings.first?.values.count ?? 0
        values = (0..<runs).map { run in
            Descriptive.median(readings.compactMap { $0.values[run] })
        }
        let isLowBest = series[0].better == .lower
        change = Self.step(series[0], readings) { _, known in known.first }
        lastChange = Self.step(series[0], readings) { _, known in known.dropLast().last }
        bestChange = Self.step(series[0], readings) { values, known in
            isLowBest
                ? known.min { (values[$0] ?? 0) < (values[$1] ?? 0) }
                : known.max { (values[$0] ?? 0) < (values[$1] ?? 0) }
        }
        leastStep =
            series[0].kind == .simulated
            ? Self.leastSimulated : series[0].isCounted ? Self.leastCounted : nil
    }

    /// By run: how far each reading is from the one before it; nil where there is none.
    func steps(of trend: Trend) -> [Change?] {
        var before: Double?
        return values.map { value in
            guard let value else { return nil }
            defer { before = value }
            return before.map { Change(from: $0, to: value, of: trend.metric, unit: trend.unit) }
        }
    }

    var first: Double? { values.compactMap(\.self).first }
    /// Nil where the last run has none.
    var last: Double? { values.last ?? nil }

    // MARK: changes

    /// A change of less is not worth a colour where nobody knows how the rounds scattered: runs of
    /// different days differ by as much.
    private static let leastColoured = 0.03
    /// Nor is one of what is counted and repeats.
    private static let leastCounted = 0.005
    /// Nor is one of what is simulated: with the seed pinned, last-level misses vary by 1.3 %.
    private static let leastSimulated = 0.04

    /// The change to the last run, which has to have the reading.
    /// - Parameter earlier: of the values, and of the runs that have one, the run that it is told
    ///   against.
    private static func step(
        _ series: History.Series, _ readings: [Readings], from earlier: ([Double?], [Int]) -> Int?
    ) -> Step? {
        let pairs = readings.compactMap { reading -> (change: Change, noise: Double?)? in
            let known = reading.values.indices.filter { reading.values[$0] != nil }
            guard known.count > 1, let last = known.last, last == reading.values.count - 1,
                let first = earlier(reading.values, known), let from = reading.values[first],
                let to = reading.values[last]
            else { return nil }
            var noise: Double?
            if let before = reading.spreads[first], let now = reading.spreads[last] {
                noise = before + now
            }
            return (
                Change(from: from, to: to, of: series.metric, unit: series.unit), noise
            )
        }
        let ratios = pairs.compactMap { pair -> Double? in
            if case .share(let share) = pair.change, share > -1 { log1p(share) } else { nil }
        }
        let mean = Descriptive.mean(ratios).map { Change.share(expm1($0)) }
        guard let size = pairs.count == 1 ? pairs[0].change : mean else { return nil }
        let noises = pairs.compactMap(\.noise)
        let isCounted = series.isCounted || series.kind == .simulated
        let unknown = isCounted ? leastCounted : leastColoured
        let noise = noises.count == pairs.count ? Descriptive.mean(noises) : nil
        guard case .share(let share) = size, abs(share) >= max(noise ?? unknown, leastCounted)
        else { return Step(size: size, tone: nil) }
        return Step(size: size, tone: (share > 0) == (series.better == .higher) ? .good : .bad)
    }

    // MARK: change points

    /// A new level: from which run on, and how far it is from the one before, as a share.
    struct NewLevel {
        let run: Int
        let share: Double
    }

    /// Runs at which the level changed. A reading that repeats changed where it is not what the one
    /// before it was, beyond a least share; of all others `ChangePoints` has the rule. Two runs
    /// show no more than their difference.
    var newLevels: [NewLevel] {
        let known = values.indices.filter { values[$0] != nil }
        let readings = known.compactMap { values[$0] }
        guard readings.count > 2 else { return [] }
        let points: [Int]
        if let leastStep {
            points = readings.indices.dropFirst().filter { index in
                abs(readings[index] - readings[index - 1]) > leastStep * abs(readings[index - 1])
            }
        } else {
            points = ChangePoints.find(readings)
        }
        let ends = [0] + points + [readings.count]
        return points.indices.compactMap { number in
            let before = Descriptive.median(Array(readings[ends[number]..<points[number]]))
            let after = Descriptive.median(Array(readings[points[number]..<ends[number + 2]]))
            guard let before, let after, before != 0 else { return nil }
            return NewLevel(run: known[points[number]], share: (after - before) / abs(before))
        }
    }

    // MARK: in one line

    /// A line has room for so many runs; older ones are not drawn.
    private static let drawnRuns = 16
    private static let bars = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// A bar per run from the least reading to the most, a dot where there is none; empty
    /// for one run.
    var sparkline: String {
        let drawn = Array(values.suffix(Self.drawnRuns))
        let known = drawn.compactMap(\.self)
        guard known.count > 1, let least = known.min(), let most = known.max() else { return "" }
        let highest = Double(Self.bars.count - 1)
        return drawn.map { value in
            guard let value else { return "·" }
            guard most > least else { return Self.bars[Self.bars.count / 2 - 1] }
            return Self.bars[Int(((value - least) / (most - least) * highest).rounded())]
        }.joined()
    }
}

/// Of one target in one series, by run.
private struct Readings {
    let values: [Double?]
    let spreads: [Double?]
}

extension History.Series {
    /// Whether it is counted and repeats.
    fileprivate var isCounted: Bool { kind == .exact || unit == .bytesPerEntry }

    /// Nil where the series has no such target.
    fileprivate func readings(_ target: String) -> Readings? {
        targets.firstIndex(of: target).map { place in
            Readings(values: values.map { $0[place] }, spreads: spreads.map { $0[place] })
        }
    }
}

// From a sample of sizes to a distribution of the format, with the distance that is left between
// the two: a constant, the values themselves where they are few, else percentiles.
//
// Percentiles are chosen where they are needed: starting with the two ends, the place at which
// table and sample differ most is pinned, until the Kolmogorov–Smirnov distance and the mean's
// error are small. Sizes are whole and tables are rounded, so a pin lies at half a byte: `p25:
// 27.5` says that a quarter of the sizes is 27 or less, and a value that many sizes share has a pin
// on either side:
//
//     share  1 ┤              ╭── p100
//              │   ╭──────────╯        between pins: straight on a logarithmic scale
//          .25 ┤   │ ◄ pins at 26.5 and 27.5: a step
//            0 ┼───┴──────────────
import Glibc
import Workloads

/// A distribution fitted to a sample.
public struct FittedDistribution: Sendable, Equatable {
    public let distribution: Distribution
    /// Kolmogorov–Smirnov: the largest difference between the shares of sizes up to a limit.
    public let distance: Double
    public let sampleCount: Int
    public let sampleMean: Double

    /// `n 100000, KS 0.0031`
    public var summary: String {
        "KS distance \(decimals(distance, 4)) to \(sampleCount) samples"
    }

    /// Fits the sizes (or seconds) in `sample`, none of them negative; nil for an empty sample.
    /// - Complexity: O(n log n + points × distinct values)
    public init?(_ sample: [Int]) {
        guard !sample.isEmpty else { return nil }
        let steps = EmpiricalSteps(sample)
        sampleCount = sample.count
        sampleMean = steps.mean
        if steps.values.count == 1 {
            distribution = .constant(Double(steps.values[0]))
            distance = 0
        } else if steps.values.count <= Self.mostDiscrete {
            let weights = steps.weights.map { ($0 * 1e6).rounded() / 1e6 }
            distribution = .discrete(
                zip(steps.values, weights).filter { $0.1 > 0 }.map {
                    WeightedValue(value: Double($0), weight: $1)
                })
            distance = steps.distance { value in
                zip(steps.values, weights).reduce(0) { $0 + ($1.0 <= value ? $1.1 : 0) }
                    / weights.reduce(0, +)
            }
        } else {
            let table = PinnedPercentiles(steps)
            distribution = .quantiles(table.percentiles)
            distance = steps.distance(table.cumulative)
        }
    }

    /// More values than these are rather a curve than a list.
    private static let mostDiscrete = 16
}

/// The distribution function of a sample.
struct EmpiricalSteps {
    /// Ascending.
    let values: [Int]
    /// Share of each.
    let weights: [Double]
    /// Share of the sizes up to each value.
    let cumulative: [Double]
    let mean: Double

    init(_ sample: [Int]) {
        var values: [Int] = []
        var counts: [Int] = []
        for size in sample.sorted() {
            if values.last == size {
                counts[counts.count - 1] += 1
            } else {
                values.append(size)
                counts.append(1)
            }
        }
        let total = Double(sample.count)
        self.values = values
        weights = counts.map { Double($0) / total }
        var sum = 0
        cumulative = counts.map { count in
            sum += count
            return Double(sum) / total
        }
        mean = zip(values, weights).reduce(0) { $0 + Double($1.0) * $1.1 }
    }

    /// Share of the sizes below the value at `index`.
    func below(_ index: Int) -> Double { index == 0 ? 0 : cumulative[index - 1] }

    /// The largest distance to another distribution function.
    func distance(_ other: (Int) -> Double) -> Double {
        var largest = 0.0
        for index in values.indices {
            largest = max(largest, abs(other(values[index]) - cumulative[index]))
            if values[index] > 0 {
                largest = max(largest, abs(other(values[index] - 1) - below(index)))
            }
        }
        return largest
    }
}

/// Percentiles that follow a sample's distribution function.
private struct PinnedPercentiles {
    /// Thousandths of a per cent → size; ascending in both.
    private var pins: [(place: Int, size: Double)] = []

    /// Two samples of 100,000 of one distribution differ by 0.006 in one of twenty cases.
    private static let tolerance = 0.004
    private static let meanTolerance = 0.01
    /// A table that a reader can still take in.
    private static let mostPins = 48
    /// The format's resolution of percentiles: three decimals.
    private static let whole = 100_000

    init(_ steps: EmpiricalSteps) {
        let (first, last) = (steps.values[0], steps.values[steps.values.count - 1])
        pins = [(0, max(0, Double(first) - 0.5)), (Self.whole, Double(last) + 0.5)]
        while pins.count < Self.mostPins {
            guard let index = worst(steps) else { break }
            let before = pins.count
            pin(steps.below(index), Double(steps.values[index]) - 0.5)
            pin(steps.cumulative[index], Double(steps.values[index]) + 0.5)
            if pins.count == before { break }
        }
    }

    var percentiles: [Percentile] {
        pins.map { Percentile(percent: Double($0.place) / 1_000, value: $0.size) }
    }

    /// Where it pays most to pin: the largest distance, or, once that is small, the middle of the
    /// stretch that puts the mean off most. Nil when both are small.
    private func worst(_ steps: EmpiricalSteps) -> Int? {
        var (found, largest) = (0, 0.0)
        for index in steps.values.indices {
            var distance = abs(cumulative(steps.values[index]) - steps.cumulative[index])
            if steps.values[index] > 0 {
                distance = max(
                    distance, abs(cumulative(steps.values[index] - 1) - steps.below(index)))
            }
            if distance > largest { (found, largest) = (index, distance) }
        }
        return largest > Self.tolerance ? found : worstOfMean(steps)
    }

    private func worstOfMean(_ steps: EmpiricalSteps) -> Int? {
        var error = 0.0
        var (worst, worstError) = (0, 0.0)
        var index = 0
        for (low, high) in zip(pins, pins.dropFirst()) {
            let width = Double(high.place - low.place) / Double(Self.whole)
            let end = Double(high.place) / Double(Self.whole)
            let begin = index
            var sum = 0.0
            while index < steps.values.count, steps.below(index) < end - 1e-12 {
                sum += Double(steps.values[index]) * steps.weights[index]
                index += 1
            }
            let mean =
                low.size <= 0 || low.size == high.size
                ? (low.size + high.size) / 2 : (high.size - low.size) / log(high.size / low.size)
            let difference = mean * width - sum
            error += difference
            if abs(difference) > worstError && index - begin > 2 {
                (worst, worstError) = ((begin + index) / 2, abs(difference))
            }
        }
        return abs(error) > Self.meanTolerance * steps.mean && worstError > 0 ? worst : nil
    }

    /// Adds a pin unless there is one at that place, keeping both columns ascending.
    private mutating func pin(_ share: Double, _ size: Double) {
        var place = Int((share * Double(Self.whole)).rounded())
        guard place >= 0, place <= Self.whole else { return }
        var index = pins.firstIndex { $0.place >= place } ?? pins.count
        if index < pins.count, pins[index].place == place {
            // Both sides of a gap between sizes have the same share: the second to come moves
            // aside.
            if size > pins[index].size, place < Self.whole {
                place += 1
                index += 1
                if index < pins.count, pins[index].place == place { return }
            } else if size < pins[index].size, place > 0 {
                place -= 1
                if pins[index - 1].place == place { return }
            } else {
                return
            }
        }
        if index > 0 && pins[index - 1].size > size { return }
        if index < pins.count && pins[index].size < size { return }
        pins.insert((place, size), at: index)
    }

    /// The table's share of sizes up to `size`: of numbers below size + ½, as they are rounded.
    func cumulative(_ size: Int) -> Double {
        let x = Double(size) + 0.5
        guard let next = pins.firstIndex(where: { $0.size > x }) else { return 1 }
        guard next > 0 else { return 0 }
        let (low, high) = (pins[next - 1], pins[next])
        let t =
            low.size <= 0
            ? (x - low.size) / (high.size - low.size)
            : log(x / low.size) / log(high.size / low.size)
        return (Double(low.place) + t * Double(high.place - low.place)) / Double(Self.whole)
    }
}

/// A number with at most `count` decimals, without trailing zeros.
func decimals(_ value: Double, _ count: Int) -> String {
    let scale = pow(10, Double(count))
    let rounded = (value * scale).rounded() / scale
    if rounded == rounded.rounded(), abs(rounded) < 1e15 { return "\(Int(rounded))" }
    // Swift's shortest spelling has an exponent below 1e-4, which the format reads as well.
    return "\(rounded)"
}

// Where the level of a series of readings changed: releases on one axis, one reading of each.
//
//     readings   5 4 5 5 4 5 5 | 7 8 7 7 8 7          one change point: position 7
//
// The rule. For each way to cut the series in two, of at least three readings each, the readings'
// ranks in the first part are summed and standardised (Wilcoxon); the largest of these in size is
// the statistic. Its p-value comes from the same statistic of the readings in 999 random orders.
// At p ≤ 1 % the best cut is a change point, and the two parts are looked at in the same way
// (binary segmentation, Vostrikova 1981), until none is found.
//
// Ranks, so that one odd release is no change; random orders, so that nothing is assumed of the
// scatter but that releases are alike and independent of each other.
//
// Measured (the tests repeat it with other seeds): of 1,000 series of 30 readings of pure noise
// 1.6 % have a change point, 1.4 % with 5 % outliers; of series whose neighbours correlate by 0.5,
// which this rule does not know of, 22 %. A change by 5 % in the middle of 30 readings is found in
// 99 % of series that scatter by 2 %, in 85 % by 3 %, in 54 % by 4 %; of 12 readings that scatter
// by 2 % in 71 %, of 10 in 47 %. So it is a hint where to look: a gate or a bisection decides.
import Distributions

public enum ChangePoints {
    /// Parts are at least so long: two readings are no level.
    private static let leastPart = 3
    private static let orders = 999
    private static let level = 0.01

    /// Positions whose reading is the first of a new level, ascending; equal ones of equal series.
    /// - Complexity: O(999 n) for each part.
    public static func find(_ readings: [Double]) -> [Int] {
        var random = SplitMix64(seed: 0x6368_616e_6765)
        var found: [Int] = []
        var open = [readings.indices]
        while let part = open.popLast() {
            guard let cut = Self.cut(Array(readings[part]), &random) else { continue }
            let middle = part.lowerBound + cut
            found.append(middle)
            open += [part.lowerBound..<middle, middle..<part.upperBound]
        }
        return found.sorted()
    }

    /// The best cut of one part, where it is one.
    private static func cut(_ readings: [Double], _ random: inout SplitMix64) -> Int? {
        var ranks = Self.ranks(readings)
        guard let best = split(ranks), best.score > 0 else { return nil }
        let most = Int(level * Double(orders + 1)) - 1
        var hits = 0
        for _ in 0..<orders {
            ranks.shuffle(using: &random)
            // Equal up to rounding counts as reached: ties never help.
            if let other = split(ranks), other.score >= best.score - 1e-9 { hits += 1 }
            if hits > most { return nil }
        }
        return best.position
    }

    /// The position that cuts ranks into the two parts that differ most; nil of too few.
    private static func split(_ ranks: [Double]) -> (position: Int, score: Double)? {
        let count = ranks.count
        guard count >= 2 * leastPart else { return nil }
        let size = Double(count)
        var best = (position: 0, score: -1.0)
        var sum = 0.0
        for position in 1...(count - leastPart) {
            sum += ranks[position - 1]
            guard position >= leastPart else { continue }
            let first = Double(position)
            let deviation = (first * (size - first) * (size + 1) / 12).squareRoot()
            let score = abs(sum - first * (size + 1) / 2) / deviation
            if score > best.score { best = (position, score) }
        }
        return best
    }

    /// From 1; readings that are equal share the mean of theirs.
    private static func ranks(_ readings: [Double]) -> [Double] {
        let order = readings.indices.sorted { readings[$0] < readings[$1] }
        var ranks = Array(repeating: 0.0, count: readings.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, readings[order[end + 1]] == readings[order[start]] {
                end += 1
            }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
            start = end + 1
        }
        return ranks
    }
}

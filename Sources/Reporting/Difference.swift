// How far two targets are apart in one quantity, over all loads under which both have it: what a
// headline may say.
//
//     interval of the rounds      they differ where it leaves 0 out
//     3 rounds or more            they differ where the centre is beyond half the rounds' range
//     fewer                       nobody knows
//     counted, bytes              they differ where the change is worth a word
//
// Of several loads it is the change of the geometric mean. What each of them leaves open is not
// averaged away: the loads of a run share a machine.
import Foundation
import Quantities
import RunRecord
import Statistics

struct Difference {
    /// Change from the baseline, as a share of it.
    let share: Double
    /// What the rounds leave open on either side, as a share; nil where nothing scatters, and
    /// where nobody knows.
    let halfWidth: Double?
    /// Whether the scatter is known.
    let isKnown: Bool
    let isDistinct: Bool
    /// The smallest change, as a share, that every load would have shown; nil without intervals.
    let detectable: Double?
    /// `geometric mean over 3 workloads`; nil for one load.
    let scope: String?

    /// Below it, a change of what is counted is not worth a word.
    private static let leastCounted = 0.005
    /// Two rounds agree by chance half of the time.
    private static let leastRounds = 3

    /// - Parameter rows: one metric of one candidate; nil where none of them carries a share.
    init?(_ rows: [Comparison.Row]) {
        let rows = rows.filter { ($0.effect ?? -1) > -1 }
        guard let centre = Descriptive.mean(rows.map { log1p($0.effect ?? 0) }) else { return nil }
        let doubts = rows.compactMap(Self.doubt)
        isKnown = doubts.count == rows.count
        let half = Descriptive.mean(doubts) ?? 0
        share = expm1(centre)
        halfWidth = isKnown && half > 0 ? (exp(centre + half) - exp(centre - half)) / 2 : nil
        if let only = rows.first, rows.count == 1, only.interval != nil {
            isDistinct = only.isDistinct
        } else {
            let least = half > 0 ? half : Self.leastCounted
            isDistinct = isKnown && abs(centre) > least
        }
        let seen = rows.compactMap(\.detectable)
        detectable = seen.count == rows.count ? seen.max() : nil
        scope = rows.count > 1 ? Self.scope(rows) : nil
    }

    /// What a row leaves open on either side of its log-ratio; nil where nobody knows.
    private static func doubt(_ row: Comparison.Row) -> Double? {
        if let interval = row.interval {
            return (log1p(interval.upper) - log1p(interval.lower)) / 2
        }
        if let least = row.logRatios.min(), let most = row.logRatios.max(),
            row.logRatios.count >= leastRounds
        {
            return (most - least) / 2
        }
        let isCounted =
            row.kind == .exact || row.kind == .simulated || row.unit == .bytesPerEntry
        return isCounted ? 0 : nil
    }

    private static func scope(_ rows: [Comparison.Row]) -> String {
        let workloads = Set(rows.map(\.workload)).count
        let things =
            workloads == rows.count
            ? "workloads"
            : workloads == 1 && rows[0].unit == .bytesPerEntry ? "numbers of entries" : "loads"
        return "geometric mean over \(rows.count) \(things)"
    }

    /// `0.62 ± 0.03`: of the baseline.
    var ratio: String {
        guard let halfWidth else { return (1 + share).grouped(2) }
        let decimals = halfWidth < 0.00995 ? 3 : 2
        return (1 + share).grouped(decimals) + " ± " + halfWidth.grouped(decimals)
    }

    /// `38 ± 4 %`, `17.5 %`; without a sign.
    var size: String {
        let percent = abs(share) * 100
        guard let halfWidth else {
            return percent.grouped(percent < 99.95 ? 1 : 0) + " %"
        }
        let decimals = halfWidth < 0.00995 ? 1 : 0
        return percent.grouped(decimals) + " ± "
            + (halfWidth * 100).grouped(decimals) + " %"
    }
}

// A certificate from recorded rounds: gates without a change, with slow-downs, and with the slowed
// server that ran beside them.
import Quantities
import RunRecord

extension SelfTest {
    /// Labels of a pool's targets. The first is the baseline; the copy stands for the sentinel.
    public static let baselineLabel = "baseline"
    public static let copyLabel = Sides.sentinelLabel
    /// As good as the baseline.
    public static let unchangedLabel = "same"
    /// Where the target takes injections.
    public static let slowedLabel = "slowed"

    /// - Parameters:
    ///   - counts: rows of gates that were run live, which come last.
    ///   - gates: drawn per slow-down; twice as many without one.
    ///   - startedAt: UTC.
    ///   - told: hears, before each row, which share of them is done.
    public static func certificate(
        _ pool: RoundPool, _ policy: Policy, counts: [Certificate.Row] = [], gates: Int,
        seed: UInt64, startedAt: String, told: (Double) -> Void = { _ in }
    ) -> Certificate {
        let test = SelfTest(policy, pool, candidate: unchangedLabel, copy: copyLabel)
        // The first row has twice the gates, and there may be one of the slowed server.
        let parts = Double(slowDowns.count + 3)
        told(0)
        var rows = [test.row(Certificate.Row.nothing, gates: 2 * gates, seed: seed)]
        for (index, slowDown) in slowDowns.enumerated() {
            told(Double(index + 2) / parts)
            rows.append(
                test.row(
                    "CPU +\(slowDown.shortPercent())", gates: gates, slowDown: slowDown,
                    seed: seed))
        }
        told(1 - 1 / parts)
        if pool.targets.contains(slowedLabel) {
            let what = pool.spellings.last?.split(separator: "?").last.map(String.init) ?? ""
            rows.append(test.row(what, gates: gates, label: slowedLabel, seed: seed))
        }
        return Certificate(
            pool, policy, candidate: unchangedLabel, startedAt: startedAt, rows: rows + counts)
    }
}

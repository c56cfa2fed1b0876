// A certificate from recorded rounds: gates without a change, with slow-downs, and with the slowed
// server that ran beside them.
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
    public static func certificate(
        _ pool: RoundPool, _ policy: Policy, counts: [Certificate.Row] = [], gates: Int,
        seed: UInt64, startedAt: String
    ) -> Certificate {
        let test = SelfTest(policy, pool, candidate: unchangedLabel, copy: copyLabel)
        var rows = [test.row("nothing", gates: 2 * gates, seed: seed)]
        for slowDown in slowDowns {
            rows.append(
                test.row(
                    "CPU +\(Int((slowDown * 100).rounded())) %", gates: gates, slowDown: slowDown,
                    seed: seed))
        }
        if pool.targets.contains(slowedLabel) {
            let what = pool.spellings.last?.split(separator: "?").last.map(String.init) ?? ""
            rows.append(test.row(what, gates: gates, label: slowedLabel, seed: seed))
        }
        return Certificate(
            pool, policy, candidate: unchangedLabel, startedAt: startedAt, rows: rows + counts)
    }
}

// Whether as many look-ups found their key as a workload file says, or as on the server that others
// are compared with: one that drops data answers faster.
import LoadGenerator
import Quantities
import RunRecord
import Workloads

enum HitRatio {
    /// Two servers, filled one after the other, may be so far apart under entries that expire.
    private static let tolerance = Expectations.shareTolerance
    /// Standard errors of the counts beyond that: never by chance.
    private static let sigmas = 5.0

    /// What differs from the file's own assertion; nil where nothing does, or nothing is asserted.
    static func incident(
        _ sample: LoadSample, _ workload: Workload, _ target: String, round: Int? = nil
    ) -> RunRecord.Incident? {
        guard let expected = workload.expect.hitRatio, let (ratio, count) = hits(sample),
            abs(ratio - expected) > tolerance + noise(expected, count)
        else { return nil }
        return incident(
            ratio, count, target, workload, round,
            "\(workload.name) expects \(expected.shortPercent())")
    }

    /// What differs from `baseline`'s share under the same load.
    static func incident(
        _ sample: LoadSample, besides baseline: LoadSample, of name: String, _ workload: Workload,
        _ target: String, round: Int? = nil
    ) -> RunRecord.Incident? {
        guard let (ratio, count) = hits(sample), let (other, otherCount) = hits(baseline),
            abs(ratio - other) > tolerance + noise(other, count) + noise(other, otherCount)
        else { return nil }
        return incident(
            ratio, count, target, workload, round, "\(name) has \(other.shortPercent())")
    }

    private static func incident(
        _ ratio: Double, _ count: UInt64, _ target: String, _ workload: Workload, _ round: Int?,
        _ beside: String
    ) -> RunRecord.Incident {
        RunRecord.Incident(
            target: target, kind: .hitRatio, workload: workload.name, round: round,
            count: Int((ratio * Double(count)).rounded()), of: Int(count),
            detail: "\(ratio.shortPercent()) of the look-ups found their key, and \(beside)")
    }

    private static func hits(_ sample: LoadSample) -> (ratio: Double, count: UInt64)? {
        let count = sample.commands.filter(\.label.nullIsMiss).reduce(0) { $0 + $1.operations }
        return sample.hitRatio.map { ($0, count) }
    }

    private static func noise(_ ratio: Double, _ count: UInt64) -> Double {
        sigmas * (ratio * (1 - ratio) / Double(max(count, 1))).squareRoot()
    }
}

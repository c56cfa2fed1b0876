// A record with a verdict, for tests of what shows one.
import RunRecord

/// A judged run: a regression, an improvement, an undecided check, one that is not measured.
func judgedRecord(name: String = "new", reason: String = "beyond the margin") -> RunRecord {
    var record = sampleRecord(first: "old", second: name)
    record.durationSeconds = 12.5
    var verdict = RunRecord.Verdict(
        status: .regression, exitCode: 2, reasons: ["server CPU: \(reason)"], policy: "default",
        policyHash: "fnv1a64:0", baseline: "old", candidate: name, sentinel: "sentinel")
    func check(
        _ metric: Metric, _ status: RunRecord.Check.Status, _ effect: Double?, _ reason: String
    ) -> RunRecord.Check {
        var check = RunRecord.Check(
            metric: metric.id, unit: metric.unit, better: metric.better, kind: metric.kind,
            workload: "get", rule: metric.kind == .exact ? "exact" : "timed", status: status,
            reason: reason, pairs: 30)
        check.effect = effect
        check.margin = 0.02
        check.baselineValue = effect == nil ? nil : 500
        check.candidateValue = effect.map { 500 * (1 + $0) }
        if let effect, metric.kind != .exact {
            check.lower = effect - 0.01
            check.upper = effect + 0.01
            check.detectable = 0.015
            check.pValue = 0.0001
        }
        return check
    }
    verdict.checks = [
        check(.throughput, .inconclusive, -0.01, "too few rounds"),
        check(.serverCPU, .regression, 0.05, reason),
        check(.memoryPerEntry(.reported), .improvement, -0.1, "smaller"),
        check(.memoryPerEntry(.sizeClass), .unmeasured, nil, "only ref: servers can walk"),
        check(.hitRatio, .pass, 0, "within"),
    ]
    verdict.sentinelChecks = [check(.serverCPU, .pass, 0.001, "agree")]
    record.verdict = verdict
    return record
}

let hostile = "\"]]><script>alert('1')</script>&\u{1b}|`\n::error::%0A\\_*[x](y)#"

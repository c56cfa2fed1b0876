import RunRecord
import Statistics

/// Two targets, three kinds, one missing reading, one distribution.
func sampleRecord(first: String = "valkey-7.2", second: String = "valkey-9.1") -> RunRecord {
    var record = RunRecord(
        hashmarkVersion: "0.1.0", arguments: ["/opt/bin/hashmark", "suite"], seed: 7)
    record.startedAt = "2026-11-21T06:19:54Z"
    record.environment.cpuModel = "EPYC"
    record.environment.loadAverage = [0.5, 0.25, 0.1]
    record.targets = [
        .init(label: first, spelling: "ref:valkey-7.2"),
        .init(label: second, spelling: "ref:valkey-9.1?seed=7"),
    ]
    record.warnings = [.init(cause: "7 % steal", remedy: "use a quiet machine")]
    let load: Conditions = ["entries": 1_000_000, "pipeline": 16]
    record.results = [
        .init(
            .throughput, target: first, workload: "get", conditions: load, value: 800_000,
            samples: [792_000, 800_000, 808_000]),
        .init(
            .throughput, target: second, workload: "get", conditions: load, value: 1_000_000,
            samples: [995_000, nil, 1_005_000, 1_000_000]),
    ]
    for (label, scale) in [(first, 4), (second, 1)] as [(String, UInt64)] {
        var histogram = LatencyHistogram()
        for value: UInt64 in 1...2000 { histogram.record(value * 500 * scale) }
        record.results.append(
            .init(
                .latency(command: "GET", timing: .intended, point: "p50"), target: label,
                workload: "get", conditions: load, value: Double(histogram.percentile(50)!),
                histogram: histogram.base64V2()))
    }
    for (label, bytes) in [(first, 120.0), (second, 90.0)] {
        record.results.append(
            .init(
                .memoryPerEntry(.sizeClass), target: label, conditions: ["entries": 1_000_000],
                value: bytes))
    }
    record.results += [
        .init(
            .memoryPerEntry(.sizeClass), target: second, conditions: ["entries": 2_000_000],
            value: 91.25),
        .init(.hardware("llc_misses"), target: first, unavailable: "this guest has no PMU"),
        .init(.hardware("llc_misses"), target: second, unavailable: "this guest has no PMU"),
    ]
    return record
}

// A record of two targets with every kind of reading, for tests of tables and pages.
import RunRecord

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
    // 900 replies at 0.3 ms, 900 at 0.5 and 200 at 2; for the first target four times as long.
    for (label, median, histogram) in [
        (
            first, 2_000_895.0,
            "HISTFAAAAC94nJNpmSzMwMDAywABzFCaEch0M9ixgMH+A0Rg6SbGDr6ZPB18f+UnMAMArPYJMA=="
        ),
        (
            second, 500_223.0,
            "HISTFAAAAC94nJNpmSzMwMDAywABzFCaEch0M9ixgMH+A0Rg6STGDr6ZPB18f+UnMAMAq3YJEA=="
        ),
    ] {
        record.results.append(
            .init(
                .latency(command: "GET", timing: .intended, point: "p50"), target: label,
                workload: "get", conditions: load, value: median, histogram: histogram))
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
        .init(.hardware("ll_read_misses"), target: first, unavailable: "this guest has no PMU"),
        .init(.hardware("ll_read_misses"), target: second, unavailable: "this guest has no PMU"),
    ]
    return record
}

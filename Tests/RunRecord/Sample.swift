// A record with readings of several kinds, for tests of its form.
import Foundation
import RunRecord

/// A record with something in every field.
func sampleRecord() -> RunRecord {
    var record = RunRecord(
        hashmarkVersion: "0.1.0", arguments: ["hashmark", "suite", "--seed", "7"],
        seed: 18_446_744_073_709_551_615)
    record.recordFile = "latest/run.json"
    record.startedAt = "2026-11-21T06:19:54Z"
    record.durationSeconds = 12.5
    record.environment = sampleEnvironment(record.environment)
    record.targets = [
        .init(
            label: "new", spelling: "ref:valkey-9.1?seed=7", version: "9.1.0",
            binaryHash: "sha256:ab", allocator: "slab", sizeClasses: "jemalloc quantum 8"),
        .init(label: "old", spelling: "ref:valkey-7.2"),
    ]
    var encryption = RunRecord.Encryption(
        version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", verified: .chainAndName,
        library: "OpenSSL 3.0.19")
    encryption.group = "x25519"
    encryption.certificate = "/CN=localhost"
    encryption.certificateExpires = "2027-01-31T12:00:00Z"
    encryption.kernelReason = "the kernel has no TLS (CONFIG_TLS)"
    record.targets[0].encryption = encryption
    record.workloads = [.init(name: "get-16", contentHash: "sha256:cd")]
    record.workloads[0].weight = 2.5
    record.workloads[0].weightSource = "assumed"
    record.workloads[0].distributions = [
        .init(
            name: "commands", count: 1_000,
            classes: [.init(name: "get", requested: 0.8, realised: 0.804)], pValue: 0.25),
        .init(name: "keys", count: 1_000, classes: [], pValue: nil),
    ]
    record.warnings = [.init(cause: "7 % steal", remedy: "use a quiet machine", target: "new")]
    record.phases = [
        .init(name: "fill", target: "new", startNanoseconds: 5, durationNanoseconds: 9)
    ]
    record.results = [
        .init(
            .throughput, target: "new", workload: "get-16",
            conditions: ["pipeline": 16, "entries": 1_000_000, "cold": false, "ttl": "none"],
            value: 1_234_567.25, samples: [1_234_567.25, nil, 1_200_000]),
        .init(
            .latency(command: "GET", timing: .intended, point: "p99"), target: "new",
            value: 250_000, histogram: "HISTFAAAAB14"),
        .init(.hardware("ll_read_misses"), target: "old", unavailable: "no PMU in this guest"),
    ]
    record.rounds = [
        .init(
            round: 0, seed: 3, order: 1, target: "new",
            slices: [
                .init(
                    startNanoseconds: 100, durationNanoseconds: 8_000_000, ops: 9000,
                    serverCPUNanoseconds: 7_000_000, clientCPUNanoseconds: 6_000_000,
                    stealNanoseconds: 0),
                .init(startNanoseconds: 200, ops: 1),
            ])
    ]
    record.series = [
        .init(
            metric: "throughput_ops_per_s", unit: .operationsPerSecond, target: "new",
            workload: "get-16", startNanoseconds: 0, values: [1, nil, 3])
    ]
    addParts(to: &record)
    return record
}

/// What only some verbs keep.
private func addParts(to record: inout RunRecord) {
    record.trials = [
        .init(
            target: "new", workload: "get-16", point: "p99", limitNanoseconds: 1_000_000,
            rate: 250_000.5, latencies: ["p50": 100_000, "p99": 420_000], isKept: true, isMet: true)
    ]
    record.nodeShares = [
        .init(
            target: "new", workload: "get-16", repetition: 0, address: "127.0.0.1:7001",
            isReplica: false, slots: 5_461, operations: 40_000, operationsPerSecond: 20_000.5)
    ]
    record.nodeShares[0].serverCPUNanosecondsPerOperation = 6_512.5
    record.nodeShares[0].p99Nanoseconds = 420_000
    record.nodeShares[0].redirected = 3
    record.nodeShares[0].lostConnections = 1
    record.loadHosts = [
        .init(
            rank: 1, host: "load-2", target: "new", workload: "GET", window: 3,
            startNanoseconds: -5, durationNanoseconds: 1_000, lateNanoseconds: 7,
            clockOffsetNanoseconds: -10_000_000_000, clockBoundNanoseconds: 90, ops: 12,
            errors: 0, clientCPUNanoseconds: 500, histogram: "HISTFAAAAB14")
    ]
    record.profiles = [sampleProfile()]
    record.placements = [.init(target: "new", policy: "preferred", nodes: [1], outcome: .spilled)]
    record.placements[0].launches = 3
    record.placements[0].pages = ["0": 130, "1": 780]
    record.placements[0].spilledShare = 130.0 / 910
    record.placements.append(.init(target: nil, policy: "bind", nodes: [0], outcome: .denied))
    record.placements[1].reason = "Operation not permitted"
    record.placements[1].errno = 1
    record.certificate = .init(
        target: "ref:valkey-9.1", policy: "default", policyHash: "fnv1a64:0", budgetSeconds: 600,
        rounds: 90, hours: 2, secondsPerRound: 3.5, scatter: ["server_cpu_ns_per_op": 0.02],
        rows: [
            .init(
                change: "nothing", isHarmless: true, origin: "resampled", regressions: 0,
                passes: 390, inconclusive: 10, worth: 200, lower: 0, upper: 0.018)
        ])
}

/// Two rounds of 10 operations each: 600 ns of a function, 300 of what it calls, 100 inlined there.
func sampleProfile() -> StackProfile {
    var profile = StackProfile(target: "new", workload: "get-16", unit: .cpuNanoseconds)
    profile.frames = [
        .init("find; it", binary: "server", file: "find.c", line: 7), .init("memcpy"),
        .init("__x64_sys_write", binary: "[kernel]", kind: .kernel),
        .init("hash", binary: "server", kind: .inlined), .init("?", kind: .unnamed),
    ]
    profile.stacks = [[0], [0, 1], [0, 3], [0, 2]]
    // What is missing at the end is 0.
    profile.rounds = [
        .init(weights: [6, 3, 1], operations: 10, total: 1_000),
        .init(weights: [60, 30, 10], operations: 10, total: 1_000),
    ]
    profile.quality.samples = 110
    profile.quality.sampledShare = 0.98
    profile.quality.remarks = ["one"]
    profile.buildIDs = ["server": "c0ffee"]
    return profile
}

extension RunRecord {
    /// The document as text.
    func text() throws -> String { String(decoding: try json(), as: UTF8.self) }
}

private func sampleEnvironment(_ given: EnvironmentFingerprint) -> EnvironmentFingerprint {
    var environment = given
    environment.cpuModel = "EPYC 9B14"
    environment.turbo = true
    environment.l1dBytes = 49_152
    environment.l2Bytes = 2_097_152
    environment.l3Bytes = 33_554_432
    environment.sockets = 1
    environment.coreCPUs = ["0,64", "1,65"]
    environment.l3CPUs = ["0-1,64-65"]
    environment.microcode = "0xa101148"
    environment.nodes = [
        .init(number: 0, cpus: "0-3", memoryBytes: 8_550_305_792, distances: [10, 21]),
        .init(number: 1, cpus: "", memoryBytes: 8_550_305_792, distances: [21, 10]),
    ]
    environment.loadAverage = [0.12, 0.39, 0.23]
    return environment
}

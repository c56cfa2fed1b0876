// `hashmark suite` end to end on a small suite, and what it does when things go wrong.
import Foundation
import Glibc
import LinuxSystem
import RunRecord
import TestSupport
import Testing

private func write(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}

/// A suite over `targets` in `folder`, with a workload small enough for a test.
private func smallSuite(_ folder: TemporaryFolder, _ targets: [String], rounds: Int = 2) throws
    -> String
{
    try write(
        """
        schema: hashmark.workload/1
        name: small
        provenance: assumed
        keyspaces:
          - {keys: 20000, key_size: 16, value_size: 64, popularity: uniform}
        operations:
          - {name: get, command: "GET {key}", weight: 80}
          - {name: set, command: "SET {key} {value}", weight: 20}
        load: {connections: 4, pipeline: 16}
        """, folder.file("small.yaml"))
    let list = targets.map { "  - \($0)" }.joined(separator: "\n")
    try write(
        """
        schema: hashmark.suite/1
        name: small
        targets:
        \(list)
        workloads: [\(folder.file("small.yaml"))]
        rounds: \(rounds)
        """, folder.file("suite.yaml"))
    return folder.file("suite.yaml")
}

/// Children of a process, by /proc.
private func children(of pid: pid_t) -> [pid_t] {
    SmallFile.names(in: "/proc").compactMap { pid_t($0) }.filter { child in
        SmallFile.read("/proc/\(child)/stat")?.split(separator: ")").last?
            .split(separator: " ").dropFirst().first.flatMap { pid_t($0) } == pid
    }
}

private func isRunning(_ pid: pid_t) -> Bool {
    guard let stat = SmallFile.read("/proc/\(pid)/stat") else { return false }
    return stat.split(separator: ")").last?.split(separator: " ").first != "Z"
}

private func wait(seconds: Double, until condition: () -> Bool) -> Bool {
    for _ in 0..<Int(seconds * 200) {
        if condition() { return true }
        Clock.sleep(milliseconds: 5)
    }
    return condition()
}

@Suite(.serialized) struct SuiteVerbTests {
    @Test func everyTargetHasEveryMetric() throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-7.2", "ref:valkey-9.1"])
        let output = try Hashmark.run("suite", suite, "--out", folder.file("out"), "--seed", "5")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stdout.contains("valkey-7.2"))
        // The second target's rows tell its differences from the first.
        let rows = output.stdout.split(separator: "\n").filter { $0.hasPrefix("valkey-9.1") }
        #expect(rows.contains { $0.contains(/[+−]\d[\d,.]* %/) }, "\(output.stdout)")
        let page = try String(contentsOfFile: folder.file("out/index.html"), encoding: .utf8)
        #expect(page.contains("valkey-9.1"))

        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(!record.partial && record.seed == 5)
        #expect(record.targets.map(\.label) == ["valkey-7.2", "valkey-9.1"])
        #expect(record.targets.allSatisfy { $0.version?.hasPrefix("hashmark ") == true })
        #expect(record.targets.allSatisfy { $0.binaryHash?.count == 64 })
        #expect(record.workloads.map(\.name) == ["small"])
        let metrics: [Metric] = [
            .throughput, .throughputPerCore, .serverCPU, .clientCPU, .hitRatio,
            .latency(command: "get", timing: .actual, point: "p50"),
            .latency(command: "set", timing: .actual, point: "p99"),
            .memoryPerEntry(.reported), .memoryPerEntry(.sizeClass), .memoryPerEntry(.rss),
        ]
        for target in record.targets {
            for metric in metrics {
                let result = record.results(of: target.label).first { $0.metric == metric.id }
                #expect(result?.value != nil, "\(target.label) \(metric.id)")
            }
        }
        let rounds = record.rounds
        #expect(rounds.count == 4)
        #expect(rounds.allSatisfy { $0.slices.count == 128 })
        #expect(rounds.flatMap(\.slices).allSatisfy { $0.ops > 0 && $0.serverCPUNanoseconds! > 0 })
        // Both rounds' samples are there, and the value is their median.
        let cpu = try #require(record.results.first { $0.metric == Metric.serverCPU.id })
        #expect(cpu.samples.count == 2)
        #expect(cpu.value == (cpu.readings[0] + cpu.readings[1]) / 2)
        let hits = record.results.filter { $0.metric == Metric.hitRatio.id }
        #expect(hits.allSatisfy { $0.value == 1 })
    }

    @Test func optionalTargetsThatAreMissingAreSaid() throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(
            folder, ["ref:valkey-9.1", "{target: exec:no-such-server, optional: true}"], rounds: 1)
        let output = try Hashmark.run("suite", suite, "--out", folder.file("out"), "--quiet")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stderr.contains("no-such-server"))
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.warnings.contains { $0.cause.contains("no-such-server") })
    }

    @Test(arguments: [
        ("targets", "tragets", ":3:"), ("rounds: 2", "rounds: 0", ":6:"),
        ("hashmark.suite/1", "hashmark.suite/9", ":1:"),
    ])
    func mistakesInASuiteHaveALine(good: String, bad: String, line: String) throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-9.1"])
        try write(
            String(contentsOfFile: suite, encoding: .utf8).replacing(good, with: bad), suite)
        let output = try Hashmark.run("suite", suite)
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("suite.yaml\(line)"), "\(output.stderr)")
    }

    /// Whether a log, which leaves out rounds that follow each other too fast, names that round or
    /// a later one.
    private func hasReached(round: Int, _ log: String) -> Bool {
        (round...50).contains { log.contains("round \($0) of 50") }
    }

    @Test func aServerKilledInMidRunKeepsWhatWasMeasured() throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-9.1"], rounds: 50)
        let run = try Hashmark.start("suite", suite, "--out", folder.file("out"))
        #expect(wait(seconds: 30) { hasReached(round: 3, run.stderr) })
        var server: pid_t?
        #expect(
            wait(seconds: 10) {
                server = children(of: run.child.pid).first
                return server != nil
            })
        Clock.sleep(milliseconds: 100)
        kill(try #require(children(of: run.child.pid).first ?? server), SIGKILL)
        let output = run.finish()
        #expect(output.ending == .exited(3), "\(output.stderr)")
        let errors = output.stderr.split(separator: "\n").filter { $0.hasPrefix("hashmark: ") }
        #expect(errors.count == 1, "\(output.stderr)")
        #expect(output.stderr.contains("/s per core, "), "a number long before the end")
        #expect(output.stderr.contains(" %, ") && !output.stderr.contains("\u{1b}"))
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.partial)
        let throughput = record.results.first { $0.metric == Metric.throughput.id }
        #expect((throughput?.readings.count ?? 0) >= 2)
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func anInterruptionKeepsWhatWasMeasuredAndLeavesNoOrphan(signal: CInt) throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-7.2", "ref:valkey-9.1"], rounds: 50)
        let run = try Hashmark.start("suite", suite, "--out", folder.file("out"))
        #expect(wait(seconds: 30) { hasReached(round: 2, run.stderr) })
        var servers: [pid_t] = []
        #expect(
            wait(seconds: 10) {
                servers = children(of: run.child.pid)
                return servers.count == 2
            })
        kill(run.child.pid, signal)
        let output = run.finish(seconds: 20)
        #expect(output.ending == .exited(128 + signal), "\(output.stderr)")
        #expect(output.stderr.contains("interrupted"))
        #expect(try RunRecord.read(folder.file("out/run.json")).partial)
        #expect(wait(seconds: 5) { !servers.contains(where: isRunning) })
    }

    @Test func aKilledRunLeavesNoOrphan() throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-9.1"], rounds: 50)
        let run = try Hashmark.start("suite", suite, "--out", folder.file("out"))
        var servers: [pid_t] = []
        #expect(
            wait(seconds: 20) {
                servers = children(of: run.child.pid)
                return !servers.isEmpty
            })
        kill(run.child.pid, SIGKILL)
        #expect(wait(seconds: 5) { !servers.contains(where: isRunning) })
    }

    @Test func recordsAppendToTheHistory() throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-9.1"], rounds: 1)
        for label in ["one", "two"] {
            let output = try RunningProgram([
                "env", "HASHMARK_HOME=\(folder.path)", Hashmark.executable, "suite", suite,
                "--record", label, "--quiet",
            ]).finish()
            #expect(output.ending == .exited(0), "\(output.stderr)")
        }
        let history = try RunRecord.readHistory(at: folder.file("Reports/history.ndjson")).records
        #expect(history.map(\.label) == ["one", "two"])
        #expect(history.allSatisfy { $0.rounds.isEmpty && !$0.results.isEmpty })
        // Without --out, the outputs lie in the home's Reports/latest.
        #expect(FileManager.default.fileExists(atPath: folder.file("Reports/latest/run.json")))
        // Points of the second run lead to it; the first one's record was written over.
        #expect(history.map(\.recordFile) == ["latest/run.json", "latest/run.json"])
        let shown = try Hashmark.run(
            "history", folder.file("Reports/history.ndjson"), "--out",
            folder.file("Reports/trends"))
        #expect(shown.ending == .exited(0), "\(shown.stderr)")
        let page = try String(
            contentsOfFile: folder.file("Reports/trends/index.html"), encoding: .utf8)
        let points = page.matches(
            of: #/(<a href="[^"]*">)?<circle class="fill[^>]*><title>[^<]*/#)
        #expect(points.contains { $0.0.contains(", two (") })
        for point in points {
            let link = point.1.map { String($0) }
            let isLast = point.0.contains(", two (")
            #expect(link == (isLast ? "<a href=\"../latest/run.json\">" : nil), "\(point.0)")
        }
    }

    @Test func aFullDiskIsOneLine() throws {
        let folder = TemporaryFolder()
        let suite = try smallSuite(folder, ["ref:valkey-9.1"], rounds: 1)
        let output = try Hashmark.run("suite", suite, "--out", "/dev/full/x", "--quiet")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.split(separator: "\n").last?.hasPrefix("hashmark: ") == true)
    }
}

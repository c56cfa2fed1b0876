// `hashmark gate` end to end: live servers, exit codes, files.
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
import Testing

/// A home with policies that take seconds: counts alone, or short rounds.
private func home(_ rules: String, _ more: String = "") throws -> TemporaryFolder {
    let folder = TemporaryFolder()
    let manager = FileManager.default
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    try manager.createDirectory(
        atPath: folder.file("Workloads/policies"), withIntermediateDirectories: true)
    try manager.copyItem(
        atPath: root.appending(path: "Workloads/get-16x64.yaml").path,
        toPath: folder.file("Workloads/get-16x64.yaml"))
    try """
    schema: hashmark.gate/2
    name: quick
    cells: [{workload: get-16x64, pipeline: 16}]
    entries: 4000
    memory: {entries: [4000, 4600, 5200, 6000, 6900, 8000]}
    \(more)
    rules:
    \(rules)
    """.write(
        toFile: folder.file("Workloads/policies/quick.yaml"), atomically: true, encoding: .utf8)
    return folder
}

private func gate(
    _ folder: TemporaryFolder, _ arguments: String..., environment: [String] = []
) throws -> ProgramOutput {
    try RunningProgram(
        ["/usr/bin/env", "HASHMARK_HOME=\(folder.path)"] + environment
            + [Hashmark.executable, "gate", "--policy", "quick", "--quiet"] + arguments
    ).finish(seconds: 120)
}

private let counts = """
      - {metric: memory_bytes_per_entry/reported, rule: exact, margin: 0.3%, margin_absolute: 0.5}
      - {metric: allocations_per_entry, rule: exact, margin: 0.3%}
    """
private let timed = "  - {metric: server_cpu_ns_per_op, rule: timed, margin: 10%}\n"
private let shortRounds =
    "rounds: {screen: 9, least: 9, cap: 40, seconds: 0.1, warm_up: 20ms}\nbudget: 60s"

@Suite(.serialized) struct GateVerbTests {
    @Test func bytesDecideAndEveryOutputIsWritten() throws {
        let folder = try home(counts)
        let summary = folder.file("summary.md")
        try "before\n".write(toFile: summary, atomically: true, encoding: .utf8)
        var output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate",
            "new=ref:valkey-9.1?inject=entry-bytes:8", "--junit", folder.file("j.xml"),
            "--markdown", folder.file("m.md"), "--record", "0.9",
            environment: ["GITHUB_STEP_SUMMARY=\(summary)", "GITHUB_ACTIONS=true"])
        #expect(output.ending == .exited(2), "\(output.stderr)")
        #expect(output.stdout.hasPrefix("REGRESSION: new against baseline, policy quick\n"))
        #expect(output.stderr.contains("::error title=regression%3A memory "))
        let markdown = try String(contentsOfFile: folder.file("m.md"), encoding: .utf8)
        #expect(markdown.contains("REGRESSION"))
        #expect(try String(contentsOfFile: summary, encoding: .utf8) == "before\n" + markdown)
        #expect(
            try String(contentsOfFile: folder.file("j.xml"), encoding: .utf8).contains("<failure"))
        let record = try RunRecord.read(folder.file("Reports/latest/run.json"))
        let path = folder.file("Reports/latest/run.json")
        #expect(try RecordSchema.violations(ofRecordAt: path) == [])
        let reported = try #require(
            record.verdict?.checks.first { $0.metric == "memory_bytes_per_entry/reported" })
        let added = try #require(reported.candidateValue) - (reported.baselineValue ?? 0)
        #expect(abs(added - 8) < 0.01, "\(reported)")
        #expect(
            try String(contentsOfFile: folder.file("Reports/latest/index.html"), encoding: .utf8)
                .contains("class=\"verdict bad\""))

        // The history has the run, and `report` reads it in every format.
        output = try RunningProgram(
            ["/usr/bin/env", "HASHMARK_HOME=\(folder.path)", Hashmark.executable, "history"]
        ).finish()
        #expect(output.ending == .exited(0) && output.stdout.contains("0.9"), "\(output.stderr)")
        for format in [
            "text", "html", "markdown", "junit", "annotations", "go", "action-bigger",
            "action-smaller",
        ] {
            output = try Hashmark.run(
                "report", folder.file("Reports/latest/run.json"), "--format", format)
            // Of memory alone less is better: there is no number for bigger ones.
            let hasNone = format == "action-bigger"
            #expect(output.ending == .exited(hasNone ? 1 : 0), "\(format)")
            #expect(output.stdout.isEmpty == hasNone, "\(format)")
        }

        // Reviewed and accepted, the same change passes.
        output = try RunningProgram(
            [
                "/usr/bin/env", "HASHMARK_HOME=\(folder.path)", Hashmark.executable, "gate",
                "accept",
                "--metric", "memory_bytes_per_entry/reported", "--bound", "20%", "--reason",
                "a \"wider\" field", "--author", "A", "--expires", "2999-12-31",
            ]).finish()
        #expect(output.ending == .exited(0), "\(output.stderr)")
        output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate",
            "new=ref:valkey-9.1?inject=entry-bytes:8")
        // The block is an allocation of its own, which nobody accepted.
        #expect(output.ending == .exited(2), "\(output.stdout)")
        #expect(output.stdout.contains("accepted up to +20.0 % until 2999-12-31"))
    }

    @Test func storedBaselinesStandAloneAndBadOnesExitFive() throws {
        let folder = try home(counts)
        var output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate", "ref:valkey-9.1",
            "--save-baseline", "main")
        #expect(output.ending == .exited(0), "\(output.stdout)\(output.stderr)")
        let stored = folder.file("Reports/baselines/main.json")
        output = try gate(
            folder, "--stored", stored, "--candidate", "ref:valkey-9.1", "--json",
            folder.file("again.json"))
        #expect(output.ending == .exited(0), "\(output.stdout)\(output.stderr)")
        // Launches have the seeds of the stored ones, on which the overflow of buckets hangs.
        let again = try RunRecord.read(folder.file("again.json"))
        let allocations = try #require(again.verdict).checks
            .filter { $0.metric == Metric.allocationsPerEntry.id }
        #expect(allocations.map(\.effect) == [0])
        output = try gate(folder, "--stored", stored, "--candidate", "ref:valkey-7.2")
        #expect(output.ending == .exited(2), "\(output.stdout)\(output.stderr)")
        let sound = try String(contentsOfFile: stored, encoding: .utf8)
        for bad in [String(sound.dropLast(99)), sound.replacing("4096", with: "16384"), "{}"] {
            try bad.write(toFile: stored, atomically: true, encoding: .utf8)
            output = try gate(folder, "--stored", stored, "--candidate", "ref:valkey-9.1")
            #expect(output.ending == .exited(5), "\(output.stderr)")
            #expect(output.stderr.split(separator: "\n").count == 1, "\(output.stderr)")
        }
        output = try gate(
            folder, "--stored", folder.file("none.json"), "--candidate", "ref:valkey-9.1")
        #expect(output.ending == .exited(5) && output.stderr.contains("there is no baseline"))
        output = try gate(
            folder, "--baseline", "exec:/nowhere/server", "--candidate", "ref:valkey-9.1")
        #expect(output.ending == .exited(5) && output.stderr.contains("/nowhere/server"))
    }

    @Test func slowerServersAreCaughtAndEqualsPass() throws {
        let folder = try home(timed, shortRounds)
        var output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate",
            "slow=ref:valkey-9.1?inject=cpu-ns:2000", "--cpus", "none", "--strict", "--export",
            "action-bigger=\(folder.file("bigger.json"))")
        #expect(output.ending == .exited(2), "\(output.stdout)\(output.stderr)")
        #expect(output.stdout.contains("more than the margin of 10.0 %"))
        let record = try RunRecord.read(folder.file("Reports/latest/run.json"))
        let path = folder.file("Reports/latest/run.json")
        #expect(try RecordSchema.violations(ofRecordAt: path) == [])
        #expect(record.verdict?.sentinelChecks.count == 1)
        #expect(record.verdict?.basis?.policy.contains("cell") == true)
        // Rounds go on counting from stage to stage: no round has the seed of another.
        let rounds = record.rounds.filter { $0.target == "slow" }
        #expect(rounds.count >= 9 && Set(rounds.map(\.seed)).count == rounds.count)
        output = try gate(
            folder, "--baseline", "ref:valkey-9.1?inject=cpu-ns:2000", "--candidate",
            "fast=ref:valkey-9.1", "--tell-improvement")
        #expect(output.ending == .exited(4), "\(output.stdout)\(output.stderr)")
    }

    @Test func deadCandidatesAreErrorsAndShortBudgetsInconclusive() throws {
        let folder = try home(timed, shortRounds)
        var output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate", "dead=exec:false")
        #expect(output.ending == .exited(1), "\(output.stderr)")
        #expect(output.stdout.contains("dead, did not start"), "\(output.stdout)")
        output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate", "ref:valkey-9.1", "--budget",
            "1s")
        #expect(output.ending == .exited(3), "\(output.stdout)")
        #expect(output.stdout.contains("--budget"), "\(output.stdout)")
    }

    /// Who of the two is broken decides, whichever is driven first.
    @Test(arguments: [
        ("--wrong-byte 1", "--wrong-byte 1", 3 as Int32), ("--wrong-byte 1", "", 3),
        ("", "--wrong-byte 1", 2), ("--after 12000 --crash", "--after 12000 --crash", 5),
        ("", "--after 12000 --crash", 2),
    ])
    func faultsOfBothSidesAreNoRegression(
        baseline: String, candidate: String, code: Int32
    ) throws {
        let folder = try home(timed, shortRounds)
        let server = "exec:\(Hashmark.faultyServer) --port {port}"
        for seed in 1...3 {
            let output = try gate(
                folder, "--baseline", "\(server) \(baseline)", "--candidate",
                "new=\(server) \(candidate)", "--seed", "\(seed)", "--cpus", "none")
            #expect(output.ending == .exited(code), "\(seed): \(output.stdout)\(output.stderr)")
        }
    }

    @Test func aFullDiskIsAnError() throws {
        let folder = try home(counts)
        let output = try gate(
            folder, "--baseline", "ref:valkey-9.1", "--candidate", "ref:valkey-9.1", "--json",
            "/dev/full")
        #expect(output.ending == .exited(1), "\(output.stderr)")
        #expect(output.stderr.contains("No space left"), "\(output.stderr)")
    }

    @Test(arguments: [
        (["--candidate", "ref:valkey-9.1"], 64, "--baseline"),
        (["--baseline", "ref:valkey-9.1", "--candidate", "tcp://127.0.0.1:1"], 64, "runs already"),
        (
            ["--baseline", "ref:valkey-9.1", "--candidate", "ref:valkey-9.1", "--budget", "soon"],
            64, "90s"
        ),
        (
            [
                "--baseline", "ref:valkey-9.1", "--candidate", "ref:valkey-9.1", "--policy",
                "/nowhere.yaml",
            ], 1, "policy"
        ),
    ])
    func badArguments(arguments: [String], code: Int32, words: String) throws {
        let output = try RunningProgram([Hashmark.executable, "gate"] + arguments).finish()
        #expect(output.ending == .exited(code), "\(output.stderr)")
        #expect(output.stderr.contains(words), "\(output.stderr)")
    }
}

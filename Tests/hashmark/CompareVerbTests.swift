// `hashmark compare` end to end: injected effects are found at their size.
import Foundation
import Glibc
import LinuxSystem
import Reporting
import RunRecord
import TestSupport
import Testing

@Suite(.serialized) struct CompareVerbTests {
    @Test func injectedSlowDownsAndBytesAreFound() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "compare", "--baseline", "base=ref:valkey-9.1", "--candidate",
            "slow=ref:valkey-9.1?inject=cpu-ns:400", "--candidate",
            "large=ref:valkey-9.1?inject=entry-bytes:8", "--entries", "20000", "--rounds", "6",
            "--blocks", "4", "--out", folder.file("out"), "--quiet", seconds: 120)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stdout.contains("slow against base"))
        let record = try RunRecord.read(folder.file("out/run.json"))
        let comparison = Comparison(record, baseline: "base")
        #expect(comparison.candidates == ["slow", "large"])
        func row(_ candidate: String, _ metric: Metric) throws -> Comparison.Row {
            try #require(comparison.rows(of: candidate).first { $0.metric == metric.id })
        }
        let cpu = try row("slow", .serverCPU)
        #expect(cpu.logRatios.count == 6)
        let added = cpu.candidateLevel - cpu.baselineValue
        #expect(added > 200 && added < 800, "\(added) ns")
        #expect(try #require(cpu.interval).lower > 0)
        #expect(try #require(row("slow", .throughputPerCore).effect) < 0)
        let bytes = try row("large", .memoryPerEntry(.reported))
        #expect(bytes.candidateValue - bytes.baselineValue == 8)
        #expect(bytes.interval == nil && bytes.isDistinct && !bytes.isImprovement)
        let page = try String(contentsOfFile: folder.file("out/index.html"), encoding: .utf8)
        #expect(page.contains("Effects against base"))
    }

    /// By weights of the command line; a suite's are tested as `suite` tests them.
    @Test func workloadsWithWeightsAreAFleet() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "compare", "--baseline", "base=ref:valkey-9.1", "--candidate",
            "slow=ref:valkey-9.1?inject=cpu-ns:20000", "--workload", "get-16x64", "--weight", "90",
            "--workload", "tiny-8x8", "--weight", "10", "--entries", "1000", "--rounds", "6",
            "--blocks", "2", "--warm-up", "1", "--out", folder.file("out"), "--quiet", seconds: 120)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.workloads.map(\.weight) == [90, 10])
        #expect(record.workloads.map(\.weightSource) == ["assumed", "assumed"])
        let fleet = Headline(of: record).sentences.first { $0.hasPrefix("for the fleet slow") }
        #expect(try #require(fleet).contains("worse in 100 %"), "\(output.stdout)")
        #expect(try #require(fleet).contains("paid by "))
    }

    /// redis-benchmark makes the load: a fixed number of requests per slice, and no latencies.
    @Test func anExternalClientMakesTheLoad() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "compare", "--baseline", "base=ref:valkey-9.1", "--candidate",
            "slow=ref:valkey-9.1?inject=cpu-ns:5000", "--client", "redis-benchmark", "--workload",
            "get-16x64", "--entries", "5000", "--pipeline", "16", "--rounds", "1", "--blocks", "2",
            "--warm-up", "1", "--slice-requests", "20000", "--out", folder.file("out"), "--quiet",
            seconds: 120)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.rounds.count == 2)
        #expect(record.rounds.allSatisfy { $0.slices.count == 4 })
        #expect(record.rounds.flatMap(\.slices).allSatisfy { $0.ops == 20_000 })
        #expect(!record.results.contains { $0.metric.hasPrefix("latency") })
        let cpu = record.results.filter { $0.metric == Metric.serverCPU.id }
        #expect(cpu.allSatisfy { $0.conditions["client"] == .string("redis-benchmark") })
        let added = try #require(cpu.last?.value) - #require(cpu.first?.value)
        #expect(added > 3_000 && added < 10_000, "\(added) ns")
        #expect(record.results.contains { $0.metric == Metric.clientCPU.id && $0.value ?? 0 > 100 })
    }

    @Test(arguments: [
        (["--client", "redis-benchmark"], "several commands"),
        (["--client", "no-such-client", "--workload", "get-16x64"], "install it"),
    ])
    func clientsThatCannotMakeTheLoadAreSaid(flags: [String], words: String) throws {
        let output = try RunningProgram(
            [
                Hashmark.executable, "compare", "--baseline", "ref:valkey-9.1", "--candidate",
                "b=ref:valkey-9.1", "--quiet",
            ] + flags
        ).finish()
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains(words), "\(output.stderr)")
    }

    @Test func realServersOnBothSides() throws {
        let output = try Hashmark.run(
            "compare", "--baseline", "exec:redis-server", "--candidate",
            "lazy=exec:redis-server --lazyfree-lazy-user-del yes", "--candidate", "ref:valkey-9.1",
            "--entries", "5000", "--rounds", "1", "--blocks", "1", "--quiet", seconds: 120)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stdout.contains("lazy against redis-server"))
    }

    /// What moved with it: one more dependent miss per look-up, and nothing of the rest.
    @Test func theMechanismNamesMissesAndSystemCalls() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "compare", "--baseline", "base=ref:valkey-9.1", "--candidate",
            "chasing=ref:valkey-9.1?inject=chase:1", "--workload", "get-16x64", "--entries",
            "100000", "--rounds", "1", "--blocks", "1", "--simulated", "--out", folder.file("out"),
            "--quiet", seconds: 180)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let comparison = Comparison(
            try RunRecord.read(folder.file("out/run.json")), baseline: "base")
        func difference(_ metric: Metric) throws -> Double {
            let row = try #require(comparison.rows.first { $0.metric == metric.id })
            return row.candidateValue - row.baselineValue
        }
        #expect(abs(try difference(.simulated(.llReadMisses)) - 1) < 0.15)
        let calls = try #require(
            comparison.rows.first { $0.metric == Metric.simulated(.systemCalls).id })
        // One connection, 64 requests at a time: a wait, a read and a write for each batch.
        #expect(calls.baselineValue > 1.0 / 64 && calls.baselineValue < 8.0 / 64)
        #expect(calls.effect == 0)
        #expect(output.stdout.contains("system calls 0.0 %"), "\(output.stdout)")
        // And in which function it is.
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.profiles.map(\.target) == ["base", "chasing"])
        #expect(record.profiles.allSatisfy { $0.unit == .lastLevelReadMisses })
        let misses = record.profiles.map(\.whole)
        #expect(abs(misses[1] - misses[0] - 1) < 0.15, "\(misses)")
        #expect(output.stdout.contains("chasing against base, get-16x64: functions by"))
    }

    @Test func aServerThatCrashesLaterKeepsTheRoundsBefore() throws {
        let folder = TemporaryFolder()
        // The fifth launch ends by itself while it is driven.
        let script = """
            n=$(cat \(folder.file("n")) 2>/dev/null || echo 0); echo $((n + 1)) > \(folder.file("n"))
            if [ "$n" = 2 ]; then ( sleep 1; kill -9 $$ ) & fi
            exec redis-server --port "$1" --save '' --appendonly no
            """
        try script.write(
            toFile: folder.file("server.sh"), atomically: true, encoding: .utf8)
        let output = try Hashmark.run(
            "compare", "--baseline", "ref:valkey-9.1", "--candidate",
            "weak=exec:sh \(folder.file("server.sh")) {port}", "--entries", "2000", "--rounds",
            "20", "--blocks", "100", "--out", folder.file("out"), "--quiet", seconds: 120)
        #expect(output.ending == .exited(3), "\(output.stderr)")
        #expect(output.stderr.contains("killed"), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.partial)
        let cpu = record.results.filter { $0.metric == Metric.serverCPU.id }
        #expect(cpu.count == 2 && cpu.allSatisfy { $0.samples.count == 2 })
    }

    @Test(arguments: [
        (["--budget", "soon"], "soon"), (["--rounds", "0"], "rounds"), (["--cpus", "x"], "x"),
        (["--rounds", "3", "--budget", "5m"], "exclude"), (["--slice-requests", "9"], "--client"),
        (["--weight", "3"], "several"), (["--suite", "claims"], "a suite of claims"),
        (["--workload", "ycsb-a", "--workload", "ycsb-b", "--weight", "3"], "one for each"),
        (["--suite", "fleet", "--workload", "ycsb-a"], "--workload is the suite's"),
        (
            [
                "--workload", "ycsb-a", "--weight", "3", "--workload", "ycsb-a", "--weight", "1",
            ], "ycsb-a is there twice"
        ),
        (["--export", "memtier=m.json"], "room for one load on one target"),
    ])
    func badFlagsAreUsageErrors(flags: [String], word: String) throws {
        let output = try RunningProgram(
            [
                Hashmark.executable, "compare", "--baseline", "ref:valkey-9.1", "--candidate",
                "b=ref:valkey-9.1",
            ] + flags
        ).finish()
        #expect(output.ending == .exited(64))
        #expect(output.stderr.contains(word), "\(output.stderr)")
    }
}

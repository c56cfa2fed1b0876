// `hashmark ladder` end to end: the same requests on every rung, and what each adds.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite(.serialized) struct LadderVerbTests {
    private static let small = [
        "--workload", "ycsb-b", "--entries", "2000", "--requests", "512", "--blocks", "2",
        "--quiet", "--seed", "5",
    ]

    private func run(_ flags: [String]) -> ProgramOutput? {
        try? RunningProgram([Hashmark.executable, "ladder"] + flags + Self.small).finish()
    }

    @Test func everyRungIsMeasuredAndTheirWorkIsTheSame() throws {
        let folder = TemporaryFolder()
        let output = try #require(
            run([
                "--table", "valkey-7.2", "--table", "new=valkey-9.1?batch=16", "--rounds", "6",
                "--out", folder.file("out"),
            ]))
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for word in ["protocol and dispatch", "kernel and network", "against", "alone"] {
            #expect(output.stdout.contains(word), "\(word) is not in \(output.stdout)")
        }
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(!record.partial && record.targets.map(\.label) == ["valkey-7.2", "new"])
        for label in ["valkey-7.2", "new"] {
            func result(_ metric: Metric, _ rung: String) throws -> RunRecord.Result {
                try #require(
                    record.results(of: label).first {
                        $0.metric == metric.id && $0.conditions["rung"] == .string(rung)
                    }, "\(label) \(rung)")
            }
            let rungs = try ["table", "engine", "loopback"].map { try result(.rungCPU, $0) }
            #expect(rungs.allSatisfy { $0.readings.count == 6 && ($0.value ?? 0) > 0 })
            // What they answered, to the byte.
            #expect(Set(rungs.map(\.checksum)).count == 1 && rungs[0].checksum != nil)
            for (index, rung) in ["engine", "loopback"].enumerated() {
                let adds = try result(.rungAdds, rung)
                let differences = zip(rungs[index + 1].readings, rungs[index].readings).map {
                    $0 - $1
                }
                #expect(adds.readings == differences)
                #expect(adds.conditions["over"] == rungs[index].conditions["rung"])
            }
        }
        let page = try String(contentsOfFile: folder.file("out/index.html"), encoding: .utf8)
        #expect(page.contains("CPU time per operation, rung by rung"))
    }

    /// What is injected into the engine is found there and above, and not in the table.
    @Test func whatTheEngineDoesMoreIsSeenFromTheEngineOn() throws {
        let folder = TemporaryFolder()
        let output = try #require(
            run([
                "--table", "valkey-9.1", "--table", "slow=valkey-9.1?inject=cpu-ns:5000",
                "--rounds", "2", "--json", folder.file("r.json"),
            ]))
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("r.json"))
        func added(_ rung: String) throws -> Double {
            let rungs = record.results.filter {
                $0.metric == Metric.rungCPU.id && $0.conditions["rung"] == .string(rung)
            }
            let base = try #require(rungs.first { $0.target == "valkey-9.1" }?.value)
            return try #require(rungs.first { $0.target == "slow" }?.value) - base
        }
        #expect(try abs(added("table")) < 1_000)
        #expect(try added("engine") > 2_500)
        #expect(try added("loopback") > 2_500)
    }

    /// A server on top that answers otherwise is no measurement; one that does not is measured.
    @Test func aServerOnTopMustAnswerAlike() throws {
        let folder = TemporaryFolder()
        let good = try #require(
            run([
                "--table", "valkey-9.1", "--target", "top=exec:\(Hashmark.faultyServer)",
                "--rounds", "1", "--json", folder.file("r.json"),
            ]))
        #expect(good.ending == .exited(0), "\(good.stderr)")
        let record = try RunRecord.read(folder.file("r.json"))
        let top = record.results.filter { $0.conditions["rung"] == "target" }
        #expect(top.map(\.target) == ["valkey-9.1", "valkey-9.1"])
        #expect(top.allSatisfy { $0.value != nil })
        let bad = try #require(
            run([
                "--table", "valkey-9.1", "--target",
                "top=exec:\(Hashmark.faultyServer) --nil 0.1", "--rounds", "1",
            ]))
        #expect(bad.ending == .exited(3), "\(bad.stderr)")
        #expect(bad.stderr.contains("valkey-9.1's target answered otherwise"), "\(bad.stderr)")
    }

    @Test(arguments: [
        (["--table", "valkey-1.0"], "did you mean `valkey-"),
        (["--table", "valkey-9.1?threads=io:2"], "has one"),
        (
            ["--table", "valkey-9.1", "--workload", "twitter-c22-counter-negative"],
            "use a workload"
        ),
        (["--table", "valkey-9.1", "--workload", "fb-wildcard-2013"], "`on_miss`"),
        (["--table", "valkey-9.1", "--table", "valkey-9.1"], "two targets are called"),
        (["--table", "valkey-9.1", "--cpus", "x"], "--cpus"),
    ])
    func whatCannotClimbIsAUsageError(flags: [String], words: String) throws {
        let output = try RunningProgram([Hashmark.executable, "ladder"] + flags).finish()
        #expect(output.ending == .exited(64), "\(output.stderr)")
        #expect(output.stderr.contains(words), "\(output.stderr)")
        #expect(output.stdout.isEmpty)
    }

    /// Counts of the loops alone; without valgrind each is `n/a` with the reason.
    @Test func everyRungIsCounted() throws {
        let folder = TemporaryFolder()
        let output = try #require(
            run([
                "--table", "valkey-9.1", "--rounds", "1", "--simulated", "--json",
                folder.file("r.json"),
            ]))
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("r.json"))
        let counts = ["table", "engine", "loopback"].map { rung in
            record.results.first {
                $0.metric == Metric.simulated(.instructions).id
                    && $0.conditions["rung"] == .string(rung)
            }
        }
        let values = counts.compactMap { $0?.value }
        let reasons = counts.compactMap { $0?.reason }
        #expect(values.count == 3 || reasons.count == 3)
        #expect(values == values.sorted())
    }
}

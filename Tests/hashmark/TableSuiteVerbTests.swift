// `hashmark suite` on a suite of tables: the page and the record of the verb `tables`.
import LinuxSystem
import Reporting
import RunRecord
import TestSupport
import Testing

@Suite struct TableSuiteVerbTests {
    private static func write(_ tables: String, in folder: TemporaryFolder) throws -> String {
        let text = """
            schema: hashmark.suite/1
            name: small
            tables: [\(tables)]
            entries: [200, 300]
            hits: 1
            batch: [1, 16]
            rounds: 2
            growth: 0
            curve: 0
            """
        try text.write(toFile: folder.file("small.yaml"), atomically: true, encoding: .utf8)
        return folder.file("small.yaml")
    }

    @Test func tablesAreMeasuredAsByTheirVerb() throws {
        let folder = TemporaryFolder()
        let suite = try Self.write("valkey-9.1, face=foreign:valkey-9.1/store", in: folder)
        let output = try Hashmark.run(
            "suite", suite, "--out", folder.file("out"), "--seed", "3", "--quiet", "--entries",
            "250", "--adapters", folder.path)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stdout.contains("250 entries: CPU time per operation"), "\(output.stdout)")
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.kindOfRun == .tables && record.seed == 3)
        #expect(record.targets.map(\.label) == ["valkey-9.1", "face"])
        let finds = record.results.filter { $0.metric == "table_cpu_ns_per_op/find" }
        #expect(finds.count == 4 && finds.allSatisfy { $0.samples.count == 2 })
        #expect(finds.allSatisfy { $0.conditions["entries"] == 250 })
        #expect(SmallFile.read(folder.file("out/index.html"))?.contains("face") == true)
    }

    @Test func whatIsNotBuiltIsLeftOutAndSaid() throws {
        let folder = TemporaryFolder()
        let suite = try Self.write("valkey-9.1, adapters, adapters/judy", in: folder)
        let words = ["suite", suite, "--quiet", "--adapters", folder.file("none")]
        let output = try RunningProgram(
            [Hashmark.executable] + words + ["--out", folder.file("out")]
        ).finish()
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let causes = try RunRecord.read(folder.file("out/run.json")).warnings.map(\.cause)
        #expect(causes.contains { $0.hasPrefix("no adapters are in") }, "\(causes)")
        #expect(causes.contains { $0.hasPrefix("the adapter judy is not in") }, "\(causes)")
        let alone = try Self.write("adapters", in: folder)
        let refused = try Hashmark.run("suite", alone, "--adapters", folder.file("none"))
        #expect(refused.ending == .exited(64), "\(refused.stderr)")
        #expect(refused.stderr.contains("build them by Scripts/adapters"), "\(refused.stderr)")
    }

    @Test(arguments: [["--allow-flush"], ["--on-errors", "ignore"], ["--server-node", "0"]])
    func whatIsOfServersIsRefused(_ options: [String]) throws {
        let folder = TemporaryFolder()
        let suite = try Self.write("valkey-9.1", in: folder)
        let output = try RunningProgram(
            [Hashmark.executable, "suite", suite] + options
        ).finish()
        #expect(output.ending == .exited(64), "\(output.stderr)")
        #expect(output.stderr.contains("has no effect on a suite of tables"), "\(output.stderr)")
        let other = try Hashmark.run("suite", "smoke", "--adapters", folder.path)
        #expect(other.ending == .exited(64))
        #expect(other.stderr.contains("--adapters is about a suite of tables"), "\(other.stderr)")
    }
}

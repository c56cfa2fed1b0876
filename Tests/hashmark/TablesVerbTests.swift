// `hashmark tables` as its users run it.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite struct TablesVerbTests {
    @Test func tableAndRecord() throws {
        let folder = TemporaryFolder()
        let path = folder.file("tables.json")
        let output = try Hashmark.run(
            "tables", "--entries", "1000", "--repeats", "2", "--growth", "2000", "--curve", "12000",
            "--quiet", "--seed", "5", "--json", path)
        #expect(output.ending == .exited(0))
        #expect(output.stderr == "")
        for word in ["valkey-7.2", "valkey-9.1", "find-hit/16", "p99.99", "allocations per entry"] {
            #expect(output.stdout.contains(word), "\(word)")
        }
        let record = try RunRecord.read(path)
        #expect(!record.partial && record.seed == 5)
        let deep = record.results(of: "valkey-8.1").filter {
            $0.metric == "table_cpu_ns_per_op/find" && $0.conditions["batch"] == 64
        }
        #expect(deep.count == 2 && deep.allSatisfy { $0.samples.count == 2 })
        #expect(record.results.contains { $0.metric == "growth_stall_ns_max" })
        #expect(record.results.contains { $0.metric == "memory_bytes_per_entry/class" })
        #expect(record.results.allSatisfy { $0.value != nil })
    }

    @Test(arguments: [
        ["--table", "valkey-6"], ["--entries", "0"], ["--batch", "x"], ["--hits", "101"],
        ["--hash", "md5"], ["--mode", "simulated"], ["--key-size", "1"],
    ])
    func badArgumentsAreUsageErrors(_ arguments: [String]) throws {
        let output = try RunningProgram([Hashmark.executable, "tables"] + arguments).finish()
        #expect(output.ending == .exited(64))
        #expect(output.stdout == "" && output.stderr.contains("Error"))
    }
}

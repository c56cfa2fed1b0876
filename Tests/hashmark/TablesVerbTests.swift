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
        // Nothing but what a busy machine makes it say.
        #expect(output.stderr.split(separator: "\n").allSatisfy { $0.contains("idle machine") })
        for word in ["valkey-7.2", "valkey-9.1", "find-hit/16", "p99.99", "allocations (1/entry)"] {
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
        // 2,000 inserts carry no p99.99.
        let missing = record.results.filter { $0.value == nil }
        #expect(Set(missing.map(\.metric)) == ["growth_insert_ns/p99.99"])
        #expect(missing.allSatisfy { $0.reason?.contains("2000 inserts") == true })
    }

    /// Two variants of one design in one run, against each other.
    @Test func variantsStandBesideEachOther() throws {
        let folder = TemporaryFolder()
        let path = folder.file("tables.json")
        let output = try Hashmark.run(
            "tables", "--table", "valkey-9.1", "--table", "scalar=valkey-9.1?match=scalar",
            "--entries", "1000", "--repeats", "6", "--growth", "0", "--curve", "0", "--hits", "1",
            "--batch", "1", "--quiet", "--seed", "5", "--detail", "--json", path)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for word in ["scalar", "95 % intervals", "erase and insert after 1 ×", "buckets with 7"] {
            #expect(output.stdout.contains(word), "\(word): \(output.stdout)")
        }
        let record = try RunRecord.read(path)
        #expect(record.targets.map(\.label) == ["valkey-9.1", "scalar"])
        #expect(record.targets.map(\.spelling) == ["valkey-9.1", "valkey-9.1?match=scalar"])
        // What differs between tables is no condition: the two are compared.
        let keys = record.targets.map { target in
            Set(record.results(of: target.label).map(\.key.ofAnyTarget))
        }
        #expect(keys[0] == keys[1] && keys[0].allSatisfy { $0.conditions["match"] == nil })
        let found = record.results.filter { $0.metric == Metric.tableCPU("find").id }
        #expect(found.count == 2 && found.allSatisfy { $0.samples.count == 6 })
        #expect(found.allSatisfy { $0.conditions["temperature"] == "hot" })
    }

    /// Counts of the loops alone repeat to the last digit, and show what the tables are known for.
    @Test func simulatedCountsRepeat() throws {
        let folder = TemporaryFolder()
        func run(_ name: String) throws -> (RunRecord, String) {
            let path = folder.file(name)
            let output = try Hashmark.run(
                "tables", "--mode", "simulated", "--table", "valkey-7.2", "--table", "valkey-9.1",
                "--entries", "200,20000", "--hits", "1", "--batch", "1,4", "--ll",
                "262144,16,64", "--quiet", "--seed", "5", "--json", path, seconds: 120)
            #expect(output.ending == .exited(0), "\(output.stderr)")
            return (try RunRecord.read(path), output.stdout)
        }
        let (record, text) = try run("a.json")
        #expect(!record.partial)
        // Of the machine, if at all.
        #expect(
            record.warnings.allSatisfy {
                $0.remedy.contains("idle machine") || $0.remedy.hasPrefix("run `")
            })
        #expect(text.contains("find-hit/4") && text.contains("20,000 entries"))
        func misses(_ table: String, _ entries: Int, _ batch: Int = 1) throws -> Double {
            let metric = Metric.tableSimulated("sim_ll_read_misses_per_op", "find").id
            let found = record.results(of: table).first {
                $0.metric == metric && $0.conditions["entries"] == .number(entries)
                    && $0.conditions["batch"] == .number(batch)
            }
            return try #require(found?.value)
        }
        // 200 entries are in the cache of 256 KiB; of 20,000 most lines of a look-up are not, and
        // the chained dict's look-up has at least two more of them.
        for table in ["valkey-7.2", "valkey-9.1"] { #expect(try misses(table, 200) < 0.01) }
        let (old, new) = (try misses("valkey-7.2", 20_000), try misses("valkey-9.1", 20_000))
        #expect((1.2...2.1).contains(new) && old > new + 1.5 && old < 5.5, "\(old) \(new)")
        let (again, _) = try run("b.json")
        #expect(again.results == record.results)
        // Both tables read the same.
        let sums = record.results.filter { $0.metric.hasSuffix("/churn") }
            .map(\.checksum)
        // 8,192 deletes and as many inserts.
        #expect(sums.count > 4 && sums.allSatisfy { $0 == "4000" })
    }

    @Test(arguments: [
        ["--table", "valkey-6"], ["--entries", "0"], ["--batch", "x"], ["--hits", "101"],
        ["--hits", "0.505"], ["--hits", "50%,"], ["--key-size", "8,129"], ["--load", "full"],
        ["--load", "min", "--cluster"], ["--popularity", "sequential"], ["--churn", "-1"],
        ["--temperature", "warm"], ["--table", "valkey-7.2?match=scalar"],
        ["--table", "valkey-9.1?match=scalar", "--match", "sse2"],
        ["--table", "valkey-9.1", "--table", "valkey-9.1"], ["--table", "a b=valkey-9.1"],
        ["--mode", "simulated", "--temperature", "cold"], ["--mode", "simulated", "--churn", "1"],
        ["--hash", "md5"], ["--match", "avx"], ["--lookahead", "2"], ["--mode", "hardware"],
        ["--key-size", "1"],
        ["--mode", "simulated", "--ll", "1,2,3"],
        ["--mode", "simulated", "--entries", "1000", "--key-size", "3"],
    ])
    func badArgumentsAreUsageErrors(_ arguments: [String]) throws {
        let output = try RunningProgram([Hashmark.executable, "tables"] + arguments).finish()
        #expect(output.ending == .exited(64))
        #expect(output.stdout == "" && output.stderr.contains("Error"))
    }
}

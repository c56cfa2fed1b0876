// `hashmark memory` end to end: real servers, real figures.
import Foundation
import RunRecord
import TestSupport
import Testing

/// Bytes per entry of the real releases (bundled jemalloc, quantum 8, one standalone node,
/// 1,000,000 settled entries): `(used_memory after − before) / entries`, measured on their own
/// builds.
private let released: [(table: String, key: Int, value: Int, bytes: Double)] = [
    ("valkey-7.2", 8, 8, 80.46), ("valkey-7.2", 16, 64, 152.46), ("valkey-7.2", 16, 100, 184.46),
    ("valkey-9.1", 8, 8, 49.55), ("valkey-9.1", 16, 64, 113.54), ("valkey-9.1", 16, 100, 169.55),
]

@Suite(.serialized) struct MemoryVerbTests {
    @Test(arguments: [(8, 8), (16, 64), (16, 100)])
    func bytesPerEntryAreThoseOfTheReleases(key: Int, value: Int) throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            "memory", "--target", "ref:valkey-7.2", "--target", "ref:valkey-9.1",
            "--key-size", "\(key)", "--value-size", "\(value)", "--entries", "1000000",
            "--json", json, "--quiet", "--seed", "1")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(json)
        #expect(!record.partial)
        for row in released where row.key == key && row.value == value {
            func figure(_ metric: Metric) throws -> Double {
                try #require(
                    record.results.first { $0.target == row.table && $0.metric == metric.id }?
                        .value)
            }
            let sizeClass = try figure(.memoryPerEntry(.sizeClass))
            #expect(abs(sizeClass / row.bytes - 1) < 0.02, "\(row): \(sizeClass)")
            // The server's own account and a walk over every entry agree to the byte.
            #expect(try figure(.memoryPerEntry(.reported)) == sizeClass)
            #expect(try figure(.memoryPerEntry(.rss)) < 1.25 * sizeClass)
            #expect(try figure(.memoryPerEntry(.requested)) <= sizeClass)
        }
    }

    @Test func aCurveHasAPointPerCount() throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            "memory", "--target", "a=ref:valkey-9.1", "--key-size", "16", "--value-size", "64",
            "--entries", "20000,1000,5000", "--ttl", "3600", "--json", json, "--quiet")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let points = try RunRecord.read(json).results.filter {
            $0.metric == Metric.memoryPerEntry(.reported).id
        }
        #expect(points.map { $0.conditions["entries"] } == [1_000, 5_000, 20_000])
        #expect(points.allSatisfy { $0.conditions["ttl"] == 3_600 })
        // 112 for the object with an expiry, a pointer in each of two tables (8 B at least).
        #expect(points.allSatisfy { $0.value! > 112 + 16 && $0.value! < 200 })
    }

    /// Members of 36 bytes, as in the published comparison: 98 % less than as a set.
    @Test func bloomFiltersTakeFewBytes() throws {
        func bytesPerElement(_ type: String) throws -> Double {
            let folder = TemporaryFolder()
            let json = folder.file("run.json")
            let output = try Hashmark.run(
                "memory", "--target", "ref:valkey-8.0", "--type", type, "--entries", "2",
                "--members", "50000", "--member-size", "36", "--json", json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let results = try RunRecord.read(json).results.filter {
                $0.metric == Metric.memoryPerElement(.sizeClass).id
            }
            return try #require(results.first?.value)
        }
        let (set, bloom) = try (bytesPerElement("set"), bytesPerElement("bloom"))
        #expect(bloom > 1.19 && bloom < 1.6)
        #expect(1 - bloom / set > 0.97, "\(bloom) and \(set) bytes")
    }

    @Test func bloomFiltersWhereThereAreNone() throws {
        let output = try Hashmark.run(
            "memory", "--target", "ref:valkey-7.2", "--type", "bloom", "--entries", "2",
            "--members", "50", "--member-size", "36", "--quiet")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("load valkey-bloom"), "\(output.stderr)")
        // Beside it at most what the machine is at, and progress.
        let errors = output.stderr.split(separator: "\n").filter { $0.hasPrefix("hashmark:") }
        #expect(errors.count == 1, "\(output.stderr)")
    }

    @Test func jsonOnStandardOutputIsAloneThere() throws {
        let output = try Hashmark.run(
            "memory", "--target", "ref:valkey-7.2", "--key-size", "8", "--value-size", "8",
            "--entries", "1000", "--json", "-")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord(json: Data(output.stdout.utf8), name: "stdout")
        #expect(record.results.contains { $0.value != nil })
        #expect(output.stderr.contains("valkey-7.2"))
    }

    @Test(arguments: [
        (["--key-size", "3", "--value-size", "8", "--entries", "5000"], "1000 keys"),
        (["--key-size", "0", "--value-size", "8", "--entries", "5"], "key-size"),
        (["--key-size", "8", "--value-size", "8", "--entries", "ten"], "'ten'"),
        (["--key-size", "8", "--value-size", "-1", "--entries", "5"], "value"),
        (
            ["--key-size", "8", "--value-size", "8", "--entries", "5", "--export", "csv=x.csv"],
            "--export csv: no load with a rate"
        ),
        (
            ["--from", "no.rdb", "--export", "memtier=x.json"],
            "--export memtier: no load with a rate"
        ),
    ])
    func badSizesAreUsageErrors(flags: [String], word: String) throws {
        let program = try RunningProgram(
            [Hashmark.executable, "memory", "--target", "ref:valkey-9.1"] + flags)
        let output = program.finish()
        #expect(output.ending == .exited(64))
        #expect(output.stderr.contains(word), "\(output.stderr)")
        #expect(output.stdout.isEmpty)
    }

    @Test(arguments: [
        ("exec:/no/such/server", "/no/such/server"),
        ("exec:true", "exited"),
        ("tcp://127.0.0.1:1", "refused"),
    ])
    func targetsThatDoNotComeUpAreOneLine(target: String, word: String) throws {
        let output = try Hashmark.run(
            "memory", "--target", target, "--key-size", "8", "--value-size", "8", "--entries",
            "1000", "--quiet")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains(word), "\(output.stderr)")
        #expect(output.stderr.split(separator: "\n").count == 1, "\(output.stderr)")
    }

    @Test func aTableOfStringsHasNoCollections() throws {
        let output = try Hashmark.run(
            "memory", "--target", "ref:dash", "--type", "hash", "--entries", "10", "--members",
            "5", "--member-size", "8", "--value-size", "8", "--quiet")
        #expect(output.ending == .exited(1))
        #expect(
            output.stderr.contains(
                "dash has no HSET: its table holds strings alone; measure --type hash on a server "
                    + "that has it, such as ref:valkey-7.2, "), "\(output.stderr)")
        // Beside it at most what the machine is at, and progress.
        let errors = output.stderr.split(separator: "\n").filter { $0.hasPrefix("hashmark:") }
        #expect(errors.count == 1, "\(output.stderr)")
    }

    /// Known before anything is launched: a usage error, with the name that was meant.
    @Test func aTableThatThereIsNot() throws {
        let output = try Hashmark.run(
            "memory", "--target", "ref:valkey-1.0", "--key-size", "8", "--value-size", "8",
            "--entries", "1000", "--quiet")
        #expect(output.ending == .exited(64))
        #expect(output.stderr.contains("did you mean `valkey-8.0`"), "\(output.stderr)")
    }
}

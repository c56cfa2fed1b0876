// Verbs on clusters that they start: three reference servers that know each other's slots.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite(.serialized) struct ClusterVerbTests {
    private static let target = "c=cluster:3*ref:valkey-9.1"

    @Test func benchRunsOnAllNodes() throws {
        let output = try Hashmark.run(
            "bench", "--target", Self.target, "-t", "set,get,mset,mget", "-r", "1000", "-n", "3000",
            "-c", "6", "-P", "4", "-q", "--base-rtt", "--keys-per-op", "5")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for title in ["SET", "GET", "MSET (5 keys)", "MGET (5 keys)"] {
            let rows = output.stderr.split(separator: "\n").filter {
                $0.hasPrefix("\(title): node ")
            }
            #expect(rows.count == 3, "\(title)")
        }
        #expect(output.stderr.contains("base rtt: PING p50 "))
        #expect(output.stderr.contains("populated 2000 keys, verified by DBSIZE"))
        #expect(!output.stderr.contains("redirects:"))
    }

    @Test func aMixIsFilledAndChecked() throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            "bench", "--target", Self.target, "--mix", "get=80,set=20", "-r", "2000", "-n", "4000",
            "-c", "4", "--hit-ratio", "1", "-q", "--json", json)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let found = try RunRecord.read(json).results.first {
            $0.metric == Metric.redirects.id
        }
        #expect(found?.value == 0)
    }

    @Test func whatWasAcknowledgedIsReadBack() throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            "bench", "--target", Self.target, "-t", "set", "-r", "5000", "-n", "6000", "-c", "4",
            "-P", "4", "-q", "--verify-writes", "--json", json)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stderr.contains("SET: 0 lost writes of 6,000 acknowledged: of "))
        let record = try RunRecord.read(json)
        #expect(try RecordSchema.violations(ofRecordAt: json) == [])
        #expect(record.results.first { $0.metric == Metric.lostWrites.id }?.value == 0)
        #expect(record.nodeShares.map(\.operations).reduce(0, +) == 6_000)
        #expect(record.nodeShares.map(\.slots).reduce(0, +) == 16_384)
        let stall = record.results.first { $0.metric == Metric.stallMax.id }
        #expect(stall?.value != nil)
    }

    @Test(arguments: [["-t", "get"], ["--mix", "set=80,del=20"], ["-t", "set,get"]])
    func writesThatCannotBeReadBackAreRefused(_ tests: [String]) throws {
        let output = try Hashmark.run(
            ["bench", "--target", Self.target, "-r", "100", "--verify-writes"] + tests)
        #expect(output.ending == .exited(64), "\(output.stderr)")
        #expect(output.stderr.contains("--verify-writes"))
    }

    @Test func memoryIsThatOfAllNodes() throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            "memory", "--target", Self.target, "--key-size", "16", "--value-size", "64",
            "--entries", "3000", "--quiet", "--json", json)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let metric = Metric.memoryPerEntry(.requested).id
        let found = try RunRecord.read(json).results.first { $0.metric == metric }
        // Key and value are 80 bytes; most keys have a slot, and so a small table, to themselves.
        let value = try #require(found?.value)
        #expect((80...320).contains(value))
    }

    @Test func whatIsOfOneProcessIsRefused() throws {
        let output = try Hashmark.run(
            "counters", "--target", Self.target, "--mode", "software", "--entries", "100")
        #expect(output.ending != .exited(0))
        #expect(output.stderr.contains("has several processes"))
    }

    @Test func aProcessThatIsNotThereIsNotCounted() throws {
        let output = try Hashmark.run("bench", "--also-count", "no-such-process", "-t", "ping")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("there is no process 'no-such-process'"))
    }
}

// What becomes of a run in a database, as far as no server is needed for it: its key, its buckets,
// the schema, and runs that wait.
import Foundation
import Publishing
import RunRecord
import Statistics
import TestSupport
import Testing

@Suite struct PublishingTests {
    private static func record(_ latencies: [UInt64] = [], value: Double = 1) -> RunRecord {
        var record = RunRecord(hashmarkVersion: "1", arguments: ["hashmark", "bench"], seed: 3)
        record.startedAt = "2026-01-01T00:00:00Z"
        var histogram = LatencyHistogram()
        for latency in latencies { histogram.record(latency) }
        record.results = [
            RunRecord.Result(
                .throughput, target: "a", workload: "GET", conditions: ["connections": 50],
                value: value, samples: [1, 2]),
            RunRecord.Result(
                .latency(command: "get", timing: .actual, point: "p50"), target: "a",
                workload: "GET", value: 7, histogram: histogram.base64V2()),
        ]
        return record
    }

    @Test func theKeyIsWhatWasMeasured() throws {
        let record = Self.record([5])
        let key = PublishedRun(record).content
        var labelled = record
        labelled.label = "8.1"
        #expect(PublishedRun(labelled).content == key)
        // Its line of a history, which is without samples and histograms.
        let line = try RunRecord(json: labelled.historyLine())
        #expect(line.results[1].histogram == nil)
        #expect(PublishedRun(line).content == key)
        // Read back, and to the last bit.
        #expect(PublishedRun(try RunRecord(json: record.json())).content == key)
        #expect(PublishedRun(Self.record([5], value: (1.0).nextUp)).content != key)
        var other = record
        other.seed = 4
        #expect(PublishedRun(other).content != key)
    }

    @Test func linesAreOneLine() throws {
        let line = try PublishedRun(Self.record()).line()
        #expect(!line.contains("\n") && line.hasPrefix("{") && line.hasSuffix("}"))
    }

    @Test func bucketsHoldEverySample() throws {
        let latencies: [UInt64] = [1, 1, 3, 2_047, 5_000, 5_001, 3_600_000_000_000]
        let buckets = try PublishedRun(Self.record(latencies)).buckets()
        #expect(buckets.map(\.place) == [2])
        func numbers(_ array: String) -> [UInt64] {
            array.dropFirst().dropLast().split(separator: ",").compactMap { UInt64($0) }
        }
        let counts = numbers(buckets[0].counts)
        let lowest = numbers(buckets[0].lowest)
        let highest = numbers(buckets[0].highest)
        #expect(counts.reduce(0, +) == 7)
        #expect(counts.count == lowest.count && counts.count == highest.count)
        for latency in latencies {
            let holding = zip(lowest, highest).count { $0.0 <= latency && latency <= $0.1 }
            #expect(holding == 1, "\(latency)")
        }
        #expect(highest.last == LatencyHistogram.highestTrackableNanoseconds)
        #expect(try PublishedRun(Self.record()).buckets().isEmpty)
    }

    @Test func migrationsCountFromOne() {
        #expect(!Migrations.shipped.steps.isEmpty)
        for step in Migrations.shipped.steps { #expect(step.contains("CREATE")) }
        let two = Migrations("-- words\n-- migration 1\nA;\n-- more\n-- migration 2\nB;\n")
        #expect(two.steps == ["A;\n-- more\n", "B;\n\n"])
    }

    /// What libpq says, and whether trying again helps; `asked` where the words do not tell.
    @Test(arguments: [
        (
            "connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n"
                + "\tIs the server running on that host and accepting TCP/IP connections?\n", true,
            false
        ),
        ("could not connect to server: No route to host\n", true, false),
        ("timeout expired\n", true, false),
        ("FATAL:  the database system is starting up\n", true, false),
        ("FATAL:  sorry, too many clients already\n", true, false),
        (
            "could not translate host name \"db\" to address: Temporary failure in name resolution",
            true, false
        ),
        (
            "could not translate host name \"bd\" to address: Name or service not known\n", false,
            false
        ),
        ("SSL error: certificate verify failed\n", false, false),
        ("invalid port number: \"99999\"\n", false, false),
        ("no words that anybody knows\n", false, true),
        (
            "connection to server at \"::1\", port 5432 failed: Connection refused\n"
                + "connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  database \"x\" "
                + "does not exist\n", false, true
        ),
        ("FATAL:  password authentication failed for user \"ci\"\n", false, true),
    ])
    func whatMayPassIsWaitedFor(_ message: String, _ mayPass: Bool, _ asked: Bool) {
        let failure = ConnectionFailure(message)
        var pings = 0
        // PQPING_OK: there is a server, and it takes connections.
        let found = failure.mayPass {
            pings += 1
            return 0
        }
        #expect(found == mayPass && (pings > 0) == asked, "\(message)")
        #expect(!failure.reason.contains("\n"))
        // PQPING_REJECT and PQPING_NO_RESPONSE: it may come.
        if asked { #expect(failure.mayPass { 1 } && failure.mayPass { 2 }) }
    }

    @Test func theServersWordIsTheReason() {
        let failure = ConnectionFailure("connection refused\nthen FATAL:  no such role\n")
        #expect(failure.reason == "then FATAL:  no such role")
        #expect(ConnectionFailure("").reason == "it does not say why")
    }

    @Test func whatWaitsIsWhole() throws {
        let folder = TemporaryFolder()
        let spool = Spool(folder: folder.file("spool"))
        #expect(spool.files.isEmpty)
        try spool.keep([Self.record([1]), Self.record([2], value: 2)], "1")
        try spool.keep([Self.record([3], value: 3)], "2")
        #expect(spool.files.map { $0.split(separator: "/").last! } == ["1.ndjson", "2.ndjson"])
        let found = try spool.files.flatMap { try RunRecord.readHistory(at: $0).records }
        #expect(
            found == [
                Self.record([1]), Self.record([2], value: 2), Self.record([3], value: 3),
            ])
        Spool.remove(spool.files)
        #expect(spool.files.isEmpty)
    }
}

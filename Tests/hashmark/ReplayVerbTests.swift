// `hashmark replay`: a file's phases, schedule, events and assertion on a server; `workload`
// beside.
import Foundation
import RunRecord
import TestSupport
import Testing
import Traces

private func write(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}

private func file(_ folder: TemporaryFolder, _ extra: String, phases: String) throws -> String {
    let path = folder.file("w.yaml")
    try write(
        """
        schema: hashmark.workload/1
        name: replayed
        keyspaces:
          - {keys: 20000, key_size: 16, value_size: 64, negative_lookups: 0.25,
             popularity: {zipf: {alpha: 0.99}}}
        operations:
          - {name: get, command: "GET {key}", weight: 80}
          - {name: set, command: "SET {key} {value}", weight: 20}
        \(extra)
        phases: \(phases)

        """, path)
    return path
}

@Suite(.serialized) struct ReplayVerbTests {
    @Test func aHitRatioThatIsNotExpectedMakesTheRunInvalid() throws {
        let folder = TemporaryFolder()
        let path = try file(
            folder, "expect: {hit_ratio: 0.9}",
            phases: "[prefill, {measure: {requests: 20000}}]")
        let output = try Hashmark.run(
            "replay", path, "--target", "ref:valkey-9.1", "--no-memory", "--json",
            folder.file("run.json"), "--quiet")
        #expect(output.ending == .exited(3))
        #expect(
            output.stderr.contains("% of the look-ups found their key, and replayed expects 90 %"))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(!record.partial && record.results.contains { $0.metric == Metric.hitRatio.id })
        // and the file says so without a server
        let check = try Hashmark.run("workload", "check", path)
        #expect(check.ending == .exited(1))
        #expect(check.stdout.contains("hit_ratio is 75"), "\(check.stdout)")
    }

    @Test func describeShowsRequestedAndRealised() throws {
        let output = try Hashmark.run("workload", "describe", "fb-etc-2012", "--requests", "200000")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for text in [
            "value_size p99.9", "hit_ratio", "top_1_percent_share", "share of get",
            "mix: χ² at", "popularity: χ² at", "value_size of keys: KS distance",
        ] { #expect(output.stdout.contains(text), "\(text)") }
        let line = output.stdout.split(separator: "\n").first { $0.contains("  hit_ratio") }
        #expect(line?.contains("81.4 %") == true, "\(output.stdout)")
    }

    @Test func targetsWithoutTheCommandsAreLeftOut() throws {
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "replay", "sets-and-hashes", "--entries", "300", "--requests", "5000", "--no-memory",
            "--target", "ref:valkey-9.1",
            "--target",
            "bare=exec:redis-server --rename-command HSET '' --rename-command SADD ''", "--json",
            folder.file("run.json"), "--quiet")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(
            record.warnings.contains {
                $0.target == "bare" && $0.cause.contains("it has no HSET, SADD")
            })
        #expect(Set(record.results.map(\.target)) == ["valkey-9.1"])
    }
}

extension Timed {
    @Suite(.serialized) struct ReplayScheduleTests {
        @Test func eventsAreMarkedInTheSeries() throws {
            let folder = TemporaryFolder()
            let path = try file(
                folder,
                "load: {connections: 4, pipeline: 4, streams: 2}\nexpect: {hit_ratio: 0.75}",
                phases: """

                      - prefill
                      - verify
                      - warm_up: {steady: {window: 100ms, change: 0.5, timeout: 3s}}
                      - measure:
                          duration: 1200ms
                          events:
                            - {at: 300ms, command: BGSAVE}
                            - {at: 500ms, command: CONFIG SET maxmemory-samples 6}
                            - {at: 700ms, command: NOSUCHCOMMAND}
                      - cool_down: {duration: 200ms, events: [{at: 10ms, command: FLUSHALL ASYNC}]}
                    """)
            let output = try Hashmark.run(
                "replay", path, "--target", "exec:redis-server", "--no-memory", "--json",
                folder.file("run.json"))
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(folder.file("run.json"))
            let names = record.phases.map(\.name)
            for name in ["prefill", "warm-up", "measure", "cool-down", "event: BGSAVE"] {
                #expect(names.contains(name), "\(name) of \(names)")
            }
            let measured = try #require(record.phases.first { $0.name == "measure" })
            let save = try #require(record.phases.first { $0.name == "event: BGSAVE" })
            let offset = save.startNanoseconds - measured.startNanoseconds
            #expect(offset > 290_000_000 && offset < 600_000_000)
            let flush = try #require(record.phases.first { $0.name == "event: FLUSHALL ASYNC" })
            #expect(
                flush.startNanoseconds > measured.startNanoseconds + measured.durationNanoseconds)
            #expect(
                record.warnings.contains { $0.cause.contains("the server has no NOSUCHCOMMAND") })
            let series = record.series.filter { $0.intervalMilliseconds == 100 }
            #expect(
                series.map(\.metric).sorted() == [
                    "latency_ns/all/actual/max", "latency_ns/all/actual/p50",
                    "latency_ns/all/actual/p99", "throughput_ops_per_s",
                ])
            #expect(
                series.allSatisfy { $0.values.count == 12 && $0.values.allSatisfy { $0 ?? 0 > 0 } })
            // the snapshot went to the server's own folder, which is gone
            #expect(!FileManager.default.fileExists(atPath: "dump.rdb"))
            let hits = try #require(record.results.first { $0.metric == Metric.hitRatio.id }?.value)
            #expect(abs(hits - 0.75) < 0.02)
        }

        /// 300 requests in every other second of a trace, at twice its speed.
        @Test func aTraceGivesTheMoments() throws {
            let folder = TemporaryFolder()
            let lines = (0..<600).map { index in
                TraceFiles.line(
                    TraceRecord(
                        seconds: UInt32(7_000 + index / 300 * 2), keySize: 3, valueSize: 5,
                        operation: .get
                    ), key: "abc")
            }
            _ = try TraceFiles.write(Array(lines.joined().utf8), folder, "calls.csv")
            let path = try file(
                folder,
                "load: {connections: 8, pipeline: 4, "
                    + "arrival: {trace: {file: calls.csv, speed: 2}}}",
                phases: "[prefill, {measure: {duration: 3s}}]")
            let output = try Hashmark.run(
                "replay", path, "--target", "ref:valkey-9.1", "--no-memory", "--json",
                folder.file("run.json"), "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(folder.file("run.json"))
            // the trace's three seconds last 1.5 s, twice: a second with, half a second without
            let operations = record.rounds.flatMap(\.slices).map(\.ops)
            #expect(operations.count == 12)
            #expect(abs(operations.reduce(0, +) - 1_200) <= 12, "\(operations)")
            for (index, count) in operations.enumerated() {
                let isQuiet = index % 6 == 2 || index % 6 == 3
                #expect(isQuiet ? count <= 2 : (130...170).contains(count), "\(operations)")
            }
        }

        @Test(arguments: [
            ("{file: none.csv}", "none.csv: cannot be read"),
            ("{file: torn, format: tsv}", "there is no format `tsv`"),
            ("{file: torn, format: twitter}", "torn:2: "),
        ])
        func aTraceThatGivesNoMomentsIsRefused(trace: String, words: String) throws {
            let folder = TemporaryFolder()
            _ = try TraceFiles.write(torn, folder, "torn")
            let path = try file(
                folder, "load: {arrival: {trace: \(trace)}}",
                phases: "[prefill, {measure: {duration: 1s}}]")
            let refusal = try Hashmark.run(
                "replay", path, "--target", "ref:valkey-9.1", "--no-memory", "--quiet")
            #expect(refusal.ending == .exited(1))
            #expect(refusal.stderr.contains(words), "\(refusal.stderr)")
        }

        /// The workload file says how the trace is read: its name says nothing.
        @Test func damagedRecordsOfAScheduleAreLeftOut() throws {
            let folder = TemporaryFolder()
            _ = try TraceFiles.write(torn, folder, "torn")
            let path = try file(
                folder,
                "load: {arrival: {trace: {file: torn, format: twitter, skip_bad: true}}}",
                phases: "[prefill, {measure: {duration: 1s}}]")
            let output = try Hashmark.run(
                "replay", path, "--target", "ref:valkey-9.1", "--no-memory", "--json",
                folder.file("run.json"), "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(folder.file("run.json"))
            #expect(record.warnings.contains { $0.cause.hasPrefix("100 damaged records") })
            let sent = record.rounds.flatMap(\.slices).reduce(0) { $0 + $1.ops }
            #expect(sent > 90 && sent < 110, "\(sent)")
        }

        /// A hundred requests in one second, each followed by a line that is none.
        private var torn: [UInt8] {
            let line = TraceFiles.line(
                TraceRecord(seconds: 7_000, keySize: 3, valueSize: 5, operation: .get), key: "abc")
            return Array((0..<100).map { _ in "\(line)torn\n" }.joined().utf8)
        }

        /// A replay of `load`, which went well.
        private func replayed(
            _ load: String, phases: String, on target: String = "ref:valkey-9.1"
        ) throws -> (record: RunRecord, stdout: String) {
            let folder = TemporaryFolder()
            let path = try file(folder, "load: {\(load)}", phases: phases)
            let output = try Hashmark.run(
                "replay", path, "--target", target, "--no-memory", "--json",
                folder.file("run.json"), "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            return (try RunRecord.read(folder.file("run.json")), output.stdout)
        }

        private func requests(_ record: RunRecord) -> Int {
            record.rounds.flatMap(\.slices).reduce(0) { $0 + $1.ops }
        }

        private func value(_ metric: Metric, _ record: RunRecord) -> Double? {
            record.results.first { $0.metric == metric.id }?.value
        }

        /// A server that sleeps for a second: the requests that fell due meanwhile were late, and
        /// are all there.
        @Test func aStallCountsFromTheIntendedMoment() throws {
            let (record, stdout) = try replayed(
                "connections: 4, pipeline: 1, arrival: {constant: {rate: 1000}}",
                phases: """

                      - prefill
                      - measure: {duration: 2s, events: [{at: 500ms, command: DEBUG SLEEP 1}]}
                    """,
                on: "exec:redis-server --enable-debug-command yes")
            #expect(requests(record) == 2_000)
            func tail(_ timing: Metric.Timing) throws -> Double {
                try #require(
                    value(.latency(command: "get", timing: timing, point: "p99"), record))
            }
            let intended = try tail(.intended)
            #expect(intended > 900_000_000)
            #expect(try tail(.actual) < intended / 2)
            #expect(abs(try #require(value(.throughput, record)) - 1_000) < 20)
            #expect(value(.stallShare, record) == nil)
            // What was meant comes first.
            let line = stdout.split(separator: "\n").first { $0.contains("(intended)") }
            let timings = try #require(line, "\(stdout)").split(separator: " ")
                .filter { $0.hasPrefix("(") }
            #expect(timings.first == "(intended)", "\(stdout)")
        }

        /// Rates below the readings' own, and one that a reading holds many of.
        @Test(arguments: [(1, 3), (5, 2), (4_000, 1)])
        func aConstantRateIsExact(rate: Int, seconds: Int) throws {
            let (record, _) = try replayed(
                "connections: 2, streams: 2, arrival: {constant: {rate: \(rate)}}",
                phases: "[prefill, {measure: {duration: \(seconds)s}}]")
            #expect(requests(record) == rate * seconds)
            let throughput = try #require(value(.throughput, record))
            #expect(abs(throughput / Double(rate) - 1) < 0.02)
        }

        @Test(arguments: [
            "{poisson: {rate: 5000}}", "{burst: {rate: 10000, on: 100ms, off: 100ms}}",
            "{sine: {mean: 5000, amplitude: 4000, period: 500ms}}",
        ])
        func schedulesAreKept(arrival: String) throws {
            let (record, _) = try replayed(
                "connections: 8, pipeline: 4, arrival: \(arrival)",
                phases: "[prefill, {measure: {duration: 1s}}]")
            let operations = requests(record)
            // 5,000 on average, whatever the server could do
            #expect(abs(operations - 5_000) < 500, "\(operations)")
            #expect(record.series.contains { $0.metric == "latency_ns/all/intended/p99" })
        }
    }
}

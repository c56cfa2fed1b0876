// `hashmark replay TRACE` against a real redis-server: what arrives, what is found, what breaks.
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
import Testing
import Traces

private func write(_ bytes: [UInt8], _ folder: TemporaryFolder, _ name: String) throws -> String {
    try TraceFiles.write(bytes, folder, name)
}

private func value(_ record: RunRecord, _ metric: Metric) -> Double? {
    record.results.first { $0.metric == metric.id }?.value
}

@Suite(.serialized) struct TraceReplayTests {
    private let folder = TemporaryFolder()
    private let exec = "exec:redis-server"

    private func replay(_ arguments: String..., seconds: Double = 60) throws
        -> (output: ProgramOutput, record: RunRecord?)
    {
        let json = folder.file("run.json")
        let output = try RunningProgram(
            [Hashmark.executable, "replay"] + arguments + ["--json", json]
        ).finish(seconds: seconds)
        return (output, try? RunRecord.read(json))
    }

    /// One connection: the order is the trace's, so hits are what a model of memcached says.
    @Test func hitsAreThoseOfAModel() throws {
        var random = SplitMix()
        let records = (0..<20_000).map { index in
            TraceRecord(
                key: random.next() % 500 &* 0x9e37_79b9_7f4a_7c15, seconds: UInt32(index / 100),
                keySize: 24, valueSize: 40,
                operation: [.get, .get, .gets, .set, .add, .replace, .delete][
                    Int(random.next() % 7)])
        }
        var held: Set<UInt64> = []
        var (lookUps, hits) = (0, 0)
        for record in records {
            switch record.memcached {
            case .get, .gets:
                lookUps += 1
                hits += held.contains(record.key) ? 1 : 0
            case .set, .add: held.insert(record.key)
            case .delete: held.remove(record.key)
            default: break
            }
        }
        let path = try write(records.flatMap(TraceFiles.twr), folder, "model.twr")
        let (output, record) = try replay(path, "--target", exec, "--connections", "1")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let run = try #require(record)
        #expect(value(run, .hitRatio) == Double(hits) / Double(lookUps))
        #expect(!run.partial && run.rounds[0].slices.reduce(0) { $0 + $1.ops } == 20_000)
        for metric: Metric in [
            .throughput, .throughputPerCore, .serverCPU, .clientCPU,
            .latency(command: "get", timing: .actual, point: "p99"),
            .latency(command: "add", timing: .actual, point: "p50"),
        ] {
            // A denormal number is no reading either.
            #expect((value(run, metric) ?? 0) > 1, "\(metric.id)")
        }
        #expect(value(run, .latency(command: "incr", timing: .actual, point: "p50")) == nil)
    }

    /// Look-ups alone: every key misses once, and is there from then on.
    @Test(arguments: ["plain", "zst"])
    func missesAreWritten(kind: String) throws {
        var path = try write(
            TraceFiles.oracleGeneral(10_000) {
                ($0 / 50, TraceFiles.hashed($0 * 7 % 1_000), 300, -1)
            }, folder, "look-ups.oracleGeneral")
        if kind == "zst" { path = try TraceFiles.compressed(path) }
        let (output, record) = try replay(path, "--target", exec, "--connections", "1")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(value(try #require(record), .hitRatio) == 0.9)
        let (_, silent) = try replay(path, "--target", exec, "--on-miss", "none")
        #expect(value(try #require(silent), .hitRatio) == 0)
    }

    /// The excerpt in Workloads/traces has the shape of Twitter's cluster 52.
    @Test func theShippedExcerptIsReplayed() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Workloads/traces/twitter-shaped.csv").path
        let reader = try TraceReader(path)
        #expect(reader.format.name == "twitter")
        let block = UnsafeMutableBufferPointer<TraceRecord>.allocate(capacity: 4_096)
        defer { block.deallocate() }
        let count = try reader.read(block)
        #expect(count == 2_000)
        let records = Array(block[..<count])
        func share(_ operations: [MemcachedOperation]) -> Double {
            Double(records.count { operations.contains($0.memcached) }) / 2_000
        }
        #expect(abs(share([.get, .gets]) - 0.93) < 0.02 && abs(share([.set]) - 0.04) < 0.015)
        let fetched = records.filter { $0.verb.isRead && $0.valueSize > 0 }.map(\.valueSize)
        #expect(fetched.sorted()[fetched.count / 2] == 27)
        #expect(records.allSatisfy { $0.keySize == 20 })
        #expect(records.allSatisfy { $0.verb.storesValue == ($0.ttlSeconds > 0) })
        #expect(Set(records.map(\.ttlSeconds)) == [0, 43_200, 86_400, 1_209_600])
        #expect(try TraceReader(path).requestsPerSecond() == .init(repeating: 50, count: 40))
        let (output, record) = try replay(path, "--target", exec, "--on-miss", "set")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let run = try #require(record)
        let hits = try #require(value(run, .hitRatio))
        #expect(hits > 0.8 && hits < 1)
    }

    @Test func gapsAreKept() throws {
        let bytes = (0..<3_000).flatMap { index in
            TraceFiles.twr(
                TraceRecord(
                    key: UInt64(index), seconds: UInt32(500 + index / 1_000), keySize: 20,
                    valueSize: 10, operation: .set))
        }
        let path = try write(bytes, folder, "slow.twr")
        let (output, record) = try replay(path, "--target", exec, "--speed", "2")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let run = try #require(record)
        // 3 s at twice the speed; the last request is due a gap before the end.
        let measured = try #require(run.phases.first { $0.name == "measure" })
        #expect((1.45...4).contains(Double(measured.durationNanoseconds) / 1e9))
        #expect((value(run, .latency(command: "set", timing: .intended, point: "p50")) ?? 0) > 1)
        #expect(run.results.allSatisfy { $0.conditions["speed"] == .number(2) })
    }

    @Test func aDamagedRecordKeepsWhatCameBefore() throws {
        var bytes = TraceFiles.varied.filter { $0.memcached != .incr && $0.memcached != .decr }
            .flatMap(TraceFiles.twr)
        bytes[20 * 300 + 19] = 99
        let path = try write(bytes, folder, "bad.twr")
        let (output, record) = try replay(path, "--target", exec)
        #expect(output.ending == .exited(3))
        #expect(
            output.stderr.contains("bad.twr: record 301 at offset 6000: there is no operation 99"))
        let partial = try #require(record)
        #expect(partial.partial && partial.rounds[0].slices.reduce(0) { $0 + $1.ops } == 300)
        let (skipped, whole) = try replay(path, "--target", exec, "--skip-bad")
        #expect(skipped.ending == .exited(0), "\(skipped.stderr)")
        #expect(whole?.warnings.contains { $0.cause.contains("1 damaged records") } == true)
    }

    @Test(arguments: [
        (["none.csv"], "No such file"), (["empty.twr"], "is empty"),
        (["noise"], "--format twitter|oracleGeneral|twr|twrNS"),
        (["noise", "--format", "parquet"], "there is no format `parquet`"),
        (["look.twr", "--entries", "5"], "--entries"), (["look.twr", "--speed", "0"], "--speed"),
        (["tiny-8x8", "--speed", "1"], "--speed is for traces"),
    ])
    func mistakesAreOneLine(arguments: [String], message: String) throws {
        _ = try write([], folder, "empty.twr")
        _ = try write((0..<100).map { UInt8($0) | 0x80 }, folder, "noise")
        _ = try write(TraceFiles.varied.flatMap(TraceFiles.twr), folder, "look.twr")
        var arguments = arguments
        if arguments[0] != "tiny-8x8" { arguments[0] = folder.file(arguments[0]) }
        let output = try RunningProgram(
            [Hashmark.executable, "replay"] + arguments + ["--target", exec]
        ).finish()
        #expect(output.ending == .exited(1) || output.ending == .exited(64))
        #expect(output.stderr.contains(message), "\(output.stderr)")
    }

    @Test func aLimitEndsTheReplay() throws {
        let bytes = TraceFiles.oracleGeneral(50_000) { ($0, UInt64($0), 50, -1) }
        let path = try write(bytes, folder, "long.oracleGeneral")
        let (output, record) = try replay(
            path, "--target", exec, "--requests", "1234", "--on-miss", "none")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(record?.rounds[0].slices.reduce(0) { $0 + $1.ops } == 1234)
    }

    @Test func anInterruptionKeepsWhatWasMeasured() throws {
        let bytes = TraceFiles.oracleGeneral(60_000) { ($0 / 1_000, UInt64($0), 50, -1) }
        let path = try write(bytes, folder, "long.oracleGeneral")
        let json = folder.file("run.json")
        let run = try Hashmark.start(
            "replay", path, "--target", exec, "--speed", "1", "--json", json)
        for _ in 0..<1_000 where !run.stderr.contains("long.oracleGeneral (") {
            Clock.sleep(milliseconds: 10)
        }
        Clock.sleep(milliseconds: 1_200)
        kill(run.child.pid, SIGINT)
        let output = run.finish(seconds: 20)
        #expect(output.ending == .exited(130), "\(output.stderr)")
        let record = try RunRecord.read(json)
        #expect(try RecordSchema.violations(ofRecordAt: json) == [])
        #expect(record.partial && (value(record, .throughput) ?? 0) > 100)
    }

    /// Ten times the records, the same memory: both traces are larger than what a replay may hold.
    @Test func memoryDoesNotGrowWithTheTrace() throws {
        var peaks: [Int] = []
        for records in [150_000, 1_500_000] {
            let path = try write(
                TraceFiles.oracleGeneral(records) { ($0 / 1_000, UInt64($0 % 512), 40, -1) },
                folder, "t\(records).oracleGeneral")
            let run = try Hashmark.start(
                "replay", path, "--target", exec, "--pipeline", "64", "--connections", "4")
            var peak = 0
            while run.child.ending == nil {
                peak = max(peak, Self.peakKiB(run.child.pid) ?? 0)
                Clock.sleep(milliseconds: 5)
            }
            #expect(run.finish().ending == .exited(0), "\(run.stderr)")
            peaks.append(peak)
        }
        #expect(peaks[0] > 0 && peaks[1] < peaks[0] + 8_192, "\(peaks) KiB")
    }

    /// The largest resident set until now.
    private static func peakKiB(_ pid: pid_t) -> Int? {
        SmallFile.read("/proc/\(pid)/status")?.split(separator: "\n")
            .first { $0.hasPrefix("VmHWM:") }?.split(separator: " ").dropFirst().first
            .flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
    }
}

private struct SplitMix {
    private var state: UInt64 = 4
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        let z = (state ^ state >> 30) &* 0xbf58_476d_1ce4_e5b9
        return z ^ z >> 27
    }
}

// `hashmark capture` of a real redis-server that a known workload filled: sizes, times to live and
// mix come back; and what is captured of a replay of a capture is that capture.
import Foundation
import LinuxSystem
import TestSupport
import Testing
import Traces
import Workloads

/// Sizes of all keys and values of a file, and times to live of its prefill, without absent keys.
private struct Realised {
    var keySizes: [Int] = []
    var valueSizes: [Int] = []
    var timesToLive: [Int] = []
    /// Share of the requests by the server's command.
    var mix: [String: Double] = [:]

    init(_ path: String) throws {
        var workload = try Workload(file: path)
        let all = workload.operations.reduce(0) { $0 + $1.weight }
        for operation in workload.operations {
            mix[operation.command.verb, default: 0] += operation.weight / all
        }
        workload.operations = workload.operations.filter { $0.keyspace != "absent" }
        workload.keyspaces = workload.keyspaces.filter { $0.name != "absent" }
        let compiled = try CompiledWorkload(workload)
        var prefill = PrefillGenerator(compiled, seed: 3, worker: 0, of: 1)
        while let request = prefill.next() {
            keySizes.append(request.keySize)
            valueSizes.append(request.valueSize)
            timesToLive.append(request.ttlSeconds)
        }
    }
}

private let workloadText = """
    schema: hashmark.workload/1
    name: known
    provenance: assumed
    keyspaces:
      - name: users
        keys: 20000
        key_size: {quantiles: {p0: 12, p30: 20, p80: 44, p100: 120}}
        value_size: {quantiles: {p0: 2, p20: 27, p40: 27.001, p75: 334, p99: 1610, p100: 6000}}
        ttl: {quantiles: {p0: 3600, p50: 86400, p100: 1209600}}
        popularity: uniform
    operations:
      - {command: "GET {key}", weight: 70}
      - {command: "SET {key} {value} {expiry}", weight: 25}
      - {command: "EXISTS {key}", weight: 5}
    load: {connections: 8, pipeline: 8}
    phases: [prefill, warm_up: {duration: 100ms}, measure: {duration: 1s}]
    """

@Suite(.serialized) struct CaptureVerbTests {
    private let folder = TemporaryFolder()

    /// Fills a fresh server by a workload file and captures it while the load goes on.
    private func capture(_ workload: String, as name: String) throws -> String {
        let server = try RedisServer()
        let replay = try Hashmark.start(
            "replay", workload, "--target", server.target, "--no-memory", "--duration", "8",
            "--json", folder.file("\(name).json"))
        for _ in 0..<4_000 where !replay.stderr.contains("measuring") && replay.child.ending == nil
        {
            Clock.sleep(milliseconds: 5)
        }
        let path = folder.file("\(name).yaml")
        let output = try Hashmark.run(
            "capture", "--from", server.target, "--output", path, "--interval", "2", "--rate", "0",
            "--name", name)
        #expect(output.ending == .exited(0), "\(output.stderr)\(replay.stderr)")
        #expect(replay.child.ending == nil, "the load must outlast the capture")
        kill(replay.child.pid, SIGINT)
        _ = replay.finish(seconds: 20)
        return path
    }

    @Test func aKnownWorkloadIsRecoveredAndStaysSo() throws {
        let known = folder.file("known.yaml")
        try workloadText.write(toFile: known, atomically: true, encoding: .utf8)
        let truth = try Realised(known)
        let first = try capture(known, as: "first")
        let seen = try Realised(first)
        let second = try Realised(try capture(first, as: "second"))
        for (label, one, other) in [("first", truth, seen), ("second", seen, second)] {
            #expect(one.keySizes.count == other.keySizes.count, "\(label)")
            for (field, statistic) in [
                ("keys", kolmogorovStatistic(one.keySizes, other.keySizes)),
                ("values", kolmogorovStatistic(one.valueSizes, other.valueSizes)),
                ("times to live", kolmogorovStatistic(one.timesToLive, other.timesToLive)),
            ] {
                print("capture \(label), \(field): KS statistic \(statistic)")
                #expect(statistic < 1.95, "\(label) \(field)")
            }
            for command in ["GET", "SET", "EXISTS"] {
                let (before, after) = (one.mix[command] ?? 0, other.mix[command] ?? 0)
                print("capture \(label), \(command): \(before) \(after)")
                #expect(abs(before - after) < 0.01, "\(label) \(command)")
            }
        }
        let text = try String(contentsOfFile: first, encoding: .utf8)
        #expect(text.contains("KS distance") && !text.contains("127.0.0.1"))
        let check = try Hashmark.run("workload", "check", first)
        #expect(check.ending == .exited(0), "\(check.stdout)\(check.stderr)")
    }

    /// Constant times to live are read back as what they were, and misses stay misses.
    @Test func missesAndConstantsAreKept() throws {
        let server = try RedisServer()
        let workload = folder.file("half.yaml")
        try """
        schema: hashmark.workload/1
        name: half
        provenance: assumed
        keyspaces:
          - name: there
            keys: 5000
            key_size: 16
            value_size: 100
            ttl: {discrete: [{value: 1h, weight: 1}, {value: 1d, weight: 3}]}
          - {name: not, keys: 5000, key_size: 17, prefix: x, populated: 0.0002, value_size: 1}
        operations:
          - {name: get, command: "GET {key}", weight: 60, keyspace: there}
          - {name: miss, command: "GET {key}", weight: 40, keyspace: not}
        phases: [prefill, measure: {duration: 2s}]
        """.write(toFile: workload, atomically: true, encoding: .utf8)
        let replay = try Hashmark.start(
            "replay", workload, "--target", server.target, "--no-memory", "--duration", "7")
        for _ in 0..<4_000 where !replay.stderr.contains("measuring") && replay.child.ending == nil
        {
            Clock.sleep(milliseconds: 5)
        }
        let output = try Hashmark.run(
            "capture", "--from", server.target, "--interval", "1", "--quiet", "--rate", "0")
        _ = replay.finish(seconds: 20)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let captured = try Workload(yaml: Array(output.stdout.utf8), file: "stdout")
        #expect(captured.keyspaces.map(\.name) == ["keys", "absent"])
        let weights = captured.operations.map(\.weight)
        try #require(weights.count > 1)
        #expect(abs(weights[1] / (weights[0] + weights[1]) - 0.4) < 0.02, "\(weights)")
        guard case .discrete(let times)? = captured.keyspaces[0].ttl?.distribution else {
            Issue.record("\(output.stdout)")
            return
        }
        // One key of the other keyspace has none.
        for time in times where time.value > 0 {
            let isKnown = [3_600, 86_400].contains { abs(time.value - $0) < 4 }
            #expect(isKnown, "\(time)")
        }
        let long = try #require(times.first { $0.value > 80_000 })
        #expect(abs(long.weight - 0.75) < 0.03)
    }

    @Test func aTraceIsCapturedAndMerged() throws {
        let bytes = (0..<60_000).flatMap { index -> [UInt8] in
            let key = TraceFiles.hashed(index % 3_000)
            return TraceFiles.twr(
                TraceRecord(
                    key: key, seconds: UInt32(index / 600), keySize: 20 + UInt32(key >> 60),
                    valueSize: 100 + UInt32(key >> 40 & 0x3ff),
                    ttlSeconds: index % 4 == 0 ? 3_600 : 0,
                    operation: index % 4 == 0 ? .set : .get))
        }
        let trace = try TraceFiles.write(bytes, folder, "cluster9.twr")
        let path = folder.file("trace.yaml")
        let output = try Hashmark.run("capture", "--from", trace, "--output", path)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let captured = try Workload(file: path)
        #expect(captured.name == "cluster9" && captured.keyspaces[0].keys == 3_000)
        #expect(captured.operations.map(\.weight) == [450, 150])
        #expect(captured.keyspaces[0].ttl?.distribution == .constant(3_600))
        let realised = try Realised(path)
        let keys = (0..<3_000).map { TraceFiles.hashed($0) }
        #expect(kolmogorovStatistic(realised.keySizes, keys.map { 20 + Int($0 >> 60) }) < 1.95)
        #expect(
            kolmogorovStatistic(realised.valueSizes, keys.map { 100 + Int($0 >> 40 & 0x3ff) })
                < 1.95)
        let fleet = try Hashmark.run("capture", "--name", "fleet", "--merge", path, path)
        #expect(fleet.ending == .exited(0), "\(fleet.stderr)")
        let merged = try Workload(yaml: Array(fleet.stdout.utf8), file: "stdout")
        #expect(merged.keyspaces.count == 2 && merged.operations.count == 4)
    }

    @Test(arguments: [
        (["--from", "exec:redis-server"], 64, "would be started empty"),
        (["--from", "nothing"], 64, "'nothing' is no server, and no file"),
        (["--from", "tpc://127.0.0.1:1"], 64, "did you mean `tcp://`?"),
        (["--from", "tcp://127.0.0.1:99999"], 64, "'99999' for a port"),
        (["--from", "tcp://127.0.0.1:1"], 1, "could not connect"), ([], 64, "--from"),
        (["--merge", "nothing.yaml"], 1, "nothing.yaml: cannot be read"),
    ])
    func mistakesAreOneLine(arguments: [String], code: Int32, message: String) throws {
        let output = try RunningProgram([Hashmark.executable, "capture"] + arguments).finish()
        #expect(output.ending == .exited(code), "\(output.stderr)")
        #expect(output.stderr.contains(message), "\(output.stderr)")
    }
}

// `capture`, `memory` and `replay` of what a real server wrote or says: its RDB file, its
// append-only files and MONITOR.
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
import Testing
import Workloads

@Suite(.serialized) struct SnapshotVerbTests {
    /// The path of its RDB file.
    private func save(_ known: KnownServer) throws -> String {
        try known.fill()
        try known.call("SAVE")
        return known.folder.file("dump.rdb")
    }

    @Test func aSnapshotBecomesAWorkload() throws {
        let known = try KnownServer()
        let path = try save(known)
        let output = try Hashmark.run("capture", "--from", path, "--name", "held")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let text = output.stdout
        let workload = try Workload(yaml: Array(text.utf8), file: "stdout")
        #expect(text.contains("keys: \(KnownServer.strings)  # derived capture"), "\(text)")
        guard case .discrete(let times)? = workload.keyspaces[0].ttl?.distribution else {
            Issue.record("\(text)")
            return
        }
        #expect(times.contains { $0.value == 0 })
        #expect(times.contains { $0.value > 3_500 && $0.value <= 3_601 })
        #expect(output.stderr.contains("2 keys of type zset"), "\(output.stderr)")
        #expect(output.stderr.contains("1 keys of type stream"), "\(output.stderr)")
        // No key and no value.
        for secret in ["key:0", "vvv", "list:", "item1"] { #expect(!text.contains(secret)) }
    }

    @Test func aSnapshotIsLoadedToTargets() throws {
        let known = try KnownServer()
        let path = try save(known)
        let output = try Hashmark.run(
            "memory", "--from", path, "--target", "exec:redis-server", "--target",
            "ref:valkey-9.1", "--quiet", "--json", "-")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord(json: Data(output.stdout.utf8), name: "stdout")
        let reported = record.results.filter {
            $0.metric == "memory_bytes_per_entry/reported" && $0.value != nil
        }
        #expect(reported.count == 2)
        // All but the stream, as commands write them.
        #expect(reported.first?.conditions["entries"] == .number(KnownServer.keys - 1))
        #expect(reported.first?.conditions["snapshot"] == .string("dump.rdb"))
        // The values alone are more.
        #expect((reported.first?.value ?? 0) > 300)
        #expect(record.warnings.contains { $0.cause.contains("1 of 761 entries were left out") })
    }

    /// A running server's data costs what its own file says.
    @Test func aRunningServersDataIsLoadedToTargets() throws {
        let known = try KnownServer()
        let path = try save(known)
        func reported(_ origin: String) throws -> RunRecord.Result {
            let output = try Hashmark.run(
                "memory", "--from", origin, "--target", "exec:redis-server", "--quiet", "--json",
                "-")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            #expect(output.stderr.contains("1 of 761 entries were left out"), "\(output.stderr)")
            let record = try RunRecord(json: Data(output.stdout.utf8), name: "stdout")
            return try #require(
                record.results.first { $0.metric == "memory_bytes_per_entry/reported" })
        }
        let live = try reported(known.server.target)
        #expect(live.conditions["entries"] == .number(KnownServer.keys - 1))
        let saved = try #require(try reported(path).value)
        let value = try #require(live.value)
        #expect(abs(value / saved - 1) < 0.1, "\(value) of a server, \(saved) of its file")
        // It was only read.
        #expect(try known.call("DBSIZE").contains("\(KnownServer.keys)"))
    }

    @Test func aServerIsNotItsOwnTarget() throws {
        let known = try KnownServer()
        try known.fill()
        let output = try Hashmark.run(
            "memory", "--from", known.server.target, "--target", "x=" + known.server.target,
            "--allow-flush")
        #expect(output.ending == .exited(64), "\(output.stderr)")
        #expect(try known.call("DBSIZE").contains("\(KnownServer.keys)"))
    }

    @Test func damageIsSaidWithItsOffset() throws {
        let known = try KnownServer()
        let path = try save(known)
        let whole = try Data(contentsOf: URL(filePath: path))
        let cut = known.folder.file("cut.rdb")
        try whole.prefix(whole.count / 2).write(to: URL(filePath: cut))
        let output = try Hashmark.run("capture", "--from", cut, "--quiet")
        #expect(output.ending == .exited(1) && output.stdout.isEmpty)
        #expect(output.stderr.contains("cut.rdb: record "), "\(output.stderr)")
        #expect(output.stderr.contains("at offset"), "\(output.stderr)")
        let kept = try Hashmark.run("capture", "--from", cut, "--skip-bad")
        #expect(kept.ending == .exited(0), "\(kept.stderr)")
        #expect(kept.stderr.contains("what follows the damage was left out"), "\(kept.stderr)")
    }

    @Test func aSnapshotWithoutKeysSaysSo() throws {
        let folder = TemporaryFolder()
        let path = try TraceFiles.write(RDBFile().finished(), folder, "empty.rdb")
        let output = try Hashmark.run("capture", "--from", path)
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("empty.rdb holds no keys; give"), "\(output.stderr)")
        // Beside it at most what the machine is at, and progress.
        let errors = output.stderr.split(separator: "\n").filter { $0.hasPrefix("hashmark:") }
        #expect(errors.count == 1, "\(output.stderr)")
    }

    @Test func anAppendOnlyFileIsCapturedAndReplayed() throws {
        let known = try KnownServer("--appendonly", "yes")
        try known.fill()
        let path = known.folder.file("appendonlydir/appendonly.aof.manifest")
        let captured = try Hashmark.run("capture", "--from", path, "--name", "written")
        #expect(captured.ending == .exited(0), "\(captured.stderr)")
        #expect(captured.stdout.contains("keys: \(KnownServer.strings)  # derived capture"))
        #expect(captured.stderr.contains("rpush, 5004 times"), "\(captured.stderr)")
        let replayed = try Hashmark.run(
            "replay", path, "--target", "ref:valkey-9.1", "--quiet", "--json", "-")
        #expect(replayed.ending == .exited(0), "\(replayed.stderr)")
        let record = try RunRecord(json: Data(replayed.stdout.utf8), name: "stdout")
        #expect(record.warnings.contains { $0.cause.contains("rpush 5004") })
        #expect(record.results.contains { $0.conditions["trace_format"] == .string("aof") })
    }

    @Test func aRunningServerIsListenedTo() throws {
        let known = try KnownServer()
        let capture = try Hashmark.start(
            "capture", "--from", known.server.target, "--monitor", "--interval", "2", "--name",
            "heard")
        for _ in 0..<1_000 {
            if try known.call("CLIENT", "LIST").contains("cmd=monitor") { break }
            Clock.sleep(milliseconds: 5)
        }
        for index in 0..<5 {
            try known.call("SET", "secret:\(index)", "four", "EX", "60")
            try known.call("GET", "secret:\(index)")
        }
        let output = capture.finish(seconds: 30)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let workload = try Workload(yaml: Array(output.stdout.utf8), file: "stdout")
        #expect(Set(workload.operations.map(\.name)) == ["set", "get"])
        #expect(output.stdout.contains("keys: 5  # derived capture"), "\(output.stdout)")
        #expect(!output.stdout.contains("secret"))
    }
}

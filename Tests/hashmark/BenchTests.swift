// `hashmark bench` as its users run it: output on the right stream, a clear end on every path.
import Foundation
import LinuxSystem
import RunRecord
import Statistics
import TestSupport
import Testing

extension RedisServer {
    fileprivate var text: String { "\(port)" }

    /// Commands that it has processed.
    fileprivate func commands() throws -> Int {
        let info = try RunningProgram(["redis-cli", "-p", text, "info", "stats"]).finish().stdout
        return info.firstMatch(of: /total_commands_processed:(\d+)/).flatMap { Int($0.1) } ?? 0
    }
}

@Suite(.serialized) struct BenchTests {
    @Test func outputGoesWhereScriptsLookForIt() throws {
        let server = try RedisServer()
        let output = try Hashmark.run(
            "bench", "-p", server.text, "-n", "2000", "-r", "100", "-q", "-t", "set,get")
        #expect(output.ending == .exited(0))
        let lines = output.stdout.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        #expect(
            lines.first?.wholeMatch(of: /SET: \d+\.\d\d requests per second, p50=\d+\.\d{3} msec/)
                != nil)
        #expect(output.stderr.contains("requests/s per core; CPU per request: server"))

        let csv = try Hashmark.run("bench", "-p", server.text, "-n", "2000", "--csv", "-t", "ping")
        #expect(csv.stdout.split(separator: "\n").count == 3)
        #expect(csv.stdout.hasPrefix("\"test\",\"rps\","))
    }

    @Test func recordHoldsEverything() throws {
        let server = try RedisServer()
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "bench", "-p", server.text, "-n", "5000", "-r", "100", "-P", "8", "-q", "-t",
            "set,get", "--seed", "7", "--json", folder.file("run.json"))
        #expect(output.ending == .exited(0))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(try RecordSchema.violations(ofRecordAt: folder.file("run.json")) == [])
        #expect(record.seed == 7 && !record.partial)
        // The name, not the path: a record travels.
        #expect(record.arguments.prefix(3) == ["hashmark", "bench", "-p"])
        #expect(record.workloads.map(\.name) == ["SET", "GET"])
        for metric in [Metric.throughput, .throughputPerCore, .serverCPU, .clientCPU] {
            let results = record.results.filter { $0.metric == metric.id }
            #expect(results.count == 2)
            #expect(results.allSatisfy { ($0.value ?? 0) > 0 })
            #expect(results.allSatisfy { $0.conditions["pipeline"] == 8 })
        }
        let latencies = record.results.filter { $0.metric.hasPrefix("latency_ns/get/actual/") }
        #expect(latencies.contains { $0.metric == "latency_ns/get/actual/p99.9" })
        // Nanoseconds: a reply takes at least some hundreds of them, over a socket. Percentiles
        // that so few replies do not carry have their reason instead.
        #expect(
            latencies.allSatisfy { $0.value.map { $0 > 100 } ?? ($0.reason != nil) },
            "\(latencies.map(\.value))")
        #expect(record.results.filter { $0.histogram != nil }.count == 2)
    }

    /// What the record says of latencies is what was printed and what its histogram holds.
    @Test func refusedConnection() throws {
        let output = try Hashmark.run("bench", "-p", "1", "-q", "-r", "10")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.split(separator: "\n").count == 1)
        #expect(output.stderr.contains("could not connect to 127.0.0.1:1"))
    }

    @Test func usageErrors() throws {
        for arguments in [
            ["-t", "nonsense"], ["--handshakes", "9"], ["--rdma"], ["--nonsense"],
            ["-n", "1", "--duration", "1"], ["-c", "0"], ["--mptcp"], ["--fuzz"],
            ["--fuzz-mode", "config-commands"], ["--fuzz-loglevel", "info"],
            ["--rfr", "all"], ["--cluster", "-s", "x"], ["--cluster", "-k", "0"], ["--sni", "x"],
            ["--insecure"], ["--cacert", "x"],
            ["--cacertdir", "x"], ["--cert", "x"], ["--key", "x"], ["--tls-ciphers", "x"],
            ["--tls-ciphersuites", "x"], ["--dataset", "x.csv"], ["--maxdocs", "3"],
            ["--duration", "0"], ["--warmup", "1us"], ["--stall-timeout", "1e10"],
        ] {
            let output = try RunningProgram([Hashmark.executable, "bench"] + arguments).finish()
            #expect(output.ending == .exited(64), "\(arguments)")
            #expect(output.stdout.isEmpty, "\(arguments)")
            #expect(output.stderr.contains(arguments[0]), "\(arguments)")
        }
    }

    @Test func commandsOfOnesOwn() throws {
        let server = try RedisServer()
        let output = try Hashmark.run(
            "bench", "-p", server.text, "-n", "3000", "-r", "100", "-q", "--", "SET",
            "k:__rand_1st__", "-1", ";", "2", "GET", "k:__rand_1st__")
        #expect(output.ending == .exited(0))
        #expect(output.stdout.hasPrefix("SET k:__rand_1st__ -1 ; 2 GET k:__rand_1st__: "))
        #expect(!output.stderr.contains("found no key"))
    }

    /// Called by another benchmark's name.
    @Test(arguments: ["valkey-benchmark", "redis-benchmark"])
    func otherNames(_ name: String) throws {
        let server = try RedisServer()
        let folder = TemporaryFolder()
        #expect(symlink(Hashmark.executable, folder.file(name)) == 0)
        let output = try RunningProgram(
            [folder.file(name), "-p", server.text, "-n", "1000", "-q", "-t", "ping_mbulk"]
        ).finish()
        #expect(output.ending == .exited(0))
        #expect(output.stdout.hasPrefix("PING_MBULK: "))
    }

    @Test func mixesArePopulatedAndChecked() throws {
        let server = try RedisServer()
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "bench", "-p", server.text, "--mix", "get=80,set=20", "-r", "5000", "--populate",
            "--hit-ratio", "1", "--key-dist", "zipf:0.99", "--value-size", "64:0.9,1024:0.1",
            "-n", "20000", "-q", "--repeat", "3", "--out", folder.path, "--hdr-log",
            folder.file("h.hlog"))
        #expect(output.ending == .exited(0))
        #expect(output.stdout.split(separator: "\n").count == 3)
        #expect(output.stderr.contains("populated 5000 keys, verified by DBSIZE"))
        #expect(output.stderr.contains("median of 3"))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(try RecordSchema.violations(ofRecordAt: folder.file("run.json")) == [])
        for metric in ["latency_ns/get/actual/p99", "latency_ns/set/actual/p99"] {
            #expect(record.results.first { $0.metric == metric }?.readings.count == 3)
        }
        #expect(record.results.first { $0.metric == Metric.hitRatio.id }?.value == 1)
        let distributions = try #require(record.workloads.first?.distributions)
        #expect(distributions.map(\.name) == ["commands", "keys", "key_sizes", "value_sizes"])
        #expect(distributions[0].classes.map(\.requested) == [0.8, 0.2])
        for found in distributions {
            #expect(abs(found.classes.reduce(0) { $0 + $1.requested } - 1) < 1e-6)
            #expect(abs(found.classes.reduce(0) { $0 + $1.realised } - 1) < 1e-6)
            #expect(found.pValue ?? 1 > 1e-6, "\(found.name)")
        }
        #expect(distributions[0].count == 60_000)
        let log = try String(contentsOfFile: folder.file("h.hlog"), encoding: .utf8)
        #expect(log.split(separator: "\n").filter { $0.hasPrefix("Tag=") }.count == 6)
        #expect(FileManager.default.fileExists(atPath: folder.file("index.html")))

        let missed = try Hashmark.run(
            "bench", "-p", server.text, "-t", "get", "-r", "10000", "--hit-ratio", "1", "-q")
        #expect(missed.ending == .exited(3))
        let full = try Hashmark.run(
            "bench", "-p", server.text, "-t", "get", "-r", "100", "--populate", "-q")
        #expect(full.ending == .exited(1))
        #expect(full.stderr.contains("the server already holds 5000 entries in database 0"))
        let strict = try Hashmark.run(
            "bench", "-p", server.text, "-t", "get", "-r", "10000", "-q", "--strict")
        #expect(strict.ending == .exited(3))
    }

    @Test func selfTest() throws {
        let output = try Hashmark.run("bench", "--self-test")
        #expect(output.ending == .exited(0))
        #expect(output.stdout.hasPrefix("floor: "))
        #expect(output.stdout.split(separator: "\n").count == 4)
    }

    /// Interrupted, killed: what was measured is printed and recorded, marked partial.
    @Test(arguments: ["interrupt", "kill"])
    func earlyEnds(_ how: String) throws {
        let server = try RedisServer()
        let folder = TemporaryFolder()
        let run = try Hashmark.start(
            "bench", "-p", server.text, "-n", "1000000000", "-r", "100", "-q", "-t", "set",
            "--json", folder.file("run.json"))
        // Connected, and so under way: the server has seen requests.
        for _ in 0..<1_000 where try server.commands() < 10_000 { Clock.sleep(milliseconds: 10) }
        if how == "kill" { server.child.kill() } else { run.child.signal(SIGINT) }
        let output = run.finish(seconds: 10)
        #expect(output.ending == .exited(how == "kill" ? 1 : 130))
        #expect(output.stdout.hasPrefix("SET: "))
        #expect(output.stderr.contains("partial"))
        #expect(output.stderr.contains(how == "kill" ? "127.0.0.1" : "interrupted"))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(try RecordSchema.violations(ofRecordAt: folder.file("run.json")) == [])
        #expect(record.partial)
        #expect(
            record.results.contains { $0.metric == Metric.throughput.id && ($0.value ?? 0) > 0 })
    }
}

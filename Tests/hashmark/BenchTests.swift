// `hashmark bench` as its users run it: output on the right stream, a clear end on every path.
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
import Testing

/// redis-server on a free port, killed with the value.
private final class Server {
    let port: String
    let child: ChildProcess

    init() throws {
        let fd = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        port = "\(Socket.localPort(fd))"
        close(fd)
        child = try ChildProcess(["redis-server", "--port", port, "--save", ""])
        for _ in 0..<500 {
            guard let socket = try? Socket.connect(to: .tcp(host: "127.0.0.1", port: UInt16(port)!))
            else {
                Clock.sleep(milliseconds: 10)
                continue
            }
            close(socket)
            return
        }
        Issue.record("redis-server did not start")
    }
}

@Suite(.serialized) struct BenchTests {
    @Test func outputGoesWhereScriptsLookForIt() throws {
        let server = try Server()
        let output = try Hashmark.run(
            "bench", "-p", server.port, "-n", "2000", "-r", "100", "-q", "-t", "set,get")
        #expect(output.ending == .exited(0))
        let lines = output.stdout.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        #expect(
            lines.first?.wholeMatch(of: /SET: \d+\.\d\d requests per second, p50=\d+\.\d{3} msec/)
                != nil)
        #expect(output.stderr.contains("requests/s per core of the server"))

        let csv = try Hashmark.run("bench", "-p", server.port, "-n", "2000", "--csv", "-t", "ping")
        #expect(csv.stdout.split(separator: "\n").count == 3)
        #expect(csv.stdout.hasPrefix("\"test\",\"rps\","))
    }

    @Test func recordHoldsEverything() throws {
        let server = try Server()
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "bench", "-p", server.port, "-n", "5000", "-r", "100", "-P", "8", "-q", "-t",
            "set,get", "--seed", "7", "--json", folder.file("run.json"))
        #expect(output.ending == .exited(0))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(record.seed == 7 && !record.partial)
        #expect(record.workloads.map(\.name) == ["SET", "GET"])
        for metric in [Metric.throughput, .throughputPerCore, .serverCPU, .clientCPU] {
            let results = record.results.filter { $0.metric == metric.id }
            #expect(results.count == 2)
            #expect(results.allSatisfy { ($0.value ?? 0) > 0 })
            #expect(results.allSatisfy { $0.conditions["pipeline"] == 8 })
        }
        let latencies = record.results.filter { $0.metric.hasPrefix("latency_ns/get/actual/") }
        #expect(latencies.contains { $0.metric == "latency_ns/get/actual/p99.9" })
        // Nanoseconds: a reply takes at least some hundreds of them, over a socket.
        #expect(latencies.allSatisfy { ($0.value ?? 0) > 100 }, "\(latencies.map(\.value))")
        #expect(record.results.filter { $0.histogram != nil }.count == 2)
    }

    @Test func refusedConnection() throws {
        let output = try Hashmark.run("bench", "-p", "1", "-q", "-r", "10")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.split(separator: "\n").count == 1)
        #expect(output.stderr.contains("could not connect to 127.0.0.1:1"))
    }

    @Test func usageErrors() throws {
        for arguments in [
            ["-t", "nonsense"], ["--tls"], ["--rdma"], ["--nonsense"],
            ["-n", "1", "--duration", "1"], ["-c", "0"],
        ] {
            let output = try RunningProgram([Hashmark.executable, "bench"] + arguments).finish()
            #expect(output.ending == .exited(64), "\(arguments)")
        }
    }

    @Test func commandsOfOnesOwn() throws {
        let server = try Server()
        let output = try Hashmark.run(
            "bench", "-p", server.port, "-n", "3000", "-r", "100", "-q", "--", "SET",
            "k:__rand_1st__", "-1", ";", "2", "GET", "k:__rand_1st__")
        #expect(output.ending == .exited(0))
        #expect(output.stdout.hasPrefix("SET k:__rand_1st__ -1 ; 2 GET k:__rand_1st__: "))
        #expect(!output.stderr.contains("found no key"))
    }

    /// Called by another benchmark's name.
    @Test(arguments: ["valkey-benchmark", "redis-benchmark"])
    func otherNames(_ name: String) throws {
        let server = try Server()
        let folder = TemporaryFolder()
        #expect(symlink(Hashmark.executable, folder.file(name)) == 0)
        let output = try RunningProgram(
            [folder.file(name), "-p", server.port, "-n", "1000", "-q", "-t", "ping_mbulk"]
        ).finish()
        #expect(output.ending == .exited(0))
        #expect(output.stdout.hasPrefix("PING_MBULK: "))
    }

    @Test func anUnkeptRateIsInvalid() throws {
        let server = try Server()
        let kept = try Hashmark.run(
            "bench", "-p", server.port, "--qps", "1000", "--arrival", "poisson", "--duration", "1",
            "-q", "-t", "ping_mbulk")
        #expect(kept.ending == .exited(0))
        #expect(kept.stderr.contains("from the intended send"))
        #expect(kept.stderr.contains("from the actual send"))
        let missed = try Hashmark.run(
            "bench", "-p", server.port, "--qps", "50000000", "--duration", "0.3", "-q", "-t",
            "ping_mbulk")
        #expect(missed.ending == .exited(3))
        #expect(missed.stderr.contains("the rate was not kept"))
    }

    @Test func mixesArePopulatedAndChecked() throws {
        let server = try Server()
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "bench", "-p", server.port, "--mix", "get=80,set=20", "-r", "5000", "--populate",
            "--hit-ratio", "1", "--key-dist", "zipf:0.99", "--value-size", "64:0.9,1024:0.1",
            "-n", "20000", "-q", "--repeat", "3", "--out", folder.path, "--hdr-log",
            folder.file("h.hlog"))
        #expect(output.ending == .exited(0))
        #expect(output.stdout.split(separator: "\n").count == 3)
        #expect(output.stderr.contains("populated 5000 keys, verified by DBSIZE"))
        #expect(output.stderr.contains("median of 3"))
        let record = try RunRecord.read(folder.file("run.json"))
        for metric in ["latency_ns/get/actual/p99", "latency_ns/set/actual/p99"] {
            #expect(record.results.first { $0.metric == metric }?.readings.count == 3)
        }
        #expect(record.results.first { $0.metric == Metric.hitRatio.id }?.value == 1)
        let log = try String(contentsOfFile: folder.file("h.hlog"), encoding: .utf8)
        #expect(log.split(separator: "\n").filter { $0.hasPrefix("Tag=") }.count == 6)
        #expect(FileManager.default.fileExists(atPath: folder.file("index.html")))

        let missed = try Hashmark.run(
            "bench", "-p", server.port, "-t", "get", "-r", "10000", "--hit-ratio", "1", "-q")
        #expect(missed.ending == .exited(3))
        let full = try Hashmark.run(
            "bench", "-p", server.port, "-t", "get", "-r", "100", "--populate", "-q")
        #expect(full.ending == .exited(3))
        #expect(full.stderr.contains("holds 5000 keys where exactly 100 were populated"))
        let strict = try Hashmark.run(
            "bench", "-p", server.port, "-t", "get", "-r", "10000", "-q", "--strict")
        #expect(strict.ending == .exited(3))
    }

    @Test func saturationIsConfirmedOrInvalid() throws {
        let server = try Server()
        let output = try Hashmark.run(
            "bench", "-p", server.port, "-t", "ping_mbulk", "--saturate", "p50=100ms",
            "--duration", "0.3", "-q")
        // A pause of a busy machine may spoil every confirmation; then it says so.
        if output.ending == .exited(0) {
            #expect(output.stdout.contains(/PING_MBULK: [\d.]+ requests per second, p50=/))
        } else {
            #expect(output.ending == .exited(3) && output.stderr.contains("could be confirmed"))
        }
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
        let server = try Server()
        let folder = TemporaryFolder()
        let run = try Hashmark.start(
            "bench", "-p", server.port, "-n", "1000000000", "-r", "100", "-q", "-t", "set",
            "--json", folder.file("run.json"))
        Clock.sleep(milliseconds: 700)
        if how == "kill" { server.child.kill() } else { run.child.signal(SIGINT) }
        let output = run.finish(seconds: 10)
        #expect(output.ending == .exited(1))
        #expect(output.stdout.hasPrefix("SET: "))
        #expect(output.stderr.contains("partial"))
        #expect(output.stderr.contains(how == "kill" ? "127.0.0.1" : "interrupted"))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(record.partial)
        #expect(
            record.results.contains { $0.metric == Metric.throughput.id && ($0.value ?? 0) > 0 })
    }
}

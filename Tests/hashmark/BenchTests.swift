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
        #expect(record.results.contains { $0.metric == "latency_ns/get/actual/p99.9" })
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

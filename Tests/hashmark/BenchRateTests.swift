// `hashmark bench` at a rate, and in search of one: timed, so these run by themselves.
import Foundation
import LinuxSystem
import RunRecord
import Statistics
import TestSupport
import Testing

extension RedisServer {
    fileprivate var text: String { "\(port)" }
}

/// The server with faults to order on a free port, ended with the value.
private func launched(_ flags: String) throws -> (port: UInt16, program: RunningProgram) {
    let port = freePort()
    let words = flags.split(separator: " ").map(String.init)
    let program = try RunningProgram([Hashmark.faultyServer, "--port", "\(port)"] + words)
    for _ in 0..<5_000 where program.stdout.isEmpty { Clock.sleep(milliseconds: 2) }
    try #require(program.child.ending == nil, "\(program.stderr)")
    return (port, program)
}

/// `hashmark bench` at a rate that is no trouble. A pause of a busy machine at the very end leaves
/// the rate unkept, and the run says so; the next one counts then, or the one after it.
private func benchAtARate(_ arguments: String...) throws -> ProgramOutput {
    var output = try RunningProgram([Hashmark.executable, "bench"] + arguments).finish()
    for _ in 0..<2 where output.ending == .exited(3) {
        #expect(output.stderr.contains("the rate was not kept"))
        output = try RunningProgram([Hashmark.executable, "bench"] + arguments).finish()
    }
    return output
}

extension Timed {
    @Suite(.serialized) struct BenchRateTests {
        @Test func recordedLatenciesAreThePrinted() throws {
            let server = try RedisServer()
            let folder = TemporaryFolder()
            let output = try benchAtARate(
                "-p", server.text, "-q", "-t", "ping_mbulk", "--qps", "2000", "--duration", "0.5",
                "--json", folder.file("run.json"))
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(folder.file("run.json"))
            func value(_ metric: String) throws -> Double {
                try #require(record.results.first { $0.metric == metric }?.value, "\(metric)")
            }
            for (words, stem) in [
                ("from the intended send: ", "latency_ns/ping/intended"),
                ("from the actual send:   ", "latency_ns/ping/actual"),
                ("0 not sent, slip ", "schedule_slip_ns"),
            ] {
                let line = try #require(
                    output.stderr.split(separator: "\n").first { $0.contains(words) })
                let printed = line.matches(of: /(p50|p99|p99\.9|max) (\d+\.\d+)/)
                // A thousand requests carry no p99.9: ten would have to lie beyond it.
                #expect(printed.map { String($0.1) } == ["p50", "p99", "max"])
                for match in printed {
                    let recorded = try value("\(stem)/\(match.1)") / 1e6
                    #expect(abs(recorded - Double(match.2)!) <= 0.000_501, "\(stem) \(match.1)")
                    #expect(recorded > 0)
                }
            }
            let encoded = try #require(
                record.results.first { $0.metric == "latency_ns/ping/actual/p50" }?.histogram)
            let histogram = try LatencyHistogram(base64V2: encoded)
            // An encoded histogram knows its maximum to the bucket.
            let most = try value("latency_ns/ping/actual/max")
            #expect(abs(Double(try #require(histogram.max)) / most - 1) < 1e-3)
            #expect(
                Double(try #require(histogram.percentile(99)))
                    == (try value("latency_ns/ping/actual/p99")))
        }

        @Test func anUnkeptRateIsInvalid() throws {
            let server = try RedisServer()
            let kept = try benchAtARate(
                "-p", server.text, "--qps", "1000", "--arrival", "poisson", "--duration", "0.5",
                "-q",
                "-t", "ping_mbulk")
            #expect(kept.ending == .exited(0))
            #expect(kept.stderr.contains("from the intended send"))
            #expect(kept.stderr.contains("from the actual send"))
            let missed = try Hashmark.run(
                "bench", "-p", server.text, "--qps", "50000000", "--duration", "0.3", "-q", "-t",
                "ping_mbulk")
            #expect(missed.ending == .exited(3))
            #expect(missed.stderr.contains("the rate was not kept"))
        }

        /// Forty requests in 8 ms from a server that takes 12 ms for them: the last one leaves
        /// late, which a pause would explain as well.
        @Test func aRateThatAShortScheduleLostIsSaid() throws {
            let server = try launched("--get-time 300us")
            let output = try benchAtARate(
                "-p", "\(server.port)", "-t", "get", "-c", "1", "-n", "40", "--qps", "5000", "-q")
            let said = output.stderr.contains(
                "too few requests to tell whether the rate was kept: GET (40 requests, ")
            #expect(output.ending == .exited(3) || said, "\(output.stderr)")
        }

        /// A server that takes 300 µs of CPU a request has a capacity, and the rate found is near
        /// it.
        @Test func saturationFindsTheCapacity() throws {
            let server = try launched("--get-time 300us")
            func search() throws -> ProgramOutput {
                try Hashmark.run(
                    "bench", "-p", "\(server.port)", "-t", "get", "--saturate", "p50=100ms",
                    "--duration", "0.5", "-q")
            }
            var output = try search()
            // A machine that slows down in the middle of a search makes it invalid, and says so.
            for _ in 0..<4 where output.ending == .exited(3) {
                #expect(output.stderr.contains("could be confirmed"), "\(output.stderr)")
                output = try search()
            }
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let found = try #require(
                output.stdout.firstMatch(of: /GET: ([\d.]+) requests per second, p50=/)
                    .flatMap { Double($0.1) })
            #expect((300...3_400).contains(found), "\(found) requests per second")
        }

        /// No rate has a median of a microsecond: that is invalid, and says why.
        @Test func anObjectiveThatNothingMeetsIsInvalid() throws {
            let server = try launched("")
            let output = try Hashmark.run(
                "bench", "-p", "\(server.port)", "-t", "get", "--saturate", "p50=0.001ms",
                "--duration", "100ms")
            #expect(output.ending == .exited(3), "\(output.stderr)")
            #expect(output.stderr.contains("could be confirmed"), "\(output.stderr)")
            #expect(output.stderr.contains("bench · GET: 0 %, 1s left"), "\(output.stderr)")
            #expect(!output.stderr.contains("\u{1b}"), "a log is plain")
        }

        @Test func aRateLimitIsKeptInWholePipelines() throws {
            let server = try RedisServer()
            let output = try Hashmark.run(
                "bench", "-p", server.text, "-n", "1600", "-P", "8", "-t", "ping_mbulk", "--rps",
                "2000")
            #expect(output.ending == .exited(0))
            let rate = output.stdout.firstMatch(of: /throughput summary: ([\d.]+)/)
                .flatMap { Double($0.1) }
            #expect(rate.map { abs($0 / 2000 - 1) < 0.1 } == true)
            #expect(
                output.stdout.contains(
                    "\nRPS Summary:\n  target RPS: 2000.00\n  RPS distribution (reqs/sec):\n"
                        + "          avg       min       p50       p95       p99       max\n"))
            // Whole pipelines: eight commands arrive in one read.
            let stats = try RunningProgram(
                ["redis-cli", "-p", "\(server.port)", "info", "stats"]
            ).finish()
            let reads = stats.stdout.firstMatch(of: /total_reads_processed:(\d+)/)
                .flatMap { Int($0.1) }
            #expect((reads ?? .max) < 400)
        }
    }
}

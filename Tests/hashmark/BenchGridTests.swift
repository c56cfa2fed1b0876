// `bench --grid`: every combination is a test of its own, the best is told, and what has no effect
// beside it is refused.
import Foundation
import RunRecord
import TestSupport
import Testing

@Suite struct BenchGridTests {
    private static let target = ["bench", "--target", "s=ref:valkey-9.1", "-t", "get", "-r", "100"]

    @Test func everyCombinationIsMeasured() throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            Self.target + [
                "-n", "600", "-q", "--grid", "connections=1,3", "--grid", "pipeline=1,4",
                "--objective", "p50=60s", "--json", json,
            ])
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stdout.contains("GET: best of 4 with p50="), "\(output.stdout)")
        #expect(try RecordSchema.violations(ofRecordAt: json) == [])
        let rates = try RunRecord.read(json).results.filter {
            $0.metric == Metric.throughput.id
        }
        let cells = rates.filter { $0.conditions["objective"] == nil }
        #expect(
            cells.map(\.workload) == [
                "GET (1 connection, pipeline 1)", "GET (1 connection, pipeline 4)",
                "GET (3 connections, pipeline 1)", "GET (3 connections, pipeline 4)",
            ])
        #expect(cells.map { $0.conditions["connections"] } == [1, 1, 3, 3])
        #expect(cells.map { $0.conditions["pipeline"] } == [1, 4, 1, 4])
        let best = try #require(rates.first { $0.conditions["objective"] != nil })
        #expect(best.workload == "GET" && best.conditions["connections"] == nil)
        #expect(best.conditions["grid"] == "connections=1,3 pipeline=1,4")
        #expect(best.value == cells.compactMap(\.value).max())
    }

    /// A pause of a busy machine may leave a rate unkept; the next run counts then.
    @Test func ratesAreAStaircase() throws {
        let arguments =
            Self.target + [
                "--duration", "200ms", "-q", "--grid", "qps=200,400", "--arrival", "poisson",
            ]
        var output = try Hashmark.run(arguments)
        for _ in 0..<2 where output.ending == .exited(3) {
            #expect(output.stderr.contains("the rate was not kept"), "\(output.stderr)")
            output = try Hashmark.run(arguments)
        }
        #expect(output.ending == .exited(0), "\(output.stderr)")
        for step in ["GET (200 requests/s)", "GET (400 requests/s)"] {
            #expect(output.stdout.contains(step), "\(output.stdout)")
        }
        #expect(output.stdout.contains("from the intended send"))
    }

    /// The steps behind one that was not kept are measured all the same.
    @Test func aRateThatIsNotKeptMakesTheRunInvalid() throws {
        let output = try Hashmark.run(
            Self.target + [
                "-c", "1", "--duration", "200ms", "-q", "--grid", "qps=50M,200",
            ])
        #expect(output.ending == .exited(3), "\(output.stderr)")
        #expect(output.stderr.contains("GET (50,000,000 requests/s): the rate was not kept"))
        let rows = output.stdout.split(separator: "\n")
        let isMarked = rows.contains {
            $0.contains("GET (50,000,000 requests/s)") && $0.hasSuffix(", the rate was not kept")
        }
        #expect(isMarked, "\(output.stdout)")
        #expect(output.stdout.contains("GET (200 requests/s)"), "\(output.stdout)")
    }

    @Test func anObjectiveThatNobodyMeetsHasNoBest() throws {
        let folder = TemporaryFolder()
        let json = folder.file("run.json")
        let output = try Hashmark.run(
            Self.target + [
                "-n", "300", "-q", "--grid", "pipeline=1,2", "--objective", "p50=1ns", "--json",
                json,
            ])
        #expect(output.ending == .exited(3), "\(output.stderr)")
        #expect(output.stderr.contains("GET: no combination of the grid meets p50="))
        #expect(output.stdout.contains("GET: none of 2 combinations with p50="))
        let best = try RunRecord.read(json).results.first { $0.conditions["objective"] != nil }
        #expect(best?.value == nil && best?.reason?.contains("none of 2") == true)
    }

    @Test(arguments: [
        ["--objective", "p99=1ms"], ["--grid", "pipeline"], ["--grid", "speed=1,2"],
        ["--grid", "pipeline=0"], ["--grid", "qps=0"], ["--grid", "connections=1,"],
        ["--grid", "pipeline=1,1"], ["--grid", "qps=1k", "--grid", "qps=1000"],
        ["--grid", "pipeline=1,2", "-P", "3"], ["--grid", "qps=1k,2k", "--qps", "5"],
        ["--grid", "threads=1,2", "--threads", "2"],
        ["--grid", "pipeline=1,2", "--objective", "1ms"],
        ["--grid", "pipeline=1,2", "--saturate", "p99=1ms"], ["--arrival", "poisson"],
        ["--verify-writes"],
    ])
    func whatHasNoEffectIsRefused(_ options: [String]) throws {
        let output = try Hashmark.run(["bench", "-t", "get", "-r", "10"] + options)
        #expect(output.ending == .exited(64), "\(options): \(output.stderr)")
        #expect(output.stderr.hasPrefix("Error: "), "\(options): \(output.stderr)")
    }
}

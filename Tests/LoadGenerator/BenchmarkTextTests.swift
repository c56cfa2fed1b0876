// Our words against the real redis-benchmark's: one parser reads both, field by field.
import Foundation
import LinuxSystem
import LoadGenerator
import RESP
import TestSupport
import Testing

/// What a script gets out of `-q`: title, requests per second, p50. Lines may be preceded by
/// progress lines that end in a carriage return.
private func parseQuiet(_ output: String) -> [[String]] {
    output.split(whereSeparator: \.isNewline).compactMap { line in
        let text = line.split(separator: "\r").last.map(String.init) ?? ""
        guard
            let match = text.wholeMatch(
                of: /([^:]+): (\d+\.\d\d) requests per second, p50=(\d+\.\d\d\d) msec/)
        else { return nil }
        return [String(match.1), String(match.2), String(match.3)]
    }
}

private func parseCSV(_ output: String) -> [[String]] {
    output.split(whereSeparator: \.isNewline).map { line in
        line.split(separator: ",").map { field in
            field.hasPrefix("\"") && field.hasSuffix("\"")
                ? String(field.dropFirst().dropLast()) : "unquoted: \(field)"
        }
    }
}

/// The shape of a report: every number replaced by its decimals, repeated lines merged.
private func shape(_ output: String) -> [String] {
    var lines: [String] = []
    for raw in output.split(separator: "\n", omittingEmptySubsequences: false) {
        let text = String(raw.split(separator: "\r").last ?? "")
        var line = text.replacing(/\d+\.(\d+)/) { "#." + String(repeating: "#", count: $0.1.count) }
            .replacing(/\d+/, with: "#")
        if line.hasPrefix("     ") { line = line.replacing(/\ +/, with: " ") }
        if line != lines.last { lines.append(line) }
    }
    while lines.last == "" { lines.removeLast() }
    return lines
}

@Suite(.serialized) struct BenchmarkTextTests {
    private static let tests = ["ping_inline", "ping_mbulk", "set", "get", "lpush", "mset"]

    private func theirs(_ port: UInt16, _ flags: [String]) throws -> String {
        try RunningProgram(
            ["redis-benchmark", "-p", "\(port)", "-n", "1000", "-c", "5", "-r", "100"] + flags
        ).finish().stdout
    }

    private func ours(_ server: RedisServer) throws -> [(BenchmarkTest, LoadSample)] {
        let all = BenchmarkTest.all(dataBytes: 3, isRandom: true)
        return try all.filter { Self.tests.contains($0.names[0]) }.map { test in
            var options = LoadOptions()
            options.connections = 5
            var load = try LoadSession(to: server.address, options) {
                TemplateSource(test.template, range: 100, seed: 1, $0)
            }
            return (test, try load.run(.requests(1000)))
        }
    }

    @Test func readsLikeRedisBenchmark() throws {
        let server = try RedisServer()
        let names = Self.tests.joined(separator: ",")
        var text = BenchmarkText(connections: 5, dataBytes: 3)
        text.serverSettings = ("", "no")
        let results = try ours(server)

        let quiet = results.map { text.quiet($0.0.title, $0.1) }.joined()
        let theirQuiet = parseQuiet(try theirs(server.port, ["-t", names, "-q"]))
        #expect(theirQuiet.count == Self.tests.count)
        #expect(parseQuiet(quiet).map { $0[0] } == theirQuiet.map { $0[0] })

        let csv = BenchmarkText.csvHeader + results.map { text.csv($0.0.title, $0.1) }.joined()
        let (mine, other) = (
            parseCSV(csv), parseCSV(try theirs(server.port, ["-t", names, "--csv"]))
        )
        #expect(mine.count == other.count)
        #expect(mine[0] == other[0])
        for (a, b) in zip(mine.dropFirst(), other.dropFirst()) {
            #expect(a[0] == b[0] && a.count == b.count)
            for (x, y) in zip(a.dropFirst(), b.dropFirst()) {
                #expect(Double(x) != nil && Double(y) != nil)
                #expect(x.split(separator: ".").last?.count == y.split(separator: ".").last?.count)
            }
        }

        let long = results.map { text.long($0.0.title, $0.1) }.joined()
        let theirLong = try theirs(server.port, ["-t", names])
        func common(_ text: String) -> [String] {
            // Lists of latencies are as long as they happen to be: one line stands for them.
            shape(text).filter { !$0.hasPrefix(" ") || $0.hasPrefix("  ") }
        }
        #expect(common(long) == common(theirLong))
    }

    @Test func requestsAreTheirs() throws {
        // The same tests with the same range leave the same keys behind.
        let (first, second) = (try RedisServer(), try RedisServer())
        _ = try theirs(first.port, ["-t", Self.tests.joined(separator: ","), "-q"])
        _ = try ours(second)
        let (a, b) = (try first.client(), try second.client())
        for command in ["ping", "set", "get", "lpush", "mset"] {
            #expect(try b.calls(command) == (command == "ping" ? 2001 : 1000), "\(command)")
            if command != "ping" { #expect(try a.calls(command) == b.calls(command), "\(command)") }
        }
        #expect(try a.ask("LLEN", "mylist") == b.ask("LLEN", "mylist"))
        #expect(try a.ask("LINDEX", "mylist", "0") == b.ask("LINDEX", "mylist", "0"))
        #expect(try a.ask("DBSIZE") == b.ask("DBSIZE"))
        let key = "key:000000000042"
        #expect(try a.ask("GET", key) == b.ask("GET", key))
    }

    @Test func progressLine() {
        let before = LoadProgress(
            elapsedNanoseconds: 250_000_000, operations: 1_000, latencySumNanoseconds: 1_000_000_000
        )
        let now = LoadProgress(
            elapsedNanoseconds: 500_000_000, operations: 3_000, latencySumNanoseconds: 2_000_000_000
        )
        #expect(
            BenchmarkText.progress("SET", now, previous: before, showsSeconds: false)
                == "SET: rps=8000.0 (overall: 6000.0) avg_msec=0.500 (overall: 0.667) 3000 requests"
        )
        #expect(
            BenchmarkText.progress("SET", before, previous: nil, showsSeconds: true)
                == "SET: rps=4000.0 (overall: 4000.0) avg_msec=1.000 (overall: 1.000) 0.2 seconds")
    }
}

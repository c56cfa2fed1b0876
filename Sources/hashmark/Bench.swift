// `hashmark bench`: valkey-benchmark's flags, tests and output. Wiring only.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import LoadGenerator
import RunRecord
import Targets

struct Bench: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs valkey-benchmark's tests with its flags; adds CPU time per operation.",
        discussion: """
            Results go to stdout in valkey-benchmark's words; progress, warnings and CPU time per
            operation go to stderr.
            """,
        helpNames: .long)  // -h is the host, as in valkey-benchmark

    @Option(name: [.customShort("h"), .customLong("host")], help: "Server hostname.")
    var host = "127.0.0.1"
    @Option(name: [.customShort("p"), .customLong("port")], help: "Server port.")
    var port: UInt16 = 6379
    @Option(name: [.customShort("s")], help: "Server socket (overrides host and port).")
    var socket: String?
    @Option(name: [.customShort("a")], help: "Password.")
    var password: String?
    @Option(help: "User name for the password (-a).")
    var user: String?
    @Option(help: "Database number to select.")
    var dbnum = 0
    @Flag(name: [.customShort("3")], help: "Speak RESP3.")
    var resp3 = false
    @Option(name: [.customShort("c")], help: "Parallel connections.")
    var connections = 50
    @Option(name: [.customShort("n")], help: "Requests per test. (default: 100000)")
    var requests: UInt64?
    @Option(help: "Seconds per test instead of requests (-n).")
    var duration: Double?
    @Option(help: "Seconds of load before each test that are not counted.")
    var warmup = 0.0
    @Option(name: [.customShort("d")], help: "Size of SET/GET values in bytes.")
    var dataSize = 3
    @Option(name: [.customShort("r")], help: "Random keys from 0 below this. (default: one key)")
    var range: UInt64?
    @Option(name: [.customShort("P")], help: "Requests in flight per connection.")
    var pipeline = 1
    @Option(help: "Client threads. (default: none but the main one)")
    var threads: Int?
    @Option(name: [.customShort("t")], help: "Comma separated list of tests.")
    var tests: String?
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "One line per test.")
    var quiet = false
    @Flag(help: "CSV output.")
    var csv = false
    @Option(help: "Significant digits of latencies in µs, 0 to 4.")
    var precision = 3
    @Option(help: "Seed of the random numbers. (default: from the clock)")
    var seed: UInt64?
    @Option(name: [.customShort("k")], help: "1: keep connections open (0 is not available yet).")
    var keepAlive = 1
    @Flag(name: [.customShort("l")], help: "Repeat the tests until interrupted.")
    var loop = false
    @Option(help: "Write a run record to this file; - is stdout, reports then go to stderr.")
    var json: String?

    func validate() throws {
        guard duration == nil || requests == nil else {
            throw ValidationError("options -n and --duration are mutually exclusive")
        }
        guard keepAlive == 1 else {
            throw ValidationError("-k 0 (reconnecting) is not available yet; leave it out")
        }
        for (name, value) in [("-c", connections), ("-P", pipeline), ("--threads", threads ?? 1)] {
            guard value >= 1 else { throw ValidationError("\(name) must be 1 or more") }
        }
        guard dataSize >= 1, dataSize <= 1 << 30 else {
            throw ValidationError("-d must be between 1 and 1073741824 bytes")
        }
        guard requests != 0, range != 0, duration.map({ $0 > 0 }) ?? true, warmup >= 0 else {
            throw ValidationError("-n, -r and --duration must be positive, --warmup not negative")
        }
        guard user == nil || password != nil else { throw ValidationError("--user needs -a") }
        guard json == nil || !loop else {
            throw ValidationError("--json with -l would never be written; drop one of them")
        }
        for name in testNames ?? [] where !BenchmarkTest.allNames.contains(name) {
            throw ValidationError(
                "there is no test '\(name)'; there are \(BenchmarkTest.allNames.joined(separator: ", "))"
            )
        }
    }

    private var testNames: [String]? {
        tests?.lowercased().split(separator: ",").map { String($0) }
    }

    func run() throws {
        Interruption.install()
        let started = Date()
        let options = benchOptions()
        if options.range == nil && options.tests.contains(where: \.template.hasPlaceholders) {
            Stderr.line(
                "warning: all requests use the same key, for -r is not given; "
                    + "add -r N for N random keys")
        }
        var printer = BenchPrinter(text: text(), quiet: quiet, csv: csv, toStderr: json == "-")
        if case .duration = options.limit { printer.showsSeconds = true }
        if csv { printer.out(BenchmarkText.csvHeader) }
        var result: BenchResult
        repeat {
            var run = BenchRun(options)
            do throws(TargetError) {
                result = try run.run(&printer)
            } catch {
                throw Failure("\(error)")
            }
            if !csv && result.failure == nil { printer.out("\n") }
        } while loop && result.failure == nil
        if let json { try write(result, options.seed, started, to: json) }
        if let failure = result.failure {
            let kept = result.tests.contains(where: \.partial) ? "; the last result is partial" : ""
            throw Failure("\(failure)\(kept)")
        }
    }

    private func benchOptions() -> BenchOptions {
        var endpoint = Target.Endpoint(
            socket.map { .unix(path: $0) } ?? .tcp(host: host, port: port))
        endpoint.user = user
        endpoint.password = password
        endpoint.database = dbnum
        var options = BenchOptions(endpoint)
        options.connections = connections
        options.pipeline = pipeline
        options.threads = threads ?? 1
        options.limit =
            duration.map { .duration(nanoseconds: UInt64($0 * 1e9)) }
            ?? .requests(requests ?? 100_000)
        options.warmupSeconds = warmup
        options.dataBytes = dataSize
        options.range = range
        options.usesRESP3 = resp3
        options.seed = seed ?? Clock.monotonicNanoseconds()
        let all = BenchmarkTest.all(dataBytes: dataSize, isRandom: range != nil)
        let names = testNames
        options.tests = all.filter { test in
            names.map { names in test.names.contains { names.contains($0) } } ?? true
        }
        return options
    }

    private func text() -> BenchmarkText {
        var text = BenchmarkText(connections: connections, dataBytes: dataSize)
        text.threads = threads
        text.precision = precision
        return text
    }

    private func write(
        _ result: BenchResult, _ seed: UInt64, _ started: Date, to path: String
    ) throws {
        var record = RunRecord(
            hashmarkVersion: RunRecord.hashmarkVersion, arguments: CommandLine.arguments,
            seed: seed)
        record.startedAt = started.formatted(.iso8601)
        record.durationSeconds = Date().timeIntervalSince(started)
        record.environment = .current()
        result.add(to: &record)
        if path == "-" {
            FileHandle.standardOutput.write(try record.json())
        } else {
            try record.write(to: path)
        }
    }
}

/// One line on stderr, exit status 1.
private struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

private enum Stderr {
    static let isTerminal = isatty(2) == 1
    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
    static func line(_ text: String) { write(text + "\n") }
}

/// Prints a run while it goes on: results on stdout, everything else on stderr.
private struct BenchPrinter: BenchObserver {
    var text: BenchmarkText
    let quiet: Bool
    let csv: Bool
    let toStderr: Bool
    var showsSeconds = false
    private var shown = 0
    private var previous: LoadProgress?
    private var title = ""

    init(text: BenchmarkText, quiet: Bool, csv: Bool, toStderr: Bool) {
        self.text = text
        self.quiet = quiet
        self.csv = csv
        self.toStderr = toStderr
    }

    func out(_ text: String) {
        let handle = toStderr ? FileHandle.standardError : FileHandle.standardOutput
        handle.write(Data(text.utf8))
    }

    mutating func started(_ result: BenchResult) { text.serverSettings = result.serverSettings }

    mutating func progressed(_ title: String, _ progress: LoadProgress) {
        guard Stderr.isTerminal, !csv else { return }
        let line = BenchmarkText.progress(
            title, progress, previous: title == self.title ? previous : nil,
            showsSeconds: showsSeconds)
        clear()
        Stderr.write(line + "\r")
        shown = line.count
        previous = progress
        self.title = title
    }

    private mutating func clear() {
        if shown > 0 { Stderr.write(String(repeating: " ", count: shown) + "\r") }
        shown = 0
    }

    mutating func finished(_ test: BenchTestResult) {
        clear()
        let title = test.test.title
        if csv {
            out(text.csv(title, test.sample))
        } else if quiet {
            out(text.quiet(title, test.sample))
        } else {
            out(text.long(title, test.sample))
        }
        Stderr.line("\(title): \(Self.costs(test))")
    }

    /// `1203456 requests/s per core of the server, CPU per request: server 831 ns, client 305 ns`
    private static func costs(_ test: BenchTestResult) -> String {
        func nanoseconds(_ value: Double?) -> String {
            value.map { String(format: "%.0f ns", $0) } ?? "not known (not a local process)"
        }
        let perCore = test.operationsPerCoreSecond.map {
            String(format: "%.0f requests/s per core of the server, ", $0)
        }
        return (test.partial ? "partial: " : "") + (perCore ?? "")
            + "CPU per request: server \(nanoseconds(test.serverCPUPerOperation)), "
            + "client \(nanoseconds(test.clientCPUPerOperation))"
    }

    mutating func warned(_ warning: RunRecord.Warning) {
        clear()
        Stderr.line("warning: \(warning)")
    }
}

// The tests of `hashmark bench`, one after the other, with the CPU time that both sides spent.
//
// The outcome is one plain value; printing it is BenchmarkText's and recording it BenchRecord's.
import Glibc
import LinuxSystem
import LoadGenerator
import RunRecord
import Targets

public struct BenchOptions: Sendable {
    public var endpoint: Target.Endpoint
    public var connections = 50
    public var pipeline = 1
    public var threads = 1
    public var limit = BurstLimit.requests(100_000)
    /// Load before the measured one, not counted. - 0: none.
    public var warmupSeconds = 0.0
    public var dataBytes = 3
    /// Placeholders become numbers below this; nil leaves them as they are.
    public var range: UInt64?
    public var seed: UInt64 = 0
    public var tests: [BenchmarkTest] = []
    /// HELLO 3 on every connection.
    public var usesRESP3 = false
    public var stallSeconds = 30.0

    public init(_ endpoint: Target.Endpoint) { self.endpoint = endpoint }
}

/// One test's outcome.
public struct BenchTestResult: Sendable {
    public let test: BenchmarkTest
    /// Empty when the test was skipped.
    public var sample: LoadSample
    /// CPU time during the burst, in ns; nil when the server is not local.
    public var serverCPUNanoseconds: UInt64?
    /// Of this whole process.
    public var clientCPUNanoseconds: UInt64 = 0
    /// Every 250 ms, since the burst's start.
    public var series: [LoadProgress] = []
    /// Why it did not run.
    public var skipped: String?
    /// It ended early: what is here is sound but not all.
    public var partial = false

    /// Requests per second of server CPU time.
    public var operationsPerCoreSecond: Double? {
        serverCPUNanoseconds.flatMap {
            $0 > 0 ? Double(sample.operations) * 1e9 / Double($0) : nil
        }
    }
    public var serverCPUPerOperation: Double? {
        serverCPUNanoseconds.flatMap {
            sample.operations > 0 ? Double($0) / Double(sample.operations) : nil
        }
    }
    public var clientCPUPerOperation: Double? {
        sample.operations > 0
            ? Double(clientCPUNanoseconds) / Double(sample.operations) : nil
    }
}

public struct BenchResult: Sendable {
    public var options: BenchOptions
    public var serverVersion: String?
    public var allocator: String?
    /// The serving process where it is local.
    public var serverPID: pid_t?
    /// `save` and `appendonly`; nil when the server does not tell.
    public var serverSettings: (save: String, appendOnly: String)?
    public var tests: [BenchTestResult] = []
    public var warnings: [RunRecord.Warning] = []
    /// What ended the run early.
    public var failure: LoadFailure?

    public var partial: Bool { failure != nil }
}

/// Hears of a run while it goes on.
public protocol BenchObserver {
    mutating func started(_ result: BenchResult)
    mutating func progressed(_ title: String, _ progress: LoadProgress)
    mutating func finished(_ test: BenchTestResult)
    mutating func warned(_ warning: RunRecord.Warning)
}

public struct BenchRun {
    private let options: BenchOptions
    private var result: BenchResult

    public init(_ options: BenchOptions) {
        self.options = options
        result = BenchResult(options: options)
    }

    /// Runs all tests.
    /// - Throws: when the server cannot be reached. A run that ends early is a result with a
    ///   `failure`.
    public mutating func run(
        _ observer: inout some BenchObserver
    ) throws(TargetError) -> BenchResult {
        let control = try ControlConnection(to: options.endpoint)
        try inspect(control)
        observer.started(result)
        if result.serverSettings == nil {
            warn(
                "the server does not tell its persistence settings (CONFIG GET)",
                "make sure that it saves nothing while it is measured", &observer)
        }
        for test in options.tests {
            guard result.failure == nil else { break }
            if (try? control.knows(test.command)) == false {
                let reason = "the server has no \(test.command)"
                var skipped = BenchTestResult(test: test, sample: LoadSample(commands: []))
                skipped.skipped = reason
                result.tests.append(skipped)
                warn("\(test.title) skipped: \(reason)", "leave it out with -t", &observer)
                continue
            }
            let outcome = measure(test, &observer)
            guard let outcome else { continue }
            result.tests.append(outcome)
            observer.finished(outcome)
            judge(outcome, &observer)
        }
        return result
    }

    private mutating func warn(
        _ cause: String, _ remedy: String, _ observer: inout some BenchObserver
    ) {
        let warning = RunRecord.Warning(cause: cause, remedy: remedy)
        result.warnings.append(warning)
        observer.warned(warning)
    }

    // MARK: the server

    private mutating func inspect(_ control: ControlConnection) throws(TargetError) {
        try control.ping()
        let fields = (try? control.info()) ?? [:]
        result.serverVersion =
            fields["hashmark_version"] ?? fields["valkey_version"] ?? fields["redis_version"]
        result.allocator = fields["mem_allocator"]
        if let save = try control.configuration("save"),
            let appendOnly = try control.configuration("appendonly")
        {
            result.serverSettings = (save, appendOnly)
        }
        result.serverPID = Self.localProcess(
            options.endpoint.address, claimed: fields["process_id"].flatMap { pid_t($0) })
    }

    /// The serving process, if it is one of this machine.
    private static func localProcess(_ address: SocketAddress, claimed: pid_t?) -> pid_t? {
        var pid = claimed
        if case .tcp(let host, let port) = address {
            guard host.hasPrefix("127.") || host == "localhost" || host == "::1" else {
                return nil
            }
            pid = ProcessAccounting.listener(ofPort: port) ?? claimed
        }
        return pid.flatMap { ProcessAccounting.cpuNanoseconds($0) == nil ? nil : $0 }
    }

    // MARK: one test

    private mutating func measure(
        _ test: BenchmarkTest, _ observer: inout some BenchObserver
    ) -> BenchTestResult? {
        var outcome = BenchTestResult(test: test, sample: LoadSample(commands: []))
        var load = LoadOptions()
        load.connections = options.connections
        load.pipeline = options.pipeline
        load.threads = options.threads
        load.stallNanoseconds = UInt64(options.stallSeconds * 1e9)
        load.prelude = options.endpoint.setUp + (options.usesRESP3 ? [["HELLO", "3"]] : [])
        do throws(LoadFailure) {
            let (range, seed) = (options.range, options.seed)
            var session = try LoadSession(to: options.endpoint.address, load) {
                TemplateSource(test.template, range: range, seed: seed, $0)
            }
            if options.warmupSeconds > 0 {
                _ = try session.run(
                    .duration(nanoseconds: UInt64(options.warmupSeconds * 1e9))
                ) { observer.progressed("Warming up \(test.title)", $0) }
            }
            let serverBefore = result.serverPID.flatMap { ProcessAccounting.cpuNanoseconds($0) }
            let clientBefore = ProcessAccounting.ownCPUNanoseconds()
            defer {
                outcome.clientCPUNanoseconds = ProcessAccounting.ownCPUNanoseconds() - clientBefore
                if let serverBefore, let pid = result.serverPID,
                    let serverAfter = ProcessAccounting.cpuNanoseconds(pid)
                {
                    outcome.serverCPUNanoseconds = serverAfter - serverBefore
                }
            }
            outcome.sample = try session.run(options.limit) {
                outcome.series.append($0)
                observer.progressed(test.title, $0)
            }
        } catch {
            result.failure = error
            guard error.sample.operations > 0 else { return nil }
            outcome.sample = error.sample
            outcome.partial = true
        }
        return outcome
    }

    // MARK: what makes the numbers worth less

    private mutating func judge(
        _ outcome: BenchTestResult, _ observer: inout some BenchObserver
    ) {
        let sample = outcome.sample
        let title = outcome.test.title
        for error in sample.errorKinds {
            warn(
                "\(title): \(error.count) of \(sample.operations) replies were errors: "
                    + error.firstText,
                error.kind == "WRONGTYPE"
                    ? "a key has another type: use a database without it" : "see the server's log",
                &observer)
        }
        let lookUps = sample.commands.filter(\.label.nullIsMiss).reduce(0) { $0 + $1.operations }
        if sample.misses > 0 {
            let percent = Double(sample.misses * 1000 / max(lookUps, 1)) / 10
            warn(
                "\(title): \(percent) % of the look-ups found no key",
                "fill the key range first (-t set with the same -r), or measure misses knowingly",
                &observer)
        }
        let clamped = sample.commands.reduce(0) { $0 + $1.latency.clamped }
        if clamped > 0 {
            warn(
                "\(title): \(clamped) latencies were longer than an hour", "look at the server",
                &observer)
        }
    }
}

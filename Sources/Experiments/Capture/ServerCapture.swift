// A running server as a workload file: its mix from its own counters over an interval, then sizes
// and times to live from a sample of its keys. Read-only: nothing is written, flushed or
// configured.
import Foundation
import LinuxSystem
import Progress
import Quantities
import RunRecord
import Targets
import Workloads

public struct ServerCapture {
    /// Most keys looked at. Two such samples of one distribution differ by 0.6 % at most.
    public var budget = 100_000
    /// Most keys per second: three cheap commands each, some 5 % of a core.
    public var rate: Double? = 20_000
    /// Seconds over which commands are counted; nil: since the server started.
    public var interval: Double? = 10
    public var name: String?
    /// How far it is, for people.
    public var progress = ProgressBar(quiet: true)

    /// A year: the end of a longer interval would not be a time that the clock can have.
    static let longestSeconds = 3.2e7

    public init() {}

    /// Asks a server that runs for its keys and its counters, and makes a workload of them.
    /// - Throws: where the server cannot be reached or refuses what is asked.
    public func run(_ target: Target) throws(ExperimentFailure) -> CapturedWorkload {
        let endpoint = try Self.running(target)
        // Where nothing bounds the rate, a server tells about some 100,000 keys a second.
        let weights = [interval ?? 0, Double(budget) / (rate ?? 100_000)]
        let spans = Course.spans(weights)
        progress.start("capture", seconds: weights.reduce(0, +))
        do throws(TargetError) {
            let connection = try ControlConnection(to: endpoint)
            let identity = ServerIdentity(info: try connection.info("server"))
            let version = identity.nameAndVersion ?? "a server"
            let (counts, seconds) = try count(connection, spans[0])
            if Interruption.requested { throw TargetError("interrupted", remedy: "run it again") }
            let entries = try connection.databaseSize()
            let wanted = max(min(budget, entries), 1)
            progress.begin("looking at \(wanted) of \(entries) keys", spans[1])
            defer { progress.end() }
            let sample = try KeySample(connection, budget: budget, rate: rate) {
                progress.advance(to: Double($0) / Double(wanted))
            }
            if Interruption.requested { throw TargetError("interrupted", remedy: "run it again") }
            return try workload(
                sample, CommandMix(counts, seconds: seconds), entries, version, seconds)
        } catch {
            throw ExperimentFailure(.setUp, "\(error)")
        }
    }

    /// The server of a target that is not started here.
    static func running(_ target: Target) throws(ExperimentFailure) -> Target.Endpoint {
        guard case .running(let endpoint) = target.kind else {
            throw ExperimentFailure(
                .usage,
                "\(target.spelling) would be started empty; capture from a server that runs, as "
                    + "tcp://HOST:PORT or unix:///PATH")
        }
        return endpoint
    }

    /// What the server did in the interval.
    private func count(
        _ connection: ControlConnection, _ span: ClosedRange<Double>
    ) throws(TargetError) -> (counts: CommandCounts, seconds: Double) {
        let before = try CommandCounts(connection)
        guard let interval else { return (before, max(before.uptime, 1)) }
        progress.begin("counting commands for \(interval.plainText) s", span)
        defer { progress.end() }
        let start = Clock.monotonicNanoseconds()
        let end = start + Nanoseconds(seconds: min(interval, Self.longestSeconds)).count
        while Clock.monotonicNanoseconds() < end && !Interruption.requested {
            Clock.sleep(milliseconds: min(max(Clock.milliseconds(until: end), 1), 100))
            let passed = Nanoseconds(Clock.monotonicNanoseconds() - start).seconds
            progress.advance(to: passed / interval)
        }
        let counts = try CommandCounts(connection).since(before)
        return (counts, Nanoseconds(Clock.monotonicNanoseconds() - start).seconds)
    }

    private func workload(
        _ sample: KeySample, _ mix: CommandMix, _ entries: Int, _ version: String,
        _ seconds: Double
    ) throws(TargetError) -> CapturedWorkload {
        var sample = sample
        let cuts = sample.cut()
        guard let keySize = FittedDistribution(sample.keySizes) else {
            throw TargetError(
                sample.otherTypes > 0
                    ? "none of \(sample.otherTypes) keys looked at holds a string"
                    : "the server has no keys",
                remedy: "capture from a server with string entries")
        }
        let looked = sample.keySizes.count + sample.otherTypes
        let strings = Double(sample.keySizes.count) / Double(looked)
        let since = interval == nil ? "since its start" : "in \(seconds.significant(3)) s"
        let date = Date().formatted(.iso8601.year().month().day())
        var operations = mix.operations
        var leftOut = mix.leftOut.prefix(10).map { entry in
            "\(entry.name), \(decimalPercent(entry.share)) of the commands with keys"
        }
        if operations.isEmpty {
            leftOut.append("the mix: no command that a workload can send was seen; GET is assumed")
            operations = [.init("get", command: "GET {key}", perSecond: 1, isLookUp: false)]
        }
        if sample.otherTypes > 0 {
            leftOut.append("keys that hold no string, \(decimalPercent(1 - strings)) of the keys")
        }
        var captured = CapturedWorkload(
            name: name ?? "captured",
            cite:
                "hashmark capture of \(version): \(looked) of \(entries) keys, commands \(since), "
                + "\(date)",
            keys: UInt64((Double(max(entries, 0)) * strings).rounded()), keySize: keySize,
            operations: operations)
        captured.cuts += cuts
        captured.valueSize = FittedDistribution(sample.valueSizes)
        if sample.timesToLive.contains(where: { $0 > 0 }) {
            captured.ttl = FittedDistribution(KeySample.joined(sample.timesToLive))
            captured.ttlNote =
                sample.knowsIdleTime
                ? "what was left and the time since the last touch" : "what was left"
        }
        captured.missShare = mix.missShare ?? 0
        captured.leftOut = leftOut
        return captured
    }
}

/// `3.1 %`
func decimalPercent(_ share: Double) -> String {
    // What there is shows: neither as nothing nor as all.
    let least = 0.0005
    if share > 0 && share < least { return "less than 0.1 %" }
    if share < 1 && share > 1 - least { return "more than 99.9 %" }
    return share.percent()
}

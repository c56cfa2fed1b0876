// hashmark capture: a workload file from a running server or a trace; several of them as a fleet's.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import Progress
import Quantities
import RunRecord
import StrictYAML
import Targets
import Traces
import Workloads

struct CaptureVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture",
        abstract: "A workload file from a server, a trace or a snapshot, without keys and values.",
        discussion: """
            A server is only read: INFO, SCAN, STRLEN, PTTL, OBJECT IDLETIME. Its mix is what it \
            does during --interval; sizes and times to live come from a sample of its keys. \
            Servers without CLIENT NO-TOUCH count that as a use of those keys. With --monitor its \
            commands are listened to instead, which costs it a good part of its throughput, and \
            tells popularity as well. A trace may also be an append-only file (its manifest, where \
            there is one) or what redis-cli monitor wrote; a snapshot is an RDB file. Other tools' \
            configurations are imported: CacheBench's JSON, redis-benchmarks-specification's YAML.

            Examples:
              hashmark capture --from tcp://127.0.0.1:6379 --output mine.yaml
              hashmark capture --from dump.rdb --output held.yaml
              hashmark capture --merge one.yaml two.yaml --name fleet
            """)

    @Option(
        help: .value(
            "SERVER|TRACE|RDB|CONFIG",
            "A running server (tcp://…, unix://…), a trace, an RDB file, or a configuration of "
                + "CacheBench or redis-benchmarks-specification."),
        completion: .file())
    var from: String?

    @Option(
        parsing: .upToNextOption,
        help: .value(
            "FILE",
            "Captured workload files to join: a keyspace for each, weights by requests per "
                + "second."),
        completion: .file(extensions: ["yaml"]))
    var merge: [String] = []

    @Option(
        help: .value("FILE", "The file to write; standard output if left out."),
        completion: .file())
    var output: String?

    @Option(help: .value("NAME", "Name of the workload."))
    var name: String?

    @Option(
        help: .value("N", "Most keys of a server that are looked at."),
        transform: NumberOption.count(1...1_000_000_000))
    var keys = 100_000

    @Option(
        help: .value(
            "N", "Most keys per second that are looked at; 0: no limit. (default: 20000)"),
        transform: NumberOption.real(0...1e9))
    var rate: Double?

    @Option(
        help: .value(
            "TIME",
            "Time over which a server's commands are counted, in s unless a unit follows; 0: "
                + "since it started."),
        transform: NumberOption.time(.seconds, from: Nanoseconds(0, .seconds)))
    var interval = Nanoseconds(10, .seconds)

    @Option(
        help: .value("BYTES", "Bytes of a key where a trace does not say (oracleGeneral); 16."),
        transform: NumberOption.bytes(1...65_536))
    var keySize: Int?

    @Flag(help: "Listen to what a server executes for --interval (MONITOR).")
    var monitor = false

    @OptionGroup(title: "Traces") var reading: TraceReadingOptions

    @Flag(help: "No progress on stderr.")
    var quiet = false

    func validate() throws {
        guard (from != nil) != !merge.isEmpty else {
            throw ValidationError("give either --from SERVER|TRACE|RDB or --merge FILE…")
        }
        guard rate == 0 || rate ?? Self.usualRate >= Self.leastRate else {
            throw ValidationError(
                "--rate \(rate ?? 0) takes days for a key; use \(Self.leastRate) or more, or 0")
        }
        if !merge.isEmpty {
            return try GivenOptions.refuse(
                Self.ofServers + Self.ofTraces, "has no effect with --merge")
        }
        if WorkloadImport.reads(from ?? "") {
            return try GivenOptions.refuse(
                Self.ofServers + Self.ofTraces, "has no effect on another tool's configuration")
        }
        let isTrace = isTrace(from ?? "")
        try GivenOptions.refuse(
            isTrace ? Self.ofServers : Self.ofTraces,
            "has no effect on \(isTrace ? "a trace" : "a server")")
        if isTrace, SnapshotReader.reads(from ?? "", as: reading.format) {
            try GivenOptions.refuse(["--key-size"], "has no effect on an RDB file")
        }
        if monitor {
            try GivenOptions.refuse(["--keys", "--rate"], "has no effect with --monitor")
            guard interval.count > 0 else {
                throw ValidationError("--monitor listens for some time; give an --interval above 0")
            }
        }
    }

    /// A key in a quarter of an hour.
    private static let leastRate = 0.001
    /// Requests per second that a server in use has to spare.
    private static let usualRate = 20_000.0
    private static let ofServers = ["--keys", "--rate", "--interval", "--monitor"]
    private static let ofTraces = ["--key-size", "--skip-bad", "--format"]

    func run() throws {
        let server = try server()
        if let output { try OutputFiles.prepare([output]) }
        Interruption.install()
        if !merge.isEmpty { return try write(merged(), as: name ?? "fleet") }
        if let from, WorkloadImport.reads(from) { return try importFile(from) }
        let progress = ProgressBar(quiet: quiet)
        let result: CapturedWorkload
        do throws(ExperimentFailure) {
            defer { progress.finish() }
            let captured: CapturedWorkload
            if let server {
                captured = try captureServer(server, progress)
            } else if let from, SnapshotReader.reads(from, as: reading.format) {
                captured = try captureSnapshot(from, progress)
            } else {
                captured = try captureTrace(from ?? "", progress)
            }
            for line in captured.leftOut { note("left out: \(line)") }
            for line in captured.cuts { note("cut: \(line)") }
            result = captured
        } catch {
            if error.kind == .usage { throw usage(error) }
            MeasuringOptions.complain("\(error)")
            throw Interruption.requested ? ExitCode.interrupted : ExitCode.error
        }
        try write(result.yaml(), as: result.name)
    }

    private func importFile(_ path: String) throws {
        let found: WorkloadImport
        do throws(ExperimentFailure) {
            found = try WorkloadImport(path, name: name)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        for line in found.leftOut { note("left out: \(line)") }
        try write(found.yaml, as: found.name)
    }

    private func isTrace(_ source: String) -> Bool {
        if TraceReadingOptions.isFile(source) { return true }
        // A server, whatever else is asked.
        if source.contains("://") { return false }
        return reading.format != nil || TraceFormats.ofFile(source) != nil
    }

    /// The server that is named; nil of a trace, and where files are merged.
    private func server() throws -> Target? {
        guard let from, !isTrace(from) else { return nil }
        guard from.contains(":") else {
            throw ValidationError(
                "'\(from)' is no server, and no file of that name is there; write tcp://HOST:PORT, "
                    + "unix://PATH or the path of a trace")
        }
        return try TargetList.parse([from]).first
    }

    private func captureTrace(
        _ path: String, _ progress: ProgressBar
    ) throws(ExperimentFailure) -> CapturedWorkload {
        let found = TraceReadingOptions.located(path)
        var capture = TraceCapture()
        capture.contents = found.contents
        capture.format = reading.format
        capture.skipsDamaged = reading.skipBad
        capture.keySize = keySize
        capture.name = name
        capture.progress = progress
        capture.damaged = { count, first in
            MeasuringOptions.note(
                "warning: \(count) damaged records were left out; the first: \(first)")
        }
        return try capture.run(found.path)
    }

    private func captureSnapshot(
        _ path: String, _ progress: ProgressBar
    ) throws(ExperimentFailure) -> CapturedWorkload {
        var capture = SnapshotCapture()
        capture.skipsDamaged = reading.skipBad
        capture.name = name
        capture.progress = progress
        capture.damaged = { damage in
            MeasuringOptions.note("warning: what follows the damage was left out: \(damage)")
        }
        return try capture.run(path)
    }

    private func captureServer(
        _ target: Target, _ progress: ProgressBar
    ) throws(ExperimentFailure) -> CapturedWorkload {
        if monitor {
            var capture = MonitorCapture()
            capture.interval = interval.seconds
            capture.name = name
            capture.progress = progress
            return try capture.run(target)
        }
        var capture = ServerCapture()
        capture.budget = keys
        let rate = rate ?? Self.usualRate
        capture.rate = rate > 0 ? rate : nil
        capture.interval = interval.count > 0 ? interval.seconds : nil
        capture.name = name
        capture.progress = progress
        return try capture.run(target)
    }

    private func merged() throws -> String {
        do {
            let files = try merge.map { path in
                (path, try readYAML(path, remedy: "give the paths of workload files"))
            }
            return try WorkloadMerge.merge(files, name: name ?? "fleet")
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }

    private func note(_ line: String) {
        if !quiet { MeasuringOptions.note(line) }
    }

    /// Writes a file that this version can read.
    private func write(_ text: String, as name: String) throws {
        do {
            _ = try Workload(yaml: Array(text.utf8), file: output ?? name)
            guard let output else { return Output.print(text, terminator: "") }
            try OutputFiles.write(Data(text.utf8), to: output)
            note("wrote \(output)")
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}

// `hashmark bench`: valkey-benchmark's flags, tests and output, and what it lacks. Wiring only.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import RunRecord
import Targets

import enum RESP.ErrorReply

struct BenchVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Runs valkey-benchmark's tests with its flags; adds CPU time per operation.",
        usage: "hashmark bench [OPTIONS] [--] [COMMAND ARGS...]",
        discussion: """
            Results go to stdout in valkey-benchmark's words; progress, warnings and CPU time per
            operation go to stderr. Commands of your own: [N] command args ';' [N] command args …,
            with __rand_int__, __rand_1st__ … __rand_9th__, __data__ and, with --dataset,
            __field:NAME__ in them.
            """,
        helpNames: .long)  // -h is the host, as in valkey-benchmark

    @OptionGroup var server: BenchServerOptions
    @OptionGroup var tests: BenchTestOptions
    @OptionGroup var load: BenchLoadOptions
    @OptionGroup var output: BenchOutputOptions
    @OptionGroup var unsupported: BenchUnsupportedOptions

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("Commands to measure.", visibility: .hidden))
    var words: [String] = []

    @Flag(name: [.customShort("v"), .customLong("version")], help: "Print the version.")
    var version = false
    @Flag(name: [.customShort("I")], help: "Idle mode: open the connections and wait.")
    var idle = false
    @Flag(help: "Measure the generator itself, against a responder that does nothing.")
    var selfTest = false

    /// The commands of the user's own, without the `--` before them.
    private var command: [String] { words.first == "--" ? Array(words.dropFirst()) : words }

    func validate() throws {
        // Words of the user's own are passed through, and those of the parser with them.
        if words.first == "--help" { throw CleanExit.helpRequest(self) }
        if let word = words.first, word.hasPrefix("-"), word != "--" {
            throw ValidationError(
                "there is no option '\(word)'; see hashmark bench --help, or write -- before a "
                    + "command")
        }
        try unsupported.check()
        try checkCommand(command)
        if BenchOriginal.current == nil { try checkEffects() }
        try server.check()
        try tests.check(isUsed: command.isEmpty)
        try load.check()
        if tests.readsStandardInput && command.isEmpty && BenchOriginal.current == nil {
            throw ValidationError("-x needs a command, whose last argument it reads")
        }
        if tests.datasetPath != nil && command.isEmpty {
            throw ValidationError("--dataset needs a command with __field:NAME__ in it")
        }
        if load.mix != nil && (!command.isEmpty || tests.list != nil) {
            throw ValidationError("--mix stands for -t and for commands; drop one of them")
        }
    }

    func run() throws {
        if version {
            Output.print(
                BenchOriginal.current?.version ?? "hashmark bench \(RunRecord.hashmarkVersion)")
            return
        }
        Interruption.install()
        let started = Date()
        var options = try benchOptions()
        if load.clientThreads ?? 0 <= 1, let cpu = options.cpus.first {
            do throws(SystemCallError) {
                try Worker.pinCurrentThread(to: [cpu])
            } catch {
                let allowed = CPUList.text(Placement.allowedCPUs())
                throw ValidationError("--cpus: \(error); use CPUs of \(allowed)")
            }
        }
        try output.prepare()
        if selfTest { return try runSelfTest(options) }
        if idle { return try BenchIdle.run(options) }
        var printer = BenchPrinter(
            text: text(options), quiet: output.quiet, csv: output.csv,
            toStderr: output.takesStandardOutput)
        if case .duration = options.limit { printer.showsSeconds = true }
        if BenchOriginal.current != nil && !command.isEmpty {
            printer.originalTitle = Self.title(command)
        }
        options.warnings = oddities(options)
        for warning in options.warnings { printer.warned(warning) }
        if output.csv { printer.out(BenchmarkText.csvHeader) }
        var result: BenchResult
        repeat {
            var run = BenchRun(options)
            do throws(TargetError) {
                result = try run.run(&printer)
            } catch {
                throw Self.failure("\(error)")
            }
            options.seed &+= 1  // -l: other numbers every time
            options.populates = false
            if !output.csv && result.failure == nil && command.isEmpty { printer.out("\n") }
        } while output.loop && result.failure == nil && result.invalid.isEmpty
        let written = Result {
            try output.write(
                result, seed: result.options.seed, isDrawn: draws(result.options.works),
                startedAt: started)
        }
        try end(result)
        try written.get()
    }

    /// The exit code: an early end is an error, a rate that was not kept an invalid measurement.
    private func end(_ result: BenchResult) throws {
        // The one writer has said so, and knows the status.
        guard Output.failure == nil else { throw ExitCode.error }
        if let failure = result.failure {
            if case .errorReply(let text) = failure.reason, BenchOriginal.current != nil {
                Output.note("Error from server: \(text)")
                throw ExitCode.error
            }
            let kept = result.tests.contains(where: \.partial) ? "; the last result is partial" : ""
            if Interruption.requested {
                Output.note("hashmark: \(failure)\(kept)")
                throw ExitCode.interrupted
            }
            throw Self.failure("\(failure)\(kept)")
        }
        if !result.invalid.isEmpty {
            for reason in result.invalid { MeasuringOptions.complain("\(reason)") }
            throw ExitCode.invalid
        }
        try output.outputs.requireNone(of: result.warnings)
    }

    /// What is odd and yet allowed.
    private func oddities(_ options: BenchOptions) -> [RunRecord.Warning] {
        var found = load.oddities
        // Refused under our own name.
        if tests.list != nil && !command.isEmpty {
            found.append(.init(cause: "-t is ignored, for a command is given", remedy: "drop it"))
        }
        if tests.range == nil, options.works.contains(where: \.hasPlaceholders) {
            found.append(
                .init(
                    cause: "all requests use the same key, for -r is not given",
                    remedy: "add -r N for N random keys"))
        }
        return found
    }

    /// What a command is called in reports.
    private static func title(_ words: [String]) -> String {
        ErrorReply.printable(words.joined(separator: " "))
    }

    /// An error in one line; under the original's name it begins as there.
    static func failure(_ text: String) -> Failure {
        Failure(BenchOriginal.current?.words(text) ?? text)
    }

    private func benchOptions() throws -> BenchOptions {
        try server.checkPort()
        var options = BenchOptions(try server.endpoint())
        options.usesRESP3 = server.resp3
        options.tracksKeys = server.enableTracking
        try load.apply(to: &options)
        // Without -r all requests use one key: the first, where that is to be there.
        let range = tests.range ?? (load.populate && load.mix == nil ? 1 : nil)
        try tests.apply(to: &options, range: range, isNeeded: command.isEmpty && load.mix == nil)
        if !command.isEmpty {
            let last = try tests.readsStandardInput ? Self.standardInput() : nil
            do {
                let sequence = try CommandSequence(
                    command, last: last, dataBytes: options.dataBytes)
                let title = Self.title(Redaction.masked(command))
                if let dataset = try tests.dataset() {
                    let plan = try DatasetPlan(sequence, title: title, dataset)
                    options.works = [.dataset(plan)]
                } else {
                    options.works = [.test(sequence.test(title: title))]
                }
                options.dataBytes = sequence.encodedBytes
            } catch {
                throw usage(error)
            }
        } else if let plan = try load.mixPlan(options) {
            options.works = [.mix(plan)]
            options.range = plan.keys
        }
        if BenchOriginal.current == nil { try checkEffects(on: options) }
        return options
    }

    private static func standardInput() throws -> [UInt8] {
        let most = 512 << 20
        guard let bytes = SmallFile.bytes("/dev/stdin", atMost: most) else {
            throw ValidationError("-x: standard input cannot be read; pipe the last argument in")
        }
        guard bytes.count <= most else {
            throw ValidationError(
                "-x: standard input holds more than the \(most >> 20) MiB that a server takes; "
                    + "pipe less in")
        }
        return bytes
    }

    private func text(_ options: BenchOptions) -> BenchmarkText {
        var text = BenchmarkText(connections: options.connections, dataBytes: options.dataBytes)
        text.keepAlive = options.keepsConnections
        text.threads = load.clientThreads
        text.precision = output.precision
        text.requestsPerSecond = load.rps
        text.leadsWithIntended = BenchOriginal.current == nil && !output.csv
        return text
    }
}

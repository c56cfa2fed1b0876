// `hashmark bench`: valkey-benchmark's flags, tests and output, and what it lacks. Wiring only.
import ArgumentParser
import Experiments
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import Reporting
import RunRecord
import Targets

import enum RESP.ErrorReply

struct BenchVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Runs valkey-benchmark's tests with its flags; adds CPU time per operation.",
        usage: "hashmark bench [OPTIONS] [--] [COMMAND ARGS...]",
        discussion: """
            Results go to stdout in valkey-benchmark's words, with a table of all tests behind \
            them; progress and warnings go to stderr. With --target a server is started, filled \
            and measured in one go. Commands of your own: [N] command args ';' [N] command args \
            …, with __rand_int__, __rand_1st__ … __rand_9th__, __data__ and, with --dataset, \
            __field:NAME__ in them.

            Examples:
              hashmark bench -t get,set -n 100k -q
              hashmark bench --target ref:valkey-9.1 -t get -q
              hashmark bench --target ref:valkey-9.1 --target exec:valkey-server -t get
              hashmark bench --target ref:valkey-9.1 -r 100k --mix get=80,set=20 --qps 50k
              hashmark bench -r 10k -n 100k -- LPUSH list:__rand_int__ __data__
            """ + "\n\n" + ExitCodes.ofMeasuring,
        helpNames: .long)  // -h is the host, as in valkey-benchmark

    @OptionGroup(title: "Server") var server: BenchServerOptions
    @OptionGroup(title: "Tests") var tests: BenchTestOptions
    @OptionGroup(title: "Load") var load: BenchLoadOptions
    @OptionGroup(title: "NUMA, with --target") var nodes: NodeOptions
    @OptionGroup(title: "Mix of commands") var mixed: BenchMixOptions
    @OptionGroup(title: "Outputs") var output: BenchOutputOptions
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
        try mixed.check()
        if tests.readsStandardInput && command.isEmpty && BenchOriginal.current == nil {
            throw ValidationError("-x needs a command, whose last argument it reads")
        }
        if tests.datasetPath != nil && command.isEmpty {
            throw ValidationError("--dataset needs a command with __field:NAME__ in it")
        }
        if mixed.mix != nil && (!command.isEmpty || tests.list != nil) {
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
        let targets = try TargetList.parse(server.target, cache: server.cache)
        if !targets.isEmpty {
            try TargetList.checkFlush(load.allowFlush, of: targets)
            try nodes.check(targets)
        }
        var options = try benchOptions(targets)
        try checkFleet(options, targets)
        try place(&options, targets)
        try pin(options)
        try output.prepare()
        if selfTest { return try runSelfTest(options) }
        if idle { return try runIdle(options) }
        // Tests have the originals' live line; a search has none there.
        let recorder = Recorder(
            arguments: CommandLine.arguments, seed: options.seed,
            quiet: load.saturate == nil || output.quiet)
        try applyPlacement(of: options, recorder)
        if targets.isEmpty && !draws(options.works) { recorder.leaveSeedUnused() }
        var printer = printer(options, targets)
        for warning in oddities(options) { recorder.warn(warning.cause, remedy: warning.remedy) }
        if output.csv { printer.out(BenchmarkText.csvHeader) }
        var results: [BenchResult] = []
        var broken: ExperimentFailure?
        if targets.isEmpty {
            results = [try measureRunning(options, recorder, &printer)]
        } else {
            recorder.add(targets)
            do throws(ExperimentFailure) {
                try measure(targets, options, recorder, &printer, into: &results)
            } catch {
                broken = error
            }
        }
        printer.finish()
        for result in results { result.add(to: recorder) }
        recorder.finish(partial: broken != nil || results.contains(where: \.partial))
        if showsTotals(options, targets) {
            printer.out(BenchTotals(recorder.record).text(output.style))
        }
        if showsTrials { printer.out(TrialReading(recorder.record).text()) }
        var ending = RunEnding(
            recorder.record, output.outputs, broken, hasContent: !results.isEmpty)
        output.write(&ending, results, startedAt: started)
        try ending.end { try judge(results) }
    }

    /// The server at the endpoint, again and again with `-l`.
    /// - Returns: what came of it last.
    private func measureRunning(
        _ options: BenchOptions, _ recorder: Recorder, _ printer: inout BenchPrinter
    ) throws -> BenchResult {
        var options = options
        var result: BenchResult
        repeat {
            var run = BenchRun(options, recorder)
            do throws(ExperimentFailure) {
                result = try run.run(&printer)
            } catch {
                throw Self.failure(Self.unreached("\(error)"))
            }
            options.seed &+= 1  // -l: other numbers every time
            options.populates = false
            if !output.csv && result.failure == nil && command.isEmpty { printer.out("\n") }
        } while output.loop && result.failure == nil && result.invalid.isEmpty
        return result
    }

    /// Where no server answers, there is a way without one.
    private static func unreached(_ text: String) -> String {
        let isUnanswered = text.hasSuffix("is a server running there?")
        return isUnanswered && BenchOriginal.current == nil
            ? text + " (--target ref:valkey-9.1 starts one)" : text
    }

    /// The targets, one after the other, until one ends early.
    private func measure(
        _ targets: [Target], _ options: BenchOptions, _ recorder: Recorder,
        _ printer: inout BenchPrinter, into results: inout [BenchResult]
    ) throws(ExperimentFailure) {
        for target in targets {
            let result = try BenchRun.run(options, on: target, recorder, &printer)
            results.append(result)
            if result.failure != nil { return }
            if !output.csv && !output.quiet { printer.out("\n") }
        }
    }

    private func checkFleet(_ options: BenchOptions, _ targets: [Target]) throws {
        try FleetChecks.check(connections: options.connections, targets)
        if selfTest { try FleetChecks.refuse("--self-test") }
        if idle { try FleetChecks.refuse("-I") }
        if output.loop { try FleetChecks.refuse("-l") }
        if server.encryption.handshakes != nil { try FleetChecks.refuse("--handshakes") }
        if server.verifyWrites { try FleetChecks.refuse("--verify-writes") }
    }

    /// Server and clients on CPUs of their own, where we start one of them.
    private func place(_ options: inout BenchOptions, _ targets: [Target]) throws {
        let isOwned = targets.contains(where: \.isOwned)
        guard isOwned || nodes.clientNode != nil else { return }
        let isFree = options.cpus.isEmpty
        var placement = Placement()
        placement.clientCPUs = options.cpus
        if isOwned {
            placement =
                isFree
                ? Placement.automatic(threads: options.largest.threads)
                : Placement.beside(clientCPUs: Array(options.cpus.prefix(options.largest.threads)))
        }
        placement = try nodes.placement(
            placement, choosing: isFree ? [.servers, .client] : [.servers],
            threads: options.largest.threads)
        options.cpus = placement.clientCPUs
        options.placement = placement
    }

    /// A single client thread is this one.
    private func pin(_ options: BenchOptions) throws {
        guard load.clientThreads ?? 0 <= 1, let cpu = options.cpus.first else { return }
        do throws(SystemCallError) {
            try Worker.pinCurrentThread(to: [cpu])
        } catch {
            let allowed = CPUList.text(Placement.allowedCPUs())
            throw ValidationError("--cpus: \(error); use CPUs of \(allowed)")
        }
    }

    private func applyPlacement(of options: BenchOptions, _ recorder: Recorder) throws {
        do throws(ExperimentFailure) {
            try options.placement?.applyNodes(recorder)
        } catch {
            throw Self.failure("\(error)")
        }
    }

    /// Whether a table of all tests is printed behind them: not where a script reads what is
    /// printed, which knows the words of the originals.
    private func showsTotals(_ options: BenchOptions, _ targets: [Target]) -> Bool {
        let isOurs = BenchOriginal.current == nil && !output.csv && !output.loop
        guard isOurs, load.saturate == nil else { return false }
        if targets.count > 1 { return true }
        return !output.quiet && (options.titles.count > 1 || !targets.isEmpty || mixed.mix != nil)
    }

    /// Whether the rates that a search tried are printed behind what it found.
    private var showsTrials: Bool {
        BenchOriginal.current == nil && !output.csv && !output.loop && !output.quiet
    }

    private func printer(_ options: BenchOptions, _ targets: [Target]) -> BenchPrinter {
        var printer = BenchPrinter(
            text: text(options), quiet: output.quiet, csv: output.csv,
            toStderr: output.takesStandardOutput)
        if case .duration = options.limit { printer.showsSeconds = true }
        if BenchOriginal.current == nil {
            printer.goal = (Set(options.titles), options.limit)
        }
        if BenchOriginal.current != nil && !command.isEmpty {
            printer.originalTitle = Self.title(command)
        }
        if output.quiet, !targets.isEmpty, BenchOriginal.current == nil {
            let labels = targets.count > 1 ? targets.map(\.label.count) : []
            printer.columns = BenchPrinter.Columns(
                labelWidth: labels.max() ?? 0,
                titleWidth: options.titles.map(\.count).max() ?? 0)
        }
        return printer
    }

    /// What is odd and yet allowed.
    private func oddities(_ options: BenchOptions) -> [RunRecord.Warning] {
        var found = load.oddities
        // Refused under our own name.
        if tests.list != nil && !command.isEmpty {
            found.append(.init(cause: "-t is ignored, for a command is given", remedy: "drop it"))
        }
        if options.tracksKeys && !options.usesRESP3 {
            found.append(
                .init(
                    cause: "no invalidation will come, for connections that speak RESP2 get none",
                    remedy: "add -3 to --enable-tracking"))
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

    private func benchOptions(_ targets: [Target]) throws -> BenchOptions {
        try server.checkPort()
        var options = BenchOptions(try server.endpoint())
        let isCluster = server.cluster || targets.contains(where: \.isCluster)
        try checkEffects(isCluster: isCluster)
        options.replicaReads = server.rfr ?? .no
        options.readsBack = server.verifyWrites
        options.hasThreadPerNode =
            BenchOriginal.current != nil && isCluster && load.clientThreads == nil
        do throws(TargetError) {
            options.alsoCounted = try CountedProcesses.pids(server.alsoCount)
        } catch {
            throw Self.failure("\(error)")
        }
        options.usesRESP3 = server.resp3
        options.tracksKeys = server.enableTracking
        let isTarget = !server.target.isEmpty
        try load.apply(to: &options, isTarget: isTarget)
        // Without -r all requests use one key: the first, where that is to be there.
        let hasTests = command.isEmpty && mixed.mix == nil && server.encryption.handshakes == nil
        let fillsOneKey = mixed.mix == nil && (load.populate || isTarget && hasTests)
        let range = tests.range ?? (fillsOneKey ? 1 : nil)
        try tests.apply(to: &options, range: range, isNeeded: hasTests, isCluster: isCluster)
        if let count = server.encryption.handshakes {
            options.works = [.handshakes(resumes: server.encryption.resumes)]
            options.limit = .requests(count)
        } else if !command.isEmpty {
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
        } else if let plan = try mixed.plan(options) {
            options.works = [.mix(plan)]
            options.range = plan.keys
        }
        if isTarget {
            options.stocksUp = true
            options.populates = load.populate || options.works.contains(where: \.readsKeys)
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
                "-x: standard input holds more than the \(ByteCount.text(most)) that a server "
                    + "takes; pipe less in")
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

// hashmark tables check: does a table of yours keep what hashmark_table.h promises?
import ArgumentParser
import Glibc
import Keyspaces
import LinuxSystem
import Quantities
import TableCheck
import Targets

struct TablesCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a table of yours against hashmark_table.h.",
        discussion: """
            Runs exhaustive and random sequences of operations against an oracle, with hashes that \
            collide, hostile keys, scans during changes, and memory whose every block is watched. \
            The table runs in processes of its own: a crash or a hang is a finding like any other. \
            The operations that led to a finding are shortened and printed. What is optional and \
            not there is listed as missing. A table built with -fsanitize=address is checked under \
            the sanitizer.

            Exit codes: 0 all is well, 1 something was found, 64 usage.

            Examples:
              hashmark tables check foreign:./mine.so
              hashmark tables check 'foreign:./mine.so?load=0.8' --operations 2M --depth 6
            """)

    @Argument(help: .value("TABLE", "The shared object as foreign:PATH[?OPTIONS]."))
    var table: String

    @Option(
        help: .value("N", "Seed of everything random; drawn and printed when not given."),
        transform: NumberOption.seed)
    var seed: UInt64?

    @Option(
        help: .value("N", "Operations of the longest sequence; half as many keys at most."),
        transform: NumberOption.count(1_000...10_000_000))
    var operations = CheckPlan().operations

    @Option(
        help: .value("N", "All sequences up to that length are tried with three keys."),
        transform: NumberOption.count(1...7))
    var depth = CheckPlan().depth

    @Option(
        help: .value("TIME", "CPU time after which an operation hangs."),
        transform: NumberOption.time(.seconds, to: Nanoseconds(3_600, .seconds)))
    var timeout = Nanoseconds(5, .seconds)

    @Option(
        help: .value("S", "Seconds for shortening the operations of a finding; 0: as they are."),
        transform: NumberOption.count(0...86_400))
    var shrinkSeconds = 20

    @Option(
        help: .value("CHECK", "Only this check, repeat for more. (default: all)"),
        completion: .list(TableChecker.names))
    var only: [String] = []

    @Flag(help: "No progress on stderr.")
    var quiet = false

    @Option(help: .hidden)
    var worker: String?

    private static let scheme = "foreign:"

    func run() throws {
        if let worker { return try work(worker) }
        for name in only where !TableChecker.names.contains(name) {
            throw ValidationError(
                "there is no check '\(name)'; write one of "
                    + TableChecker.names.joined(separator: ", "))
        }
        guard table.hasPrefix(Self.scheme) else {
            throw ValidationError(
                "'\(table)' is no table of yours; write \(Self.scheme)./mine.so")
        }
        let parts = table.dropFirst(Self.scheme.count)
            .split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let path = parts.first, !path.isEmpty else {
            throw ValidationError(
                "'\(table)' names no shared object; write \(Self.scheme)./mine.so")
        }
        var checker = TableChecker(
            library: try Self.library(String(path)),
            options: parts.count > 1 ? String(parts[1]) : "")
        checker.plan.seed = seed ?? UInt64.random(in: 0...UInt64.max)
        checker.plan.operations = operations
        checker.plan.depth = depth
        checker.only = only
        checker.patience = timeout
        checker.shrinkTime = Nanoseconds(UInt64(shrinkSeconds), .seconds)
        try check(checker)
    }

    /// Absolute: no name in the loader's search path. What is built in has its name alone.
    private static func library(_ path: String) throws -> String {
        if ForeignLibrary.isBuiltIn(path) { return path }
        guard let whole = realpath(path, nil) else {
            MeasuringOptions.complain(
                "cannot open '\(path)': \(String(cString: strerror(errno))); give the path of a "
                    + "shared object")
            throw ExitCode.error
        }
        defer { free(whole) }
        return String(cString: whole)
    }

    private func check(_ checker: TableChecker) throws {
        Interruption.install()
        let report: CheckReport
        do {
            let sanitizer = try Sanitizer.needed(by: checker.library)
            report = try checker.run(
                command: [
                    LaunchOptions().executable, "tables", "check", table, "--worker",
                ],
                sanitizer: sanitizer
            ) { line in
                if !quiet { MeasuringOptions.note(line) }
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        Output.print(report.text, terminator: "")
        if report.isFailed { throw ExitCode.error }
        if !report.isComplete { throw ExitCode.interrupted }
    }

    private func work(_ folder: String) throws {
        guard let worker = CheckWorker(folder: folder) else {
            MeasuringOptions.complain("'\(folder)' holds no job; leave --worker out")
            throw ExitCode.error
        }
        worker.run()
    }
}

// `tables check`: whether a table of somebody's keeps what hashmark_table.h promises.
//
//     TableChecker ── for each check a worker, a process that loads the table ── CheckRunner
//          │             CheckWorker ── Session ── HostedTable ── the table
//          │                                            └ CheckHost, its memory and entries
//          └── what fails is cut down by more workers ── Shrinker ──▶ CheckReport
//
// The table is never loaded here: whatever it does to its process is a finding.
import LinuxSystem
import Quantities

public struct TableChecker {
    public let library: String
    public let options: String
    public var plan = CheckPlan()
    /// By their names; empty: all.
    public var only: [String] = []
    /// How long an operation may take, of CPU time.
    public var patience = Nanoseconds(5, .seconds)
    /// For all attempts to shorten one sequence.
    public var shrinkTime = Nanoseconds(20, .seconds)

    /// Shorter than a user's patience: of a sequence that hangs every attempt takes as long.
    private static let shrinkPatience = Nanoseconds(500, .milliseconds)

    /// Of all checks, in their order.
    public static let names = CheckName.allCases.map(\.rawValue)

    /// What could not even be tried.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// - Parameters:
    ///   - library: absolute.
    ///   - options: what stands behind the `?`.
    public init(library: String, options: String) {
        self.library = library
        self.options = options
    }

    /// Runs all checks.
    /// - Parameters:
    ///   - command: the worker's command line; the name of a folder is appended.
    ///   - note: is told what goes on, a line each time.
    /// - Throws: when workers cannot be started. An interruption leaves the rest of the checks out.
    public func run(
        command: [String], sanitizer: Sanitizer?, note: (String) -> Void
    ) throws(Failure) -> CheckReport {
        let folder: ScratchFolder
        do throws(SystemCallError) {
            folder = try ScratchFolder("hashmark-check")
        } catch {
            throw Failure(description: "\(error); set TMPDIR to a folder that can be written to")
        }
        defer { folder.remove() }
        guard
            let runner = CheckRunner(
                command: command, sanitizer: sanitizer, folder: folder.path)
        else {
            throw Failure(
                description: "cannot write to \(folder.path); set TMPDIR to another folder")
        }
        // The first one loads the table and tells its name.
        let checks = CheckName.allCases.filter {
            $0 == .descriptor || only.isEmpty || only.contains($0.rawValue)
        }
        var report = CheckReport(
            library: library, options: options, plan: plan, expected: checks.count)
        for check in checks {
            if Interruption.requested { break }
            note("check \(check.rawValue): \(check.title)")
            switch runner.run(job(check, runner), patience: patience) {
            case .interrupted: break
            case .unable(let words):
                throw Failure(description: "cannot start a worker: \(words)")
            case .missing(let reason): report.add(check, .missing(reason))
            case .passed(let title, let warnings):
                if let title { report.title = title }
                report.add(check, .ok, warnings: warnings)
            case .failed(let failure):
                report.add(check, .failed(failed(check, failure, report, runner, note)))
            }
            // What cannot be loaded cannot be checked any further.
            if check == .descriptor && report.isFailed { break }
        }
        return report
    }

    private func job(_ check: CheckName?, _ runner: CheckRunner) -> CheckJob {
        CheckJob(
            library: library, options: options, check: check, plan: plan,
            isSanitized: runner.sanitizer != nil)
    }

    // MARK: Failures

    private func failed(
        _ check: CheckName, _ failure: CheckFailure, _ report: CheckReport, _ runner: CheckRunner,
        _ note: (String) -> Void
    ) -> CheckReport.Failed {
        let name = failure.finding.name
        var failed = CheckReport.Failed(finding: failure.finding)
        if let earlier = report.check(thatFound: name) {
            failed.earlier = earlier
            return failed
        }
        guard failure.trial < check.trialCount(plan),
            let whole = check.trial(failure.trial, plan)
        else { return failed }
        var trial = whole
        trial.operations = Array(
            whole.operations.prefix(min(failure.operation, whole.operations.count - 1) + 1))
        failed.originalCount = trial.operations.count
        failed.trial = trial
        note("check \(check.rawValue): \(name); shortening \(trial.operations.count) operations")
        let isHang = name == "hang"
        let attemptPatience = isHang ? min(Self.shrinkPatience, patience) : patience
        var attempts = 0
        func attempt(_ trial: Trial, _ patience: Nanoseconds) -> TableFinding? {
            attempts += 1
            guard
                case .failed(let failure) = runner.run(job(nil, runner), trial, patience: patience),
                failure.finding.name == name
            else { return nil }
            return failure.finding
        }
        let deadline = Clock.deadline(milliseconds: shrinkTime.milliseconds)
        // In a process of its own, without the trials before it.
        guard attempt(trial, patience) != nil else {
            failed.isAlone = false
            return failed
        }
        let shrinker = Shrinker(
            hasTime: { !Interruption.requested && Clock.monotonicNanoseconds() < deadline },
            fails: { attempt($0, attemptPatience) != nil })
        let shortest = shrinker.shrink(trial)
        // With all patience, and for its own words.
        if let finding = attempt(shortest, patience) {
            failed.trial = shortest
            failed.finding = finding
        }
        failed.attempts = attempts
        return failed
    }
}

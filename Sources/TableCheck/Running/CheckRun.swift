// Outside: one worker from its start to its end, and what came of it.
//
// A worker that makes no progress is given up by its CPU time, for on a busy machine a clock says
// nothing; one that sleeps for ever is given up by the clock, several times as late.
import Glibc
import LinuxSystem
import Quantities

/// How a job ended.
enum CheckOutcome {
    case passed(title: String?, warnings: [String])
    case missing(String)
    case failed(CheckFailure)
    /// The user asked to stop.
    case interrupted
    /// The worker could not be started; in words.
    case unable(String)
}

struct CheckFailure {
    var finding: TableFinding
    /// Numbers of the trial and of the operation in it.
    var trial: Int
    var operation: Int
}

struct CheckRunner {
    /// The worker's command line, but for its folder.
    let command: [String]
    let sanitizer: Sanitizer?
    let folder: CheckFolder
    private let environment: [String]
    private let progress: ProgressPage

    /// A clock may stand still for so much longer than CPU time.
    private static let idleFactor: UInt64 = 6

    /// Nil where the folder cannot be written to.
    init?(command: [String], sanitizer: Sanitizer?, folder: String) {
        self.command = command
        self.sanitizer = sanitizer
        self.folder = CheckFolder(path: folder)
        environment = Sanitizer.environment(sanitizer)
        guard let progress = ProgressPage(self.folder.progress) else { return nil }
        self.progress = progress
    }

    /// - Parameters:
    ///   - trial: the job's sequence, where it has no check.
    ///   - patience: how long an operation may take.
    func run(_ job: CheckJob, _ trial: Trial? = nil, patience: Nanoseconds) -> CheckOutcome {
        CheckFolder.write(job.text, to: folder.job)
        if let trial { CheckFolder.write(trial.text, to: folder.sequence) }
        CheckFolder.write("", to: folder.report)
        progress.clear()
        var options = ChildProcess.Options()
        options.environment = environment
        options.logFile = folder.log
        let child: ChildProcess
        do throws(SystemCallError) {
            child = try ChildProcess(command + [folder.path], options)
        } catch {
            return .unable("\(error)")
        }
        guard let ending = wait(for: child, patience) else {
            child.kill()
            return Interruption.requested ? .interrupted : .failed(failure(hang(patience)))
        }
        return outcome(ending)
    }

    /// Nil when it was given up.
    private func wait(for child: ChildProcess, _ patience: Nanoseconds) -> ChildProcess.Ending? {
        var seen: UInt64?
        var cpu: UInt64 = 0
        var since: UInt64 = 0
        while !Interruption.requested {
            if let ending = child.ending { return ending }
            let beats = progress.beats
            let now = Clock.monotonicNanoseconds()
            let spent = ProcessAccounting.cpuNanoseconds(child.pid) ?? cpu
            if beats != seen {
                seen = beats
                cpu = spent
                since = now
            } else if (spent > cpu && spent - cpu > patience.count)
                || now - since > patience.count * Self.idleFactor
            {
                return nil
            }
            Clock.sleep(milliseconds: 2)
        }
        return nil
    }

    private func hang(_ patience: Nanoseconds) -> TableFinding {
        TableFinding("hang", "it does not return: no operation ended within \(patience)")
    }

    private func failure(_ finding: TableFinding) -> CheckFailure {
        CheckFailure(finding: finding, trial: progress.trial, operation: progress.operation)
    }

    private func outcome(_ ending: ChildProcess.Ending) -> CheckOutcome {
        let lines = (SmallFile.read(folder.report) ?? "").split(separator: "\n").compactMap {
            ReportLine($0)
        }
        var title: String?
        var warnings: [String] = []
        var missing: String?
        for line in lines {
            switch line {
            case .title(let words): title = words
            case .warning(let words): warnings.append(words)
            case .missing(let words): missing = words
            case .finding(let finding, let trial, let operation):
                return .failed(
                    CheckFailure(finding: finding, trial: trial, operation: operation))
            case .end:
                if let missing { return .missing(missing) }
                return .passed(title: title, warnings: warnings)
            }
        }
        return .failed(failure(crash(ending)))
    }

    /// An end that the worker did not announce.
    private func crash(_ ending: ChildProcess.Ending) -> TableFinding {
        let log = (SmallFile.read(folder.log) ?? "").split(separator: "\n")
        if let line = log.first(where: { $0.contains("ERROR: AddressSanitizer") }) {
            // The first frame that is not the sanitizer's own.
            let frame = log.first {
                $0.contains(" #") && $0.contains(" in ") && !$0.contains("asan")
            }
            var words = String(line.drop { $0 != "A" })
            if let frame { words += ", " + String(frame.drop { $0 != "#" }) }
            return TableFinding("sanitizer", words)
        }
        let last = log.last.map { ": \($0)" } ?? ""
        switch ending {
        case .killed(signal: SIGABRT): return TableFinding("abort", "it \(ending)\(last)")
        case .killed(signal: SIGKILL):
            return TableFinding("memory", "it \(ending), as the kernel does where memory ends")
        case .killed: return TableFinding("crash", "it \(ending)\(last)")
        case .exited:
            return TableFinding("exit", "the table ended the process: it \(ending)\(last)")
        }
    }
}

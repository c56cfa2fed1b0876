// Inside: the process that loads the table and calls it. It does one job and ends; a crash, a hang
// or an exit of the table's own is seen from outside (CheckRun).
import Glibc
import LinuxSystem

public struct CheckWorker {
    let job: CheckJob
    private let folder: CheckFolder
    private let progress: ProgressPage

    /// Nil where the folder holds no job.
    public init?(folder path: String) {
        folder = CheckFolder(path: path)
        guard let text = SmallFile.read(folder.job), let job = CheckJob(text: text),
            let progress = ProgressPage(folder.progress)
        else { return nil }
        self.job = job
        self.progress = progress
    }

    /// Does the job, and leaves without the destructors of the table's libraries.
    public func run() -> Never {
        limit()
        do throws(TableFinding) {
            let table = try LoadedTable(job.library)
            if let check = job.check {
                try run(check, table)
            } else {
                try runSequence(table)
            }
        } catch {
            report(finding: error)
        }
        report(.end)
        _exit(EXIT_SUCCESS)
    }

    /// No core files, for crashes are ordinary here; and no more memory than would fit elsewhere,
    /// unless the sanitizer reserves its own.
    private func limit() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        if job.isSanitized { return }
        var memory = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory) == 0 else { return }
        memory.rlim_cur = min(Self.mostAddresses, memory.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &memory)
    }

    /// The host gives 3 GiB at most; the rest is for libraries, stacks and a heap of the table's.
    private static let mostAddresses: rlim_t = 8 << 30

    // MARK: Reports

    func report(_ line: ReportLine) {
        CheckFolder.write(line.text + "\n", to: folder.report, flags: O_APPEND)
    }

    private func report(finding: TableFinding) {
        report(.finding(finding, trial: progress.trial, operation: progress.operation))
    }

    /// For checks without operations: something has gone on.
    func beat() { progress.note(trial: 0, operation: 0) }

    // MARK: Jobs

    private func run(_ check: CheckName, _ table: LoadedTable) throws(TableFinding) {
        if let reason = check.missing(of: table) { return report(.missing(reason)) }
        switch check {
        case .descriptor:
            let kind = table.index == nil ? "a store" : "an index"
            let title = table.title.isEmpty ? "" : ": \(table.title)"
            report(.title("\(table.name), \(kind)\(title)"))
        case .options: try checkOptions(table)
        case .readers: try checkReaders(table)
        case .writers: try checkWriters(table)
        case .comparisons: try checkComparisons(table)
        case .draw: warn(aboutDraws: try runTrials(check, table))
        case .memory:
            try runTrials(check, table)
            if table.more.foreign_bytes == nil {
                report(
                    .warning(
                        "no `foreign_bytes`: what it takes elsewhere than from the host is in no "
                            + "count of bytes"))
            }
        case .empty, .short, .random, .growth, .scan, .batch, .keys, .two:
            try runTrials(check, table)
        }
    }

    private func runSequence(_ table: LoadedTable) throws(TableFinding) {
        guard let text = SmallFile.read(folder.sequence), let trial = Trial(text: text, beat: beat)
        else {
            throw TableFinding("sequence", "the sequence cannot be read")
        }
        try run(trial, number: 0, table)
    }

    /// - Returns: the table of the last trial, destroyed.
    @discardableResult
    private func runTrials(
        _ check: CheckName, _ table: LoadedTable
    ) throws(TableFinding) -> Session.Side? {
        var last: Session.Side?
        for number in 0..<check.trialCount(job.plan) {
            guard let trial = check.trial(number, job.plan) else { continue }
            last = try run(trial, number: number, table)
        }
        return last
    }

    @discardableResult
    private func run(
        _ trial: Trial, number: Int, _ table: LoadedTable
    ) throws(TableFinding) -> Session.Side {
        let session = Session { () throws(TableFinding) -> HostedTable in
            try makeSubject(table, hashes: trial.hashes)
        }
        try session.run(trial) { progress.note(trial: number, operation: $0) }
        return try session.side()
    }

    func makeSubject(
        _ table: LoadedTable, hashes: HashMode, options: String? = nil
    ) throws(TableFinding) -> HostedTable {
        try HostedTable(
            table, options: options ?? job.options, hashes: hashes, isPlain: job.isSanitized,
            giveUp: { finding in
                report(finding: finding)
                report(.end)
                _exit(EXIT_SUCCESS)
            })
    }

    /// Which entries `random` never chooses, and how far their numbers are from equal ones.
    private func warn(aboutDraws side: Session.Side?) {
        guard let side else { return }
        let drawn = side.drawn
        let never = CheckName.drawnKeys - drawn.count
        let shares = drawn.values.sorted()
        guard let least = shares.first, let most = shares.last else { return }
        if never > 0 {
            report(
                .warning(
                    "random never chooses \(never) of \(CheckName.drawnKeys) entries in "
                        + "\(CheckName.drawnKeys * CheckName.drawsPerKey) draws; eviction will "
                        + "never reach them"))
        } else if most > 20 * least {
            report(
                .warning(
                    "random chooses one entry \(most) times and another \(least) times; samples of "
                        + "it are skewed"))
        }
    }
}

// hashmark publish: the results of many runners in one PostgreSQL database.
import ArgumentParser
import Foundation
import LinuxSystem
import Publishing
import RunRecord

struct PublishVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Sends run records, or the history, to a PostgreSQL database.",
        discussion: """
            The schema `hashmark` is made where it is missing. A run that is there already stays \
            as it is, so anything may be published again; records and histories stay what counts, \
            and a lost database is filled from them. Where no server answers, what is left waits \
            in --spool, goes first the next time, and is no error; an address that is wrong is \
            one. Records with their latencies \
            (--json, --out) bring the buckets: hashmark.latency_percentile reads percentiles over \
            many runs from the sums of these. libpq is opened for it (Debian: libpq5); passwords \
            are best kept in ~/.pgpass.

            Examples:
              hashmark publish --to postgresql://ci@db/bench Reports/latest/run.json
              hashmark publish --to postgresql://ci@db/bench --history
              hashmark history --from postgresql://ci@db/bench
            """)

    @Option(
        help: .value("URI", "The database, as libpq takes it: postgresql://USER@HOST/DATABASE."))
    var to: String

    @Argument(
        help: .value("FILE", "Run records (.json) and histories (.ndjson)."),
        completion: .file(extensions: ["json", "ndjson"]))
    var files: [String] = []

    @Flag(help: "Also the history of this project, Reports/history.ndjson.")
    var history = false

    @Option(help: .value("LABEL", "What runs are called that have no label of their own."))
    var label: String?

    @Option(
        help: .value(
            "FOLDER", "Where runs wait while no server answers; Reports/spool if left out."),
        completion: .directory)
    var spool: String?

    func validate() throws {
        try DatabaseAddress.check(to)
        if files.isEmpty && !history {
            throw ValidationError("nothing to publish; name run records, or add --history")
        }
    }

    func run() throws {
        Interruption.install()
        do throws(PublishError) {
            let runs = try read(files + (history ? [ProjectFiles.history] : []))
            let folder = spool ?? ProjectFiles.spool
            let outcome = try Publisher(to: to, spool: folder).publish(runs)
            let known = outcome.published - outcome.fresh
            Output.print(
                "published \(outcome.published) run\(outcome.published == 1 ? "" : "s"): "
                    + "\(outcome.fresh) new, \(known) there already")
            if let obstacle = outcome.obstacle {
                MeasuringOptions.note(
                    "warning: \(outcome.waiting) wait in \(folder): \(obstacle); the next publish "
                        + "sends them first")
            }
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        if Interruption.requested { throw ExitCode.interrupted }
    }

    private func read(_ paths: [String]) throws(PublishError) -> [RunRecord] {
        do throws(RunRecordError) {
            var runs: [RunRecord] = []
            for path in paths {
                if path.hasSuffix(".ndjson") {
                    let (found, damage) = try RunRecord.readHistory(at: path)
                    for line in damage { MeasuringOptions.note("warning: \(line)") }
                    runs += found
                } else {
                    runs.append(try RunRecord.read(path))
                }
            }
            for index in runs.indices where runs[index].label == nil { runs[index].label = label }
            return runs
        } catch {
            throw PublishError.record(error)
        }
    }
}

/// A database's address on the command line. Read as any text, and looked at afterwards: what the
/// parser says of a value shows it, with its password.
enum DatabaseAddress {
    /// `host=… dbname=…` is refused: its password would be one that nobody masks.
    static func check(_ text: String) throws {
        guard !text.hasPrefix("postgresql://"), !text.hasPrefix("postgres://") else { return }
        throw ValidationError(
            "'\(Redaction.masked(uri: text))' is no address of a database; write "
                + "postgresql://USER@HOST/DATABASE")
    }
}

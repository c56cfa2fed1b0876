// hashmark gate accept: adds a reviewed record that lets one metric be worse, by so much, until a
// day.
import ArgumentParser
import Foundation
import Gate
import Gating
import LinuxSystem
import Quantities
import RunRecord

struct GateAccept: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept",
        abstract: "Let one metric be worse, by so much, until a day.",
        discussion: """
            Adds to the project's acceptances, which are reviewed and committed like code. A gate \
            that finds a regression within the bound passes until the day of expiry, and says so.

            Example:
              hashmark gate accept --metric memory_bytes_per_entry/reported --bound 6% \\
                --reason 'a wider expiry field' --author 'A. Reviewer' --expires 2027-01-31
            """)

    @Option(
        help: .value(
            "METRIC", "A metric id, as a verdict names it; * stands for one part between slashes."),
        completion: .metric)
    var metric: String

    @Option(
        help: .value("PERCENT", "How much worse it may be, as 5%."),
        transform: { try Real.parsePercentage($0, in: 0...1_000) })
    var bound: Double

    @Option(help: .value("TEXT", "Why."))
    var reason: String

    @Option(help: .value("NAME", "Who answers for it."))
    var author: String

    @Option(help: .value("DAY", "The last day on which it holds, as 2027-01-31."))
    var expires: String

    @Option(help: .value("WORKLOAD", "Only under this workload."), completion: .workload)
    var workload: String?

    @OptionGroup var file: AcceptancesOption

    func run() throws {
        let acceptance = Acceptance(
            metric: metric, workload: workload, bound: bound, reason: reason, author: author,
            expires: expires)
        let path = file.path
        let others = try GateVerb.reading { try GateFiles.acceptances(at: path) }
        if let problem = acceptance.problem(beside: others, today: GateFiles.today) {
            throw ValidationError("--\(problem.field): \(problem.cause); \(problem.remedy)")
        }
        let all = others + [acceptance]
        do throws(RunRecordError) {
            try AtomicFile.write(Data(AcceptanceFile.text(all).utf8), to: path)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
        Output.print("accepted in \(path): have it reviewed and commit it")
    }
}

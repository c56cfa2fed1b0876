// hashmark doctor: what this machine can measure, and what would disturb.
import ArgumentParser
import Doctor
import Experiments
import LinuxSystem
import Quantities
import RunRecord

struct DoctorVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "What this machine can and cannot measure, and what would disturb.",
        discussion: """
            Looks at the machine and changes nothing. ✓ is fine, ! makes numbers scatter or \
            shifts them, ✗ makes what is timed now worthless, and – could not be read or is not \
            there. Below the tables stands a line for a shell against each. Runs say what blocks, \
            or comes and goes, among their warnings.

            Examples:
              hashmark doctor
              hashmark doctor --noise 30s
              hashmark doctor --strict --json doctor.json

            Exit codes:
              0  whatever was found
              1  an error
              3  with --strict: something blocks, or moved during --noise
              64  a command line that cannot be understood
            """)

    @Option(
        help: .value(
            "TIME",
            "Measure for about so long how small a change can be seen here: rounds of a server "
                + "against itself. In s unless a unit follows."),
        transform: NumberOption.time(
            .seconds, from: Nanoseconds(2, .seconds), to: Nanoseconds(1, .hours)))
    var noise: Nanoseconds?

    // Unconditional: a lone - is a value.
    @Option(
        parsing: .unconditional,
        help: .value(
            "FILE",
            "Write what was found to FILE as JSON; - is standard output, and the tables go to "
                + "stderr."),
        completion: .file())
    var json: String?

    @Flag(help: "What blocks makes the exit code 3.")
    var strict = false

    @Flag(help: "No progress on stderr, of --noise.")
    var quiet = false

    @OptionGroup var tables: TableOptions

    func validate() throws {
        if noise == nil { try GivenOptions.refuse(["--quiet"], "has no effect without --noise") }
    }

    func run() throws {
        if let json { try OutputFiles.prepare([json]) }
        let checkup = Checkup.ofThisMachine()
        let report = DoctorReport(checkup, noise: try noise.map { try measure($0) })
        try write(report)
        let blocks =
            checkup.findings(.block).map(\.name)
            + (report.noise?.void.isEmpty == false ? ["noise"] : [])
        if strict && !blocks.isEmpty {
            MeasuringOptions.complain(
                "\(blocks.joined(separator: ", ")): what is timed now is worth nothing, and "
                    + "--strict makes that an error")
            throw ExitCode.invalid
        }
    }

    private func measure(_ time: Nanoseconds) throws -> NoiseFloor {
        Interruption.install()
        let recorder = Recorder(
            arguments: CommandLine.arguments, seed: UInt64.random(in: 0...UInt64.max),
            quiet: quiet)
        do throws(ExperimentFailure) {
            let floor = try NoiseFloor.measure(for: time, recorder)
            recorder.finish(partial: false)
            return floor
        } catch {
            recorder.progress.finish()
            MeasuringOptions.complain("\(error)")
            throw Interruption.requested ? ExitCode.interrupted : ExitCode.error
        }
    }

    private func write(_ report: DoctorReport) throws {
        let text = report.text(tables.style)
        if json.map(OutputFiles.isStandardOutput) == true {
            Output.note(text, terminator: "")
        } else {
            Output.print(text, terminator: "")
        }
        guard let json else { return }
        do throws(RunRecordError) {
            try OutputFiles.write(report.json(), to: json)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}

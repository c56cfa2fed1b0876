// hashmark history merge: several histories as one.
import ArgumentParser
import Foundation
import RunRecord

struct HistoryMerge: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "One history of several: every run once, in the order of time.",
        discussion: """
            Lines stay as they are, byte for byte, also where they hold more than this version \
            reads. What is no record is left out and told.

            Example:
              hashmark history merge Reports/history.ndjson theirs.ndjson \\
                --output all.ndjson
            """)

    @Argument(help: .value("FILE", "Histories."), completion: .file(extensions: ["ndjson"]))
    var files: [String]

    @Option(
        parsing: .unconditional,
        help: .value("FILE", "Where the merged history goes; standard output if left out."),
        completion: .file())
    var output = "-"

    func run() throws {
        do throws(RunRecordError) {
            var lines: [HistoryLine] = []
            for file in files {
                let (found, damage) = try RunRecord.historyLines(at: file)
                lines += found
                for line in damage { MeasuringOptions.note("warning: \(line)") }
            }
            var merged = Data()
            for line in RunRecord.inTime(lines, \.record) {
                merged += line.bytes
                merged.append(UInt8(ascii: "\n"))
            }
            try OutputFiles.write(merged, to: output)
        } catch {
            MeasuringOptions.complain("\(error)")
            throw ExitCode.error
        }
    }
}

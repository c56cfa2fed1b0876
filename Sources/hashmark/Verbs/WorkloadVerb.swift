// hashmark workload check | describe | show: is a file sound, what does it really draw, and what is
// in it?
import ArgumentParser
import LinuxSystem
import Progress
import ShippedFiles
import Workloads

struct WorkloadVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload",
        abstract: "Validate workload files; requested beside realised distributions; their text.",
        subcommands: [Check.self, Describe.self, Show.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report every problem of workload files, with line and remedy.",
            discussion: """
                Example:
                  hashmark workload check mine.yaml
                """)

        @Argument(
            help: .value("WORKLOAD", "Workloads: files, or names; none: all that have one."),
            completion: .workload)
        var files: [String] = []

        func run() throws {
            let search = ProjectFiles.search
            for name in files { try FileKind.workload.check(name) }
            var isSound = true
            for name in files.isEmpty ? search.names(.workload) : files {
                do throws(WorkloadProblems) {
                    let (bytes, title) = try search.yaml(name, .workload)
                    let description = try Workload(yaml: bytes, file: title).describe()
                    let complaints = description.complaints(file: title)
                    guard complaints.isEmpty else { throw WorkloadProblems(complaints) }
                    Output.print("\(name): sound")
                } catch {
                    Output.print("\(error)")
                    isSound = false
                }
            }
            if !isSound { throw ExitCode.error }
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a sample and show what it has beside what the file asks for.",
            discussion: """
                Example:
                  hashmark workload describe ycsb-a --requests 100k
                """)

        @Argument(
            help: .value("WORKLOAD", "A workload: a file, or the name of one."),
            completion: .workload)
        var file: String

        @Option(
            help: .value("N", "Requests to draw."), transform: NumberOption.count(1...100_000_000))
        var requests = 1_000_000

        @Option(help: .value("N", "Seed of the sample."), transform: NumberOption.seed)
        var seed: UInt64 = 1

        func run() throws {
            try FileKind.workload.check(file)
            do throws(WorkloadProblems) {
                let workload = try Workload(file: file, in: ProjectFiles.search)
                // Nothing is measured: a log needs no line of it.
                let progress = ProgressBar(quiet: Output.statusColumns == nil)
                defer { progress.finish() }
                progress.start("workload describe")
                progress.begin("drawing \(requests) requests", 0...1)
                let description = try workload.describe(requests: requests, seed: seed) {
                    progress.advance(to: $0)
                }
                Output.print(description.table)
                let cost = try CompiledWorkload(workload).drawingNanoseconds()
                Output.print("cost\n  \(cost) ns a request")
            } catch {
                MeasuringOptions.complain("\(error)")
                throw ExitCode.error
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a workload file: a start for one of your own.",
            discussion: """
                Example:
                  hashmark workload show ycsb-a >mine.yaml
                """)

        @Argument(
            help: .value("WORKLOAD", "A workload: a file, or the name of one."),
            completion: .workload)
        var file: String

        func run() throws {
            try FileKind.workload.check(file)
            do throws(WorkloadProblems) {
                let (bytes, _) = try ProjectFiles.search.yaml(file, .workload)
                Output.write(bytes)
            } catch {
                MeasuringOptions.complain("\(error)")
                throw ExitCode.error
            }
        }
    }
}

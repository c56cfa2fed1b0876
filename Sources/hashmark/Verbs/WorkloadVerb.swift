// hashmark workload check | describe: is a file sound, and what does it really draw?
import ArgumentParser
import LinuxSystem
import Workloads

struct WorkloadVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload",
        abstract: "Validate workload files; show requested beside realised distributions.",
        subcommands: [Check.self, Describe.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report every problem of workload files, with line and remedy.",
            discussion: """
                Example:
                  hashmark workload check mine.yaml
                """)

        @Argument(
            help: .value(
                "WORKLOAD", "Workload files, or names of files in Workloads/; none: all of those."),
            completion: .workload)
        var files: [String] = []

        func run() throws {
            let home = MeasuringOptions.home
            let names = files.isEmpty ? Workload.names(home: home) : files
            guard !names.isEmpty else {
                MeasuringOptions.complain(
                    "there is no workload in \(home)/Workloads; name a file, or set HASHMARK_HOME")
                throw ExitCode.error
            }
            for name in files { try NamedFile.workload.check(name) }
            var isSound = true
            for name in names {
                do throws(WorkloadProblems) {
                    let file = Workload.locate(name, home: home)
                    let complaints = try Workload(file: file).describe().complaints(file: file)
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
            help: .value("WORKLOAD", "A workload file, or the name of one in Workloads/."),
            completion: .workload)
        var file: String

        @Option(
            help: .value("N", "Requests to draw."), transform: NumberOption.count(1...100_000_000))
        var requests = 1_000_000

        @Option(help: .value("N", "Seed of the sample."), transform: NumberOption.seed)
        var seed: UInt64 = 1

        func run() throws {
            try NamedFile.workload.check(file)
            do throws(WorkloadProblems) {
                let path = Workload.locate(file, home: MeasuringOptions.home)
                let workload = try Workload(file: path)
                Output.print(try workload.describe(requests: requests, seed: seed).table)
                let cost = try CompiledWorkload(workload).drawingNanoseconds()
                Output.print("cost\n  \(cost) ns a request")
            } catch {
                MeasuringOptions.complain("\(error)")
                throw ExitCode.error
            }
        }
    }
}

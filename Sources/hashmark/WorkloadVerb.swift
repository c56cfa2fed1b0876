// hashmark workload check | describe: is a file sound, and what does it really draw?
import ArgumentParser
import Reporting
import Workloads

struct WorkloadVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload",
        abstract: "Validate workload files; show requested beside realised distributions.",
        subcommands: [Check.self, Describe.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Report every problem of workload files, with line and remedy.")

        @Argument(help: "Workload files, or names of files in Workloads/; none: all of those.")
        var files: [String] = []

        func run() throws {
            let home = MeasuringOptions.home
            let names = files.isEmpty ? Workload.names(home: home) : files
            guard !names.isEmpty else {
                MeasuringOptions.complain(
                    "there is no workload in \(home)/Workloads; name a file, or set HASHMARK_HOME")
                throw ExitCode.error
            }
            var isSound = true
            for name in names {
                do throws(WorkloadProblems) {
                    let workload = try Workload(file: Workload.locate(name, home: home))
                    let misses = try workload.describe().violations
                    for row in misses {
                        let off = fixed((row.deviation ?? 0) * 100, 1, width: 0)
                        print(
                            "\(name): \(row.population) \(row.name) is \(off) % off what its source "
                                + "says; correct the distribution or the expectation")
                    }
                    if misses.isEmpty { print("\(name): sound") }
                    isSound = isSound && misses.isEmpty
                } catch {
                    print("\(error)")
                    isSound = false
                }
            }
            if !isSound { throw ExitCode.error }
        }
    }

    struct Describe: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Draw a sample and show what it has beside what the file asks for.")

        @Argument(help: "A workload file, or the name of one in Workloads/.")
        var file: String

        @Option(help: "Requests to draw.")
        var requests = 1_000_000

        @Option(help: "Seed of the sample.")
        var seed: UInt64 = 1

        func validate() throws {
            if requests < 1 { throw ValidationError("--requests \(requests); use 1 or more") }
        }

        func run() throws {
            do throws(WorkloadProblems) {
                let path = Workload.locate(file, home: MeasuringOptions.home)
                let workload = try Workload(file: path)
                print(table(try workload.describe(requests: requests, seed: seed)), terminator: "")
            } catch {
                MeasuringOptions.complain("\(error)")
                throw ExitCode.error
            }
        }

        /// What was asked for, what the source published, and what a sample has.
        private func table(_ description: WorkloadDescription) -> String {
            var table = TextTable([
                .init(["of all"], .left), .init(["what"], .left), .init(["requested"]),
                .init(["source"]), .init(["realised"]), .init(["unit"], .left), .init(["off"]),
            ])
            func number(_ value: Double?) -> String {
                value.map { $0 == $0.rounded() ? fixed($0, 0, width: 0) : fixed($0, 4, width: 0) }
                    ?? ""
            }
            for row in description.rows {
                table.append([
                    row.population, row.name, number(row.requested), number(row.expected),
                    number(row.realised), row.unit,
                    row.deviation.map { "\(fixed($0 * 100, 1, width: 0)) %" } ?? "",
                ])
            }
            return table.text()
        }
    }
}

// hashmark workload: validate workload files, and set what they ask for beside what they give.
import ArgumentParser
import Foundation
import Workloads

struct WorkloadVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workload", abstract: "Checks and describes workload files.",
        discussion: "The format is explained in Workloads/README.md.",
        subcommands: [WorkloadCheck.self, WorkloadDescribe.self])
}

struct WorkloadCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validates files, and holds a sample against `expect`.",
        discussion: "Every problem is one line with file, line, cause and remedy; exit 1 then.")

    @Argument(help: "Workload files, or names of files in Workloads/.")
    var files: [String]

    func run() throws {
        var isClean = true
        for name in files {
            let file = Workload.locate(name, home: MeasuringOptions.home)
            do throws(WorkloadProblems) {
                let workload = try Workload(file: file)
                let problems = try workload.describe().complaints(file: file)
                if !problems.isEmpty { throw WorkloadProblems(problems) }
                print("\(file): fine (\(workload.contentHash))")
            } catch {
                isClean = false
                FileHandle.standardError.write(Data("\(error)\n".utf8))
            }
        }
        if !isClean { throw ExitCode.error }
    }
}

struct WorkloadDescribe: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "Shows requested, realised and published figures of a workload.")

    @Argument(help: "A workload file, or the name of a file in Workloads/.")
    var file: String

    @Option(help: "Requests to draw.")
    var requests = 1_000_000

    @Option(help: "Seed of the sample.")
    var seed: UInt64 = 1

    func validate() throws {
        guard requests >= 1 else {
            throw ValidationError("--requests \(requests) draws nothing; use 1 or more")
        }
    }

    func run() throws {
        do throws(WorkloadProblems) {
            let workload = try Workload(file: Workload.locate(file, home: MeasuringOptions.home))
            print(try workload.describe(requests: requests, seed: seed).table)
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode.error
        }
    }
}

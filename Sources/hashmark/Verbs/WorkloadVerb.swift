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
            abstract: "Draw a sample and show what it has beside what the file asks for.")

        @Argument(help: "A workload file, or the name of one in Workloads/.")
        var file: String

        @Option(help: "Requests to draw.", transform: NumberOption.count(1...100_000_000))
        var requests = 1_000_000

        @Option(help: "Seed of the sample.")
        var seed: UInt64 = 1

        func run() throws {
            do throws(WorkloadProblems) {
                let path = Workload.locate(file, home: MeasuringOptions.home)
                let workload = try Workload(file: path)
                Output.print(try workload.describe(requests: requests, seed: seed).table)
                let cost = Self.drawingNanoseconds(try CompiledWorkload(workload))
                Output.print("cost\n  \(cost) ns a request")
            } catch {
                MeasuringOptions.complain("\(error)")
                throw ExitCode.error
            }
        }

        /// CPU time of drawing one request, in tenths: the best of many short runs, because other
        /// work on the machine can only add to it.
        private static func drawingNanoseconds(_ workload: CompiledWorkload) -> Double {
            var generator = RequestGenerator(workload, seed: 1, worker: 0)
            let requests = 10_000
            var best = Double.infinity
            var sum = 0
            for _ in 0..<100 {
                let start = Clock.threadCPUNanoseconds()
                for _ in 0..<requests {
                    let request = generator.next()
                    sum &+= request.keySize &+ request.valueSize &+ request.ttlSeconds
                }
                best = min(best, Double(Clock.threadCPUNanoseconds() - start) / Double(requests))
            }
            // the sum is used, or nothing would be drawn
            return sum == .min ? 0 : (best * 10).rounded() / 10
        }
    }
}

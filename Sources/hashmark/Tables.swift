// hashmark tables: the tables directly, no server.
import ArgumentParser
import Experiments
import Keyspaces
import RunRecord
import TableBench

struct Tables: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the tables directly, without a server.",
        discussion: """
            CPU time per operation, bytes and allocations per entry, and the time of single inserts \
            across a doubling. Tables are measured in turns on the same keys, and what they read \
            must agree. find-hit/16: look-ups of existing keys, 16 of which have their memory asked \
            for before the first runs.
            """)

    @Option(
        help: "A table, repeat for more: \(Table.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var table: [String] = []

    @Option(
        help: """
            Entries as N[,N…]. (default: what fills half of L1, of L2 and of the last-level cache, \
            and eight times the latter)
            """)
    var entries: String?

    @Option(help: "Bytes of every key, a zero-padded decimal.")
    var keySize = 16

    @Option(help: "Bytes of every value.")
    var valueSize = 64

    @Option(help: "Batch depths of look-ups; 1 is one by one.")
    var batch = "1,4,16,64"

    @Option(help: "Keys that exist, in percent of those looked up.")
    var hits = "100,75,50,25,0"

    @Option(help: "Samples of every measurement.")
    var repeats = 11

    @Option(help: "MiB that all tables together may take.")
    var memory = 4096

    @Option(help: "Entries of the table whose doubling is watched insert by insert; 0: none.")
    var growth = 1 << 19

    @Option(help: "Entries up to which bytes per entry are listed; 0: none.")
    var curve = 1 << 20

    @Flag(help: "Cluster mode: 16,384 slots.")
    var cluster = false

    @Option(help: "The hash function: siphash or wide.")
    var hash = "siphash"

    @Option(help: "How costs are counted: cpu. (simulated is not available yet)")
    var mode = "cpu"

    @OptionGroup var options: MeasuringOptions

    func run() throws {
        var plan = try plan()
        var rendered = ""
        func text(_: RunRecord) -> String { rendered }
        try options.measure(text: text) { recorder throws(ExperimentFailure) in
            plan.seed = recorder.record.seed
            var runner = BenchRunner(plan) { recorder.progress($0) }
            let results = runner.run()
            for warning in results.warnings {
                let parts = warning.split(separator: ";", maxSplits: 1).map(String.init)
                recorder.warn(parts[0], remedy: String(parts.last!.drop { $0 == " " }))
            }
            if results.operations.isEmpty && results.growth.isEmpty && results.curve.isEmpty {
                throw ExperimentFailure(.setUp, "nothing was measured; see the warnings above")
            }
            recorder.add(results, plan)
            rendered = BenchText.render(results) + "\n"
        }
    }

    private func plan() throws -> BenchPlan {
        guard mode == "cpu" else {
            throw ValidationError("--mode \(mode) is not available yet; leave it out")
        }
        var plan = BenchPlan()
        do {
            if !table.isEmpty { plan.tables = try table.map { try Table.parse($0) } }
        } catch {
            throw usage(error)
        }
        plan.keySize = keySize
        plan.valueSize = valueSize
        plan.entries =
            try entries.map { try numbers($0, "--entries", 1...1 << 40) }
            ?? BenchPlan.cacheSweep(bytesPerEntry: 70 + keySize + valueSize)
        plan.depths = try numbers(batch, "--batch", 1...1024)
        plan.hitPercents = try numbers(hits, "--hits", 0...100)
        plan.repeats = repeats
        plan.memoryLimit = memory << 20
        plan.growthEntries = growth
        plan.curveEntries = curve
        plan.cluster = cluster
        guard let function = HashFunction(hash) else {
            throw ValidationError("--hash is '\(hash)'; write siphash or wide")
        }
        plan.hash = function
        guard keySize >= 2, keySize <= 128, valueSize >= 0, repeats >= 1, memory >= 1, growth >= 0,
            curve >= 0
        else {
            throw ValidationError(
                "--key-size must be 2 to 128, --repeats and --memory 1 or more, others not negative"
            )
        }
        return plan
    }

    private func numbers(_ list: String, _ name: String, _ range: ClosedRange<Int>) throws -> [Int]
    {
        try list.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let number = Int(text.filter { $0 != "_" }), range.contains(number) else {
                throw ValidationError(
                    "\(name) has '\(text)'; write N or N,N,… with N from \(range.lowerBound) to "
                        + "\(range.upperBound)")
            }
            return number
        }
    }
}

// hashmark tables: the tables directly, no server.
import ArgumentParser
import Counters
import Experiments
import Keyspaces
import LinuxSystem
import RunRecord
import TableBench

struct Tables: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure the tables directly, without a server.",
        discussion: """
            CPU time per operation, bytes and allocations per entry, and the time of single inserts \
            across a doubling. Tables are measured in turns on the same keys, and what they read \
            must agree. find-hit/16: look-ups of existing keys, 16 of which have their memory asked \
            for before the first runs. --mode simulated counts instructions and cache misses of \
            the same loops, and of nothing else, by callgrind's model.
            """)

    @Option(
        help: "A table, repeat for more: \(Table.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var table: [String] = []

    @Option(
        help: """
            Entries as N[,N…]. (default: what fills half of L1, of L2 and of the last-level cache, \
            and eight times the latter; of the simulated caches with --mode simulated)
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

    @Option(
        help: """
            MiB that all tables together may take; larger ones are measured one by one or left out. \
            (default: three quarters of what is available)
            """)
    var memory: Int?

    @Option(help: "Entries of the table whose doubling is watched insert by insert; 0: none.")
    var growth = BenchPlan().growthEntries

    @Option(help: "Entries up to which bytes per entry are listed; 0: none.")
    var curve = 1 << 20

    @Flag(help: "Cluster mode: 16,384 slots.")
    var cluster = false

    @Option(help: "The hash function: siphash or wide.")
    var hash = "siphash"

    @Option(
        help: """
            How bucket tables compare tags, scalar or sse2, instead of as the release does. Valkey \
            9.0 is valkey-8.1 with --match sse2 --lookahead 1.
            """)
    var match: String?

    @Option(help: "1: rehashing bucket tables look ahead, 0: they do not.")
    var lookahead: Int?

    @Option(help: "How costs are counted: cpu or simulated.")
    var mode = "cpu"

    @OptionGroup var caches: CacheOptions

    @Flag(help: .hidden)
    var countsRegions = false

    @OptionGroup var options: MeasuringOptions

    func run() throws {
        let plan = try plan()
        if countsRegions { return try work(plan) }
        if mode == "simulated" { return try simulate(plan) }
        try measure(plan)
    }

    private func measure(_ plan: BenchPlan) throws {
        var rendered = ""
        func text(_: RunRecord) -> String { rendered }
        try options.measure(text: text) { recorder throws(ExperimentFailure) in
            var plan = plan
            plan.seed = recorder.record.seed
            var runner = BenchRunner(plan, isCancelled: { Interruption.requested }) {
                recorder.progress($0)
            }
            let results = runner.run()
            recorder.warn(results.warnings)
            defer {
                recorder.add(results, plan)
                rendered = BenchText.render(results) + "\n"
            }
            if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
            if results.operations.isEmpty && results.growth.isEmpty && results.curve.isEmpty {
                throw ExperimentFailure(.setUp, "nothing was measured; see the warnings above")
            }
        }
    }

    private func plan() throws -> BenchPlan {
        guard ["cpu", "simulated"].contains(mode) else {
            throw ValidationError("--mode is '\(mode)'; write cpu or simulated")
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
            try entries.map { try numbers($0, "--entries", 1...1 << 40) } ?? defaultEntries()
        plan.depths = try numbers(batch, "--batch", 1...1024)
        plan.hitPercents = try numbers(hits, "--hits", 0...100)
        plan.repeats = repeats
        plan.memoryLimit = memoryLimit
        plan.growthEntries = growth
        plan.curveEntries = curve
        plan.cluster = cluster
        guard let function = HashFunction(hash) else {
            throw ValidationError("--hash is '\(hash)'; write siphash or wide")
        }
        plan.hash = function
        if let match {
            guard let way = GroupMatch(rawValue: match) else {
                throw ValidationError("--match is '\(match)'; write scalar or sse2")
            }
            plan.match = way
        }
        if let lookahead {
            guard (0...1).contains(lookahead) else {
                throw ValidationError("--lookahead is \(lookahead); write 0 or 1")
            }
            plan.lookAhead = lookahead == 1
        }
        guard keySize >= 2, keySize <= 128, valueSize >= 0, repeats >= 1, memory ?? 1 >= 1,
            growth >= 0,
            curve >= 0
        else {
            throw ValidationError(
                "--key-size must be 2 to 128, --repeats and --memory 1 or more, others not negative"
            )
        }
        return plan
    }

    private func defaultEntries() throws -> [Int] {
        // Headers, pointers and buckets take 70 bytes, give or take a table.
        let bytesPerEntry = 70 + keySize + valueSize
        return mode == "simulated"
            ? SimulatedBench.cacheSweep(bytesPerEntry: bytesPerEntry, try caches.geometry())
            : BenchPlan.cacheSweep(bytesPerEntry: bytesPerEntry)
    }

    /// What was allowed, but never more than there is: a table that does not fit is worth a line,
    /// not the end of the process.
    private var memoryLimit: Int {
        let available = HostAccounting.availableBytes() ?? .max
        return memory.map { min($0 << 20, available) } ?? available / 4 * 3
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

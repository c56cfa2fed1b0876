// hashmark tables: the tables directly, no server.
import ArgumentParser
import Counters
import Experiments
import Keyspaces
import LinuxSystem
import Quantities
import RunRecord
import TableBench

struct TablesVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tables",
        abstract: "Measure the tables directly, without a server.",
        discussion: """
            CPU time per operation, bytes and allocations per entry, and the time of single \
            inserts across a doubling. Tables are measured in turns on the same keys, and what \
            they read must agree. find-hit/16: look-ups of existing keys, 16 of which have their \
            memory asked for before the first runs. --mode simulated counts instructions and cache \
            misses of the same loops, and of nothing else, by callgrind's model.

            Examples:
              hashmark tables --table valkey-8.1 --table valkey-9.1 --entries 10k,1M
              hashmark tables --mode simulated
              hashmark tables --table valkey-9.1 --table foreign:./mine.so
            """)

    @Option(
        help: .value(
            "TABLE",
            "A table, repeat for more: \(Table.spellings.joined(separator: ", "))[?OPTIONS]."),
        completion: .table)
    var table: [String] = []

    @Option(
        help: .value(
            "N,…",
            "Entries as N[,N…]. (default: what fills half of L1, of L2 and of the last-level "
                + "cache, and eight times the latter; of the simulated caches with --mode "
                + "simulated)"),
        transform: { try Count.parseList($0, in: 1...100_000_000_000) })
    var entries: [Int]?

    @Option(
        help: .value("BYTES", "Bytes of every key, a zero-padded decimal."),
        transform: NumberOption.bytes(2...128))
    var keySize = 16

    // The look at a small table before the large one fills 32,768 of them.
    @Option(
        help: .value("BYTES", "Bytes of every value."), transform: NumberOption.bytes(0...65_536))
    var valueSize = 64

    @Option(
        help: .value("N,…", "Batch depths of look-ups; 1 is one by one. (default: 1,4,16,64)"),
        transform: { try Count.parseList($0, in: 1...1_024) })
    var batch: [Int]?

    @Option(
        help: .value(
            "PERCENT,…",
            "Keys that exist, in percent of those looked up. (default: 100,75,50,25,0)"),
        transform: { try Count.parseList($0, in: 0...100) })
    var hits: [Int]?

    @Option(
        help: .value("N", "Samples of every measurement."),
        transform: NumberOption.count(1...100_000))
    var repeats = 11

    @Option(
        help: .value(
            "MIB",
            "MiB that all tables together may take; larger ones are measured one by one or left "
                + "out. (default: three quarters of what is available)"),
        transform: NumberOption.count(1...1 << 30))
    var memory: Int?

    @Option(
        help: .value(
            "N", "Entries of the table whose doubling is watched insert by insert; 0: none."),
        transform: NumberOption.count(0...1_000_000_000))
    var growth = BenchPlan().growthEntries

    @Option(
        help: .value("N", "Entries up to which bytes per entry are listed; 0: none."),
        transform: NumberOption.count(0...10_000_000_000))
    var curve = 1 << 20

    @Flag(help: "Cluster mode: 16,384 slots.")
    var cluster = false

    @Option(help: .value("HASH", "The hash function: siphash or wide."))
    var hash = "siphash"

    @Option(
        help: .value(
            "HOW",
            "How bucket tables compare tags, scalar or sse2, instead of as the release does. "
                + "Valkey 9.0 is valkey-8.1 with --match sse2 --lookahead 1."))
    var match: String?

    @Option(
        help: .value("0|1", "1: rehashing bucket tables look ahead, 0: they do not."),
        transform: NumberOption.count(0...1))
    var lookahead: Int?

    @Option(
        help: .value("MODE", "How costs are counted: cpu or simulated."),
        completion: .list(["cpu", "simulated"]))
    var mode = "cpu"

    @OptionGroup(title: "Simulated caches") var caches: CacheOptions

    @Flag(help: .hidden)
    var countsRegions = false

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func run() throws {
        let plan = try plan()
        if countsRegions { return try work(plan) }
        if mode == "simulated" { return try simulate(plan) }
        try measure(plan)
    }

    private func measure(_ plan: BenchPlan) throws {
        try options.measure { recorder throws(ExperimentFailure) in
            var plan = plan
            plan.seed = recorder.record.seed
            recorder.progress.start("tables", seconds: plan.expectedSeconds)
            var runner = BenchRunner(
                plan, isCancelled: { Interruption.requested }, progress: recorder.progress)
            let results = runner.run()
            recorder.warn(results.warnings)
            for row in plan.records(results) { recorder.add(row) }
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
        try GivenOptions.refuse(
            mode == "simulated"
                ? ["--repeats", "--memory", "--growth", "--curve"] : GivenOptions.caches,
            "has no effect with --mode \(mode)")
        var plan = BenchPlan()
        do {
            if !table.isEmpty { plan.tables = try table.map { try Table.parse($0) } }
        } catch {
            throw usage(error)
        }
        try check(plan.tables)
        plan.keySize = keySize
        for option in TableOption.allCases where !plan.tables.contains(where: { $0.has(option) }) {
            try GivenOptions.refuse(
                ["--\(option.rawValue)"], "is about buckets, which none of these tables has")
        }
        plan.valueSize = valueSize
        plan.entries = try entries ?? defaultEntries()
        plan.depths = batch ?? plan.depths
        plan.hitPercents = hits ?? plan.hitPercents
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
            plan.lookAhead = lookahead == 1
        }
        return plan
    }

    /// Tables are told apart by their names, and cluster mode is not for all.
    private func check(_ tables: [Table]) throws {
        for table in tables {
            let namesakes = Set(tables).filter { $0.label == table.label }
            guard namesakes.count > 1 else { continue }
            throw ValidationError(
                "two tables are called '\(table.label)'; give one of them another `name`, or an "
                    + "option that tells it apart")
        }
        if cluster, let table = tables.first(where: { $0.lacks.contains(.slots) }) {
            throw ValidationError(
                "\(table.label) has no \(Capability.slots.rawValue), which --cluster is about; "
                    + "leave one of them out")
        }
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
}

extension Recorder {
    /// Warnings of a table benchmark: cause and remedy on one line.
    func warn(_ lines: [String]) {
        for line in lines {
            let parts = line.split(separator: ";", maxSplits: 1).map(String.init)
            warn(parts[0], remedy: String(parts.last!.drop { $0 == " " }))
        }
    }
}

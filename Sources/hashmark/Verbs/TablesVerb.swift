// hashmark tables: the tables directly, no server.
import ArgumentParser
import Experiments
import Keyspaces
import Quantities
import TableBench

struct TablesVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Measure the tables directly, without a server.",
        discussion: """
            CPU time per operation, bytes and allocations per entry, how full buckets and how long \
            chains are, and the time of single inserts across a doubling. In each round every \
            table has its turn, on the same keys; what they read must agree, and changes against \
            the first table have an interval. find-hit/16: look-ups of existing keys, 16 of which \
            have their memory asked for before the first runs. --mode simulated counts \
            instructions and cache misses of the same loops, and of nothing else, by callgrind's \
            model.

            Examples:
              hashmark tables --table valkey-8.1 --table valkey-9.1 --entries 10k,1M
              hashmark tables --table valkey-9.1 --table 'scalar=valkey-9.1?match=scalar'
              hashmark tables --table valkey-9.1 --table foreign:./mine.so
              hashmark tables --temperature cold --hits 1,0 --load min,max
              hashmark tables --mode simulated
            """)

    @Option(
        help: .value(
            "TABLE",
            "A table as [LABEL=]NAME[?OPTION=VALUE&…], repeat for more: "
                + "\(Table.spellings.joined(separator: ", ")). Options: "
                + TableSpecification.Option.allCases.map(\.rawValue).joined(separator: ", ")
                + "; what a loaded table gets besides is its own. (default: the tables of the "
                + "releases)"),
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
        help: .value(
            "LOAD,…",
            "min, max or both: tables as full as they are just after they grew, or just before "
                + "they grow, each at its own number of entries next to that of --entries."),
        transform: TableWords.loads)
    var load: [LoadPoint]?

    @Option(
        help: .value("BYTES,…", "Bytes of every key, a zero-padded decimal. (default: 16)"),
        transform: TableWords.keySizes)
    var keySize: [Int]?

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
            "RATIO,…",
            "Keys that exist, as shares of those looked up: 1, 0.5 or 50%. "
                + "(default: 1,0.75,0.5,0.25,0)"),
        transform: TableWords.hitPercents)
    var hits: [Int]?

    @Option(
        help: .value(
            "WHICH",
            "Which keys are looked up: uniform, zipf:EXPONENT or hot:REQUESTS/KEYS, in percent; "
                + "repeat for more. (default: uniform)"),
        transform: TableWords.pattern)
    var popularity: [AccessPattern] = []

    @Option(
        help: .value(
            "N,…",
            "Erasing and inserting is measured after all entries were replaced N times. "
                + "(default: 1)"),
        transform: { try Count.parseList($0, in: 0...1_000) })
    var churn: [Int]?

    @Option(
        help: .value(
            "HOW",
            "hot or cold: whether what the caches hold of a table in use is there when its turn "
                + "begins, or nothing of it."),
        completion: .list(Temperature.allCases.map(\.rawValue)), transform: TableWords.temperature)
    var temperature = Temperature.hot

    @Option(
        help: .value("N", "Rounds: samples of every measurement; an interval takes 6."),
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

    @Option(
        help: .value(
            "HASH",
            "The hash function of tables that name none: siphash or wide. "
                + "(default: siphash)"))
    var hash: String?

    @Option(
        help: .value(
            "HOW",
            "How bucket tables that do not say compare tags, scalar or simd, instead of as the "
                + "release does. Valkey 9.0 is valkey-8.1?match=simd&lookahead=1."))
    var match: String?

    @Option(
        help: .value(
            "0|1", "1: rehashing bucket tables that do not say look ahead, 0: they do not."))
    var lookahead: String?

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
        try options.measure(loads: 0) { recorder throws(ExperimentFailure) in
            try TableExperiment(plan).run(recorder)
        }
    }
}

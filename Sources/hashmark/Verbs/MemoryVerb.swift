// hashmark memory: bytes per entry as a curve over the number of entries.
import ArgumentParser
import Experiments
import LinuxSystem
import Quantities
import Targets

struct MemoryVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Bytes per entry, as a curve over the number of entries.",
        discussion: """
            Each target is filled with distinct entries of exactly these sizes (keys are \
            zero-padded decimals), settles, is checked with DBSIZE, and is read: its own \
            used_memory, the kernel's resident set and, on ref: targets, a walk over every entry.

            Example:
              hashmark memory --target ref:valkey-9.1 --target exec:redis-server \\
                --key-size 16 --value-size 64 --entries 100k,200k,1M
            """)

    @Option(
        help: .value(
            "TARGET",
            "A target, as [LABEL=]TARGET; repeat for more. The first is the one compared with."),
        completion: .target)
    var target: [String]

    @Option(help: .value("BYTES", "Bytes of every key."), transform: NumberOption.bytes(1...512))
    var keySize: Int

    @Option(help: .value("BYTES", "Bytes of every value."), transform: NumberOption.valueBytes)
    var valueSize: Int

    @Option(
        help: .value("N,…", "Counts at which memory is read, as N[,N…]."),
        transform: { try Count.parseList($0, in: 1...1_000_000_000_000) })
    var entries: [Int]

    @Option(
        help: .value("TIME", "Time to live of every entry, in s unless a unit follows; 0: none."),
        transform: NumberOption.life(from: 0))
    var ttl = 0

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func run() throws {
        let targets = try TargetList.parse(target)
        let curve = MemoryCurve(
            keySize: keySize, valueSize: valueSize, entries: entries.map { UInt64($0) },
            ttlSeconds: ttl)
        if let problem = curve.problem { throw ValidationError(problem) }
        if targets.contains(where: \.isOwned) { try requireMemory() }
        try options.measure { recorder throws(ExperimentFailure) in
            var launch = LaunchOptions()
            launch.seed = recorder.record.seed
            recorder.progress.start(
                "memory", seconds: curve.expectedSeconds * Double(targets.count))
            try curve.run(targets, launch, recorder, allowFlush: allowFlush)
        }
    }

    /// What an entry takes besides its key and value, at least: less than any table has yet needed.
    private static let leastOverhead = 16

    /// A fill that cannot end well is not begun: the kernel would end another process for it.
    private func requireMemory() throws {
        let perEntry = Double(keySize + valueSize + Self.leastOverhead)
        let bytes = Double(entries.max() ?? 0) * perEntry
        guard let available = HostAccounting.availableBytes(), bytes > Double(available) else {
            return
        }
        MeasuringOptions.complain(
            "\(entries.max() ?? 0) entries take at least \(ByteCount.text(bytes)), and "
                + "\(ByteCount.text(available)) are available; use fewer or smaller ones")
        throw ExitCode.error
    }
}

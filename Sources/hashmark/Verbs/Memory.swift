// hashmark memory: bytes per entry as a curve over the number of entries.
import ArgumentParser
import Experiments
import LinuxSystem
import Quantities
import Targets

struct Memory: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bytes per entry, as a curve over the number of entries.",
        discussion: """
            Each target is filled with distinct entries of exactly these sizes (keys are zero-padded
            decimals), settles, is checked with DBSIZE, and is read: its own used_memory, the
            kernel's resident set and, on ref: targets, a walk over every entry.
            """)

    @Option(
        help: "A target, as [LABEL=]TARGET; repeat for more. The first is the one compared with.")
    var target: [String]

    @Option(help: "Bytes of every key.", transform: NumberOption.bytes(1...512))
    var keySize: Int

    @Option(help: "Bytes of every value.", transform: NumberOption.valueBytes)
    var valueSize: Int

    @Option(
        help: "Counts at which memory is read, as N[,N…].",
        transform: { try Count.parseList($0, in: 1...1_000_000_000_000) })
    var entries: [Int]

    @Option(
        help: "Time to live of every entry, in s; 0 for none.",
        transform: NumberOption.count(0...1_000_000_000))
    var ttl = 0

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup var options: MeasuringOptions

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
            for target in targets {
                try curve.run(target, launch, recorder, allowFlush: allowFlush)
            }
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
            "\(entries.max() ?? 0) entries take at least \(Int(bytes / 1_048_576)) MiB, and "
                + "\(available >> 20) are available; use fewer or smaller ones")
        throw ExitCode.error
    }
}

/// Targets of a command line or a suite, with labels that tell them apart.
enum TargetList {
    static func parse(_ spellings: [String]) throws -> [Target] {
        Redaction.learn(spellings)
        var targets: [Target] = []
        var running: Set<String> = []
        for spelling in spellings {
            let target: Target
            do throws(TargetError) {
                target = try Target(parsing: spelling)
                try target.checkReference()
            } catch {
                throw usage(error)
            }
            if targets.contains(where: { $0.label == target.label }) {
                throw ValidationError(
                    "two targets are called '\(target.label)'; name one, as "
                        + "LABEL=\(target.spelling)")
            }
            if case .running(let endpoint) = target.kind {
                guard running.insert(Self.spelled(endpoint)).inserted else {
                    throw ValidationError(
                        "\(endpoint.address) is given twice, and would be compared with itself; "
                            + "give another server")
                }
            }
            targets.append(target)
        }
        return targets
    }

    /// One spelling of an address, for servers on this machine have two.
    private static func spelled(_ endpoint: Target.Endpoint) -> String {
        let address = "\(endpoint.address)"
        return address.hasPrefix("localhost:") ? "127.0.0.1" + address.dropFirst(9) : address
    }
}

// hashmark memory: bytes per entry as a curve over the number of entries.
import ArgumentParser
import Experiments
import LoadGenerator
import Quantities
import Spelling
import Targets

struct MemoryVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory",
        abstract: "Bytes per entry, as a curve over the number of entries or for a snapshot.",
        discussion: """
            Each target is filled with distinct entries of exactly these sizes (keys are \
            zero-padded decimals), settles, is checked with DBSIZE, and is read: its own \
            used_memory, the kernel's resident set and, on ref: targets, a walk over every entry. \
            With --from, the entries are those of an RDB file, or as large as those of a server \
            that runs and is only read: what that data would cost there. With --type, they are \
            collections, which grow from point to point.

            Examples:
              hashmark memory --target ref:valkey-9.1 --target exec:redis-server \\
                --key-size 16 --value-size 64 --entries 100k,200k,1M
              hashmark memory --from dump.rdb --target exec:redis-server \\
                --target ref:valkey-9.1
              hashmark memory --from tcp://127.0.0.1:6379 --target exec:redis-server
              hashmark memory --type hash --entries 1000 --members 100,512,513 \\
                --member-size 8 --value-size 8 --target ref:valkey-9.1
            """ + "\n\n" + ExitCodes.ofMeasuring)

    @Option(
        help: .value(
            "TARGET",
            "A target, as [LABEL=]TARGET; repeat for more. The first is the one compared with."),
        completion: .target)
    var target: [String]

    @Option(
        help: .value(
            "FILE|SERVER",
            "An RDB file whose entries are written, or a server that runs (tcp://HOST:PORT): "
                + "SCAN tells types and sizes of its entries, and ones like them are written."),
        completion: .file(extensions: ["rdb"]))
    var from: String?

    @Flag(help: "Take what a damaged RDB file holds up to the damage.")
    var skipBad = false

    @Option(help: .value("BYTES", "Bytes of every key."), transform: NumberOption.bytes(1...512))
    var keySize: Int?

    @Option(help: .value("BYTES", "Bytes of every value."), transform: NumberOption.valueBytes)
    var valueSize: Int?

    @Option(
        help: .value("N,…", "Counts at which memory is read, as N[,N…]."),
        transform: { try Count.parseList($0, in: 1...1_000_000_000_000) })
    var entries: [Int]?

    @Option(
        help: .value("TIME", "Time to live of every entry, in s unless a unit follows; 0: none."),
        transform: NumberOption.life(from: 0))
    var ttl = 0

    @Option(
        help: .value(
            "TYPE",
            "Entries are collections instead of strings: hash, list, set, zset or bloom, a Bloom "
                + "filter for the most members at an error rate of 1 %."),
        completion: .list(CollectionKind.allCases.map(\.rawValue)),
        transform: { try CollectionKind(parsing: $0) })
    var type: CollectionKind?

    @Option(
        help: .value(
            "N,…", "With --type: members per entry at which memory is read, as N[,N…]."),
        transform: { try Count.parseList($0, in: 1...1_000_000_000) })
    var members: [Int]?

    @Option(
        help: .value("BYTES", "With --type: bytes of every field, member or element."),
        transform: NumberOption.bytes(1...512))
    var memberSize: Int?

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup(title: "NUMA") var nodes: NodeOptions

    @OptionGroup var builds: BuildOptions

    @OptionGroup(title: "Outputs, progress, seed") var options: MeasuringOptions

    func validate() throws {
        if from != nil {
            if isServer {
                try GivenOptions.refuse(["--skip-bad"], "has no effect on a server")
            }
            try GivenOptions.refuse(
                [
                    "--key-size", "--value-size", "--entries", "--ttl", "--type", "--members",
                    "--member-size",
                ],
                "has no effect with --from, whose entries are as they are")
        } else if let type {
            try GivenOptions.refuse(["--skip-bad"], "has no effect without --from")
            try validateCollections(type)
        } else {
            try GivenOptions.refuse(["--skip-bad"], "has no effect without --from")
            try GivenOptions.refuse(
                ["--members", "--member-size"], "has no effect without --type")
            guard keySize != nil, valueSize != nil, entries != nil else {
                throw ValidationError(
                    "give --key-size, --value-size and --entries, or an RDB file or a server by "
                        + "--from")
            }
        }
    }

    /// Whether the entries are a running server's.
    private var isServer: Bool { from?.contains("://") ?? false }
    private func validateCollections(_ type: CollectionKind) throws {
        let reason = "has no effect with --type \(type.rawValue)"
        try GivenOptions.refuse(["--key-size", "--ttl"], reason)
        if type != .hash { try GivenOptions.refuse(["--value-size"], reason) }
        guard members != nil, memberSize != nil, entries?.count == 1,
            type != .hash || valueSize != nil
        else {
            throw ValidationError(
                "give --entries with one number, --members and --member-size"
                    + (type == .hash ? ", and --value-size" : ""))
        }
    }

    private func curve(_ type: CollectionKind) -> CollectionCurve {
        CollectionCurve(
            shape: CollectionShape(
                kind: type, memberBytes: memberSize ?? 0, valueBytes: valueSize ?? 0),
            containers: UInt64(entries?.first ?? 0), members: (members ?? []).map { UInt64($0) })
    }

    func run() throws {
        var targets = try TargetList.parse(
            target + (isServer ? [from].compactMap(\.self) : []), cache: builds.cache)
        // With the others, so that it is none of them: those are emptied.
        let origin = isServer ? targets.removeLast() : nil
        try TargetList.checkFlush(allowFlush, of: targets)
        try nodes.check(targets)
        let placement = try nodes.placement()
        if let from {
            var snapshot = origin.map { SnapshotMemory(of: $0) } ?? SnapshotMemory(from)
            snapshot.skipsDamaged = skipBad
            return try options.measure(better: [.lower], loads: 0) {
                recorder throws(ExperimentFailure) in
                try placement.apply(recorder)
                var launch = LaunchOptions()
                launch.seed = recorder.record.seed
                recorder.progress.start("memory")
                try snapshot.run(targets, launch, recorder, allowFlush: allowFlush)
            }
        }
        if let type {
            let curve = curve(type)
            if let problem = curve.problem { throw ValidationError(problem) }
            return try options.measure(better: [.lower], loads: 0) {
                recorder throws(ExperimentFailure) in
                try placement.apply(recorder)
                var launch = LaunchOptions()
                launch.seed = recorder.record.seed
                recorder.progress.start(
                    "memory", seconds: curve.expectedSeconds * Double(targets.count))
                try curve.run(targets, launch, recorder, allowFlush: allowFlush)
            }
        }
        let curve = MemoryCurve(
            keySize: keySize ?? 0, valueSize: valueSize ?? 0,
            entries: (entries ?? []).map { UInt64($0) }, ttlSeconds: ttl)
        if let problem = curve.problem { throw ValidationError(problem) }
        try options.measure(better: [.lower], loads: 0) { recorder throws(ExperimentFailure) in
            try placement.apply(recorder)
            var launch = LaunchOptions()
            launch.seed = recorder.record.seed
            recorder.progress.start(
                "memory", seconds: curve.expectedSeconds * Double(targets.count))
            try curve.run(targets, launch, recorder, allowFlush: allowFlush)
        }
    }
}

extension CollectionKind {
    /// The type called `text`.
    fileprivate init(parsing text: String) throws {
        guard let kind = CollectionKind(rawValue: text) else {
            let names = CollectionKind.allCases.map(\.rawValue)
            throw ValidationError(
                "'\(text)' is no type of collection; \(Spelling.remedy(for: text, among: names))")
        }
        self = kind
    }
}

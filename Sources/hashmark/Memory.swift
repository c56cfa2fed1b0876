// hashmark memory: bytes per entry as a curve over the number of entries.
import ArgumentParser
import Experiments
import LinuxSystem
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

    @Option(help: "Bytes of every key.")
    var keySize: Int

    @Option(help: "Bytes of every value.")
    var valueSize: Int

    @Option(help: "Counts at which memory is read, as N[,N…].")
    var entries: String

    @Option(help: "Time to live of every entry, in s; 0 for none.")
    var ttl = 0

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup var options: MeasuringOptions

    func run() throws {
        let targets = try TargetList.parse(target)
        let curve = try MemoryCurve(
            keySize: keySize, valueSize: valueSize, entries: counts(), ttlSeconds: ttl)
        if let problem = curve.problem { throw ValidationError(problem) }
        try options.measure { recorder throws(ExperimentFailure) in
            var launch = LaunchOptions()
            launch.seed = recorder.record.seed
            for target in targets {
                try curve.run(target, launch, recorder, allowFlush: allowFlush)
            }
        }
    }

    private func counts() throws -> [UInt64] {
        try entries.split(separator: ",", omittingEmptySubsequences: false).map { text in
            guard let count = UInt64(text.filter { $0 != "_" }), count > 0 else {
                throw ValidationError(
                    "--entries has '\(text)', which is no count; write N or N,N,… with N from 1")
            }
            return count
        }
    }
}

/// Targets of a command line or a suite, with labels that tell them apart.
enum TargetList {
    static func parse(_ spellings: [String]) throws -> [Target] {
        Redaction.learn(spellings)
        var targets: [Target] = []
        for spelling in spellings {
            let target: Target
            do throws(TargetError) {
                target = try Target(parsing: spelling)
            } catch {
                throw usage(error)
            }
            if targets.contains(where: { $0.label == target.label }) {
                throw ValidationError(
                    "two targets are called '\(target.label)'; name one, as LABEL=\(spelling)")
            }
            targets.append(target)
        }
        return targets
    }
}

// The workloads of a comparison, and what each stands for in a fleet: those of a suite with its
// weights, or some with weights of the command line.
import ArgumentParser
import Experiments
import Workloads

struct FleetOptions: ParsableArguments {
    @Option(
        help: .value(
            "WORKLOAD", "A workload file, or the name of one in Workloads/; repeat for more."),
        completion: .workload)
    var workload: [String] = ["valkey-fleet-median"]

    @Option(
        help: .value(
            "WEIGHT",
            "How much of a fleet's operations a workload stands for, relative to the others: one "
                + "for each --workload, in their order."),
        transform: NumberOption.real(1e-9...1e12))  // a suite file's range, above 0
    var weight: [Double] = []

    @Option(
        help: .value(
            "SUITE",
            "A suite, whose workloads, weights and number of keys are taken; its targets, rounds "
                + "and counts are not."),
        completion: .suite)
    var suite: String?

    @Option(
        help: .value(
            "N", "Keys per workload, instead of the workload's own: popularity and sizes stay."),
        transform: NumberOption.entries)
    var entries: UInt64?

    func validate() throws {
        if suite != nil {
            try GivenOptions.refuse(["--workload", "--weight"], "is the suite's, beside --suite")
        }
        guard !weight.isEmpty else { return }
        guard workload.count > 1 else {
            throw ValidationError("--weight is for several --workload; name the others, too")
        }
        guard weight.count == workload.count else {
            throw ValidationError(
                "--weight is there \(weight.count) times and --workload \(workload.count) times; "
                    + "give one for each")
        }
        for (number, name) in workload.enumerated() where workload[..<number].contains(name) {
            throw ValidationError(
                "--workload \(name) is there twice; give it once, with the sum of its weights")
        }
    }

    /// Reads all of the files.
    /// - Returns: in their order; a weight is nil for what is no part of a fleet.
    func compiled() throws -> [(workload: CompiledWorkload, weight: Suite.Weight?)] {
        if let suite {
            let file = try WorkloadFile.suite(suite)
            return try file.workloads.map { name in
                let read = try WorkloadFile.compiled(name, entries: entries ?? file.entries)
                return (workload: read, weight: file.weights[name])
            }
        }
        let parts: [(workload: CompiledWorkload, weight: Suite.Weight?)]
        parts = try workload.enumerated().map { number, name in
            let read = try WorkloadFile.compiled(name, entries: entries)
            let own: Double? = weight.isEmpty ? nil : weight[number]
            return (
                workload: read,
                weight: own.map { Suite.Weight(value: $0, source: "assumed") }
            )
        }
        if !weight.isEmpty { try Self.refuseEquals(parts.map { $0.workload.workload }) }
        return parts
    }

    /// Two paths of one file, or two files with one name, would be one row of results.
    private static func refuseEquals(_ workloads: [Workload]) throws {
        for (number, workload) in workloads.enumerated() {
            for earlier in workloads[..<number]
            where earlier.name == workload.name || earlier.contentHash == workload.contentHash {
                throw ValidationError(
                    "--workload \(earlier.name) and \(workload.name) are the same; give it once, "
                        + "with the sum of its weights")
            }
        }
    }
}

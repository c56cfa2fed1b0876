// What `hashmark profile` drives its servers with: nothing of it is for processes of others.
import ArgumentParser
import Experiments
import Quantities
import Workloads

struct ProfileLoadOptions: ParsableArguments {
    @Option(
        help: .value("WORKLOAD", "A workload file, or the name of one in Workloads/."),
        completion: .workload)
    var workload = "valkey-fleet-median"

    @Option(
        help: .value(
            "N", "Keys, instead of the workload's own: popularity and sizes stay."),
        transform: NumberOption.entries)
    var entries: UInt64?

    @Option(
        help: .value("N", "Rounds of freshly launched servers; 3, or 10 where they are compared."),
        transform: NumberOption.rounds)
    var rounds: Int?

    @Option(
        help: .value(
            "TIME", "Load on each server before its first slice, in ms unless a unit follows."),
        transform: NumberOption.time(.milliseconds, to: Nanoseconds(24, .hours)))
    var warmUp = Nanoseconds(500, .milliseconds)

    @Option(
        help: .value("N", "Connections, instead of the workload's."),
        transform: NumberOption.connections)
    var connections: Int?

    @Option(
        help: .value("N", "Requests in flight per connection, instead of the workload's."),
        transform: NumberOption.pipeline)
    var pipeline: Int?

    @OptionGroup var cpus: PlacementOption

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    @OptionGroup var errors: ErrorOption

    /// As they are written.
    static let names =
        [
            "--workload", "--entries", "--rounds", "--warm-up", "--connections", "--pipeline",
            "--cpus", "--allow-flush", "--on-errors",
        ] + GivenOptions.nodes

    /// Functions show after three rounds; those of a difference with their intervals after ten.
    private static let usualRounds = (alone: 3, compared: 10)

    func validate() throws {
        try NumberOption.checkInFlight(connections: connections, pipeline: pipeline)
    }

    func compiled() throws -> CompiledWorkload {
        try WorkloadFile.compiled(workload, entries: entries)
    }

    func plan(isPair: Bool) throws -> RoundPlan {
        var plan = RoundPlan()
        plan.rounds = rounds ?? (isPair ? Self.usualRounds.compared : Self.usualRounds.alone)
        plan.warmUpNanoseconds = warmUp.count
        plan.connections = connections
        plan.pipeline = pipeline
        plan.placement = try cpus.placement()
        plan.errorPolicy = errors.onErrors
        return plan
    }
}

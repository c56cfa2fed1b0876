// The load on servers that are filled with a workload, as flags of the verbs that drive one: what
// is otherwise than the workload says, and how rounds begin.
import ArgumentParser
import Experiments
import Quantities

struct LoadOverrides: ParsableArguments {
    @Option(
        help: .value("N", "Connections, instead of the workload's."),
        transform: NumberOption.connections)
    var connections: Int?

    @Option(
        help: .value("N", "Requests in flight per connection, instead of the workload's."),
        transform: NumberOption.pipeline)
    var pipeline: Int?

    @OptionGroup var errors: ErrorOption

    @Flag(help: "Running servers that hold entries may be emptied.")
    var allowFlush = false

    func validate() throws {
        try NumberOption.checkInFlight(connections: connections, pipeline: pipeline)
    }

    func apply(to plan: inout RoundPlan) {
        plan.connections = connections
        plan.pipeline = pipeline
        plan.errorPolicy = errors.onErrors
    }
}

struct RoundLoadOptions: ParsableArguments {
    @Option(
        help: .value(
            "TIME", "Load on each server before its first slice, in ms unless a unit follows."),
        transform: NumberOption.time(.milliseconds, to: Nanoseconds(24, .hours)))
    var warmUp = Nanoseconds(500, .milliseconds)

    @OptionGroup var overrides: LoadOverrides

    @OptionGroup var cpus: PlacementOption

    var allowFlush: Bool { overrides.allowFlush }

    /// All but where servers and load run.
    func apply(to plan: inout RoundPlan) {
        plan.warmUpNanoseconds = warmUp.count
        overrides.apply(to: &plan)
    }
}

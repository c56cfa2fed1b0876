// What `hashmark profile` drives its servers with: nothing of it is for processes of others.
import ArgumentParser
import Experiments
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

    @OptionGroup var driven: RoundLoadOptions

    /// As they are written.
    static let names =
        [
            "--workload", "--entries", "--rounds", "--warm-up", "--connections", "--pipeline",
            "--cpus", "--allow-flush", "--on-errors",
        ] + GivenOptions.nodes

    /// Functions show after three rounds; those of a difference with their intervals after ten.
    private static let usualRounds = (alone: 3, compared: 10)

    func compiled() throws -> CompiledWorkload {
        try WorkloadFile.compiled(workload, entries: entries)
    }

    func plan(isPair: Bool) throws -> RoundPlan {
        var plan = RoundPlan()
        plan.rounds = rounds ?? (isPair ? Self.usualRounds.compared : Self.usualRounds.alone)
        driven.apply(to: &plan)
        plan.placement = try driven.cpus.placement()
        return plan
    }
}

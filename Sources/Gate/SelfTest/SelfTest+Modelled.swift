// Gates on made-up rounds, in thousands: what a policy calls a regression when nothing is one, what
// it calls one when something is, and what it does exactly at its margins.
//
// Scripts/proofs/gate simulated prints it for the default policy.
import Distributions
import RunRecord

extension SelfTest {
    /// A kind of gate that is tried in numbers.
    public struct Trial: Sendable {
        public let name: String
        public let fault: RoundModel.Fault
        /// What the rounds are like, besides their scatter.
        public let change: @Sendable (inout RoundModel) -> Void
        /// Gates at most: a false alarm is rare, and its rate needs many; power does not.
        public let most: Int

        init(
            _ name: String, _ fault: RoundModel.Fault, most: Int,
            _ change: @escaping @Sendable (inout RoundModel) -> Void = { _ in }
        ) {
            self.name = name
            self.fault = fault
            self.most = most
            self.change = change
        }
    }

    /// Nothing is worse than its margin: red in α of the gates at most.
    public static func harmless(_ policy: Policy) -> [Trial] {
        let cpu = policy.rule(for: Metric.serverCPU.id)
        let margin = cpu?.margin ?? 0
        return [
            Trial(Certificate.Row.nothing, .nothing, most: .max),
            // More than any recorded series had: 0.24.
            Trial("nothing; serial correlation 0.3", .nothing, most: 2_000) { $0.serial = 0.3 },
            Trial("nothing; 1 launch in 10 is 8 % off", .nothing, most: 2_000) {
                $0.offShare = 0.1
                $0.off = 0.08
            },
            Trial("CPU at its margin in every cell", .everyCell(margin), most: 2_000),
            Trial(
                "CPU at its margin in one cell", .oneCell(cpu?.cellMargin ?? margin), most: 2_000),
            Trial("every metric at its margin", .margins, most: 2_000),
        ]
    }

    /// What has to be caught.
    public static let harmful: [Trial] = [
        Trial("+3 % CPU in every cell", .everyCell(0.03), most: 400),
        Trial("+6 % CPU in one cell", .oneCell(0.06), most: 400),
        Trial("12 ms of CPU per 200,000 requests", .perRequests(0.012, each: 200_000), most: 400),
        Trial("300 ms of CPU each 5 s", .perTime(0.3, each: 5), most: 400),
        Trial("5 % of the time asleep", .stalls(0.05), most: 400),
    ]

    /// Scatters of one load's CPU time in a round that are tried.
    public static let scatters = [0.02, 0.03, 0.05]

    /// Gates of a trial on rounds of that model.
    /// - Parameter advance: hears which share of them is done.
    public static func modelled(
        _ trial: Trial, _ policy: Policy, _ model: RoundModel, gates: Int, seed: UInt64,
        _ advance: (Double) -> Void
    ) -> Certificate.Row {
        var model = model
        trial.change(&model)
        return modelled(
            trial.name, policy, model, trial.fault, gates: min(gates, trial.most), seed: seed,
            advance)
    }

    /// Gates on rounds of a model.
    public static func modelled(
        _ change: String, _ policy: Policy, _ model: RoundModel, _ fault: RoundModel.Fault,
        gates: Int, seed: UInt64, _ advance: (Double) -> Void = { _ in }
    ) -> Certificate.Row {
        var row = Certificate.Row(change: change, how: "modelled")
        var policy = policy
        policy.rules.removeAll { $0.kind != .timed }
        // Memory curves and simulated counts take their part of a live budget.
        policy.budgetSeconds -= min(80, policy.budgetSeconds / 4)
        let gate = Gate(
            policy, Sides(baseline: "baseline", candidate: "candidate", sentinel: "sentinel"))
        var seeds = SplitMix64(seed: seed)
        for number in 0..<gates {
            var measurer = ModelMeasurer(model, fault, policy, seed: seeds.next())
            row.count(gate.run(with: &measurer).verdict)
            advance(Double(number + 1) / Double(gates))
        }
        return row
    }
}

// What a verdict says to the person whose build it stopped: what, how much, what moved with it, and
// what to do now.
import Quantities
import RunRecord
import Statistics

extension Gate {
    func reasons(
        _ checks: [RunRecord.Check], _ moved: MovedFunctions, _ decided: Bool, _ isBroken: Bool
    ) -> [String] {
        // Beside something broken, only what was confirmed is worth a line.
        let order: [RunRecord.Check.Status] =
            isBroken ? [.regression] : [.regression, .inconclusive, .accepted, .improvement]
        var reasons = order.flatMap { status -> [String] in
            let own = checks.filter { $0.status == status }
                .sorted { severity($0) > severity($1) }
            let all = own.map { "\($0.title): \($0.reason)" }
            // Of many undecided ones each says the same, and the table has them all.
            guard status == .inconclusive, all.count > Self.mostUndecided else { return all }
            let shown = all.prefix(Self.toldUndecided)
            return Array(shown) + ["and \(all.count - shown.count) more that are undecided"]
        }
        if let mechanism = mechanism(checks, moved) { reasons.append(mechanism) }
        if isBroken { return reasons }
        if !decided { reasons.insert("nothing was measured that could decide", at: 0) }
        if reasons.isEmpty { reasons.append(passed(checks)) }
        return reasons
    }

    /// What moved with a timed regression: where to look for its cause.
    private func mechanism(
        _ checks: [RunRecord.Check], _ functions: MovedFunctions
    ) -> String? {
        let worse = Set(
            checks.filter { $0.rule == Rule.Kind.timed.rawValue && $0.status == .regression }
                .map(\.metric))
        guard !worse.isEmpty else { return nil }
        let moved = checks.filter { check in
            guard !worse.contains(check.metric), !check.isDifference, let effect = check.effect
            else { return false }
            // Of what scatters, only what is clear of nothing; of what is counted, a hundredth:
            // less explains no slow-down beyond a timed margin.
            return if [.exact, .simulated].contains(check.kind) {
                abs(effect) > 0.01 && check.metric != Metric.hitRatio.id
            } else if let lower = check.lower, let upper = check.upper {
                lower > 0 || upper < 0
            } else { false }
        }
        // Beside the server's CPU time they are told already.
        let told = worse.contains(Metric.serverCPU.id) ? nil : functions.inAll
        let parts =
            moved.prefix(Self.mostMoved).map { "\($0.title) \(($0.effect ?? 0).changeText)" }
            + [told].compactMap(\.self)
        guard !parts.isEmpty else { return nil }
        return "with it moved: " + parts.joined(separator: ", ")
    }

    /// More than a reader takes in.
    private static let mostMoved = 8
    private static let mostUndecided = 6
    /// Of more than those.
    private static let toldUndecided = 3

    /// How many margins a change is.
    private func severity(_ check: RunRecord.Check) -> Double {
        abs(check.effect ?? 0) / max(check.margin ?? 1, 1e-9)
    }

    private func passed(_ checks: [RunRecord.Check]) -> String {
        var names: [String] = []
        for check in checks where check.status == .pass {
            let name = Metric.named(check.metric)?.title ?? check.metric
            if !names.contains(name) { names.append(name) }
        }
        return "within their margins: " + names.joined(separator: ", ")
    }

    func advice(
        _ status: RunRecord.Verdict.Status, _ checks: [RunRecord.Check], _ shortage: Shortage,
        _ spending: Spending
    ) -> [String] {
        switch status {
        case .pass, .improvement: return []
        case .regression:
            guard
                let worst = checks.filter({ $0.status == .regression })
                    .max(by: { severity($0) < severity($1) })
            else { return [] }
            // A curve of memory is no load.
            let load =
                worst.workload == RunRecord.Workload.memoryCurve
                ? nil : worst.workload ?? policy.simulatedWorkload
            var advice: [String] = []
            if let load {
                advice.append(
                    "find the cause: `hashmark profile --baseline BASELINE --candidate CANDIDATE "
                        + "--workload \(load)`, or `hashmark counters --mode simulated --top 20` "
                        + "with a --target for each side")
            }
            if !worst.isDifference {
                // A whole per cent, upwards.
                let bound = (abs(worst.effect ?? 0) * 100).rounded(.up) / 100
                advice.append(
                    "or accept it, reviewed: `hashmark gate accept --metric \(worst.metric) "
                        + "--bound \(bound.percentOption) --reason … --author … --expires …`")
            }
            return advice
        case .inconclusive:
            return timeAdvice(shortage, spending)
        }
    }

    static func minutes(_ seconds: Double) -> String {
        seconds < 90
            ? "\(Int(saturating: seconds.rounded(.up))) s"
            : "\(Int(saturating: (seconds / 60).rounded(.up))) min"
    }
}

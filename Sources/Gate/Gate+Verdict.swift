// From checks to one verdict. A regression outweighs everything; what could not be decided outweighs
// a pass; and nothing passes that was not measured.
import RunRecord
import Statistics

/// Exit codes of the command line's contract.
public enum GateExit {
    public static let pass = 0
    public static let regression = 2
    public static let inconclusive = 3
    public static let improvement = 4
    public static let incomparable = 5
}

extension Gate {
    public func verdict(_ record: RunRecord, _ spending: Spending) -> RunRecord.Verdict {
        let timed = timedChecks(record)
        let sentinel = TimedCheck.judgeSentinel(timed, policy, record, sides)
        var checks = TimedCheck.judge(timed, policy, record, sides) {
            trouble($0, record, sentinel)
        }
        checks += curveChecks(record).map { $0.judge(policy, record, sides) }
        checks += pairedChecks(record).map { $0.judge(policy, record, sides) }
        checks += missing(checks, record, spending)
        for index in checks.indices { accept(&checks[index]) }
        checks += record.subjects(policy, [.advisory]).map { advisory($0, record) }

        let decided = checks.contains { ![.advisory, .unmeasured].contains($0.status) }
        let status: RunRecord.Verdict.Status =
            checks.contains { $0.status == .regression }
            ? .regression
            : !decided || checks.contains { $0.status == .inconclusive }
                ? .inconclusive
                : checks.contains { $0.status == .improvement } ? .improvement : .pass
        var verdict = RunRecord.Verdict(
            status: status, exitCode: exitCode(status), reasons: reasons(checks, decided),
            policy: policy.name, policyHash: policy.contentHash, baseline: sides.baseline,
            candidate: sides.candidate, sentinel: sides.sentinel)
        verdict.checks = checks
        verdict.sentinelChecks = sentinel
        return verdict
    }

    private func exitCode(_ status: RunRecord.Verdict.Status) -> Int {
        switch status {
        case .pass: GateExit.pass
        case .improvement: tellsImprovement ? GateExit.improvement : GateExit.pass
        case .regression: GateExit.regression
        case .inconclusive: GateExit.inconclusive
        }
    }

    /// Deciding rules for which nothing at all was measured: not deciding them is no pass.
    private func missing(
        _ checks: [RunRecord.Check], _ record: RunRecord, _ spending: Spending
    ) -> [RunRecord.Check] {
        policy.rules.compactMap { rule in
            guard rule.kind != .advisory, rule.kind != .timed || sides.baseline != nil,
                !checks.contains(where: { rule.matches($0.metric) })
            else { return nil }
            // The first rule that fits holds: a later one may have nothing left.
            guard policy.rule(for: rule.metric) == rule || rule.metric.contains("*") else {
                return nil
            }
            let known = Metric.named(rule.metric)
            return RunRecord.Check(
                metric: rule.metric, unit: known?.unit ?? .ratio, better: known?.better ?? .lower,
                kind: known?.kind ?? .exact, workload: nil, rule: rule.kind.rawValue,
                status: .inconclusive, reason: shortage(rule, record, spending))
        }
    }

    /// Why a rule has no reading.
    private func shortage(_ rule: Rule, _ record: RunRecord, _ spending: Spending) -> String {
        let began: Bool
        switch rule.kind {
        case .timed:
            began = record.rounds(.screen, sides, policy) >= policy.rounds.screen
        case .paired: began = spending.perSeed != nil
        default: began = spending.perLaunch != nil
        }
        return began
            ? "nothing that was measured has that name; correct the policy"
            : "the budget of \(Int(spending.total)) s was spent before it was measured; "
                + "use a larger --budget"
    }

    private func advisory(_ subject: Subject, _ record: RunRecord) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: Rule.Kind.advisory.rawValue)
        check.status = .advisory
        func median(_ target: String?) -> Double? {
            Descriptive.median(record.samples(subject, of: target).compactMap(\.self))
        }
        check.baselineValue = median(sides.baseline)
        check.candidateValue = median(sides.candidate)
        guard let from = check.baselineValue, let to = check.candidateValue else {
            check.status = .unmeasured
            check.reason = record.absence(subject, of: sides.candidate) ?? "no baseline"
            return check
        }
        check.pairs = record.samples(subject, of: sides.candidate).count
        if from != 0 { check.effect = to / from - 1 }
        check.reason = "informs only"
        return check
    }

    /// Lets a reviewed acceptance stand against a regression.
    private func accept(_ check: inout RunRecord.Check) {
        guard check.status == .regression, let effect = check.effect else { return }
        let worse = check.better == .lower ? effect : -effect
        for acceptance in acceptances where acceptance.covers(check) {
            let who = "\(acceptance.author): \(acceptance.reason)"
            if acceptance.expires < today {
                check.reason += "; its acceptance expired on \(acceptance.expires) (\(who))"
            } else if worse > acceptance.bound {
                check.reason +=
                    "; more than the accepted \(RunRecord.Check.percent(acceptance.bound)) (\(who))"
            } else {
                check.status = .accepted
                check.reason +=
                    "; accepted up to \(RunRecord.Check.percent(acceptance.bound)) until "
                    + "\(acceptance.expires) (\(who))"
                return
            }
        }
    }

    private func reasons(_ checks: [RunRecord.Check], _ decided: Bool) -> [String] {
        let order: [RunRecord.Check.Status] = [.regression, .inconclusive, .accepted, .improvement]
        var reasons = order.flatMap { status in
            checks.filter { $0.status == status }.sorted { severity($0) > severity($1) }
                .map { "\($0.title): \($0.reason)" }
        }
        if let mechanism = mechanism(checks) { reasons.append(mechanism) }
        if !decided { reasons.insert("nothing was measured that could decide", at: 0) }
        if reasons.isEmpty { reasons.append(passed(checks)) }
        return reasons
    }

    /// What was counted that moved with a timed regression: where to look for its cause.
    private func mechanism(_ checks: [RunRecord.Check]) -> String? {
        guard checks.contains(where: { $0.rule == "timed" && $0.status == .regression }) else {
            return nil
        }
        // Below one per cent nothing that is counted explains a slow-down beyond a timed margin.
        let moved = checks.filter { check in
            [.exact, .simulated].contains(check.kind) && abs(check.effect ?? 0) > 0.01
        }
        guard !moved.isEmpty else { return nil }
        let parts = moved.map { "\($0.title) \(RunRecord.Check.percent($0.effect ?? 0))" }
        return "with it moved: " + parts.joined(separator: ", ")
    }

    /// How many margins a change is.
    private func severity(_ check: RunRecord.Check) -> Double {
        abs(check.effect ?? 0) / max(check.margin ?? 1, 1e-9)
    }

    private func passed(_ checks: [RunRecord.Check]) -> String {
        let passing = checks.filter { $0.status == .pass }
        let names = passing.map(\.title).joined(separator: ", ")
        return "within their margins: \(names)"
    }
}

// From checks to one verdict:
//
//   1  what is broken (Gate+Incidents): before anything that was timed
//   2  a confirmed regression, whatever else is open or missing
//   3  inconclusive: a deciding rule without a decision, also one that could not be measured
//   4  improvement, pass
import Quantities
import RunRecord
import Statistics

/// Exit codes of the command line's contract.
public enum GateExit {
    public static let pass = 0
    public static let error = 1
    public static let regression = 2
    public static let inconclusive = 3
    public static let improvement = 4
    public static let incomparable = 5
}

extension Gate {
    /// Judges what a record holds, whether or not more could be measured: each rule's checks, what
    /// was missing, and the exit code.
    /// - Parameter spending: the time used so far, in seconds, by which it is told why something
    ///   was not measured.
    public func verdict(_ record: RunRecord, _ spending: Spending) -> RunRecord.Verdict {
        var (checks, sentinel, shortage) = checks(record, spending)
        let moved = MovedFunctions(record, sides)
        for index in checks.indices { moved.explain(&checks[index]) }
        let incident = incidentVerdict(record)
        let decided = checks.contains { ![.advisory, .unmeasured].contains($0.status) }
        let status = incident?.status ?? Self.status(checks, decided)
        var verdict = RunRecord.Verdict(
            status: status, exitCode: incident?.exitCode ?? exitCode(status),
            reasons: (incident?.reasons ?? []) + reasons(checks, moved, decided, incident != nil),
            policy: policy.name, policyHash: policy.contentHash, baseline: sides.baseline,
            candidate: sides.candidate, sentinel: sides.sentinel)
        verdict.checks = checks
        verdict.sentinelChecks = sentinel
        verdict.advice = incident?.advice ?? advice(status, checks, shortage, spending)
        verdict.basis = basis(spending)
        return verdict
    }

    private static func status(
        _ checks: [RunRecord.Check], _ decided: Bool
    ) -> RunRecord.Verdict.Status {
        func has(_ status: RunRecord.Check.Status) -> Bool {
            checks.contains { $0.status == status }
        }
        if has(.regression) { return .regression }
        if !decided || has(.inconclusive) { return .inconclusive }
        return has(.improvement) ? .improvement : .pass
    }

    private func exitCode(_ status: RunRecord.Verdict.Status) -> Int {
        switch status {
        case .pass: GateExit.pass
        case .improvement: tellsImprovement ? GateExit.improvement : GateExit.pass
        case .regression: GateExit.regression
        case .inconclusive: GateExit.inconclusive
        }
    }

    /// All checks, the sentinel's, and what the open ones would have needed.
    private func checks(
        _ record: RunRecord, _ spending: Spending
    ) -> (all: [RunRecord.Check], sentinel: [RunRecord.Check], shortage: Shortage) {
        let index = RoundIndex(record, policy)
        let families =
            sides.baseline == nil ? nil : TimedFamilies(index, RoundTotals(record), policy, sides)
        let sentinel = families.map { judgeSentinel($0, record) } ?? []
        let timed = (families?.pooled ?? []) + (families?.cells ?? [])
        let throttling = throttling(record)
        var open: [TimedCheck] = []
        var checks = timed.map { check in
            let flagged = sentinel.first {
                $0.metric == check.subject.metric && $0.status == .inconclusive
            }
            let trouble = flagged?.reason ?? throttling
            let judged = check.judged(
                record, policy, sides, trouble: trouble,
                absence: check.all.count > 0 ? nil : absence(of: check, record))
            if judged.status == .inconclusive && trouble == nil { open.append(check) }
            return judged
        }
        let fewest = families?.fewest(screened: index.rounds(.screen, of: sides.candidate))
        checks += curveChecks(record).map { $0.judge(policy, record, sides) }
        checks += pairedChecks(record).map { $0.judge(policy, record, sides) }
        checks += missing(checks, record, spending)
        for index in checks.indices {
            requireReading(&checks[index])
            accept(&checks[index])
        }
        checks += record.subjects(policy, [.advisory]).map { advisory($0, record) }
        return (checks, sentinel, shortage(open, fewest: fewest, record, spending))
    }

    private func absence(of check: TimedCheck, _ record: RunRecord) -> String {
        // Of the pooled check, any of its loads tells why.
        let subjects =
            check.readings.cells > 1
            ? record.subjects(policy, [.timed]).filter { $0.metric == check.subject.metric }
            : [check.subject]
        for (side, target) in [("candidate", sides.candidate), ("baseline", sides.baseline ?? "")] {
            for subject in subjects {
                if let reason = record.absence(subject, of: target) {
                    return "the \(side) gave none: \(reason)"
                }
            }
        }
        return "no round has a reading of both sides"
    }

    /// A deciding rule that could not be measured is no pass, unless the policy does without it.
    private func requireReading(_ check: inout RunRecord.Check) {
        guard check.status == .unmeasured,
            let rule = policy.rule(for: check.metric), !rule.isOptional
        else { return }
        check.status = .inconclusive
        check.reason =
            "not measured: \(check.reason); make it measurable, or let the policy say "
            + "`optional: true` for it"
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
                status: rule.isOptional ? .unmeasured : .inconclusive,
                reason: shortage(rule, record, spending))
        }
    }

    /// Why a rule has no reading.
    private func shortage(_ rule: Rule, _ record: RunRecord, _ spending: Spending) -> String {
        if !record.incidents.isEmpty || spending.brokeOff || record.partial {
            return "measuring had stopped before"
        }
        let began =
            switch rule.kind {
            case .timed: spending.perRound != nil
            case .paired: spending.perSeed != nil
            default: spending.perLaunch != nil
            }
        return began
            ? "nothing that was measured has that name; correct the policy"
            : "the budget of \(Int(saturating: spending.total)) s was spent before it was "
                + "measured; use a larger --budget"
    }

    private func advisory(_ subject: Subject, _ record: RunRecord) -> RunRecord.Check {
        var check = record.check(subject, sides, rule: Rule.Kind.advisory.rawValue)
        check.conditions = subject.conditions ?? [:]
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
        // A bound is a share: what has no share is not accepted by one.
        guard check.status == .regression, let effect = check.effect, !check.isDifference else {
            return
        }
        let worse = check.better == .lower ? effect : -effect
        for acceptance in acceptances where acceptance.covers(check) {
            let who = "\(acceptance.author): \(acceptance.reason)"
            if acceptance.expires < today {
                check.reason += "; its acceptance expired on \(acceptance.expires) (\(who))"
            } else if worse > acceptance.bound {
                check.reason +=
                    "; more than the accepted \(acceptance.bound.changeText) (\(who))"
            } else {
                check.status = .accepted
                check.reason +=
                    "; accepted up to \(acceptance.bound.changeText) until "
                    + "\(acceptance.expires) (\(who))"
                return
            }
        }
    }

    /// The baseline against its own copy. It has fewer slices than the others, so it scatters more
    /// and may sit a little aside: it is flagged only where it is shown to differ by more than half
    /// the margin, either way, over all checks of the first family at α (Holm).
    private func judgeSentinel(
        _ families: TimedFamilies, _ record: RunRecord
    ) -> [RunRecord.Check] {
        guard let sentinel = sides.sentinel else { return [] }
        let measured = families.pooled.filter { $0.readings.sentinel.contains { $0 != nil } }
        let ranks = measured.map { SignedRank($0.readings.sentinel.compactMap(\.self)) }
        let adjusted = MultipleTesting.holm(
            zip(measured, ranks).map { check, ranks in
                let tolerance = check.margin / 2
                return min(
                    1, 2 * min(ranks.pValue(above: tolerance), ranks.pValue(below: -tolerance)))
            })
        let against = Sides(baseline: sides.baseline, candidate: sentinel, sentinel: nil)
        return zip(zip(measured, ranks), adjusted).map { pair, p in
            pair.0.judgedSentinel(pair.1, p, policy, record, against)
        }
    }

    private func basis(_ spending: Spending) -> RunRecord.Verdict.Basis {
        var basis = RunRecord.Verdict.Basis(
            policy: policy.yaml, acceptances: AcceptanceFile.text(acceptances), today: today,
            tellsImprovement: tellsImprovement, budgetSeconds: spending.total,
            spentSeconds: spending.spent)
        basis.secondsPerRound = spending.perRound
        basis.secondsPerLaunch = spending.perLaunch
        basis.secondsPerSeed = spending.perSeed
        return basis
    }
}

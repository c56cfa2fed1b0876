// The gate as a pure function: what has been measured → what to measure next, or the verdict.
//
//     record, spending ──> step ──> .measure(need)   measured by whoever calls, added to the record
//                               └─> .verdict         pass, regression, improvement or inconclusive
//
// Nothing here measures, waits, reads a clock or draws a number that is not from the record: the
// same record gives the same answer, and the rule can be tried on synthetic and recorded rounds.
//
// Order: memory (seconds), simulated seeds, screening rounds, confirming rounds. The last take what
// the budget leaves, batch by batch, for the workload whose worst interval is widest.
import RunRecord
import Statistics

/// What is measured next, on all sides.
public enum Need: Equatable, Sendable {
    /// One launch, filled to the counts of the policy's curve; numbered from 0.
    case memory(launch: Int)
    /// One launch under callgrind with this seed pinned, from 1.
    case simulated(seed: UInt64)
    /// Rounds of all cells, whose results have the condition `stage`; the first has the number
    /// `first`, from 0 over both stages.
    case rounds(stage: Stage, first: Int, count: Int)
}

/// Time of the run so far, and what things cost; all in s.
public struct Spending: Sendable {
    public var total: Double
    public var spent = 0.0
    /// Nil before the first was measured.
    public var perLaunch: Double?
    public var perSeed: Double?
    public var perRound: Double?

    public init(total: Double) { self.total = total }

    var left: Double { total - spent }

    /// Whether something that costs that much still fits; what was never measured is tried.
    func affords(_ seconds: Double?) -> Bool { left > (seconds ?? 0) }
}

public enum Step: Equatable, Sendable {
    case measure(Need)
    case verdict(RunRecord.Verdict)
}

public struct Gate: Sendable {
    public var policy: Policy
    public var sides: Sides
    /// Deterministic readings of an earlier run instead of the baseline's.
    public var stored: RunRecord?
    public var acceptances: [Acceptance] = []
    /// `2026-11-21`: decides which acceptances have expired.
    public var today = ""
    /// Improvements without a regression exit 4.
    public var tellsImprovement = false

    public init(_ policy: Policy, _ sides: Sides) {
        self.policy = policy
        self.sides = sides
    }

    /// Rounds per batch after the first of a stage: intervals are looked at that often.
    private static let batch = 4
    /// A throttled share of the slices above this makes a workload's rounds unsound. One slice in a
    /// hundred does not move a median.
    private static let throttledLimit = 0.01

    private var comparesLive: Bool { sides.baseline != nil }

    public func step(_ record: RunRecord, _ spending: Spending) -> Step {
        if let need = memoryNeed(record, spending) ?? simulatedNeed(record, spending)
            ?? roundsNeed(record, spending)
        {
            return .measure(need)
        }
        return .verdict(verdict(record, spending))
    }

    // MARK: what to measure

    private func memoryNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        let done = launches(record)
        guard done < policy.memoryLaunches, spending.affords(spending.perLaunch) else { return nil }
        return .memory(launch: done)
    }

    /// Launches of the memory curve so far.
    private func launches(_ record: RunRecord) -> Int {
        record.results.lazy.filter {
            $0.target == sides.candidate && $0.metric == Metric.memoryPerEntry(.reported).id
                && $0.workload == RunRecord.Workload.memoryCurve
                && $0.conditions["entries"] == .number(policy.memory.entries[0])
        }.map { max($0.samples.count, 1) }.reduce(0, +)
    }

    private func simulatedNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        guard policy.isSimulated else { return nil }
        let checks = pairedChecks(record)
        let done =
            record.results.lazy.filter {
                $0.target == sides.candidate && $0.metric == Metric.simulated(.instructions).id
            }.map { max($0.samples.count, 1) }.reduce(0, +)
        let unavailable = record.results.contains {
            $0.metric == Metric.simulated(.instructions).id && $0.value == nil
                && $0.samples.isEmpty
        }
        let wanted =
            done < policy.simulated.screen
            ? policy.simulated.screen : checks.map { $0.wanted(policy) }.max() ?? 0
        guard done < wanted, !unavailable, spending.affords(spending.perSeed) else { return nil }
        return .simulated(seed: UInt64(done + 1))
    }

    private func roundsNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        guard policy.isTimed, comparesLive else { return nil }
        let done = record.rounds(.screen, sides, policy)
        guard done < policy.rounds.screen else { return confirmingNeed(record, spending) }
        // The first round alone, for what a round costs.
        guard let perRound = spending.perRound else {
            return .rounds(stage: .screen, first: done, count: 1)
        }
        let fits = Int(spending.left / perRound)
        guard fits > 0 else { return nil }
        return .rounds(
            stage: .screen, first: done, count: min(policy.rounds.screen - done, fits))
    }

    private func confirmingNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        let open = timedChecks(record).filter { !$0.isClearedByScreening }
        // What neither side can be read for will not be read next time.
        guard open.contains(where: { !$0.screen.isEmpty }) else { return nil }
        let confirming = record.rounds(.confirm, sides, policy)
        let done = confirming + record.rounds(.screen, sides, policy)
        let imprecision = open.map(\.imprecision).max() ?? 0
        let isPrecise =
            confirming >= policy.rounds.least && imprecision <= policy.rounds.precision
        let fits = Int(spending.left / (spending.perRound ?? 0.001))
        let wanted =
            confirming < policy.rounds.least ? policy.rounds.least - confirming : Self.batch
        let count = min(wanted, fits, policy.rounds.cap - done)
        guard !isPrecise, count > 0 else { return nil }
        return .rounds(stage: .confirm, first: done, count: count)
    }

    // MARK: checks

    func timedChecks(_ record: RunRecord) -> [TimedCheck] {
        guard comparesLive else { return [] }
        var checks = record.subjects(policy, [.timed]).map { subject in
            TimedCheck(subject, policy.rule(for: subject.metric)!, record, sides)
        }
        TimedCheck.screen(&checks, policy)
        return checks
    }

    func curveChecks(_ record: RunRecord) -> [CurveCheck] {
        record.subjects(policy, [.exact, .median])
            .filter { $0.workload == RunRecord.Workload.memoryCurve }
            .map { subject in
                CurveCheck(
                    subject, policy.rule(for: subject.metric)!, record, sides, stored: stored)
            }
    }

    func pairedChecks(_ record: RunRecord) -> [PairedCheck] {
        record.subjects(policy, [.paired]).map { subject in
            PairedCheck(subject, policy.rule(for: subject.metric)!, record, sides, stored: stored)
        }
    }

    /// Why the rounds of a workload are not sound; nil where they are.
    func trouble(
        _ workload: String?, _ record: RunRecord, _ sentinel: [RunRecord.Check]
    ) -> String? {
        if let flagged = sentinel.first(where: {
            $0.workload == workload && $0.status == .inconclusive
        }) {
            return flagged.reason
        }
        let slices = record.rounds.flatMap(\.slices)
        let throttled = slices.filter { ($0.throttledNanoseconds ?? 0) > 0 }.count
        guard Double(throttled) > Self.throttledLimit * Double(slices.count) else { return nil }
        return "a CPU quota held \(throttled) of \(slices.count) slices back; raise the quota"
    }
}

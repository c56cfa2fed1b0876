// The gate as a pure function: what has been measured → what to measure next, or the verdict.
//
//     record, spending ──> step ──> .measure(need)   measured by whoever calls, added to the record
//                               └─> .verdict         pass, regression, improvement or inconclusive
//
// Nothing here measures, waits, reads a clock or draws a number that is not from the record: the
// same record gives the same answer, and the rule can be tried on synthetic and recorded rounds.
//
// Order: memory (seconds), simulated seeds, screening rounds, confirming rounds. The last take what
// the budget leaves, a few at a time, until every interval is precise. Whatever is broken ends it.
import Quantities
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
    /// A failure ended it, and neither the budget nor a verdict.
    public var brokeOff = false
    /// Nil before the first was measured.
    public var perLaunch: Double?
    public var perSeed: Double?
    /// The mean over all rounds so far: one slow launch is spread over them.
    public var perRound: Double? { rounds > 0 ? roundSeconds / Double(rounds) : nil }
    private var roundSeconds = 0.0
    private var rounds = 0

    public init(total: Double) { self.total = total }

    /// Of a run that was recorded.
    init(_ basis: RunRecord.Verdict.Basis) {
        total = basis.budgetSeconds
        spent = basis.spentSeconds
        perLaunch = basis.secondsPerLaunch
        perSeed = basis.secondsPerSeed
        if let perRound = basis.secondsPerRound { (roundSeconds, rounds) = (perRound, 1) }
    }

    var left: Double { total - spent }

    /// Whether something that costs that much still fits; what was never measured is tried.
    func affords(_ seconds: Double?) -> Bool { left > (seconds ?? 0) }

    /// Takes note of what a need took, in s.
    public mutating func add(_ seconds: Double, for need: Need) {
        switch need {
        case .memory: perLaunch = seconds
        case .simulated: perSeed = seconds
        case .rounds(_, _, let count):
            roundSeconds += seconds
            rounds += max(count, 1)
        }
    }
}

/// What a gate comes to, each time that it is asked.
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

    /// The candidate's counts will stand as a baseline: all seeds are wanted, not the first few.
    public var storesCandidate = false

    /// Rounds per batch after the first of a stage: intervals are looked at that often.
    private static let batch = 2
    /// Rounds whose pace is believed: of fewer, one slow launch is most of the time.
    private static let paced = 3
    /// More than any policy's cap.
    private static let mostRounds = 1e6
    /// A throttled share of all slices above this makes every timed number unsound. One slice in a
    /// hundred does not move a median.
    private static let throttledLimit = 0.01

    var comparesLive: Bool { sides.baseline != nil }

    /// What comes next: something to measure, or the verdict once the policy's rules are decided,
    /// its rounds are done or its time is over. Incidents end a gate at once.
    /// - Parameters:
    ///   - record: all that was measured so far.
    ///   - spending: the time that it took, in seconds, by which it is known what can still be
    ///     afforded.
    public func step(_ record: RunRecord, _ spending: Spending) -> Step {
        // What is broken is told at once: no number of a broken server means anything.
        if let need = incidentVerdict(record) == nil ? nextNeed(record, spending) : nil {
            return .measure(need)
        }
        return .verdict(verdict(record, spending))
    }

    private func nextNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        memoryNeed(record, spending) ?? simulatedNeed(record, spending)
            ?? roundsNeed(record, spending)
    }

    // MARK: what to measure

    private func memoryNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        guard policy.memoryLaunches > 0 else { return nil }
        let done = launches(record)
        guard done < policy.memoryLaunches, spending.affords(spending.perLaunch) else { return nil }
        return .memory(launch: done)
    }

    /// Launches of the memory curve so far.
    func launches(_ record: RunRecord) -> Int {
        let bytes = Metric.memoryPerEntry(.reported).id
        return record.results.lazy.filter {
            $0.target == sides.candidate && $0.metric == bytes
                && $0.workload == RunRecord.Workload.memoryCurve
                && $0.conditions["entries"] == .number(policy.memory.entries[0])
        }.map { max($0.samples.count, 1) }.reduce(0, +)
    }

    private func simulatedNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        guard let seeds = seeds(record), seeds.done < seeds.wanted,
            spending.affords(spending.perSeed)
        else { return nil }
        return .simulated(seed: UInt64(seeds.done + 1))
    }

    /// Seeds that were simulated, and how many are wanted; nil where none is, or can be.
    func seeds(_ record: RunRecord) -> (done: Int, wanted: Int)? {
        guard policy.isSimulated else { return nil }
        let checks = pairedChecks(record)
        let instructions = Metric.simulated(.instructions).id
        let done =
            record.results.lazy.filter {
                $0.target == sides.candidate && $0.metric == instructions
            }.map { max($0.samples.count, 1) }.reduce(0, +)
        let unavailable = record.results.contains {
            $0.metric == instructions && $0.value == nil && $0.samples.isEmpty
        }
        let wanted =
            storesCandidate
            ? policy.simulated.seeds
            : done < policy.simulated.screen
                ? policy.simulated.screen : checks.map { $0.wanted(policy) }.max() ?? 0
        return unavailable ? nil : (done, wanted)
    }

    private func roundsNeed(_ record: RunRecord, _ spending: Spending) -> Need? {
        guard policy.isTimed, comparesLive else { return nil }
        let index = RoundIndex(record, policy)
        let screened = index.rounds(.screen, of: sides.candidate)
        let confirmed = index.rounds(.confirm, of: sides.candidate)
        let done = screened + confirmed
        // The first round alone, for what a round costs.
        guard done > 0, let perRound = spending.perRound else {
            return done == 0 && spending.left > 0
                ? .rounds(stage: .screen, first: 0, count: 1) : nil
        }
        let fits = max(0, Int(saturating: min(spending.left / perRound, Self.mostRounds)))
        // At twice the pace so far it could still not decide: the rest of the budget buys nothing.
        let isHopeless = done >= Self.paced && done + 2 * fits < policy.rounds.least
        let room = min(fits, policy.rounds.cap - done)
        guard room > 0, !isHopeless else { return nil }
        let screening = TimedFamilies.screening(policy, affordable: done + fits)
        if confirmed == 0 && screened < screening {
            // Few at first: the next look knows better what they cost.
            let count = min(screening - screened, room, max(Self.batch, done))
            return .rounds(stage: .screen, first: done, count: count)
        }
        guard
            TimedFamilies(index, nil, policy, sides)
                .isOpen(screened: screened, confirmed: confirmed)
        else { return nil }
        return .rounds(stage: .confirm, first: done, count: min(Self.batch, room))
    }

    // MARK: checks

    func curveChecks(_ record: RunRecord) -> [CurveCheck] {
        record.subjects(policy, [.exact, .median])
            .filter { $0.workload == RunRecord.Workload.memoryCurve }
            .map { subject in
                CurveCheck(
                    subject, policy.rule(for: subject.metric)!, record, sides,
                    stored: stored(record))
            }
    }

    func pairedChecks(_ record: RunRecord) -> [PairedCheck] {
        record.subjects(policy, [.paired]).map { subject in
            PairedCheck(
                subject, policy.rule(for: subject.metric)!, record, sides, stored: stored(record))
        }
    }

    /// The stored baseline: as it was given, or as a record to be judged again holds it.
    private func stored(_ record: RunRecord) -> RunRecord? {
        if let stored { return stored }
        var kept = record
        kept.results = record.results(of: Sides.storedLabel)
        kept.targets = [.init(label: Sides.storedLabel, spelling: Sides.storedLabel)]
        return kept.results.isEmpty ? nil : kept
    }

    /// Why no timed number is sound; nil where they are.
    func throttling(_ record: RunRecord) -> String? {
        let slices = record.rounds.flatMap(\.slices)
        let throttled = slices.count { ($0.throttledNanoseconds ?? 0) > 0 }
        guard Double(throttled) > Self.throttledLimit * Double(slices.count) else { return nil }
        return "a CPU quota held \(throttled) of \(slices.count) slices back; raise the quota"
    }
}

// What a run found, in a sentence or two: what stands above every table and every page.
//
// It is a pure function of the record, and says less rather than more: what keeps the run from
// being what was asked for comes first, numbers that are spoilt are not told, and a difference is
// one only beyond its interval, or beyond the scatter of the rounds (Difference).
import RunRecord

public struct Headline: Equatable, Sendable {
    /// Without full stops: what is wrong with the run, then what it found.
    public let sentences: [String]
    /// What it found alone; empty where its numbers are spoilt.
    let findings: [String]

    public init(of record: RunRecord) {
        let faults = record.toldFaults
        let kinds: [(RunFault) -> Bool] = [
            { $0.kind == .partial }, { $0.kind == .invalid }, { $0.isIncident },
        ]
        // One of each kind: the page and the terminal list them all.
        let told = kinds.compactMap { isOne in faults.first(where: isOne)?.line }
        if let verdict = record.verdict {
            findings = [verdict.headline]
        } else if record.faults.contains(where: \.isSpoiling) {
            findings = []
        } else {
            findings = Self.findings(record)
        }
        let all = told + findings
        sentences = all.isEmpty ? ["nothing was measured"] : all
    }

    /// All sentences, each with its full stop.
    public var text: String {
        sentences.map { $0.hasSuffix(".") ? $0 : "\($0)." }.joined(separator: " ")
    }

    private static func findings(_ record: RunRecord) -> [String] {
        switch record.kindOfRun {
        case .gate:
            if let certificate = record.certificate { return certificate.findings }
            return ["no \(record.isSelfTest ? "certificate" : "verdict") was reached"]
        case .claims: return [outcomes(record.claims)]
        case .ladder: return HeadlineLadder(record).sentences
        case .profile: return HeadlineProfile(record).sentences
        default: break
        }
        let targets = (record.targets.map(\.label) + record.results.map(\.target)).distinct()
            .filter { label in record.results.contains { $0.target == label && $0.value != nil } }
        guard let first = targets.first else { return [] }
        if targets.count == 1 { return HeadlineLevels(record, first).sentence.map { [$0] } ?? [] }
        return differences(record, first, Array(targets.dropFirst()))
    }

    /// `4 of 5 published claims reproduced, 1 not reproduced`
    private static func outcomes(_ claims: [RunRecord.Claim]) -> String {
        func count(_ outcome: RunRecord.Claim.Outcome) -> Int {
            claims.count { $0.outcome == outcome }
        }
        let others: [RunRecord.Claim.Outcome] = [.notReproduced, .notMeasurable]
        let parts = others.filter { count($0) > 0 }.map { ", \(count($0)) \($0.words)" }
        let noun = claims.count == 1 ? "claim" : "claims"
        return "\(count(.reproduced)) of \(claims.count) published \(noun) reproduced"
            + parts.joined()
    }

    /// Of one candidate its differences; of several the best's and the worst's.
    private static func differences(
        _ record: RunRecord, _ baseline: String, _ candidates: [String]
    ) -> [String] {
        let comparison = Comparison(record, baseline: baseline)
        let fleet = candidates.compactMap { HeadlineFleet(record, comparison, $0).sentence }
        return differences(record, comparison, candidates, baseline) + fleet
    }

    private static func differences(
        _ record: RunRecord, _ comparison: Comparison, _ candidates: [String], _ baseline: String
    ) -> [String] {
        let all = candidates.map {
            HeadlineDifferences(
                comparison, $0, record.kindOfRun, partlyCounted: record.partlyCounted)
        }
        guard all.count > 1 else { return all.compactMap(\.sentence) }
        guard all.contains(where: \.tellsDifference) else {
            return all.contains(where: \.isMeasured)
                ? ["no target differs from \(baseline) by more than the scatter"]
                : all.compactMap(\.sentence).prefix(2).map { $0 }
        }
        let scored = all.filter { $0.score != nil }
            .sorted { ($0.score ?? 0) > ($1.score ?? 0) }
        guard let best = scored.first, let worst = scored.last, scored.count > 1 else {
            return all.compactMap(\.sentence).prefix(2).map { $0 }
        }
        let sentences = [
            best.sentence.map { "best of \(all.count): \($0)" },
            worst.sentence.map { "worst: \($0)" },
        ]
        return sentences.compactMap(\.self)
    }
}

extension RunRecord {
    /// Targets some of whose memory is seen by the kernel alone (`Metric.memoryElsewhere`).
    var partlyCounted: Set<String> {
        Set(
            results.filter { $0.metric == Metric.memoryElsewhere.id && ($0.value ?? 0) > 0 }
                .map(\.target))
    }

    /// Faults in the order in which they are told; a verdict's reasons tell its incidents.
    var toldFaults: [RunFault] {
        let faults = verdict == nil ? self.faults : self.faults.filter { !$0.isIncident }
        return faults.filter { $0.kind == .partial } + faults.filter { $0.kind == .invalid }
            + faults.filter(\.isIncident)
    }
}

extension RunFault {
    var isIncident: Bool {
        if case .incident = kind { true } else { false }
    }

    /// As a line: `PARTIAL: …`, `INVALID: …`; an incident speaks for itself.
    var line: String {
        switch kind {
        case .partial: "PARTIAL: \(sentence)"
        case .invalid: "INVALID: \(sentence)"
        case .incident: sentence
        }
    }
}

// What keeps a run from being what was asked for, read from its record once, so that every format
// says the same of it:
//
//     incident   wrong answers, lost data, crashes          its numbers are spoilt
//     invalid    the verb ended with exit 3                 its numbers are spoilt
//     partial    it ended early                             its numbers are sound, and not all
//
// Spoilt numbers are shown where a person reads them beside the reason, and are no datum for a
// program.
import RunRecord

/// Why a run, or a part of it, must not be taken at its word.
public struct RunFault: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        case incident(RunRecord.Incident.Kind)
        case invalid
        case partial
    }

    public var kind: Kind
    public var sentence: String
    /// Whose numbers it spoils; nil for every target, every workload.
    public var target: String?
    public var workload: String?
    public var isSpoiling: Bool

    /// `lost_keys`, `invalid`, `partial`.
    var name: String {
        switch kind {
        case .incident(let kind): kind.rawValue
        case .invalid: "invalid"
        case .partial: "partial"
        }
    }

    /// `lost keys`.
    var words: String { name.replacing("_", with: " ") }

    func spoils(target: String, workload: String?) -> Bool {
        isSpoiling && (self.target ?? target) == target
            && (self.workload == nil || self.workload == workload)
    }

    func spoils(_ result: RunRecord.Result) -> Bool {
        spoils(target: result.target, workload: result.workload)
    }
}

extension RunRecord {
    /// The worst first; empty where the run is what was asked for.
    public var faults: [RunFault] {
        var faults = incidents.map { fault(of: $0) }
        faults += invalidWarnings.map { fault(of: $0) }
        if partial {
            faults.append(
                RunFault(kind: .partial, sentence: RunReading.partialNote, isSpoiling: false))
        }
        return faults
    }

    /// Warnings for which the verb ended with exit 3, and all others.
    var invalidWarnings: [Warning] { warnings.filter { invalidates($0) } }
    var otherWarnings: [Warning] { warnings.filter { !invalidates($0) } }

    /// Those with one remedy together, each group where its first stands.
    var warningsByRemedy: [[Warning]] {
        let others = otherWarnings
        return others.map(\.remedy).distinct().map { remedy in
            others.filter { $0.remedy == remedy }
        }
    }

    private func fault(of incident: Incident) -> RunFault {
        RunFault(
            kind: .incident(incident.kind), sentence: incident.sentence, target: incident.target,
            workload: incident.workload.flatMap(measured),
            isSpoiling: incident.kind != .errors || !measuresErrors)
    }

    private func fault(of warning: Warning) -> RunFault {
        RunFault(
            kind: .invalid, sentence: "\(warning)", target: warning.target,
            workload: warning.workload, isSpoiling: true)
    }

    /// The workload, where results are told by it.
    private func measured(_ workload: String) -> String? {
        results.contains { $0.workload == workload } ? workload : nil
    }

    /// Flags of the command line; what follows `--` is another program's.
    private var flags: ArraySlice<String> { arguments.prefix { $0 != "--" } }

    /// `--on-errors ignore`.
    private var measuresErrors: Bool {
        flags.contains("--on-errors=ignore")
            || zip(flags, flags.dropFirst()).contains { $0 == "--on-errors" && $1 == "ignore" }
    }

    /// `--strict` makes all of them errors.
    private func invalidates(_ warning: Warning) -> Bool {
        warning.invalidates == true || flags.contains("--strict")
    }
}

// What a check of a table came to, and how it is printed.
//
//     boost::unordered_flat_map, a store: 1.87
//
//     descriptor   ok       version, kind, name, functions that must be there
//     scan         missing  no `scan`: SCAN is refused
//     random       FAILED   lost-key
//
//     random: lost-key
//       get of k3 finds nothing, and v1 was stored
//       …                        the operations, a line each, with the hashes of their keys
import Quantities

public struct CheckReport: Sendable {
    enum Result: Sendable {
        case ok
        case missing(String)
        case failed(Failed)
    }

    /// A finding, and the sequence that shows it.
    struct Failed: Sendable {
        var finding: TableFinding
        /// Nil where the check is no sequence of operations.
        var trial: Trial?
        /// Operations before it was shortened.
        var originalCount = 0
        /// Sequences that were tried.
        var attempts = 0
        /// Whether the sequence fails in a process of its own.
        var isAlone = true
        /// The check that has found the same before.
        var earlier: CheckName?

        init(finding: TableFinding) { self.finding = finding }
    }

    private struct Row: Sendable {
        var check: CheckName
        var result: Result
        var warnings: [String]

        var isOK: Bool {
            guard case .ok = result else { return false }
            return true
        }
    }

    let library: String
    let options: String
    let plan: CheckPlan
    /// How many checks were to run.
    private let expected: Int
    /// The table's own name, what it is and its title; empty when it was not loaded.
    var title = ""
    private var rows: [Row] = []

    init(library: String, options: String, plan: CheckPlan, expected: Int) {
        self.library = library
        self.options = options
        self.plan = plan
        self.expected = expected
    }

    mutating func add(_ check: CheckName, _ result: Result, warnings: [String] = []) {
        rows.append(Row(check: check, result: result, warnings: warnings))
    }

    private var failures: [(check: CheckName, failed: Failed)] {
        var failures: [(check: CheckName, failed: Failed)] = []
        for row in rows {
            if case .failed(let failed) = row.result { failures.append((row.check, failed)) }
        }
        return failures
    }

    public var isFailed: Bool { !failures.isEmpty }
    /// All checks have run, or one has shown that the table cannot be loaded.
    public var isComplete: Bool {
        rows.count == expected || (rows.count == 1 && isFailed)
    }

    /// The check that has found a fault of that name.
    func check(thatFound name: String) -> CheckName? {
        failures.first { $0.failed.finding.name == name }?.check
    }

    // MARK: Text

    public var text: String {
        let query = options.isEmpty ? "" : "?" + options
        var lines = [title.isEmpty ? "foreign:\(library)\(query)" : title, ""]
        for row in rows {
            let (word, words) = Self.words(row)
            lines.append(
                Self.column(row.check.rawValue, 13) + Self.column(word, 9) + words)
            lines += row.warnings.map { String(repeating: " ", count: 22) + "warning: " + $0 }
        }
        for (check, failed) in failures where failed.earlier == nil {
            lines += ["", "\(check.rawValue): \(failed.finding.name)", "  " + failed.finding.text]
            lines += Self.sequence(failed)
        }
        let ok = rows.count { $0.isOK }
        let missing = rows.count - ok - failures.count
        lines += [
            "",
            "\(ok) ok, \(failures.count) failed, \(missing) missing; seed \(plan.seed)"
                + (isComplete ? "" : "; interrupted, the rest was not tried"),
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func words(_ row: Row) -> (String, String) {
        switch row.result {
        case .ok: ("ok", row.check.title)
        case .missing(let reason): ("missing", reason)
        case .failed(let failed):
            (
                "FAILED",
                failed.finding.name + (failed.earlier.map { ", as in \($0.rawValue)" } ?? "")
            )
        }
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 1))
    }

    /// Of a long sequence, its beginning and its end are shown.
    private static let mostLines = 40

    private static func sequence(_ failed: Failed) -> [String] {
        guard let trial = failed.trial else { return [] }
        let count = trial.operations.count
        var head = "  \(operations(count)), hashes \(trial.hashes.words)"
        if !failed.isAlone {
            head +=
                "; it fails only behind the sequences before it, so it was not shortened: "
                + "the table keeps something between two lives"
        } else if failed.originalCount > count {
            head +=
                ", shortened from \(number(failed.originalCount)) in "
                + "\(failed.attempts) attempts"
        }
        var lines = [head + ":"]
        let shown = trial.operations.map { "    " + line($0, trial.hashes) }
        if count <= mostLines {
            lines += shown
        } else {
            let half = mostLines / 2
            lines += shown.prefix(half)
            lines.append("    … \(number(count - 2 * half)) more …")
            lines += shown.suffix(half)
        }
        return lines + ["    (the end: everything is verified, and the table destroyed)"]
    }

    private static func operations(_ count: Int) -> String {
        count == 1 ? "1 operation" : "\(number(count)) operations"
    }

    private static func number(_ count: Int) -> String { Double(count).grouped(0) }

    private static func line(_ operation: TrialOperation, _ hashes: HashMode) -> String {
        guard case .many = operation else {
            guard let key = operation.keys.first else { return operation.text }
            let hash = String(hashes.hash(of: key), radix: 16)
            return column(operation.text, 20) + "(hash 0x\(hash))"
        }
        return operation.text
    }
}

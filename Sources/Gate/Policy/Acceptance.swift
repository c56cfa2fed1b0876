// Acceptances: reviewed records that let one metric be worse by so much, until a day.
//
//     schema: hashmark.acceptances/1
//     acceptances:
//       - metric: memory_bytes_per_entry/reported
//         workload: memory          # optional: all
//         bound: 6%                 # against the baseline of the run that uses it
//         reason: "a wider expiry field"
//         author: "A. Reviewer"
//         expires: 2027-01-31       # the last day on which it holds
//
// They live in Reports/acceptances.yaml, so that who lets a number slip does it in a reviewed
// change, with a name and a date.
import Foundation
import Quantities
import RunRecord
import StrictYAML
import Yams

public struct Acceptance: Sendable, Equatable {
    /// A metric id, or a pattern with `*` for one part.
    public var metric: String
    /// Nil: any.
    public var workload: String?
    /// The most that the metric may be worse by, as a share.
    public var bound: Double
    public var reason: String
    public var author: String
    /// `2027-01-31`.
    public var expires: String

    public init(
        metric: String, workload: String?, bound: Double, reason: String, author: String,
        expires: String
    ) {
        self.metric = metric
        self.workload = workload
        self.bound = bound
        self.reason = reason
        self.author = author
        self.expires = expires
    }

    func covers(_ check: RunRecord.Check) -> Bool {
        (workload == nil || workload == check.workload)
            && Rule(metric, .advisory).matches(check.metric)
    }

    /// What is wrong with it, with the remedy; nil when it is sound.
    public var problem: (field: String, cause: String, remedy: String)? {
        if !metric.contains("*") && Metric.named(metric) == nil {
            return (
                "metric", "no metric is called `\(metric)`",
                Metric.suggestion(for: metric) ?? "use an id as a verdict names it"
            )
        }
        if !metric.contains(where: \.isLetter) {
            return (
                "metric", "`\(metric)` accepts whatever gets worse",
                "name a metric, as a verdict does"
            )
        }
        guard bound > 0, bound <= Self.mostBound else {
            return (
                "bound",
                bound > 0
                    ? "the bound of \(bound.shortPercent()) accepts almost anything"
                    : "the bound \(bound) accepts nothing",
                "write a share up to \(Self.mostBound.percentOption), such as 5%"
            )
        }
        for (field, text) in [("reason", reason), ("author", author)]
        where !text.contains(where: \.isLetter) {
            return (field, "the \(field) is empty", "a reviewer needs it")
        }
        guard Self.isDay(expires) else {
            return ("expires", "`\(expires)` is no day", "write it as 2027-01-31")
        }
        return nil
    }

    /// Twice as bad: beyond it a metric is given up, and its rule can be advisory.
    static let mostBound = 1.0

    /// Why it cannot be added to what there is; nil where it can.
    public func problem(
        beside others: [Acceptance], today: String
    ) -> (field: String, cause: String, remedy: String)? {
        if let problem { return problem }
        if expires < today {
            return ("expires", "\(expires) has passed", "give a day from \(today) on")
        }
        let twin = others.first {
            $0.metric == metric && $0.workload == workload && $0.expires >= today
        }
        guard let twin else { return nil }
        return (
            "metric",
            "`\(metric)` is accepted already (\(twin.bound.changeText) until "
                + "\(twin.expires))", "change that entry in the file, where a reviewer sees it"
        )
    }

    /// `2027-01-31`, a day that the calendar has.
    static func isDay(_ text: String) -> Bool {
        guard text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil,
            let date = try? Date("\(text)T00:00:00Z", strategy: .iso8601)
        else { return false }
        return date.formatted(.iso8601).hasPrefix(text)
    }
}

/// The file of acceptances.
public enum AcceptanceFile {
    public static let schema = "hashmark.acceptances/1"

    /// Reads and checks the bytes of a file; `file` is its name in messages.
    public static func read(
        _ bytes: [UInt8], file: String
    ) throws(FileProblems) -> [Acceptance] {
        let diagnostics = Diagnostics(file: file)
        var found: [Acceptance] = []
        if let root = yamlRoot(bytes, diagnostics, schema: schema),
            let fields = GateFields(root, .acceptances, "", diagnostics)
        {
            checkSchema(fields, schema)
            for item in fields.list("acceptances") {
                guard let one = acceptance(item.node, item.path, diagnostics) else { continue }
                let isTwice = found.contains {
                    $0.metric == one.metric && $0.workload == one.workload
                        && $0.expires == one.expires
                }
                if isTwice {
                    diagnostics.report(
                        item.node.mark?.line,
                        "`\(one.metric)` is accepted twice until "
                            + one.expires, "keep one of the two")
                }
                found.append(one)
            }
        }
        guard diagnostics.problems.isEmpty else { throw FileProblems(diagnostics.problems) }
        return found
    }

    private static func acceptance(
        _ node: Node, _ path: String, _ diagnostics: Diagnostics
    ) -> Acceptance? {
        guard let fields = GateFields(node, .acceptance, path, diagnostics) else { return nil }
        for key in ["metric", "bound", "reason", "author", "expires"] where fields[key] == nil {
            fields.missing(key, "every acceptance states it")
        }
        guard let metric = fields.string("metric"), let bound = fields.share("bound"),
            let reason = fields.string("reason"), let author = fields.string("author"),
            let expires = fields.string("expires")
        else { return nil }
        let found = Acceptance(
            metric: metric, workload: fields.string("workload"), bound: bound, reason: reason,
            author: author, expires: expires)
        if let problem = found.problem {
            fields.report(problem.field, problem.cause, problem.remedy)
        }
        return found
    }

    /// The file's text: what `read` gives back, whatever the reasons and names contain.
    public static func text(_ acceptances: [Acceptance]) -> String {
        guard !acceptances.isEmpty else { return "schema: \(schema)\nacceptances: []\n" }
        var text = "schema: \(schema)\nacceptances:\n"
        for acceptance in acceptances {
            text += "  - metric: \(Policy.quoted(acceptance.metric))\n"
            if let workload = acceptance.workload {
                text += "    workload: \(Policy.quoted(workload))\n"
            }
            text += "    bound: \(acceptance.bound)\n"
            text += "    reason: \(Policy.quoted(acceptance.reason))\n"
            text += "    author: \(Policy.quoted(acceptance.author))\n"
            text += "    expires: \(Policy.quoted(acceptance.expires))\n"
        }
        return text
    }
}

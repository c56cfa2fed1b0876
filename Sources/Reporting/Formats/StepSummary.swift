// A verdict as GitHub shows it: Markdown for the step summary, and annotations.
//
// Limits are GitHub's (docs.github.com, "Workflow commands"): a step summary of 1 MiB, ten
// annotations of a kind per step; a comment on a pull request of 65,536 characters. What does not
// fit is said to be left out.
import Foundation
import RunRecord

extension RunRecord {
    /// GitHub's limit on a step summary, in bytes.
    public static let stepSummaryLimit = 1 << 20
    /// GitHub's limit on a comment, in characters, of which none is less than a byte.
    public static let commentLimit = 1 << 16

    /// Verdict, reasons, checks, warnings and the command that repeats the run, in Markdown of at
    /// most `limit` bytes.
    /// - Parameter page: where the whole run can be looked at.
    public func markdownSummary(limit: Int = stepSummaryLimit, page: String? = nil) -> String {
        var blocks: [String] = []
        if let verdict {
            blocks.append("## \(verdict.badge) \(markdownEscaped(verdict.headline))\n")
            blocks.append(verdict.reasons.map { "- \(markdownEscaped($0))\n" }.joined())
            if !verdict.checks.isEmpty {
                blocks.append(markdownEscaped(verdict.outcome) + "\n")
            }
            if !verdict.advice.isEmpty {
                blocks.append(
                    "**What to do**\n\n"
                        + verdict.advice.map { "- \(markdownEscaped($0))\n" }.joined())
            }
            blocks += unsoundBlocks
            let changed: [Check.Status] = [.regression, .inconclusive, .accepted, .improvement]
            if let table = verdict.table(where: { changed.contains($0.status) }) {
                blocks.append(table.markdown())
            }
            blocks += DifferenceReading.markdownBlocks(self)
            let unchanged = verdict.table(where: { !changed.contains($0.status) })
            let reasons = verdict.missing.enumerated().map {
                "\n\\[\($0 + 1)\\] \(markdownEscaped($1))\n"
            }
            let rest = (unchanged?.markdown() ?? "") + reasons.joined()
            let sentinel = verdict.sentinelChecks.map { check in
                "- sentinel, \(markdownEscaped(check.title)): "
                    + "\(check.change(check.effect ?? 0)), \(markdownEscaped(check.reason))\n"
            }.joined()
            if !(rest + sentinel).isEmpty {
                blocks.append(
                    markdownFolded("What did not change, and the rest", "\(rest)\n\(sentinel)"))
            }
        } else {
            blocks.append("## Hashmark\n")
            blocks += unsoundBlocks
            blocks += Headline(of: self).findings.map { "**\(markdownEscaped($0))**\n" }
            blocks += RunReading(self).markdownBlocks()
        }
        let others = otherWarnings
        if !others.isEmpty {
            blocks.append(others.map { "- ⚠ \(markdownEscaped("\($0)"))\n" }.joined())
        }
        if let page { blocks.append("[The whole run](<\(page)>)\n") }
        blocks.append("Repeat with\n\n" + markdownCode(repeatCommand))
        return Self.joined(blocks, limit: limit)
    }

    /// That the run is partial or invalid; incidents are told with what else was found.
    private var unsoundBlocks: [String] {
        var blocks: [String] = []
        if partial { blocks.append("**This run is partial:** \(RunReading.partialNote).\n") }
        let invalid = faults.filter { $0.kind == .invalid }
            .map { "- ❌ **This run is invalid:** \(markdownEscaped($0.sentence))\n" }
        if !invalid.isEmpty { blocks.append(invalid.joined()) }
        return blocks
    }

    /// Whole blocks while they fit; a block that does not is cut at a line.
    private static func joined(_ blocks: [String], limit: Int) -> String {
        let note = "\n*Cut: GitHub takes no more.*\n"
        var text = ""
        for block in blocks {
            let more = text.isEmpty ? block : "\n" + block
            if text.utf8.count + more.utf8.count + note.utf8.count <= limit {
                text += more
                continue
            }
            for line in more.split(separator: "\n", omittingEmptySubsequences: false) {
                guard text.utf8.count + line.utf8.count + 1 + note.utf8.count <= limit else {
                    break
                }
                text += line + "\n"
            }
            return text + note
        }
        return text
    }

    /// Workflow commands that GitHub shows beside a change: at most ten, the worst first.
    public func annotations() -> [String] {
        let broken = faults.map { fault in
            Self.annotation(
                fault.kind == .partial ? "warning" : "error", fault.words, fault.sentence)
        }
        guard let verdict else { return unjudgedAnnotations(broken) }
        var lines = verdict.orderedChecks.compactMap { check -> String? in
            let level: String
            switch check.status {
            case .regression: level = "error"
            case .inconclusive: level = "warning"
            case .accepted, .improvement: level = "notice"
            default: return nil
            }
            return Self.annotation(
                level, "\(check.status.rawValue): \(check.fullName)", check.reason)
        }
        // A verdict without a check to show is a verdict all the same.
        if lines.isEmpty {
            let level = verdict.status == .inconclusive ? "warning" : "notice"
            let reason = verdict.reasons.first ?? verdict.headline
            lines.append(Self.annotation(level, verdict.status.rawValue, reason))
        }
        return Array((broken + lines).prefix(Self.annotationLimit))
    }

    /// Of a run that nobody judged: what was broken, and that there is no verdict.
    private func unjudgedAnnotations(_ broken: [String]) -> [String] {
        let note = "this is a record of \(kindOfRun.rawValue), which judges nothing; a gate does"
        return Array(broken.prefix(Self.annotationLimit - 1))
            + [Self.annotation("notice", "no verdict", note)]
    }

    static let annotationLimit = 10

    /// `::error title=…::…`, escaped as actions/toolkit does.
    private static func annotation(_ level: String, _ title: String, _ text: String) -> String {
        func data(_ text: String) -> String {
            printable(text).replacing("%", with: "%25")
        }
        let property = data(title).replacing(":", with: "%3A").replacing(",", with: "%2C")
        return "::\(level) title=\(property)::\(data(text))"
    }
}

/// A block of Markdown that is there for whoever opens it.
func markdownFolded(_ summary: String, _ text: String) -> String {
    "<details><summary>\(summary)</summary>\n\n\(text)\n</details>\n"
}

/// A fenced block, with a fence longer than any run of backticks in it.
func markdownCode(_ text: String) -> String {
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)sh\n\(printable(text))\n\(fence)\n"
}

extension RunRecord.Verdict {
    var badge: String {
        switch status {
        case .pass: "✅"
        case .improvement: "🎉"
        case .regression: "❌"
        case .inconclusive: "❔"
        }
    }
}

public struct MarkdownFormat: ReportFormat {
    public let name = "markdown"
    public let isStream = true
    private let page: String?
    private let limit: Int

    /// - Parameters:
    ///   - environment: says where the run can be looked at, if anybody knows.
    ///   - limit: most bytes of a document.
    public init(
        _ environment: [String: String] = [:], limit: Int = RunRecord.stepSummaryLimit
    ) {
        page = Self.page(environment)
        self.limit = limit
    }

    /// `HASHMARK_PAGE`; else the run of a GitHub workflow, which keeps what it uploads.
    public static func page(_ environment: [String: String]) -> String? {
        let github = ["GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID"]
            .compactMap { environment[$0] }.filter { !$0.isEmpty }
        let run = github.count == 3 ? "\(github[0])/\(github[1])/actions/runs/\(github[2])" : nil
        let known = environment["HASHMARK_PAGE"].flatMap { $0.isEmpty ? nil : $0 } ?? run
        // Text that could end the link, or is none, is nobody's page.
        let isLink = known?.wholeMatch(of: #/https?:\/\/[^\s<>\\]+/#) != nil
        return isLink ? known : nil
    }

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(record.markdownSummary(limit: limit, page: page).utf8)
    }
}

public struct AnnotationsFormat: ReportFormat {
    public let name = "annotations"
    public let isStream = true

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(record.annotations().map { $0 + "\n" }.joined().utf8)
    }
}

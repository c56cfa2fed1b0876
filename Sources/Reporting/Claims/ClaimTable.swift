// Judged claims as people read them: one row each, and below what was claimed, by whom and where.
import Quantities
import RunRecord

public struct ClaimTable: Equatable, Sendable {
    public struct Row: Equatable, Sendable {
        public var claim: RunRecord.Claim
        /// The figure, with its interval where there is one; `–` without.
        public var measured: String
        /// The band: `−43.0 % to −37.0 %`, `at most −50.0 %`.
        public var expected: String
        public var outcome: String
        /// What is compared, under which conditions.
        public var conditions: String
        /// Why it came out like that; empty when there is nothing to say.
        public var remarks: String
    }

    public let rows: [Row]

    public init(_ record: RunRecord) {
        rows = record.claims.map { Self.row($0, record) }
    }

    private static func row(_ claim: RunRecord.Claim, _ record: RunRecord) -> Row {
        let metric = Metric.named(claim.metric)
        func text(_ value: Double) -> String {
            if claim.quantity.isShare { return value.changeText }
            guard let unit = metric?.unit else { return "\(value)" }
            return Scale(unit, values: [value]).text(value)
        }
        func text(_ band: RunRecord.Claim.Band) -> String {
            switch (band.min, band.max) {
            case (let min?, let max?): "\(text(min)) to \(text(max))"
            case (let min?, nil): "at least \(text(min))"
            case (nil, let max?): "at most \(text(max))"
            case (nil, nil): "anything"
            }
        }
        var measured = claim.measured.map(text) ?? "n/a"
        if let interval = claim.interval { measured += " (\(text(interval)))" }
        return Row(
            claim: claim, measured: measured, expected: text(claim.expected),
            outcome: claim.outcome?.words ?? "not judged",
            conditions: conditions(claim, metric, record),
            remarks: [claim.reason, elsewhere(claim), claim.note].compactMap(\.self)
                .joined(separator: "; "))
    }

    /// What would measure it where it was not.
    private static func elsewhere(_ claim: RunRecord.Claim) -> String? {
        guard claim.outcome == .notMeasurable, let command = claim.command else { return nil }
        return "what would measure it: \(command)"
    }

    private static func conditions(
        _ claim: RunRecord.Claim, _ metric: Metric?, _ record: RunRecord
    ) -> String {
        let title = metric?.title ?? claim.metric
        let subject =
            claim.baseline.map { label in
                let from = claim.baselineWorkload.map { "\(label) (\($0))" } ?? label
                return "\(from) → \(claim.target)"
            } ?? claim.target
        let less =
            switch claim.quantity {
            case .overhead: " less key and value"
            case .cost: " and bytes per entry, as a cost"
            case .value, .change, .difference: claim.function.map { " in \($0)" } ?? ""
            }
        let result = record.results(of: claim.target).first {
            $0.metric == claim.metric && $0.workload == claim.workload
        }
        let prices = claim.prices.map { prices in
            "\(prices.perCoreHour.plainText) per core-hour, \(prices.perGBHour.plainText) per "
                + "GB-hour, \(prices.operations.grouped(0)) operations per second of "
                + "\(prices.entries.grouped(0)) entries"
        }
        let parts = [
            "\(title)\(less), \(subject)", claim.workload, result?.conditions.summary, prices,
        ]
        return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: "; ")
    }

    private var table: TextTable {
        var table = TextTable([
            .init(["claim"], .left), .init(["measured"]), .init(["published"]),
            .init(["outcome"], .left),
        ])
        for row in rows {
            table.append(
                [row.claim.id, row.measured, row.expected, row.outcome],
                tones: row.tone.map { [3: $0] } ?? [:])
        }
        return table
    }

    /// In GitHub's Markdown: outcomes, then what was claimed.
    public func markdown() -> String {
        let notes = rows.map { row in
            let parts = [row.claim.statement, row.conditions, row.claim.source, row.remarks]
            return "- **\(markdownEscaped(row.claim.id))**: "
                + markdownEscaped(parts.filter { !$0.isEmpty }.joined(separator: "; ")) + "\n"
        }
        return table.markdown() + "\n" + notes.joined()
    }

    /// The table for a terminal.
    public func text(_ style: TerminalStyle = .plain) -> String {
        var sources: [String] = []
        let notes = rows.map { row in
            let number = sources.firstIndex(of: row.claim.source) ?? sources.count
            if number == sources.count { sources.append(row.claim.source) }
            let lines = ["\(row.claim.statement) [\(number + 1)]", row.conditions, row.remarks]
            let body = lines.filter { !$0.isEmpty }
                .map { style.wrapped("  \(printable($0))", indent: 4) }.joined()
            return style.wrapped(printable(row.claim.id), indent: 2) + body
        }
        let list = sources.enumerated().map {
            style.wrapped("[\($0 + 1)] \(printable($1))", indent: 4)
        }
        return [table.text(style), notes.joined(), list.joined()].joined(separator: "\n")
    }
}

extension ClaimTable.Row {
    fileprivate var tone: TerminalStyle.Tone? {
        switch claim.outcome {
        case .reproduced: .good
        case .notReproduced: .bad
        default: nil
        }
    }
}

extension RunRecord.Claim.Outcome {
    public var words: String {
        switch self {
        case .reproduced: "reproduced"
        case .notReproduced: "not reproduced"
        case .notMeasurable: "not measurable here"
        }
    }
}

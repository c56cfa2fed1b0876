// What was found of a machine, as tables and as JSON (whose form stands in Sources/Doctor).
import Doctor
import Experiments
import Foundation
import Reporting
import RunRecord

struct DoctorReport: Encodable {
    let schema = "hashmark.doctor/1"
    let headline: String
    let abilities: [Ability]
    let findings: [MachineFinding]
    /// Nil: not measured.
    let noise: NoiseFloor?

    init(_ checkup: Checkup, noise: NoiseFloor?) {
        headline = checkup.headline
        abilities = checkup.abilities
        findings = checkup.findings
        self.noise = noise
    }

    func json() throws(RunRecordError) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        do {
            return try encoder.encode(self) + [UInt8(ascii: "\n")]
        } catch {
            throw RunRecordError(
                cause: "what was found cannot be written as JSON: \(error)",
                remedy: "leave --json out")
        }
    }

    /// The headline and the noise, a table for each group, and the lines to type.
    func text(_ style: TerminalStyle) -> String {
        var text = style.wrapped(headline, indent: 2)
        for line in noise?.lines ?? [] { text += style.wrapped(line, indent: 2) }
        for group in CheckGroup.allCases { text += "\n" + table(of: group, style).text(style) }
        let remedies = self.remedies
        if remedies.isEmpty { return text }
        return text + "\n"
            + style.wrapped("against these, a line each, to be read before it is typed:", indent: 2)
            // Never broken: they are copied.
            + remedies.map { "  \($0)\n" }.joined()
    }

    private func table(of group: CheckGroup, _ style: TerminalStyle) -> TextTable {
        let rows = findings.filter { $0.group == group }
        let effects = rows.map { row in
            row.level == .warn || row.level == .block || style.showsDetail ? row.effect : ""
        }
        let hasEffects = effects.contains { !$0.isEmpty }
        var columns: [TextTable.Column] = [.init([group.title], .left), .init(["is"], .left)]
        if hasEffects { columns.append(.init(["so that"], .left)) }
        // What follows from a value stands beside it, however wide it is.
        var table = TextTable(columns, names: 2)
        for (row, effect) in zip(rows, effects) {
            let tone = row.level.tone
            table.append(
                ["\(row.level.mark) \(row.name)", row.value] + (hasEffects ? [effect] : []),
                tones: tone.map { [0: $0] } ?? [:])
        }
        return table
    }

    /// What is worst first; of the same line once, with the checks that it is for.
    private var remedies: [String] {
        let levels: [Level] = [.block, .warn, .unknown]
        let sorted = levels.flatMap { level in findings.filter { $0.level == level } }
        var lines: [(remedy: String, checks: [String])] = []
        for finding in sorted {
            guard let remedy = finding.remedy else { continue }
            if let index = lines.firstIndex(where: { $0.remedy == remedy }) {
                lines[index].checks.append(finding.name)
            } else {
                lines.append((remedy, [finding.name]))
            }
        }
        return lines.map { remedy, checks in
            let names = checks.joined(separator: ", ")
            return remedy.contains("  # ") ? "\(remedy) (\(names))" : "\(remedy)  # \(names)"
        }
    }
}

extension Level {
    fileprivate var mark: String {
        switch self {
        case .ok: "✓"
        case .warn: "!"
        case .block: "✗"
        case .unknown: "–"
        }
    }

    fileprivate var tone: TerminalStyle.Tone? {
        switch self {
        case .ok: .good
        case .warn: .doubtful
        case .block: .bad
        case .unknown: nil
        }
    }
}

// A verdict as JUnit XML: a test case per check, as CI systems show them. Without one, numbers that
// a fault spoils are <skipped>, with the number in <system-out>.
//
//     regression   → <failure>        inconclusive, unmeasured → <skipped>
//     fault        → <error>          wrong answers, lost data, crashes; an invalid or partial run
//     everything else passes; numbers are in <system-out>
import Foundation
import RunRecord

extension RunRecord {
    /// The document; of a record without a verdict, one with a case per result.
    public func junit() -> String {
        let effects = RunReading(self).comparison
        let faults = self.faults
        let cases =
            faults.map(brokenCase).joined()
            + (verdict.map { $0.orderedChecks.map(testCase).joined() }
                ?? (effectCases(effects, faults) + plainCases(faults)))
        let checks = verdict?.checks ?? []
        let total =
            faults.count
            + (verdict == nil ? results.count + (effects?.rows.count ?? 0) : checks.count)
        let failures = checks.count { $0.status == .regression }
        let spoilt = effects.map { effects in
            effects.rows.count { spoiling($0, effects.baseline, faults) != nil }
        }
        let skipped =
            verdict == nil
            ? results.count { $0.value == nil || spoiling($0, faults) != nil } + (spoilt ?? 0)
            : checks.count { [.inconclusive, .unmeasured].contains($0.status) }
        let name = verdict.map { "gate \($0.policy)" } ?? "hashmark"
        let time = durationSeconds.map { " time=\"\($0)\"" } ?? ""
        let stamp = startedAt.map { " timestamp=\"\(xml($0.replacing("Z", with: "")))\"" } ?? ""
        let numbers =
            "tests=\"\(total)\" failures=\"\(failures)\" "
            + "errors=\"\(faults.count)\" skipped=\"\(skipped)\""
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="hashmark" \(numbers)>
            <testsuite name="\(xml(name))" \(numbers)\(time)\(stamp)>
            \(cases)</testsuite>
            </testsuites>

            """
    }

    /// What no speed excuses: an error, not a failed comparison.
    private func brokenCase(_ fault: RunFault) -> String {
        let parts = [fault.target, fault.workload].compactMap(\.self)
        let place = parts.isEmpty ? "run" : parts.joined(separator: " ")
        return """
            <testcase classname="\(xml(place))" name="\(xml(fault.name))">\
            <error type="\(xml(fault.name))" message="\(xml(fault.sentence))"/></testcase>

            """
    }

    private func spoiling(_ result: Result, _ faults: [RunFault]) -> RunFault? {
        faults.first { $0.spoils(result) }
    }

    private func spoiling(
        _ row: Comparison.Row, _ baseline: String, _ faults: [RunFault]
    ) -> RunFault? {
        faults.first { fault in
            [row.candidate, baseline].contains {
                fault.spoils(target: $0, workload: row.workload)
            }
        }
    }

    private func skip(because reason: String) -> String {
        "<skipped message=\"\(xml(reason))\"/>"
    }

    private func skip(for fault: RunFault) -> String {
        skip(because: "\(fault.words): \(fault.sentence)")
    }

    /// Effects with their intervals, as the terminal has them.
    private func effectCases(_ comparison: Comparison?, _ faults: [RunFault]) -> String {
        guard let comparison else { return "" }
        return comparison.rows.map { row in
            let place = [row.candidate, "against", comparison.baseline, row.workload]
                .compactMap(\.self).joined(separator: " ")
            let numbers = comparison.facts(row).joined(separator: ", ")
            let outcome = spoiling(row, comparison.baseline, faults).map { skip(for: $0) } ?? ""
            return """
                <testcase classname="\(xml(place))" name="\(xml("\(row.metric) change"))">\
                \(outcome)<system-out>\(xml(numbers))</system-out></testcase>

                """
        }.joined()
    }

    private func testCase(_ check: Check) -> String {
        let reason = xml(check.reason)
        let outcome =
            switch check.status {
            case .regression: "<failure type=\"regression\" message=\"\(reason)\"/>"
            case .inconclusive, .unmeasured: "<skipped message=\"\(reason)\"/>"
            default: ""
            }
        let numbers = zip(Verdict.headings, verdict?.cells(check) ?? [])
            .map { "\($0): \($1.isEmpty ? "n/a" : $1)" }.joined(separator: ", ")
        return """
            <testcase classname="\(xml(check.place.isEmpty ? "all" : check.place))" \
            name="\(xml(check.metric))">\
            \(outcome)<system-out>\(xml("\(check.reason)\n\(numbers)"))</system-out></testcase>

            """
    }

    private func plainCases(_ faults: [RunFault]) -> String {
        results.map { result in
            let place = [result.target, result.workload].compactMap(\.self).joined(separator: " ")
            let name = [result.metric, result.conditions.summary].filter { !$0.isEmpty }
                .joined(separator: " ")
            var outcome = skip(because: result.reason ?? "")
            if let value = result.value {
                outcome = spoiling(result, faults).map { skip(for: $0) } ?? ""
                outcome += "<system-out>\(value) \(xml(result.unit.rawValue))</system-out>"
            }
            return """
                <testcase classname="\(xml(place))" name="\(xml(name))">\(outcome)</testcase>

                """
        }.joined()
    }
}

/// Fit for XML 1.0 content and attributes: what it forbids even as a reference is replaced.
func xml(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "&": escaped += "&amp;"
        case "<": escaped += "&lt;"
        case ">": escaped += "&gt;"
        case "\"": escaped += "&quot;"
        case "'": escaped += "&apos;"
        case "\n": escaped += "&#10;"
        case "\u{fffe}", "\u{ffff}": escaped += "\u{fffd}"
        default:
            escaped += printable(String(scalar))
        }
    }
    return escaped
}

public struct JUnitFormat: ReportFormat {
    public let name = "junit"

    public init() {}

    public func render(_ record: RunRecord) throws(RunRecordError) -> Data {
        Data(record.junit().utf8)
    }
}

// A verdict as JUnit XML: a test case per check, as CI systems show them.
//
//     regression   → <failure>        inconclusive, unmeasured → <skipped>
//     incident     → <error>          wrong answers, lost data, crashes
//     everything else passes; numbers are in <system-out>
import RunRecord

extension RunRecord {
    /// The document; of a record without a verdict, one with a case per result.
    public func junit() -> String {
        let effects = RunReading(self).comparison
        let cases =
            incidents.map(brokenCase).joined()
            + (verdict.map { $0.orderedChecks.map(testCase).joined() }
                ?? (effectCases(effects) + plainCases()))
        let checks = verdict?.checks ?? []
        let total =
            incidents.count
            + (verdict == nil ? results.count + (effects?.rows.count ?? 0) : checks.count)
        let failures = checks.count { $0.status == .regression }
        let skipped =
            verdict == nil
            ? results.count { $0.value == nil }
            : checks.count { [.inconclusive, .unmeasured].contains($0.status) }
        let name = verdict.map { "gate \($0.policy)" } ?? "hashmark"
        let time = durationSeconds.map { " time=\"\($0)\"" } ?? ""
        let stamp = startedAt.map { " timestamp=\"\(xml($0.replacing("Z", with: "")))\"" } ?? ""
        let numbers =
            "tests=\"\(total)\" failures=\"\(failures)\" "
            + "errors=\"\(incidents.count)\" skipped=\"\(skipped)\""
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="hashmark" \(numbers)>
            <testsuite name="\(xml(name))" \(numbers)\(time)\(stamp)>
            \(cases)</testsuite>
            </testsuites>

            """
    }

    /// What no speed excuses: an error, not a failed comparison.
    private func brokenCase(_ incident: Incident) -> String {
        let place = [incident.target, incident.workload].compactMap(\.self)
        return """
            <testcase classname="\(xml(place.joined(separator: " ")))" name="\(xml(incident.kind.rawValue))">\
            <error type="\(xml(incident.kind.rawValue))" message="\(xml(incident.sentence))"/></testcase>

            """
    }

    /// Effects with their intervals, as the terminal has them.
    private func effectCases(_ comparison: Comparison?) -> String {
        guard let comparison else { return "" }
        return comparison.rows.map { row in
            let place = [row.candidate, "against", comparison.baseline, row.workload]
                .compactMap(\.self).joined(separator: " ")
            let numbers = zip(Comparison.headings, comparison.cells(row)).dropFirst(3)
                .map { "\($0): \($1)" }.joined(separator: ", ")
            return """
                <testcase classname="\(xml(place))" name="\(xml("\(row.metric) change"))">\
                <system-out>\(xml(numbers))</system-out></testcase>

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
            .map { "\($0): \($1)" }.joined(separator: ", ")
        return """
            <testcase classname="\(xml(check.place.isEmpty ? "all" : check.place))" name="\(xml(check.metric))">\
            \(outcome)<system-out>\(xml("\(check.reason)\n\(numbers)"))</system-out></testcase>

            """
    }

    private func plainCases() -> String {
        results.map { result in
            let place = [result.target, result.workload].compactMap(\.self).joined(separator: " ")
            let name = [result.metric, result.conditions.summary].filter { !$0.isEmpty }
                .joined(separator: " ")
            let outcome =
                result.value == nil
                ? "<skipped message=\"\(xml(result.reason ?? ""))\"/>"
                : "<system-out>\(result.value!) \(xml(result.unit.rawValue))</system-out>"
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

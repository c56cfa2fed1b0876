// Published claims and what came of them: the verdicts of a claims suite, above its measurements.
import RunRecord

extension HTMLReport {
    var claims: HTML {
        let claims = ClaimTable(record)
        guard !claims.rows.isEmpty else { return "" }
        return """
            <div class="scroll"><table>
            <thead><tr><th class="name">claim</th><th>measured</th><th>published</th>\
            <th class="text">outcome</th><th class="text">conditions, source, remarks</th>\
            </tr></thead>
            <tbody>
            \(claims.rows.html(row))</tbody>
            </table></div>

            """
    }

    private func row(_ row: ClaimTable.Row) -> HTML {
        let colour: HTML =
            switch row.claim.outcome {
            case .reproduced: " good"
            case .notReproduced: " bad"
            default: " none"
            }
        let remarks: HTML = row.remarks.isEmpty ? "" : "<br><em>\(row.remarks)</em>"
        return """
            <tr><th class="name">\(row.claim.id)</th><td>\(row.measured)</td>\
            <td>\(row.expected)</td><td class="text\(colour)">\(row.outcome)</td>\
            <td class="text">\(row.claim.statement)<br><small>\(row.conditions)<br>\
            \(row.claim.source)</small>\(remarks)</td></tr>

            """
    }
}

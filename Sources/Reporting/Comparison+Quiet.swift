// What stayed at nothing on either side: errors, other values, stalls. A row of zeros for each load
// says less than a sentence.
import RunRecord

extension Comparison {
    /// What a sentence calls it where there was none of it.
    private static let quietWords: [(metric: Metric, words: String)] = [
        (.errorRatio, "no errors"), (.wrongValueRatio, "no wrong values"),
        (.stallShare, "no stalls above 5 ms"), (.stallMax, "no stalls above 5 ms"),
    ]

    /// Metrics that are 0 under every load, of the candidate and of the baseline.
    private func quiet(_ candidate: String) -> [(metric: Metric, words: String)] {
        let rows = self.rows(of: candidate)
        return Self.quietWords.filter { quiet in
            let own = rows.filter { $0.metric == quiet.metric.id }
            return !own.isEmpty
                && own.allSatisfy { $0.baselineValue == 0 && $0.candidateValue == 0 }
        }
    }

    /// `no errors, no stalls above 5 ms`; nil where there were some, or nobody looked.
    func quietSentence(of candidate: String) -> String? {
        let words = quiet(candidate).map(\.words).distinct()
        return words.isEmpty ? nil : words.joined(separator: ", ")
    }

    /// Rows of one candidate that say more than that sentence, in the record's order.
    func toldRows(of candidate: String) -> [Row] {
        let ids = Set(quiet(candidate).map(\.metric.id))
        return rows(of: candidate).filter { !ids.contains($0.metric) }
    }
}

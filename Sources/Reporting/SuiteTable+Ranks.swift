// In which order a run's metrics are shown, and which of them on demand.
import RunRecord

extension SuiteTable {
    struct Ranks {
        private let ranks: [String: Int]
        private let details: Set<String>

        init(_ record: RunRecord) {
            // Looked up once for each: a record has thousands of results.
            let ids = record.results.map(\.metric).distinct()
            var ranks: [String: Int] = [:]
            var details: Set<String> = []
            for id in ids {
                let metric = Metric.named(id)
                let isAbovePing = metric?.isAbovePing == true
                ranks[id] = metric.map { $0.rank + (isAbovePing ? 1 : 0) } ?? .max
                // Counts are what a run of counters is about.
                let isDetail =
                    record.kindOfRun == .counters ? isAbovePing : metric?.isDetail != false
                if isDetail { details.insert(id) }
            }
            self.ranks = ranks
            // A run of nothing else shows it.
            self.details = details.count == ids.count ? [] : details
        }

        func isDetail(_ metric: String) -> Bool { details.contains(metric) }

        /// By rank; of one rank as recorded.
        func sorted(_ results: [RunRecord.Result]) -> [RunRecord.Result] {
            results.enumerated().sorted { first, second in
                let (a, b) = (ranks[first.element.metric], ranks[second.element.metric])
                return (a ?? .max, first.offset) < (b ?? .max, second.offset)
            }.map(\.element)
        }
    }
}

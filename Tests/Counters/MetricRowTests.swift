// Counters and the table of metrics are one list: an id that nothing counts, or a counter without a
// row, would be shown as something it is not.
import Counters
import RunRecord
import Testing

@Suite struct MetricRowTests {
    @Test func everyCounterHasItsRowAndEveryRowItsCounter() {
        let counted = Set(
            Counter.allCases.flatMap { [$0.metricID, $0.metricIDAbovePing] }
                .compactMap(\.self))
        let rows = Metric.table.map(\.pattern).filter { id in
            ["hw_", "sw_", "sim_", "topdown_"].contains { id.hasPrefix($0) }
        }
        #expect(counted == Set(rows))
    }

    @Test func unitsAndKindsAgree() {
        for counter in Counter.allCases {
            #expect(counter.metric.kind.rawValue == counter.kind.rawValue, "\(counter)")
            #expect(counter.title == counter.metric.title)
            let isTime = counter.rawValue.hasSuffix("_ns")
            let unit: Metric.Unit =
                counter == .instructionsPerCycle
                ? .perCycle
                : counter.isShare ? .ratio : isTime ? .nanosecondsPerOperation : .perOperation
            #expect(counter.metric.unit == unit)
            #expect(counter.unit == (isTime ? "ns" : ""))
        }
    }

    /// The levels that a page shows side by side are levels that a back end counts.
    @Test func shownLevelsAreCounted() {
        let counted = Set(Counter.allCases.map(\.metricID))
        for (kind, metrics) in Metric.missLevels {
            #expect(metrics.count > 1)
            for metric in metrics {
                #expect(counted.contains(metric.id) && metric.kind == kind, "\(metric.id)")
            }
        }
    }
}

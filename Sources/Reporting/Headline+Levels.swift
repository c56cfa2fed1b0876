// One target by itself, in words: `valkey-9.1 serves 1,203,456 operations per second of a core and
// takes 71.20 B/entry`.
import RunRecord

struct HeadlineLevels {
    private let record: RunRecord
    private let target: String

    init(_ record: RunRecord, _ target: String) {
        self.record = record
        self.target = target
    }

    /// Nil where none of what a sentence tells was read.
    var sentence: String? {
        let parts = [speed, memory, misses].compactMap(\.self)
        guard !parts.isEmpty else { return nil }
        return "\(target) " + parts.joined(separator: " and ")
    }

    private var speed: String? {
        if let level = self.level(.throughputPerCore) {
            return "serves \(level.numbers) operations per second of a core"
        }
        if let level = self.level(.throughput) {
            return "serves \(level.numbers) operations per second"
        }
        return level(.tableCPU("find")).map { "looks a key up in \($0.numbers) \($0.unit)" }
    }

    private var memory: String? {
        let isPart = record.partlyCounted.contains(target)
        let told = isPart ? [.rss] : Metric.Memory.told
        let levels = told.compactMap { level(.memoryPerEntry($0)) }
        return levels.first.map { level in
            "takes \(level.numbers) \(level.unit)\(isPart ? " of resident memory" : "")"
        }
    }

    private var misses: String? {
        for metric in [Metric.simulated(.llReadMisses), .hardware("ll_read_misses")] {
            if let level = self.level(metric) {
                return "has \(level.numbers) \(metric.title) an operation"
            }
        }
        return nil
    }

    /// The reading, or the least and the most of several.
    private func level(_ metric: Metric) -> (numbers: String, unit: String)? {
        let values = record.results.filter { $0.metric == metric.id && $0.target == target }
            .compactMap(\.value)
        guard let least = values.min(), let most = values.max() else { return nil }
        let scale = Scale(metric.unit, values: values)
        let (low, high) = (scale.number(least), scale.number(most))
        return (low == high ? low : "\(low) to \(high)", scale.unit)
    }
}

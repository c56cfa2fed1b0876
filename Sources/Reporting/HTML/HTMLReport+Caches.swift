// Where the entries of a curve fill a cache of the machine: by the bytes that an entry takes on
// each target, as the same run has them. What the run does not hold is not guessed: neither sizes
// of caches nor bytes of entries.
import Quantities
import RunRecord
import Statistics

extension HTMLReport {
    /// An entry's bytes at so many entries.
    private struct Size {
        var entries: Double
        var bytesPerEntry: Double

        var total: Double { entries * bytesPerEntry }
    }

    /// A line for each cache that is filled between the ends of the curve; of several targets where
    /// the middle one fills it.
    func cacheMarks(of curve: Curve, in section: SuiteTable.Section) -> [Frame.Mark] {
        guard curve.variable == .entries, let first = curve.points.first?.x,
            let last = curve.points.last?.x
        else { return [] }
        let sizes = everything.targets.map { (target: $0, sizes: self.sizes($0, curve, section)) }
            .filter { !$0.sizes.isEmpty }
        return caches.compactMap { name, bytes -> Frame.Mark? in
            let places = sizes.map { target, sizes in
                (target: target, at: Self.entries(filling: bytes, sizes))
            }
            guard let middle = Descriptive.median(places.map(\.at)), middle >= first,
                middle <= last
            else { return nil }
            let filled = places.map { "\($0.at.grouped(0)) of \($0.target)" }
            let size = Scale(.bytes, values: [bytes]).text(bytes)
            return Frame.Mark(
                .x(middle), name,
                "\(name), \(size): full of entries at "
                    + filled.joined(separator: ", "))
        }
    }

    var caches: [(name: String, bytes: Double)] {
        let machine = record.environment
        let all = [("L1d", machine.l1dBytes), ("L2", machine.l2Bytes), ("L3", machine.l3Bytes)]
        return all.compactMap { name, bytes -> (name: String, bytes: Double)? in
            guard let bytes, bytes > 0 else { return nil }
            return (name: name, bytes: Double(bytes))
        }
    }

    /// By the curve itself where it is one of bytes, else by what was read beside it under the same
    /// conditions; in ascending order.
    private func sizes(
        _ target: String, _ curve: Curve, _ section: SuiteTable.Section
    ) -> [Size] {
        let conditions = section.conditions.merging(curve.conditions) { _, own in own }
        let told = Metric.Memory.told.map { Metric.memoryPerEntry($0).id }
        let own = curve.columns[0].metric
        for metric in told.contains(own) ? [own] : told {
            let sizes = record.results.compactMap { result -> Size? in
                guard result.metric == metric, result.target == target,
                    result.workload == section.workload, let bytes = result.value, bytes > 0,
                    case .number(let entries)? = result.conditions["entries"], entries > 0,
                    result.conditions.allSatisfy({ key, value in
                        key == "entries" || (conditions[key] ?? value) == value
                    })
                else { return nil }
                return Size(entries: entries, bytesPerEntry: bytes)
            }
            if !sizes.isEmpty { return sizes.sorted { $0.entries < $1.entries } }
        }
        return []
    }

    /// How many entries take so many bytes: between two readings on the line through both, beyond
    /// them as the nearest has it.
    private static func entries(filling bytes: Double, _ sizes: [Size]) -> Double {
        for (low, high) in zip(sizes, sizes.dropFirst())
        where low.total <= bytes && bytes <= high.total && low.total < high.total {
            let share = (bytes - low.total) / (high.total - low.total)
            return low.entries + share * (high.entries - low.entries)
        }
        let nearest = bytes < sizes[0].total ? sizes[0] : sizes[sizes.count - 1]
        return bytes / nearest.bytesPerEntry
    }
}

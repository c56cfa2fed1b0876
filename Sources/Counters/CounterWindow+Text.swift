// A window's counts for a terminal: a line per counter, and the functions that miss most.
import Quantities

extension CounterWindow {
    /// One line per counter: the count, or the reason why there is none.
    /// - Parameter scope: what was counted, such as `in 1000 ms`.
    public func lines(_ scope: String) -> [String] {
        entries.map { entry in
            let name = entry.counter.title
            switch entry.reading {
            case .value(let value, let quality):
                let unit = entry.counter.unit.isEmpty ? "" : ", \(entry.counter.unit)"
                var line = "\(value.fixed(0, width: 16))  \(name)\(unit) \(scope) (\(entry.event))"
                if case .scaled(let running) = quality {
                    line += ", counted \((running * 100).fixed(0)) % of the time"
                }
                return line
            case .unavailable(let reason): return "             n/a  \(name): \(reason)"
            }
        }
    }

    /// The functions in which most simulated last-level read misses happened, per operation; none
    /// where nothing was simulated.
    public func topLines(_ count: Int) -> [String] {
        guard let profile else { return [] }
        return profile.top(.simulatedLLReadMisses, count).map { share in
            let misses = (Double(share.count) / Double(operations)).fixed(3, width: 8)
            return "  \(misses) \((share.share * 100).fixed(1, width: 6)) %  \(share.name)"
        }
    }
}

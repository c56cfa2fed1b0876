// A window's counts for a terminal: a line per counter, and the functions that miss most.
import Foundation

extension CounterWindow {
    /// One line per counter: the count, or the reason why there is none.
    /// - Parameter scope: what was counted, such as `in 1000 ms`.
    public func lines(_ scope: String) -> [String] {
        entries.map { entry in
            let name = entry.counter.title
            switch entry.reading {
            case .value(let value, let quality):
                let unit = entry.counter.unit.isEmpty ? "" : ", \(entry.counter.unit)"
                var line = "\(fixed(value, 0, width: 16))  \(name)\(unit) \(scope) (\(entry.event))"
                if case .scaled(let running) = quality {
                    line += ", counted \(fixed(running * 100, 0)) % of the time"
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
            let misses = fixed(Double(share.count) / Double(operations), 3, width: 8)
            return "  \(misses) \(fixed(share.share * 100, 1, width: 6)) %  \(share.name)"
        }
    }
}

/// A number with so many decimals, right-aligned.
private func fixed(_ value: Double, _ decimals: Int, width: Int = 0) -> String {
    let text = String(format: "%.\(decimals)f", value)
    return String(repeating: " ", count: max(0, width - text.count)) + text
}

// A window's counts as people read them: what each comes to, and the functions that miss most.
import Quantities
import RunRecord

extension CounterWindow {
    /// A counter, its count and what that comes to.
    public struct Line: Sendable, Equatable {
        public let counter: Counter
        /// Nil where there is none, and then `reason` says why.
        public let value: Double?
        /// `0.25 CPUs utilised`, `1.2 per cycle`, `3.1 % of branches`, `5,691 per second`; empty
        /// where nothing follows. A share says what it is of.
        public let ratio: String
        /// The same for every event that is missing for one reason.
        public let reason: String?
    }

    /// A line for every counter.
    /// - Parameter elapsed: time by the clock of what was counted, in ns.
    public func lines(elapsed: UInt64) -> [Line] {
        entries.map { entry in
            switch entry.reading {
            case .value(let value, _):
                var ratio = self.ratio(entry.counter, value, seconds: Nanoseconds(elapsed).seconds)
                if let running = entry.reading.runningShare {
                    let share = "counted \(running.percent(0)) of the time"
                    ratio = ratio.isEmpty ? share : "\(ratio), \(share)"
                }
                return Line(counter: entry.counter, value: value, ratio: ratio, reason: nil)
            case .unavailable(let reason):
                return Line(
                    counter: entry.counter, value: nil, ratio: "",
                    reason: "\(reason.ofAnyEvent)")
            }
        }
    }

    private func ratio(_ counter: Counter, _ value: Double, seconds: Double) -> String {
        if counter.isShare { return counter.ofWhat }
        if counter == .taskClock {
            let share = Nanoseconds.perSecond * seconds
            return share > 0 ? "\((value / share).fixed(2)) CPUs utilised" : ""
        }
        if counter == .instructions && self[.instructionsPerCycle].value == nil {
            let rate = self.ratio(counter, over: .cycles).value
            return rate.map { "\($0.fixed(2)) per cycle" } ?? ""
        }
        if let whole = counter.whole {
            let share = self.ratio(counter, over: whole).value
            return share.map { "\($0.percent()) of \(whole.title)" } ?? ""
        }
        return seconds > 0 ? "\((value / seconds).shortText) per second" : ""
    }

    /// The `most` functions in which most simulated last-level read misses happened; nil where
    /// nothing was simulated.
    public func stacks(_ most: Int, of target: String, under workload: String)
        -> RunRecord.Stacks?
    {
        let counter = Counter.simulatedLLReadMisses
        guard let profile, let total = profile.total(counter) else { return nil }
        let shares = profile.top(counter, most)
        return RunRecord.Stacks(
            metric: counter.metricID, target: target, workload: workload,
            operations: Double(operations), total: Double(total),
            shares.map { share -> (frames: [String], count: UInt64) in
                let object = share.object.split(separator: "/").last.map(String.init) ?? "?"
                return (frames: [object, share.name], count: share.count)
            })
    }
}

extension Counter {
    /// What a share is of.
    fileprivate var ofWhat: String {
        switch self {
        case .readsFromL2, .readsFromLL, .readsFromMemory: "of reads that missed L1d"
        case .memoryBound: "of slots, a part of backend bound"
        default: isTopDown ? "of slots" : ""
        }
    }
}

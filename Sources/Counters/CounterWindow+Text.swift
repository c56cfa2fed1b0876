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

    /// The `most` functions in which most simulated last-level read misses happened, and all others
    /// as one, without their callers; nil where nothing was simulated.
    public func stackProfile(
        _ most: Int, of target: String, under workload: String
    ) -> StackProfile? {
        let counter = Counter.simulatedLLReadMisses
        guard let counts = self.profile, let total = counts.total(counter) else { return nil }
        var profile = StackProfile(target: target, workload: workload, unit: .lastLevelReadMisses)
        var weights: [Double] = []
        func add(_ frame: StackProfile.Frame, _ count: UInt64) {
            profile.frames.append(frame)
            profile.stacks.append([profile.frames.count - 1])
            weights.append(Double(count))
        }
        var rest = total
        for share in counts.top(counter, most) {
            let object = share.object.split(separator: "/").last.map(String.init)
            add(StackProfile.Frame(share.name, binary: object), share.count)
            rest -= min(share.count, rest)
        }
        if rest > 0 { add(StackProfile.Frame("all others", kind: .unnamed), rest) }
        profile.rounds = [
            StackProfile.Round(weights: weights, operations: operations, total: Double(total))
        ]
        return profile
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

// What is counted together: events that are on the PMU at the same times, and what is made of their
// counts. A share is made of events of one group only, so that it is of one and the same time.

/// A counter and the events that it is made of.
public struct PerfMeasure: Sendable {
    /// Counts of `events`, in their order, to a value; nil where they are nothing to divide by.
    public typealias Formula = @Sendable ([Double]) -> Double?

    public let counter: Counter
    public let events: [PerfEvent]
    let formula: Formula

    init(_ counter: Counter, _ events: [PerfEvent], _ formula: @escaping Formula) {
        self.counter = counter
        self.events = events
        self.formula = formula
    }
}

/// Events that take turns on the PMU together. A literal is of counters that are one event each.
public struct PerfGroup: Sendable, ExpressibleByArrayLiteral {
    /// The first leads.
    public private(set) var events: [PerfEvent]
    public private(set) var measures: [PerfMeasure]

    /// - Parameter events: those of all measures; others do no harm.
    init(_ events: [PerfEvent], _ measures: [PerfMeasure]) {
        self.events = events
        self.measures = measures
    }

    init(of measures: [PerfMeasure]) {
        self.init([], [])
        for measure in measures { add(measure) }
    }

    public typealias ArrayLiteralElement = (counter: Counter, event: PerfEvent)

    public init(arrayLiteral elements: ArrayLiteralElement...) {
        self.init(of: elements.map { PerfMeasure($0.counter, [$0.event]) { $0[0] } })
    }

    mutating func add(_ measure: PerfMeasure) {
        measures.append(measure)
        for event in measure.events where !events.contains(event) { events.append(event) }
    }
}

/// How many events the processor counts at once. What does not fit takes turns.
public struct PMU: Sendable {
    /// Counters that take any event.
    public let general: Int
    /// Generic events that have a counter of their own.
    public let fixed: Set<PerfEvent>

    public init(general: Int, fixed: Set<PerfEvent> = []) {
        self.general = general
        self.fixed = fixed
    }

    /// - Parameter watchdog: the NMI watchdog counts cycles on every CPU: with the counter that is
    ///   made for them where there is one, else with a general one.
    public init(_ family: CPUFamily, watchdog: Bool) {
        let cycles: Set<PerfEvent> = watchdog ? [] : [.cycles]
        self =
            switch family {
            case .zen: PMU(general: watchdog ? 5 : 6)
            // Each of two threads has half of a core's eight.
            case .intel(.skylake), .intel(.other):
                PMU(general: 4, fixed: cycles.union([.instructions]))
            case .intel(.iceLake), .intel(.sapphireRapids):
                PMU(general: 8, fixed: cycles.union([.instructions]))
            case .neoverse: PMU(general: 6, fixed: cycles)
            case .other: PMU(general: 4)
            }
    }

    func holds(_ group: PerfGroup) -> Bool {
        let taken = group.events.count {
            !$0.traits.contains(.hasOwnCounter) && !fixed.contains($0)
        }
        return taken <= general && !group.events.dropFirst().contains { $0.traits.contains(.leads) }
    }

    /// The groups for what is to be counted: each block in one where it fits, with others while
    /// they fit; what is too large for one falls apart into its measures.
    public func groups(of blocks: [[PerfMeasure]]) -> [PerfGroup] {
        var groups: [PerfGroup] = []
        for block in blocks {
            if place(block, in: &groups) { continue }
            for measure in block {
                // More than there is room for: the kernel says so.
                if !place([measure], in: &groups) { groups.append(PerfGroup(of: [measure])) }
            }
        }
        return groups
    }

    private func place(_ block: [PerfMeasure], in groups: inout [PerfGroup]) -> Bool {
        for index in groups.indices {
            var group = groups[index]
            for measure in block { group.add(measure) }
            if holds(group) {
                groups[index] = group
                return true
            }
        }
        let group = PerfGroup(of: block)
        if holds(group) { groups.append(group) }
        return holds(group)
    }
}

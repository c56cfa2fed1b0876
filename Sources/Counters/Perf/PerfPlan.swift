// Which events stand for which counter, by CPU family, and in which groups they are counted.
//
// Named events are looked up in libpfm4's tables; where those are missing, the generic ones of
// perf_event_open(2) are left, and only where the kernel maps them to what they say. A counter for
// which there is neither has its reason.
import LinuxSystem

public struct PerfPlan: Sendable {
    public let groups: [PerfGroup]
    /// Counters that are left out, with the event that they would need.
    let unnamed: [Refusal]
    /// The processor, for reasons.
    let cpu: String
    /// Where the events' names are from: `libpfm4 (skl)`, or `generic`; nil for the kernel's own.
    public let source: String?

    /// A counter without an event, and why.
    typealias Refusal = (counter: Counter, event: String, reason: Unavailability)

    public init(_ groups: [PerfGroup]) {
        self.init(groups, unnamed: [], cpu: "\(CPUFamily.current)", source: nil)
    }

    private init(_ groups: [PerfGroup], unnamed: [Refusal], cpu: String, source: String?) {
        self.groups = groups
        self.unnamed = unnamed
        self.cpu = cpu
        self.source = source
    }

    /// The kernel's own counters; they never need a PMU.
    public static let software = PerfPlan([
        [
            (.taskClock, .software("task-clock", 1, inKernel: false)),
            (.pageFaults, .software("page-faults", 2, inKernel: true)),
            (.minorFaults, .software("minor-faults", 5, inKernel: true)),
            (.majorFaults, .software("major-faults", 6, inKernel: true)),
            (.contextSwitches, .software("context-switches", 3, inKernel: true)),
            (.migrations, .software("cpu-migrations", 4, inKernel: true)),
        ]
    ])

    /// The processor's counters as this machine has them; what is missing has no known event.
    public static let hardware = PerfPlan(.current, names: PfmLibrary.installed, Surroundings())

    /// What besides the processor decides how its events are counted.
    public struct Surroundings: Sendable {
        /// The NMI watchdog has one of the counters.
        public var hasWatchdog: Bool
        /// Two threads share a core and its issue slots.
        public var sharesCores: Bool

        public init(hasWatchdog: Bool, sharesCores: Bool) {
            self.hasWatchdog = hasWatchdog
            self.sharesCores = sharesCores
        }

        /// Those of this machine.
        init() {
            hasWatchdog = SmallFile.line("/proc/sys/kernel/nmi_watchdog") == "1"
            sharesCores = SmallFile.line("/sys/devices/system/cpu/smt/active") == "1"
        }
    }

    /// The plan for a processor.
    /// - Parameters:
    ///   - names: nil: there are none, and the generic events are left.
    ///   - room: nil: what the family has under these surroundings.
    public init(
        _ family: CPUFamily, names: (any EventTable)?, _ surroundings: Surroundings,
        room: PMU? = nil
    ) {
        let namer = EventNamer(names, family)
        var blocks: [[PerfMeasure]] = []
        var unnamed: [Refusal] = []
        for block in [PlannedMeasure.core] + Self.blocks(family, namer, surroundings) {
            var measures: [PerfMeasure] = []
            for planned in block {
                switch planned.measure {
                case .success(let measure): measures.append(measure)
                case .failure(let missing):
                    unnamed.append((planned.counter, missing.name, missing.reason))
                }
            }
            blocks.append(measures)
        }
        let room = room ?? PMU(family, watchdog: surroundings.hasWatchdog)
        self.init(
            room.groups(of: blocks.filter { !$0.isEmpty }), unnamed: unnamed, cpu: "\(family)",
            source: namer.source)
    }

    private static func blocks(
        _ family: CPUFamily, _ named: EventNamer, _ surroundings: Surroundings
    ) -> [[PlannedMeasure]] {
        switch family {
        case .zen(let generation): PlannedMeasure.zen(generation, named)
        case .intel(.other), .other: PlannedMeasure.generic
        case .intel(let core):
            PlannedMeasure.intel(core, named, sharesCores: surroundings.sharesCores)
        case .neoverse(let core): PlannedMeasure.neoverse(core, named)
        }
    }
}

/// Finds the events of one processor.
struct EventNamer {
    private let names: (any EventTable)?
    /// The name that libpfm4 gives the processor's table; nil where its names are not used.
    private let table: String?
    private let cpu: String

    init(_ names: (any EventTable)?, _ family: CPUFamily) {
        self.names = names
        table = Self.table(family)
        cpu = "\(family)"
    }

    /// Zen 5's table is in no release before 4.14, and lacks the missing loads: what is asked of it
    /// has the codes of Zen 4 in AMD's lists, too. Emerald Rapids likewise.
    private static func table(_ family: CPUFamily) -> String? {
        switch family {
        case .zen(2): "amd64_fam17h_zen2"
        case .zen(3): "amd64_fam19h_zen3"
        case .zen: "amd64_fam19h_zen4"
        case .intel(.skylake): "skl"
        case .intel(.iceLake): "icl"
        case .intel(.sapphireRapids): "spr"
        case .neoverse(let core): "arm_\(core.lowercased())"
        case .intel(.other), .other: nil
        }
    }

    /// `libpfm4 (skl)`, or `generic`.
    var source: String {
        if let table, names != nil { "libpfm4 (\(table))" } else { "generic" }
    }

    /// An event that has no generic counterpart, and why it cannot be asked for.
    struct Missing: Error {
        let name: String
        let reason: Unavailability
    }

    typealias Event = Result<PerfEvent, Missing>

    /// - Parameters:
    ///   - name: as libpfm4 has it: `UOPS_RETIRED:RETIRE_SLOTS`.
    ///   - generic: what stands in for it where the name is not found.
    func callAsFunction(
        _ name: String, _ traits: PerfEvent.Traits = [], else generic: PerfEvent? = nil
    ) -> Event {
        if let names, let table, let code = names.code(of: "\(table)::\(name)") {
            return .success(PerfEvent(name, code, traits))
        }
        if let generic { return .success(generic) }
        let reason: Unavailability =
            names == nil ? .noEventNames(event: name) : .unknownName(event: name, cpu: cpu)
        return .failure(Missing(name: name, reason: reason))
    }
}

/// A counter and the events that it is made of, as far as they have names here.
struct PlannedMeasure {
    let counter: Counter
    private let events: [EventNamer.Event]
    private let formula: PerfMeasure.Formula

    /// What several events make.
    init(
        _ counter: Counter, _ events: [EventNamer.Event], _ formula: @escaping PerfMeasure.Formula
    ) {
        self.counter = counter
        self.events = events
        self.formula = formula
    }

    /// What one event counts.
    init(_ counter: Counter, _ event: EventNamer.Event) {
        self.init(counter, [event]) { $0[0] }
    }

    init(_ counter: Counter, _ event: PerfEvent) { self.init(counter, .success(event)) }

    var measure: Result<PerfMeasure, EventNamer.Missing> {
        var found: [PerfEvent] = []
        for event in events {
            switch event {
            case .success(let event): found.append(event)
            case .failure(let missing): return .failure(missing)
            }
        }
        return .success(PerfMeasure(counter, found, formula))
    }

    /// A share; nil of nothing. Formulas are estimates, in which a small one may come out below 0.
    static func share(_ part: Double, of whole: Double) -> Double? {
        whole > 0 ? max(0, part / whole) : nil
    }
}

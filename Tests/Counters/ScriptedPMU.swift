// A processor with so many counters, which counts what a fixture says: groups that do not fit are
// refused as the kernel refuses them, and what is more than fits takes turns.
import Counters
import Glibc
import SystemPackage

/// Names that all have a code: a table of every processor, on machines of any.
struct EveryName: EventTable {
    func code(of event: String) -> EventCode? {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in event.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return EventCode(type: 4, config: hash)
    }
}

final class ScriptedPMU: PerfSystem {
    private let general: Int
    /// Names of events with a counter of their own.
    private let fixed: Set<String>
    /// Counts of a window, by name. Others are refused.
    private let counts: [String: UInt64]
    private var groups: [CInt: [String]] = [:]
    private var leaders: [CInt: CInt] = [:]
    private var reads: [CInt: Int] = [:]
    private var next: CInt = 10
    /// A second.
    private static let window: UInt64 = 1_000_000_000

    init(general: Int, fixed: Set<String> = ["cycles", "instructions"], counts: [String: UInt64]) {
        self.general = general
        self.fixed = fixed
        self.counts = counts
    }

    /// The vendor's name without the code behind it.
    static func name(_ event: PerfEvent) -> String {
        String(event.name.prefix { $0 != " " })
    }

    private func isFixed(_ name: String) -> Bool {
        fixed.contains(name) || name == "TOPDOWN:SLOTS" || name.hasPrefix("topdown-")
    }

    private func fits(_ names: [String]) -> Bool { names.count { !isFixed($0) } <= general }

    func threads(of pid: pid_t) -> [pid_t] { [pid] }

    func open(
        _ event: PerfEvent, thread: pid_t, _ opening: PerfOpening
    ) -> Result<CInt, Errno> {
        let name = Self.name(event)
        guard counts[name] != nil else { return .failure(.noSuchFileOrDirectory) }
        let group = opening.leader.flatMap { groups[$0] } ?? []
        // As the kernel has it: shares of slots only behind the slots.
        if name.hasPrefix("topdown-") && group.first != "TOPDOWN:SLOTS" {
            return .failure(.invalidArgument)
        }
        guard fits(group + [name]) else { return .failure(.invalidArgument) }
        next += 1
        leaders[next] = opening.leader ?? next
        groups[opening.leader ?? next, default: []].append(name)
        return .success(next)
    }

    func enable(_ leader: CInt) -> Errno? { nil }

    /// The first read checks the group, the second begins the window, the third ends it.
    func read(_ leader: CInt, events: Int) -> Result<PerfGroupRead?, Errno> {
        guard let group = groups[leader] else { return .failure(.badFileDescriptor) }
        let isEnd = reads[leader, default: 0] == 2
        reads[leader, default: 0] += 1
        guard isEnd else {
            return .success(
                PerfGroupRead(enabled: 0, running: 0, values: group.map { _ in 0 }))
        }
        let turns = fits(groups.values.flatMap(\.self)) ? 1 : UInt64(groups.count)
        return .success(
            PerfGroupRead(
                enabled: Self.window, running: Self.window / turns,
                values: group.map { counts[$0, default: 0] / turns }))
    }

    func close(_ descriptor: CInt) {
        guard let leader = leaders.removeValue(forKey: descriptor) else { return }
        if leader == descriptor { groups[leader] = nil }
    }

    func raiseDescriptorLimit() -> Bool { false }
}

// A look at one thing that decides what can be measured here, or disturbs it.
//
//     check      what it is called, and what it does to measurements where it is not fine
//     look       reads it on a machine
//     finding    its value, how bad that is, and the one line to type against it
//
// A check changes nothing. What cannot be read is n/a and never fine; what is read is a stranger's,
// so that odd contents are n/a as well and no arithmetic on them can trap.

/// How bad it is.
public enum Level: String, Encodable, Sendable {
    case ok
    /// Numbers scatter more, or are off.
    case warn
    /// What is timed now says more about this than about a server.
    case block
    /// Not read, or not there.
    case unknown = "n/a"
}

/// What a check saw.
public struct Observation: Equatable, Sendable {
    /// Whether a run says so among its warnings.
    public enum Told: Sendable {
        case no, yes
        /// Yes: others have the machine. One of these is enough.
        case busy
    }

    /// In a few words: `performance`, `1.5 of 2 CPUs`.
    let value: String
    let level: Level
    /// A line for a shell; nil where there is nothing to do.
    let remedy: String?
    let told: Told

    private init(_ value: String, _ level: Level, _ remedy: String?, _ told: Told) {
        self.value = value
        self.level = level
        self.remedy = remedy
        self.told = told
    }

    static func ok(_ value: String) -> Observation { Observation(value, .ok, nil, .no) }

    static func warn(_ value: String, _ remedy: String, told: Told = .no) -> Observation {
        Observation(value, .warn, remedy, told)
    }

    static func block(_ value: String, _ remedy: String, told: Told = .yes) -> Observation {
        Observation(value, .block, remedy, told)
    }

    static func unknown(_ why: String = "cannot be read", _ remedy: String? = nil) -> Observation {
        Observation(why, .unknown, remedy, .no)
    }
}

protocol Check: Sendable {
    /// Unique among all.
    var name: String { get }
    /// What it does to measurements where it is not fine.
    var effect: String { get }
    func look(at machine: Machine) -> Observation
}

/// A check of one file that holds a line.
struct FileCheck: Check {
    let name: String
    let effect: String
    let path: String
    /// Of what the file holds; nil where that means nothing known.
    let judge: @Sendable (String) -> Observation?

    init(
        _ name: String, _ effect: String, _ path: String,
        _ judge: @escaping @Sendable (String) -> Observation?
    ) {
        self.name = name
        self.effect = effect
        self.path = path
        self.judge = judge
    }

    func look(at machine: Machine) -> Observation {
        guard let line = machine.line(path) else { return .unknown() }
        return judge(line) ?? .unknown(line.isEmpty ? "empty" : "'\(line.prefix(16))'")
    }
}

/// What a check found.
public struct MachineFinding: Equatable, Sendable, Encodable {
    public let group: CheckGroup
    /// Of the check.
    public let name: String
    public let value: String
    public let level: Level
    public let effect: String
    public let remedy: String?
    public let told: Observation.Told

    init(_ check: any Check, _ group: CheckGroup, on machine: Machine) {
        let seen = check.look(at: machine)
        self.group = group
        name = check.name
        value = seen.value
        level = seen.level
        effect = check.effect
        remedy = seen.remedy
        told = seen.told
    }

    private enum CodingKeys: String, CodingKey {
        case group, value, level, effect, remedy
        case name = "check"
    }
}

/// Checks of one concern, as they are shown together.
public enum CheckGroup: String, CaseIterable, Encodable, Sendable {
    case now, cpu, memory, network, profiling, tools, numa

    public var title: String {
        switch self {
        case .now: "Now"
        case .cpu: "CPU"
        case .memory: "Memory"
        case .network: "Network"
        case .profiling: "Profiling"
        case .tools: "Tools"
        case .numa: "NUMA"
        }
    }

    var checks: [any Check] {
        switch self {
        case .now: NowChecks.all
        case .cpu: ProcessorChecks.all + SchedulingChecks.all
        case .memory: MemoryChecks.all
        case .network: NetworkChecks.all
        case .profiling: ProfilingChecks.all
        case .tools: ToolCheck.all
        case .numa: NumaChecks.all
        }
    }
}

// The run record: what one run of Hashmark says it measured, on what, and how.
//
// One JSON document, `"schema": "hashmark.run/1"`. Everything downstream (tables, HTML, the gate,
// the history) is a function of such documents, so whatever a reader could need to judge a number
// is in here: raw samples, conditions, the machine, the seed, the warnings.
//
//   RunRecord ── environment: EnvironmentFingerprint        the machine
//             ├─ targets, workloads                         what was measured, under which load
//             ├─ phases, warnings, partial                  how the run went
//             ├─ results: metric × target × workload × conditions → value or reason, samples
//             ├─ rounds ── slices, totals                   interleaved raw readings
//             ├─ incidents                                  wrong answers, lost data, crashes
//             ├─ series                                     points every 250 ms
//             ├─ trials                                     rates that a search tried
//             ├─ nodeShares                                 what each node of a cluster did
//             ├─ loadHosts                                  shares of a load from several hosts
//             ├─ placements                                 NUMA nodes, and what came of them
//             ├─ claims                                     published figures and what came out
//             ├─ verdict                                    what a gate decided
//             └─ certificate                                what gates are worth here
//
// Rules: a value that was not read is null with a reason, never 0 and never NaN. Writers fill in
// all they know; readers ignore fields they do not know, take absent lists as empty, and refuse
// another major schema. Names end in their unit.
//
// Non-goals: collecting any of it (Experiments) and judging it (Gate, Reporting).

/// One run of Hashmark.
public struct RunRecord: Equatable, Sendable {
    /// The schema this code writes, `name/major`; a minor part (`/1.2`) may follow in later ones.
    public static let schema = "hashmark.run/1"

    public var schema = RunRecord.schema
    public var hashmarkVersion: String
    /// The command line, program name included: running it again repeats the run. The name stands
    /// alone, for a record travels and the folder that the program lay in does not.
    public var arguments: [String]
    public var seed: UInt64
    /// True where nothing was drawn from it: then it takes no seed to repeat the run. (Absent:
    /// false.)
    public var seedIsUnused = false
    /// The name given by `--record`; only lines of the history have one.
    public var label: String?
    /// Where the whole record was written, from the folder of what names it: a line of the history,
    /// or a page of trends. A later run may have written over it (`DocumentIdentity`).
    public var recordFile: String?
    /// UTC, `2026-11-21T06:19:54Z`.
    public var startedAt: String?
    /// Wall time of the whole run, in s.
    public var durationSeconds: Double?
    public var environment = EnvironmentFingerprint()
    public var targets: [Target] = []
    public var workloads: [Workload] = []
    public var warnings: [Warning] = []
    /// True when the run ended early: what is here is sound, but it is not all of it.
    public var partial = false
    public var phases: [Phase] = []
    public var results: [Result] = []
    public var rounds: [Round] = []
    /// Wrong answers, lost data, crashes: told before anything that was timed.
    public var incidents: [Incident] = []
    public var series: [Series] = []
    public var trials: [Trial] = []
    /// What each node of a cluster did.
    public var nodeShares: [NodeShare] = []
    /// Where in the programs time was spent or something was counted; with two of one workload
    /// and unit, the first is the one compared with.
    public var profiles: [StackProfile] = []
    /// What each of several hosts had of the load; empty where it came from this one.
    public var loadHosts: [LoadHost] = []
    /// Which NUMA nodes were asked for, and what came of it.
    public var placements: [Placement] = []
    /// Published figures that the run was to reproduce, and what came out.
    public var claims: [Claim] = []
    /// What a gate decided; nil for every other run.
    public var verdict: Verdict?
    /// What a self-test of the gate certifies; nil for every other run.
    public var certificate: Certificate?

    public init(hashmarkVersion: String, arguments: [String], seed: UInt64) {
        self.hashmarkVersion = hashmarkVersion
        self.arguments = arguments
        if let program = arguments.first?.split(separator: "/").last {
            self.arguments[0] = String(program)
        }
        self.seed = seed
    }
}

extension RunRecord: Codable {
    private enum CodingKeys: String, CodingKey {
        case schema, arguments, seed, label, environment, targets, workloads, warnings, partial
        case phases, results, rounds, incidents, series, trials, profiles, placements, claims
        case verdict, certificate
        case nodeShares = "nodes"
        case loadHosts = "load_hosts"
        case hashmarkVersion = "hashmark_version"
        case seedIsUnused = "seed_unused"
        case recordFile = "record_file"
        case startedAt = "started_at"
        case durationSeconds = "duration_s"
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        schema = try fields.decode(String.self, forKey: .schema)
        hashmarkVersion = try fields.decode(String.self, forKey: .hashmarkVersion)
        arguments = try fields.list(.arguments)
        seed = try fields.decode(UInt64.self, forKey: .seed)
        seedIsUnused = try fields.decodeIfPresent(Bool.self, forKey: .seedIsUnused) ?? false
        label = try fields.decodeIfPresent(String.self, forKey: .label)
        recordFile = try fields.decodeIfPresent(String.self, forKey: .recordFile)
        startedAt = try fields.decodeIfPresent(String.self, forKey: .startedAt)
        durationSeconds = try fields.decodeIfPresent(Double.self, forKey: .durationSeconds)
        environment =
            try fields.decodeIfPresent(EnvironmentFingerprint.self, forKey: .environment) ?? .init()
        targets = try fields.list(.targets)
        workloads = try fields.list(.workloads)
        warnings = try fields.list(.warnings)
        partial = try fields.decodeIfPresent(Bool.self, forKey: .partial) ?? false
        phases = try fields.list(.phases)
        results = try fields.list(.results)
        rounds = try fields.list(.rounds)
        incidents = try fields.list(.incidents)
        series = try fields.list(.series)
        trials = try fields.list(.trials)
        nodeShares = try fields.list(.nodeShares)
        profiles = try fields.list(.profiles)
        loadHosts = try fields.list(.loadHosts)
        placements = try fields.list(.placements)
        claims = try fields.list(.claims)
        verdict = try fields.decodeIfPresent(Verdict.self, forKey: .verdict)
        certificate = try fields.decodeIfPresent(Certificate.self, forKey: .certificate)
    }
}

extension KeyedDecodingContainer {
    /// A list that an older or shorter record (a line of the history) may leave out.
    func list<Element: Decodable>(_ key: Key) throws -> [Element] {
        try decodeIfPresent([Element].self, forKey: key) ?? []
    }
}

// A workload as its file states it: which keys there are, how big they and their values are, how
// requests choose among them, what the requests do, and in which phases.
//
// Everything here is a plain value. It comes from a file (`Workload(file:)`, Format/) or is put
// together in code (`Workload.plain`), is judged by one set of rules (`findings`, which name the
// field by its path, so that the decoder can add the line), and is compiled into tables that draw
// requests without allocating (`CompiledWorkload`, Generator/).
//
// Non-goals: how requests are encoded and sent (LoadGenerator), when phases run (Experiments).
import Distributions

public struct Workload: Sendable, Equatable {
    /// The schema that this version reads and writes.
    public static let schema = "hashmark.workload/1"

    public var name: String
    public var title: String
    public var sources: [String: Source]
    public var provenance: ProvenanceMap
    public var keyspaces: [KeyspaceSpec]
    public var operations: [OperationSpec]
    public var load: LoadSpec
    public var phases: [PhaseSpec]
    /// Commands that are sent to the server in the course of phases, by time.
    public var events: [ServerEvent] = []
    /// Loads beside the one of `operations` and `load`.
    public var overlays: [OverlaySpec] = []
    /// Of an overlay that stands as a workload of its own: what the other loads do.
    var operationsBeside: [OperationSpec] = []
    public var expect: Expectations
    /// Of the file's bytes (`ContentHash`), empty for a workload made in code.
    public var contentHash: String

    public init(
        name: String, title: String = "", sources: [String: Source] = [:],
        provenance: ProvenanceMap = ProvenanceMap(), keyspaces: [KeyspaceSpec],
        operations: [OperationSpec], load: LoadSpec = LoadSpec(),
        phases: [PhaseSpec] = PhaseSpec.standard, expect: Expectations = Expectations(),
        contentHash: String = ""
    ) {
        self.name = name
        self.title = title
        self.sources = sources
        self.provenance = provenance
        self.keyspaces = keyspaces
        self.operations = operations
        self.load = load
        self.phases = phases
        self.expect = expect
        self.contentHash = contentHash
    }

    /// One keyspace of equal sizes: what `memory` and `counters` build from their flags.
    public static func plain(
        name: String = "plain", keys: UInt64, keySize: Int, valueSize: Int, ttlSeconds: Int = 0,
        popularity: Popularity = .uniform, readShare: Double = 1
    ) -> Workload {
        var keyspace = KeyspaceSpec(keys: keys, keySize: SizeSpec(.constant(Double(keySize))))
        keyspace.valueSize = SizeSpec(.constant(Double(valueSize)))
        keyspace.popularity = popularity
        if ttlSeconds > 0 {
            keyspace.ttl = SizeSpec(.constant(Double(ttlSeconds)), binding: .write)
        }
        var operations: [OperationSpec] = []
        if readShare > 0 { operations.append(OperationSpec(command: .get, weight: readShare)) }
        if readShare < 1 { operations.append(OperationSpec(command: .set, weight: 1 - readShare)) }
        return Workload(name: name, keyspaces: [keyspace], operations: operations)
    }

    /// Requests in flight per connection of the prefill.
    public var prefillPipeline: Int {
        for case .prefill(_, let pipeline) in phases { return pipeline }
        return PhaseSpec.defaultPrefillPipeline
    }

    /// How long the server may take to settle; nil where the workload does not wait for that.
    public var settleMilliseconds: Int? {
        for case .settle(let timeout) in phases { return timeout }
        return nil
    }

    public var keyCount: UInt64 { keyspaces.reduce(0) { $0 + $1.keys } }

    /// The same workload over `keys` keys in all, each keyspace keeping its share: popularity,
    /// sizes and mix stay, expectations that depend on the number of keys go.
    public func scaled(toKeys keys: UInt64) -> Workload {
        var scaled = self
        let factor = Double(keys) / Double(max(1, keyCount))
        for index in scaled.keyspaces.indices {
            let share = (Double(keyspaces[index].keys) * factor).rounded()
            scaled.keyspaces[index].keys =
                keyspaces.count == 1 ? keys : UInt64(max(1, min(share, 0x1p48)))
        }
        if keys != keyCount { scaled.expect.requests.shareOfTop = [:] }
        return scaled
    }
}

/// Where numbers come from.
public struct Source: Sendable, Equatable {
    public var cite: String
    public var licence: String?
    public var url: String?
}

/// Keys that share a prefix, a popularity and distributions of sizes.
public struct KeyspaceSpec: Sendable, Equatable {
    public var name: String
    /// Share of the requests of operations that name no keyspace, relative to the other keyspaces.
    public var weight: Double
    public var keys: UInt64
    /// Fraction of the keys that the prefill writes; requests draw from all.
    public var populated: Double
    public var prefix: String
    /// Bytes of the whole key, prefix included.
    public var keySize: SizeSpec
    public var valueSize: SizeSpec?
    public var popularity: Popularity
    /// Seconds; 0 is no expiry.
    public var ttl: SizeSpec?
    /// Of the permutation that says which key has which rank, and of sizes bound to keys.
    public var seed: UInt64
    /// Different hash tags (`{17}`) between prefix and digits, 0 for none: keys of one tag share a
    /// slot of a cluster.
    public var hashTags: UInt64 = 0
    public var fill = FillKind.letters
    /// Members of a key that is a set, a sorted set or a hash; nil for strings.
    public var members: SizeSpec?
    /// Bytes of a member (a field of a hash).
    public var memberSize = defaultMemberSize
    public var churn: ChurnSpec?
    /// Share of the look-ups that ask for keys nobody ever writes.
    public var negativeLookups = 0.0
    /// Sent for a key that a look-up did not find; nil leaves it missing.
    public var onMiss: CommandTemplate?
    /// Instead of the prefill phase's.
    public var prefill: CommandTemplate?

    /// `m` and seven digits.
    public static let defaultMemberSize = 8

    public init(name: String = "keys", keys: UInt64, keySize: SizeSpec) {
        self.name = name
        self.weight = 1
        self.keys = keys
        self.populated = 1
        self.prefix = ""
        self.keySize = keySize
        self.valueSize = nil
        self.popularity = .uniform
        self.ttl = nil
        self.seed = 0
    }

    /// Keys that the prefill writes: ids 0 ..< this.
    public var populatedKeys: UInt64 {
        populated >= 1 ? keys : UInt64((Double(keys) * populated).rounded())
    }
}

/// Requests in flight.
public struct LoadSpec: Sendable, Equatable {
    /// valkey-benchmark's default.
    public var connections = 50
    public var pipeline = 1
    /// Client threads, each with a stream of random numbers of its own.
    public var streams = 1
    public var arrival = ArrivalSpec.closed
    /// Of the requests; nil leaves it to the run.
    public var seed: UInt64?
    /// Replicas that a server which is started here gets before the load.
    public var replicas = 0

    public init(connections: Int = 50, pipeline: Int = 1) {
        self.connections = connections
        self.pipeline = pipeline
    }
}

/// A phase of a run. They come in the order of the cases, each at most once.
public enum PhaseSpec: Sendable, Equatable {
    /// Write every populated key once, in order of key id.
    case prefill(command: CommandTemplate, pipeline: Int)
    /// The server holds as many keys as were written; `sample` of them are read back.
    case verify(sample: Int)
    /// Wait until no rehash is in progress.
    case settle(timeoutMilliseconds: Int)
    case warmUp(Extent)
    case measure(Extent)
    /// Load that is not measured any more: what a server still does is seen in its memory.
    case coolDown(Extent)

    public enum Extent: Sendable, Equatable {
        case requests(Int)
        case milliseconds(Int)
        /// Until the server CPU per request of two windows in a row differs by at most `change`,
        /// but no longer than `timeout`.
        case steady(windowMilliseconds: Int, change: Double, timeoutMilliseconds: Int)
    }

    /// What a file that names no phases gets.
    public static let standard: [PhaseSpec] = [
        .prefill(command: .set, pipeline: defaultPrefillPipeline),
        .verify(sample: defaultVerifySample),
        .settle(timeoutMilliseconds: defaultSettleMilliseconds),
        .warmUp(.milliseconds(1_000)), .measure(.milliseconds(10_000)),
    ]
    /// Deep enough that a prefill is bound by the server's work, not by round trips.
    public static let defaultPrefillPipeline = 64
    /// A hundred times what servers take behind a fill of a million entries: what goes on for
    /// longer does not end.
    public static let defaultSettleMilliseconds = 120_000
    /// An error in one key of a thousand is missed with a probability of e⁻¹⁰.
    public static let defaultVerifySample = 10_000

    /// How long it is, where it has a length of its own.
    public var extent: Extent? {
        switch self {
        case .prefill, .verify, .settle: nil
        case .warmUp(let extent), .measure(let extent), .coolDown(let extent): extent
        }
    }

    /// Its key in a file.
    public var name: String {
        switch self {
        case .prefill: "prefill"
        case .verify: "verify"
        case .settle: "settle"
        case .warmUp: "warm_up"
        case .measure: "measure"
        case .coolDown: "cool_down"
        }
    }

    static let order = ["prefill", "verify", "settle", "warm_up", "measure", "cool_down"]
}

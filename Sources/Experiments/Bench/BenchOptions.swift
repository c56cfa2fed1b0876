// What a bench run is asked for, and what it came to: plain values.
import Glibc
import LoadGenerator
import Quantities
import RunRecord
import Statistics
import Targets
import Transport

public struct BenchOptions: Sendable {
    public var endpoint: Target.Endpoint
    /// What the endpoint is one of; nil: a server that was given by its address.
    public var target: Target?
    /// Where servers and clients run; nil: wherever they do.
    public var placement: Placement?
    public var connections = 50
    public var pipeline = 1
    public var threads = 1
    /// In a cluster: as many threads as nodes that requests are sent to, as valkey-benchmark has.
    public var hasThreadPerNode = false
    /// CPUs of the workers, in turn; empty leaves them to the scheduler.
    public var cpus: [Int] = []
    public var limit = BurstLimit.requests(100_000)
    /// Load before the measured one, not counted. - 0: none.
    public var warmup = Nanoseconds(0, .seconds)
    public var dataBytes = 3
    /// Placeholders become numbers below this; nil leaves them as they are.
    public var range: UInt64?
    /// Placeholders count up instead of being drawn.
    public var isSequential = false
    /// Each client has a part of the range for itself.
    public var hasOwnParts = false
    public var seed: UInt64 = 0
    public var works: [BenchWork] = []
    /// HELLO 3 on every connection.
    public var usesRESP3 = false
    /// CLIENT TRACKING on, on every connection.
    public var tracksKeys = false
    public var keepsConnections = true
    public var latencyMode = LatencyMode.command
    /// How long a server may send nothing.
    public var stallTimeout = Nanoseconds(30, .seconds)
    /// The schedule of an open loop.
    public var pace: Pace?
    /// False: the pace is only a limit (`--rps`), and it may be missed.
    public var mustKeepPace = true
    /// Write every key of the range once, before anything else.
    public var populates = false
    /// Empty the database before that (FLUSHDB).
    public var flushes = false
    /// Put in what tests take out (LPOP, SPOP, …), before each of them.
    public var stocksUp = false
    /// Times that each work is measured.
    public var repeats = 1
    /// The share of look-ups that must find their key; nil does not check.
    public var hitRatio: Double?
    public var objective: LatencyObjective?
    /// Settings of which every combination is measured.
    public var grid: BenchGrid?
    /// Of a cluster: read back what it acknowledged, behind each test.
    public var readsBack = false
    public var errorPolicy = ErrorPolicy.invalid
    /// Which nodes of a cluster answer reads.
    public var replicaReads = ReplicaReads.no
    /// Processes whose CPU time counts as the server's, such as a proxy's.
    public var alsoCounted: [pid_t] = []
    /// Measure what a round trip takes before anything else.
    public var measuresBase = false
    /// Works were asked for one by one: one that the server cannot run is then no success.
    public var namesWorks = false

    public init(_ endpoint: Target.Endpoint) { self.endpoint = endpoint }

    /// The cluster that the endpoint stands for; nil of one server.
    var cluster: ClusterLoad? {
        var cluster = ClusterLoad(endpoint)
        cluster?.reads = replicaReads
        cluster?.notesWrites = readsBack
        return cluster
    }

    /// Bursts of each work.
    var bursts: UInt64 { UInt64(repeats) * UInt64(grid?.cells.count ?? 1) }

    /// What every connection sends first.
    var prelude: [[String]] {
        endpoint.setUp + (usesRESP3 ? [["HELLO", "3"]] : [])
            + (tracksKeys ? [["CLIENT", "TRACKING", "on"]] : [])
    }
}

/// What is put on the server.
public enum BenchWork: Sendable {
    case test(BenchmarkTest)
    case mix(MixPlan)
    /// Commands of the user's own, with cells of a dataset in them.
    case dataset(DatasetPlan)
    /// Encrypted connections, opened and closed again and again.
    case handshakes(resumes: Bool)

    public var title: String {
        switch self {
        case .test(let test): test.title
        case .dataset(let plan): plan.title
        case .handshakes(let resumes): resumes ? "HANDSHAKE (resumed)" : "HANDSHAKE"
        case .mix(let plan):
            "MIX "
                + plan.commands.map { "\($0.name)=\($0.weight.plainText)" }.joined(separator: ",")
        }
    }

    /// Whether `-r` has something to fill in.
    public var hasPlaceholders: Bool {
        switch self {
        case .test(let test): test.template.hasPlaceholders
        case .dataset(let plan): plan.hasPlaceholders
        case .mix, .handshakes: false
        }
    }

    /// Whether several commands are sent together, in any pipeline.
    public var isSequence: Bool {
        switch self {
        case .test(let test): test.template.order.count > 1
        case .dataset(let plan): plan.commandCount > 1
        case .mix, .handshakes: false
        }
    }

    /// Commands of the user's own are sent whatever the server says of them.
    var isOwn: Bool {
        switch self {
        case .test(let test): test.names.isEmpty
        case .dataset, .handshakes: true
        case .mix: false
        }
    }

    /// Whether some of its commands are look-ups, which find their key or not.
    public var looksUp: Bool { labels.contains(where: \.nullIsMiss) }

    /// Whether it asks for keys of the range, which must be there if it is to find them.
    public var readsKeys: Bool {
        switch self {
        case .test(let test): test.readsKeys
        case .mix(let plan): plan.readsKeys
        case .dataset, .handshakes: false
        }
    }

    /// Whether keys that it writes are there until somebody else takes them away.
    public var keepsWrites: Bool {
        let isLasting =
            switch self {
            case .test(let test): !test.names.isEmpty
            case .mix(let plan): plan.ttlSeconds == 0
            case .dataset, .handshakes: false
            }
        return isLasting && !deletes && labels.contains { $0.name == "SET" }
    }

    /// Whether it removes what look-ups could find.
    var deletes: Bool {
        !Set(labels.map(\.name)).isDisjoint(with: ["DEL", "UNLINK", "GETDEL"])
    }

    var labels: [CommandLabel] {
        switch self {
        case .test(let test): test.template.commands
        case .mix(let plan): plan.labels
        case .dataset(let plan): plan.labels
        case .handshakes: [HandshakeChurn.label]
        }
    }

    var commands: [String] {
        switch self {
        case .test(let test): test.commands
        case .mix(let plan): plan.labels.map(\.name)
        case .dataset(let plan): plan.labels.map(\.name)
        case .handshakes: ["PING"]
        }
    }
}

/// `p99=1ms`: a percentile of the latency from the intended moment that may not be exceeded.
public struct LatencyObjective: Hashable, Sendable, CustomStringConvertible {
    public var percent: Double
    public var nanoseconds: UInt64

    /// - Parameter text: `p99=1ms`, `p99.9=500us`.
    public init?(_ text: String) {
        let parts = text.split(separator: "=")
        guard parts.count == 2, parts[0].hasPrefix("p"),
            let percent = try? Real.parse(parts[0].dropFirst(), in: 0...100), percent > 0,
            percent < 100
        else { return nil }
        // No histogram goes further than an hour.
        let range = Nanoseconds(1, .nanoseconds)...Nanoseconds(1, .hours)
        guard let time = try? Nanoseconds(parsing: parts[1], bare: nil, in: range) else {
            return nil
        }
        self.percent = percent
        nanoseconds = time.count
    }

    public var description: String {
        "p\(percent.plainText)=\(Nanoseconds(nanoseconds).value(in: .milliseconds))ms"
    }
}

/// One work's outcome.
public struct BenchTestResult: Sendable {
    public let title: String
    /// Empty when the work was skipped.
    public var sample: LoadSample
    /// Of the connections that the burst was the first to use.
    public var openingHandshakes: HandshakeSample?
    /// CPU time during the burst, in ns; nil when the server is not local.
    public var serverCPUNanoseconds: UInt64?
    /// Every 250 ms, since the burst's start.
    public var series: [LoadProgress] = []
    /// Of a cluster: what each node did.
    public var nodes: [BenchNode] = []
    /// Of a cluster: what came of reading back what it acknowledged.
    public var readBack: BenchReadBack?
    /// Of a grid: the combination that it is of.
    public var cell: BenchGrid.Cell?
    /// Of a mix: requested against realised, of all draws so far.
    public var distributions: [RealisedDistribution] = []
    /// Which repetition, from 0.
    public var repetition = 0
    /// Why it did not run.
    public var skipped: String?
    /// It ended early: what is here is sound but not all.
    public var partial = false
    /// Of a grid: its rate was to be kept, and was not.
    public var missedRate = false

    /// Requests per second of server CPU time.
    public var operationsPerCoreSecond: Double? {
        serverCPUNanoseconds.flatMap {
            $0 > 0 ? Double(sample.operations) * Nanoseconds.perSecond / Double($0) : nil
        }
    }
    public var serverCPUPerOperation: Double? {
        serverCPUNanoseconds.flatMap {
            sample.operations > 0 ? Double($0) / Double(sample.operations) : nil
        }
    }
    /// Detours per request; nil of one server.
    public var redirectsPerOperation: Double? {
        guard let cluster = sample.cluster, sample.operations > 0 else { return nil }
        return Double(cluster.redirects) / Double(sample.operations)
    }
    /// Bytes of requests and replies, or of what they became where they are encrypted.
    public var bytesPerOperation: Double? {
        guard sample.operations > 0 else { return nil }
        let sent = sample.encryptedTraffic?.bytesSent ?? sample.bytesSent
        let received = sample.encryptedTraffic?.bytesReceived ?? sample.bytesReceived
        return (Double(sent) + Double(received)) / Double(sample.operations)
    }
    /// Records of encrypted data, both ways; nil where nothing is encrypted.
    public var recordsPerOperation: Double? {
        guard sample.operations > 0, let traffic = sample.encryptedTraffic else { return nil }
        let records = Double(traffic.recordsSent) + Double(traffic.recordsReceived)
        return records / Double(sample.operations)
    }
    /// All handshakes of the connections that it used; nil where they are not encrypted.
    public var handshakes: HandshakeSample? {
        guard var all = openingHandshakes else { return sample.handshakes }
        if let more = sample.handshakes { all.merge(more) }
        return all
    }
    public var clientCPUPerOperation: Double? {
        sample.operations > 0
            ? Double(sample.clientCPUNanoseconds) / Double(sample.operations) : nil
    }
    /// Whether the numbers are the client's rather than the server's: its threads computed nearly
    /// all the time and had none left to wait for replies with. nil when that cannot be told.
    public var clientIsBottleneck: Bool? {
        // Shorter bursts are over before the share means anything.
        let least = Nanoseconds(200, .milliseconds)
        guard Nanoseconds(sample.durationNanoseconds) >= least else { return nil }
        // The last twentieth is what scheduling takes anyway.
        return sample.clientShare.map { $0 >= 0.95 }
    }
    /// Share of look-ups that found their key; nil without look-ups.
    public var hitRatio: Double? {
        let lookUps = sample.commands.filter(\.label.nullIsMiss).reduce(0) { $0 + $1.operations }
        return lookUps > 0 ? 1 - Double(sample.misses) / Double(lookUps) : nil
    }
}

/// The highest rate that met an objective.
public struct Saturation: Sendable {
    public var title: String
    public var objective: LatencyObjective
    /// How the requests of a trial arrive.
    public var arrival: Arrival
    /// Requests per second in a closed loop, by which the search began; nil before it ended.
    public var capacity: Double?
    /// Requests per second; nil when not even the lowest rate met it.
    public var rate: Double?
    /// The percentile at that rate, in ns.
    public var nanoseconds: UInt64?
    /// Whether further runs at that rate met it as well.
    public var isConfirmed = false
    /// Rates tried.
    public var trials: [Trial] = []

    /// A rate, and whether it met the objective.
    public struct Trial: Sendable {
        /// Requests per second.
        public var rate: Double
        /// The objective's percentile, in ns; nil where nothing was answered.
        public var nanoseconds: UInt64?
        public var isKept: Bool
        public var isMet: Bool
        /// Percentiles that the requests carry, by name.
        public var latencies: [String: Double]
    }

    /// What the trials have shown before the search is over.
    var soFar: String {
        trials.filter(\.isMet).map(\.rate).max().map {
            "the highest rate that met \(objective) in one of them is \(Int($0)) requests "
                + "per second"
        } ?? "none met \(objective)"
    }
}

public struct BenchResult: Sendable {
    public var options: BenchOptions
    public var serverVersion: String?
    public var allocator: String?
    /// Of the connections; nil where they are not encrypted.
    public var encryption: RunRecord.Encryption?
    /// The serving processes where they are local, and those that count as such.
    public var serverPIDs: [pid_t]?
    /// The nodes of a cluster.
    public var members: [ClusterMember] = []
    /// `save` and `appendonly`; nil when the server does not tell.
    public var serverSettings: (save: String, appendOnly: String)?
    public var tests: [BenchTestResult] = []
    public var saturations: [Saturation] = []
    /// Of a grid, the best combination for each work.
    public var best: [BenchGrid.Best] = []
    /// What makes the measurement worthless: a rate that was not kept, a population that is not
    /// there. Cause and remedy each.
    public var invalid: [RunRecord.Warning] = []
    /// What ended the run early.
    public var failure: LoadFailure?
    /// How the server ended, where that is what did.
    public var death: String?

    public var partial: Bool { failure != nil }
    /// Of the target that was measured.
    public var label: String { options.target?.label ?? "server" }
}

/// Shows a run while it goes on; what is kept of it is the `Recorder`'s.
public protocol BenchObserver {
    mutating func started(_ result: BenchResult)
    mutating func progressed(_ title: String, _ progress: LoadProgress)
    mutating func finished(_ test: BenchTestResult)
    mutating func repeated(_ tests: [BenchTestResult])
    mutating func saturated(_ saturation: Saturation)
    mutating func chose(_ best: BenchGrid.Best)
    mutating func noted(_ line: String)
    /// Something else is about to be printed: the line of progress has to go.
    mutating func cleared()
}

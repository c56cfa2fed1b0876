// What a ladder is and how it is climbed: the same requests through the table alone, the engine in
// this process, the server over the loopback and, on top, another server.
//
//     round    launch servers    fill every rung    settle
//              block 0     each rung, replies digested whole: warm-up and proof
//              block 1 …   each rung in a random order: a lead-in, then what is timed
//              last block  each rung, replies digested whole
//
// Rungs that take turns within milliseconds see the same neighbours and the same clock. The round
// is the statistical unit: seeds, addresses and processes are new in each.
//
// One connection sends one turn (the pipeline's depth) after the other: with several, which of them
// a server reads first is up to timing, and no two rungs would see the same stream.
import Experiments
import LinuxSystem
import ReferenceServer
import RunRecord
import Targets
import Workloads

/// A table from rung to rung.
public struct Ladder: Sendable {
    /// Names it in results.
    public let label: String
    /// The reference server as a process, and what it is made of for the rungs without one; nil
    /// where a server on top is all there is.
    public let table: (target: Target, configuration: ServerConfiguration)?
    /// The server on top.
    public let top: Target?

    public init(_ table: Target, _ configuration: ServerConfiguration, top: Target? = nil) {
        label = table.label
        self.table = (table, configuration)
        self.top = top
    }

    /// A server that stands on no table.
    public init(top: Target) {
        label = top.label
        table = nil
        self.top = top
    }

    /// From the lowest to the highest.
    var rungs: [LadderRung] {
        (table == nil ? [] : [.table, .engine, .loopback]) + (top == nil ? [] : [.target])
    }
}

public struct LadderPlan: Sendable {
    /// Intervals need 6.
    public var rounds = 12
    /// Timed blocks of a round.
    public var blocks = 16
    /// Requests of a block: some milliseconds on the upper rungs, short enough to alternate often,
    /// and long enough on the lowest for a clock that costs 0.3 µs.
    public var requests = 8_192
    /// Requests of a turn; nil: as the workload says.
    public var pipeline: Int?
    /// Seeds everything: hash seeds, requests, the order of the rungs.
    public var seed: UInt64 = 0
    public var placement = Placement()
    /// May running servers that hold entries be emptied?
    public var allowFlush = false

    public init() {}

    /// The share of a block that is not timed: caches that other rungs used are warm again.
    private static let leadInShare = 0.25

    /// How many of a block's turns are not timed; one at least is.
    static func leadIn(ofTurns turns: Int) -> Int {
        min(Int(Double(turns) * leadInShare), max(turns - 1, 0))
    }
}

extension LadderExperiment {
    /// Writes a second of a table in this process, for forecasts.
    private static let localFillPerSecond = 1_500_000.0
    /// Of a request on all rungs of a ladder together, in s: most of it is a server's round trip.
    private static let secondsPerRequest = 5e-6

    /// How long it will probably take, in s.
    public var expectedSeconds: Double {
        let keys = Double(workload.populatedKeys)
        let rungs = ladders.flatMap(\.rungs)
        let servers = Double(rungs.count { $0 == .loopback || $0 == .target })
        let fillOfServer = 0.5 + keys / Fill.expectedPerSecond
        let fillHere = keys / Self.localFillPerSecond
        let fills = servers * fillOfServer + (Double(rungs.count) - servers) * fillHere
        let requests = Double(plan.blocks + 2) * Double(blockRequests)
        let load = requests * Self.secondsPerRequest * Double(ladders.count)
        return Double(plan.rounds) * (fills + load)
    }

    /// Less than an entry has yet taken: pointer, header and the shortest key.
    private static let leastBytesPerEntry = 32.0

    /// A fill that cannot end well is not begun: the kernel would end another process for it.
    func requireMemory() throws(ExperimentFailure) {
        let copies = ladders.flatMap { ladder in
            ladder.rungs.filter { $0 != .target || ladder.top?.isOwned == true }
        }.count
        let bytes = Double(workload.populatedKeys) * Double(copies) * Self.leastBytesPerEntry
        guard let available = HostAccounting.availableBytes(), bytes > Double(available) else {
            return
        }
        throw ExperimentFailure(
            .setUp,
            "\(workload.populatedKeys) entries on \(copies) rungs take at least "
                + "\(Int(bytes / 1_048_576)) MiB, and \(available >> 20) MiB are available; use "
                + "--entries with fewer")
    }
}

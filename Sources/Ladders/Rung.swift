// A rung under load: what it was given, what it answered, what it cost.
import Counters
import Experiments
import LinuxSystem
import StrictYAML
import Workloads

/// How a rung executes requests.
enum RungLook {
    /// Against the clock: replies are counted and forgotten.
    case timed
    /// Replies are digested, whole; nothing is timed.
    case proved
    /// As `.timed`, by callgrind's counts: a region of `CallgrindRegion`.
    case simulated
}

/// What requests came to.
struct RungReading {
    var operations: Int
    /// User and system; nil where that cannot be read.
    var cpuNanoseconds: UInt64?
}

/// What must be the same on every rung.
struct RungAccount: Equatable {
    /// Of all bytes that it was given.
    var requests = StreamDigest()
    /// Of its replies to what was proved.
    var replies = StreamDigest()
    /// Of what it answered while it was timed: bytes of replies, or what a table found. Rungs of a
    /// kind have the same.
    var sum: UInt64 = 0
}

protocol Rung: AnyObject {
    /// Since `fill`.
    var account: RungAccount { get }

    /// Takes the keys that the workload begins with, and settles.
    /// - Parameter told: hears which share is written.
    func fill(_ fill: LadderFill, told: (Double) -> Void) throws(ExperimentFailure)

    /// Executes some turns of a block.
    func run(
        _ block: RequestBlock, _ turns: Range<Int>, _ look: RungLook
    ) throws(ExperimentFailure) -> RungReading

    /// Between blocks: what a server does while nobody asks.
    func rest()

    /// Ends a server that was started for it.
    func stop()
}

extension Rung {
    /// All turns of a block.
    func run(
        _ block: RequestBlock, _ look: RungLook
    ) throws(ExperimentFailure) -> RungReading {
        try run(block, block.turns, look)
    }

    /// Fills a rung of this process.
    /// - Parameter entries: what it then holds.
    func fillHere(
        _ fill: LadderFill, _ label: String, told: (Double) -> Void, entries: () -> Int
    ) throws(ExperimentFailure) {
        try fill.forEachBlock { (block, done) throws(ExperimentFailure) in
            if Interruption.requested { throw ExperimentFailure(.interrupted, "interrupted") }
            _ = try run(block, .timed)
            told(done)
        }
        rest()
        guard entries() == Int(fill.workload.populatedKeys) else {
            throw ExperimentFailure(
                .invalid,
                "\(label) holds \(entries()) entries in this process where "
                    + "\(fill.workload.populatedKeys) were written; run the keyspace tests")
        }
    }
}

/// Work of this thread, and the CPU time that it took.
func measuredHere(
    _ look: RungLook, _ work: () -> UInt64
) -> (sum: UInt64, cpuNanoseconds: UInt64?) {
    switch look {
    case .timed:
        let start = Clock.threadCPUNanoseconds()
        let sum = work()
        return (sum, Clock.threadCPUNanoseconds() - start)
    case .simulated: return (CallgrindRegion.count(work), nil)
    case .proved: return (work(), nil)
    }
}

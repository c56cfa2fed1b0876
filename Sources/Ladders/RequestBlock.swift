// A stretch of the request stream, made once and given to every rung: encoded requests behind each
// other, in turns of a pipeline's depth.
import Experiments
import LoadGenerator
import Workloads

/// Requests as they stand on the wire.
final class RequestBlock {
    private let storage: UnsafeMutableRawBufferPointer
    /// Where each turn ends.
    let ends: [Int]
    let requests: Int
    /// Requests of a turn; the last may have fewer.
    let depth: Int

    /// The next `requests` of `source`.
    init<Source: RequestSource & ~Copyable>(
        _ source: inout Source, requests: Int, depth: Int
    ) {
        var batch = RequestBatch(requests: depth)
        defer { batch.deallocate() }
        var bytes: [UInt8] = []
        var ends: [Int] = []
        var left = requests
        while left > 0 {
            let count = min(depth, left)
            source.fill(&batch, count)
            bytes.append(
                contentsOf: UnsafeBufferPointer(start: batch.bytes, count: batch.length))
            ends.append(bytes.count)
            left -= count
        }
        storage = .allocate(byteCount: max(bytes.count, 1), alignment: 64)
        storage.copyBytes(from: bytes)
        self.ends = ends
        self.requests = requests
        self.depth = depth
    }

    deinit { storage.deallocate() }

    var turns: Range<Int> { ends.indices }

    /// All of it: turns are told by where they begin and end.
    var all: UnsafeMutableRawBufferPointer { storage }

    func start(ofTurn turn: Int) -> Int { turn == 0 ? 0 : ends[turn - 1] }

    /// The bytes of some turns.
    func bytes(_ turns: Range<Int>) -> UnsafeMutableRawBufferPointer {
        let start = start(ofTurn: turns.lowerBound)
        return UnsafeMutableRawBufferPointer(
            rebasing: storage[start..<self.start(ofTurn: turns.upperBound)])
    }

    /// The number of requests in some turns.
    func count(of turns: Range<Int>) -> Int {
        min(turns.upperBound * depth, requests) - min(turns.lowerBound * depth, requests)
    }
}

/// The keys that a workload begins with, in the order in which one connection writes them.
struct LadderFill {
    let workload: CompiledWorkload
    let seed: UInt64

    /// So many requests are in memory at a time.
    private static let blockRequests = 8_192

    /// - Parameter body: is given all of them, and which share of them that is.
    func forEachBlock(
        _ body: (RequestBlock, _ done: Double) throws(ExperimentFailure) -> Void
    ) throws(ExperimentFailure) {
        let all = workload.populatedKeys
        guard all > 0 else { return }
        var source = PrefillSource(workload, seed: seed, WorkerPlace(index: 0, count: 1))
        var done: UInt64 = 0
        while done < all {
            let count = min(all - done, UInt64(Self.blockRequests))
            let block = RequestBlock(
                &source, requests: Int(count), depth: workload.workload.prefillPipeline)
            done += count
            try body(block, Double(done) / Double(all))
        }
    }
}

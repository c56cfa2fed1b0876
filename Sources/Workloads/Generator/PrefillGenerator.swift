// Draws the requests that fill a server before anything is measured.
import Distributions

/// Every populated key once, in ascending order of key id, a worker taking one run of them.
///
/// Ids are unrelated to ranks, so neighbours in memory are not neighbours in popularity.
public struct PrefillGenerator: ~Copyable {
    public let workload: CompiledWorkload
    /// Requests left.
    public private(set) var remaining: UInt64
    private var random: Xoshiro256PlusPlus
    private var keyspace: Int
    private var key: UInt64
    private var operation = 0
    private var needs: CompiledWorkload.Needs = []

    /// - Precondition: 0 ≤ worker < workers, and the workload has a prefill.
    public init(_ workload: CompiledWorkload, seed: UInt64, worker: Int, of workers: Int) {
        precondition(worker >= 0 && worker < workers)
        precondition(workload.prefillOperation != nil, "the workload has no prefill")
        self.workload = workload
        // Unlike the request streams of the same seed, whose workers count from 0.
        random = Xoshiro256PlusPlus(seed: RequestGenerator.workerSeed(seed, ~worker))
        let total = workload.populatedKeys
        let start = Self.edge(total, worker, workers)
        remaining = Self.edge(total, worker + 1, workers) - start
        keyspace = 0
        key = start
        while keyspace + 1 < workload.keyspaceCount,
            key >= workload.workload.keyspaces[keyspace].populatedKeys
        {
            key -= workload.workload.keyspaces[keyspace].populatedKeys
            keyspace += 1
        }
        enter()
    }

    /// Looks up what the keyspace's keys are written with.
    private mutating func enter() {
        operation = workload.prefillOperations[keyspace] ?? 0
        needs = workload.needs(operation: operation, keyspace: keyspace)
    }

    private static func edge(_ total: UInt64, _ worker: Int, _ workers: Int) -> UInt64 {
        let (high, low) = total.multipliedFullWidth(by: UInt64(worker))
        return UInt64(workers).dividingFullWidth((high, low)).quotient
    }

    /// - Complexity: O(1). - Allocations: none.
    public mutating func next() -> DrawnRequest? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let space = workload.keyspaces + keyspace
        let rank = space.pointee.scramble.rank(ofKey: key)
        var request = DrawnRequest(
            operation: UInt32(operation), keyspace: UInt32(keyspace), rank: rank, key: key,
            keySize: space.pointee.keySize(ofRank: rank), salt: ValueFiller.salt(ofKey: key))
        request.home = rank
        if needs.contains(.value) {
            request.valueSize = space.pointee.valueSize(
                ofRank: rank, keySize: request.keySize, or: random.next())
            request.answerSize = space.pointee.values.isPerKey ? request.valueSize : -1
        }
        if needs.contains(.timeToLive) {
            request.ttlSeconds = space.pointee.ttlSeconds(ofRank: rank, or: random.next())
        }
        key += 1
        if key == space.pointee.populated, remaining > 0 {
            key = 0
            repeat { keyspace += 1 } while workload.keyspaces[keyspace].populated == 0
            enter()
        }
        return request
    }
}

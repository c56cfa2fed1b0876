// Keys that come one after the other, and popularity that moves on: what a worker remembers.
import Distributions

/// Where one worker is in the keys of a keyspace that come one after the other.
struct KeyCursor {
    private let keys: UInt64
    private let populated: UInt64
    private let lone: UInt64
    private let worker: UInt64
    private let workers: UInt64
    private var created: UInt64 = 0
    private var sequence: UInt64
    private var hermits: UInt64 = 0
    private let churns: Bool
    private var churn: ChurnState

    init(
        keys: UInt64, populated: UInt64, lone: UInt64, churn: ChurnSpec?, worker: Int, workers: Int
    ) {
        self.keys = keys
        self.populated = populated
        self.lone = lone
        self.worker = UInt64(worker)
        self.workers = UInt64(max(1, workers))
        let start = keys.multipliedFullWidth(by: UInt64(worker))
        sequence = self.workers.dividingFullWidth(start).quotient % keys
        churns = churn != nil
        self.churn = ChurnState(
            churn ?? ChurnSpec(share: 1, requests: 1), keys: keys, workers: workers)
    }

    mutating func advance(to drawn: UInt64) {
        if churns { churn.advance(to: drawn) }
    }

    /// The home of the key that now has `rank`.
    @inline(__always)
    func home(ofRank rank: UInt64) -> UInt64 { churn.home(ofRank: rank) }

    /// The next id in order.
    mutating func nextInSequence() -> UInt64 {
        defer { sequence = sequence &+ 1 == keys ? 0 : sequence &+ 1 }
        return sequence
    }

    /// The next id that the prefill left out; when they are used up, the oldest again.
    mutating func nextNew() -> UInt64 {
        defer { created &+= 1 }
        return (populated &+ worker &+ created &* workers) % keys
    }

    /// The next one-hit wonder, counted from 0.
    mutating func nextLone() -> UInt64 {
        defer { hermits &+= 1 }
        return (worker &+ hermits &* workers) % max(lone, 1)
    }

    /// The id of the key that is the `age`-th newest, as far as this worker's own writes and as
    /// many of each other worker go.
    func key(ofAge age: UInt64) -> UInt64 {
        let newest = (populated &+ created &* workers) % keys
        return newest > age ? newest &- 1 &- age : newest &+ keys &- 1 &- age
    }
}

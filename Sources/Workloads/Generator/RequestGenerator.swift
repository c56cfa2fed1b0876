// Draws requests: one generator per worker, none of them shares anything but the immutable tables.
import Distributions

/// Draws blocks of 64 requests, field by field, and hands them out one by one.
///
/// Why blocks: a request's steps hang on each other (a number, its logarithm, the rank, the key,
/// the sizes), some of their branches cannot be foreseen, and behind a mispredicted one nothing of
/// the next request has begun. Done step by step over a block, the same work of different requests
/// overlaps, in half the time. The order of the draws is part of the seed's meaning.
public struct RequestGenerator: ~Copyable {
    public let workload: CompiledWorkload
    var random: Xoshiro256PlusPlus
    let block: UnsafeMutablePointer<DrawnRequest>
    /// Requests of the block already handed out.
    private var taken: Int
    /// By keyspace.
    let cursors: UnsafeMutablePointer<KeyCursor>
    /// Blocks drawn.
    private var blocks: UInt64 = 0
    /// Operation that follows on the block's last request, or −1.
    private var pendingThen: Int32 = -1
    /// What each request of the block is.
    let plan: UnsafeMutablePointer<Plan>
    /// Requests of the block whose scramble needs another round.
    let walking: UnsafeMutablePointer<UInt8>
    /// The request before the block.
    private(set) var previous = DrawnRequest()

    struct Plan {
        var needs: CompiledWorkload.Needs
        var source: CompiledWorkload.KeySource
    }

    /// 64 requests of 80 bytes: an eighth of a first-level cache.
    static let blockSize = 64

    /// The same (seed, worker, workers) draws the same requests; different workers draw unrelated
    /// ones, except that keys which come one after the other (new, lone, sequential) are shared
    /// out.
    public init(_ workload: CompiledWorkload, seed: UInt64, worker: Int, of workers: Int = 1) {
        self.workload = workload
        random = Xoshiro256PlusPlus(seed: Self.workerSeed(seed, worker))
        block = .allocate(capacity: Self.blockSize)
        block.initialize(repeating: DrawnRequest(), count: Self.blockSize)
        taken = Self.blockSize
        plan = .allocate(capacity: Self.blockSize)
        plan.initialize(
            repeating: Plan(needs: [], source: .none), count: Self.blockSize)
        walking = .allocate(capacity: Self.blockSize)
        walking.initialize(repeating: 0, count: Self.blockSize)
        cursors = .allocate(capacity: workload.keyspaceCount)
        for index in 0..<workload.keyspaceCount {
            let space = workload.keyspaces + index
            (cursors + index).initialize(
                to: KeyCursor(
                    keys: space.pointee.keyCount, populated: space.pointee.populated,
                    lone: space.pointee.loneCount, churn: space.pointee.churn, worker: worker,
                    workers: workers))
        }
    }

    deinit {
        block.deallocate()
        plan.deallocate()
        walking.deallocate()
        cursors.deallocate()
    }

    static func workerSeed(_ seed: UInt64, _ worker: Int) -> UInt64 {
        var run = SplitMix64(seed: seed)
        var own = SplitMix64(seed: run.next() ^ UInt64(truncatingIfNeeded: worker))
        return own.next()
    }

    /// - Complexity: O(1) amortised. - Allocations: none.
    @inline(__always)
    public mutating func next() -> DrawnRequest {
        if taken == Self.blockSize { refill() }
        let request = block[taken]
        taken &+= 1
        return request
    }

    private mutating func refill() {
        taken = 0
        for index in 0..<workload.keyspaceCount {
            cursors[index].advance(to: blocks &* UInt64(Self.blockSize))
        }
        blocks &+= 1
        previous = block[Self.blockSize &- 1]
        chooseOperations()
        drawRanks()
        findKeys()
        findKeySizes()
        drawValues()
        drawTimesToLive()
        if workload.hasExtras { drawExtras() }
    }

    // Each step is a function of its own (here, in +Keys and in +Values), and keeps the random
    // state in a local: in a large function the compiler stops to inline, and a state in memory is
    // written back with every draw.

    @inline(never)
    private mutating func chooseOperations() {
        var random = self.random
        defer { self.random = random }
        let slots = workload.slotList
        var then = pendingThen
        for index in 0..<Self.blockSize {
            if then >= 0 {
                let keyspace = (index > 0 ? block[index &- 1] : previous).keyspace
                let needs = workload.needs(operation: Int(then), keyspace: Int(keyspace))
                plan[index] = Plan(needs: needs.union(.sameKey), source: .none)
                block[index].operation = UInt32(then)
                block[index].keyspace = keyspace
                then = -1
                continue
            }
            let slot = slots + workload.slots.choose(random.next())
            plan[index] = Plan(needs: slot.pointee.needs, source: slot.pointee.source)
            block[index].operation = slot.pointee.operation
            block[index].keyspace = slot.pointee.keyspace
            then = slot.pointee.then
        }
        pendingThen = then
    }
}

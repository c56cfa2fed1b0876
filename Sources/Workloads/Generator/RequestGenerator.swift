// Draws requests: one generator per worker, none of them shares anything but the immutable tables.
import Statistics

/// One request, as numbers; `CompiledWorkload.operations[operation]` says what to do with them.
public struct Request: Sendable, Equatable {
    /// Index into `CompiledWorkload.operations`.
    public var operation: UInt32
    public var keyspace: UInt32
    /// Popularity rank of the key, 0 the most popular.
    public var rank: UInt64
    /// Id of the key: what its digits say.
    public var key: UInt64
    /// Bytes of the key, 0 for a command without one.
    public var keySize: Int
    /// Bytes of the value to write, 0 for a command without one.
    public var valueSize: Int
    /// Time to live to set, 0 for none.
    public var ttlSeconds: Int
    /// Which bytes the value has (`ValueFiller`).
    public var salt: UInt64

    init(
        operation: UInt32 = 0, keyspace: UInt32 = 0, rank: UInt64 = 0, key: UInt64 = 0,
        keySize: Int = 0, valueSize: Int = 0, ttlSeconds: Int = 0, salt: UInt64 = 0
    ) {
        self.operation = operation
        self.keyspace = keyspace
        self.rank = rank
        self.key = key
        self.keySize = keySize
        self.valueSize = valueSize
        self.ttlSeconds = ttlSeconds
        self.salt = salt
    }
}

/// Draws blocks of 64 requests, field by field, and hands them out one by one.
///
/// Why blocks: a request's steps hang on each other (a number, its logarithm, the rank, the key, the
/// sizes), some of their branches cannot be foreseen, and behind a mispredicted one nothing of the
/// next request has begun. Done step by step over a block, the same work of different requests
/// overlaps, in half the time. The order of the draws is part of the seed's meaning.
public struct RequestGenerator: ~Copyable {
    public let workload: CompiledWorkload
    private var random: Xoshiro256PlusPlus
    private let block: UnsafeMutablePointer<Request>
    /// Requests of the block already handed out.
    private var taken: Int

    /// 64 requests of 64 bytes: an eighth of a first-level cache.
    private static let blockSize = 64

    /// The same (seed, worker) draws the same requests; different workers draw unrelated ones.
    public init(_ workload: CompiledWorkload, seed: UInt64, worker: Int) {
        self.workload = workload
        random = Xoshiro256PlusPlus(seed: Self.workerSeed(seed, worker))
        block = .allocate(capacity: Self.blockSize)
        block.initialize(repeating: Request(), count: Self.blockSize)
        taken = Self.blockSize
    }

    deinit { block.deallocate() }

    static func workerSeed(_ seed: UInt64, _ worker: Int) -> UInt64 {
        var run = SplitMix64(seed: seed)
        var own = SplitMix64(seed: run.next() ^ UInt64(truncatingIfNeeded: worker))
        return own.next()
    }

    /// - Complexity: O(1) amortised. - Allocations: none.
    @inline(__always)
    public mutating func next() -> Request {
        if taken == Self.blockSize { refill() }
        let request = block[taken]
        taken &+= 1
        return request
    }

    @inline(never)
    private mutating func refill() {
        taken = 0
        // in locals, or every draw would write the generator's state back
        var random = self.random
        let keyspaces = workload.keyspaces
        let slots = workload.slotList
        var needs = InlineArray<64, CompiledWorkload.Needs>(repeating: [])
        for index in 0..<Self.blockSize {
            let slot = slots + workload.slots.choose(random.next())
            needs[index] = slot.pointee.needs
            block[index].operation = slot.pointee.operation
            block[index].keyspace = slot.pointee.keyspace
        }
        for index in 0..<Self.blockSize {
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            block[index].rank =
                needs[index].contains(.key) ? space.pointee.popularity.draw(&random) : 0
        }
        for index in 0..<Self.blockSize {
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            let rank = block[index].rank
            let hasKey = needs[index].contains(.key)
            block[index].key = hasKey ? space.pointee.scramble.key(ofRank: rank) : 0
        }
        for index in 0..<Self.blockSize {
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            let size = space.pointee.keySize(ofRank: block[index].rank)
            block[index].keySize = needs[index].contains(.key) ? size : 0
        }
        for index in 0..<Self.blockSize {
            guard needs[index].contains(.value) else {
                block[index].salt = 0
                block[index].valueSize = 0
                continue
            }
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            block[index].salt = random.next()
            block[index].valueSize = space.pointee.valueSize(
                ofRank: block[index].rank, or: random.next())
        }
        for index in 0..<Self.blockSize {
            guard needs[index].contains(.timeToLive) else {
                block[index].ttlSeconds = 0
                continue
            }
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            block[index].ttlSeconds = space.pointee.ttlSeconds(
                ofRank: block[index].rank, or: random.next())
        }
        self.random = random
    }
}

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
    private let operation: UInt32
    private let hasTimeToLive: Bool
    private let hasValue: Bool

    /// - Precondition: 0 ≤ worker < workers, and the workload has a prefill.
    public init(_ workload: CompiledWorkload, seed: UInt64, worker: Int, of workers: Int) {
        precondition(worker >= 0 && worker < workers)
        guard let operation = workload.prefillOperation else {
            preconditionFailure("the workload has no prefill")
        }
        self.workload = workload
        self.operation = UInt32(operation)
        let command = workload.operations[operation].command
        (hasValue, hasTimeToLive) = (command.hasValue, command.hasTimeToLive)
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
    }

    private static func edge(_ total: UInt64, _ worker: Int, _ workers: Int) -> UInt64 {
        let (high, low) = total.multipliedFullWidth(by: UInt64(worker))
        return UInt64(workers).dividingFullWidth((high, low)).quotient
    }

    /// - Complexity: O(1). - Allocations: none.
    public mutating func next() -> Request? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let space = workload.keyspaces + keyspace
        let rank = space.pointee.scramble.rank(ofKey: key)
        var request = Request(
            operation: operation, keyspace: UInt32(keyspace), rank: rank, key: key,
            keySize: space.pointee.keySize(ofRank: rank), valueSize: 0, ttlSeconds: 0,
            salt: ValueFiller.salt(ofKey: key))
        if hasValue {
            request.valueSize = space.pointee.valueSize(ofRank: rank, or: random.next())
        }
        if hasTimeToLive {
            request.ttlSeconds = space.pointee.ttlSeconds(ofRank: rank, or: random.next())
        }
        key += 1
        if key == space.pointee.populated, remaining > 0 {
            keyspace += 1
            key = 0
        }
        return request
    }
}

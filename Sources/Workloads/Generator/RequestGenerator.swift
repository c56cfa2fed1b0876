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
    /// Bytes of the value that a look-up must answer with; −1 where they do not hang on the key.
    public var answerSize = -1
    /// Which bytes the value has (`ValueFiller.salt(ofKey:)`), 0 for a command without one.
    public var salt: UInt64
    /// Rank that the key's sizes hang on: `rank` unless popularity changes hands.
    public var home: UInt64 = 0
    /// What the command needs besides: the number of a member, the id of another key, or how many
    /// keys `{keys}` stands for.
    public var extra: UInt64 = 0

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
    /// By keyspace.
    private let cursors: UnsafeMutablePointer<KeyCursor>
    /// Blocks drawn.
    private var blocks: UInt64 = 0
    /// Operation that follows on the block's last request, or −1.
    private var pendingThen: Int32 = -1
    /// What each request of the block is.
    private let plan: UnsafeMutablePointer<Plan>
    /// Requests of the block whose scramble needs another round.
    private let walking: UnsafeMutablePointer<UInt8>
    /// The request before the block.
    private var previous = Request()

    private struct Plan {
        var needs: CompiledWorkload.Needs
        var source: CompiledWorkload.KeySource
    }

    /// 64 requests of 80 bytes: an eighth of a first-level cache.
    private static let blockSize = 64

    /// The same (seed, worker, workers) draws the same requests; different workers draw unrelated
    /// ones, except that keys which come one after the other (new, lone, sequential) are shared out.
    public init(_ workload: CompiledWorkload, seed: UInt64, worker: Int, of workers: Int = 1) {
        self.workload = workload
        random = Xoshiro256PlusPlus(seed: Self.workerSeed(seed, worker))
        block = .allocate(capacity: Self.blockSize)
        block.initialize(repeating: Request(), count: Self.blockSize)
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
    public mutating func next() -> Request {
        if taken == Self.blockSize { refill() }
        let request = block[taken]
        taken &+= 1
        return request
    }

    /// What is sent for a key that a look-up did not find; nil where its keyspace sends nothing.
    public mutating func request(forMissed key: UInt64, keyspace: Int) -> Request? {
        guard let operation = workload.missOperations[keyspace] else { return nil }
        let space = workload.keyspaces + keyspace
        let rank = space.pointee.rank(ofKey: key)
        var request = Request(
            operation: UInt32(operation), keyspace: UInt32(keyspace), rank: rank, key: key,
            keySize: space.pointee.keySize(ofRank: rank), salt: ValueFiller.salt(ofKey: key))
        request.home = rank
        _ = random.next()  // as in drawValues
        let needs = workload.needs(operation: operation, keyspace: keyspace)
        if needs.contains(.value) {
            request.valueSize = space.pointee.valueSize(
                ofRank: rank, keySize: request.keySize, or: random.next())
        }
        if needs.contains(.timeToLive) {
            request.ttlSeconds = space.pointee.ttlSeconds(ofRank: rank, or: random.next())
        }
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

    // Each step is a function of its own, and keeps the random state in a local: in a large function
    // the compiler stops to inline, and a state in memory is written back with every draw.

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

    @inline(never)
    private mutating func drawRanks() {
        var random = self.random
        defer { self.random = random }
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            let position = Int(truncatingIfNeeded: block[index].keyspace)
            let rank: UInt64
            switch plan[index].source {
            case .none: rank = 0
            case .popular, .churning, .missing, .latest:
                rank = keyspaces[position].popularity.draw(&random)
            case .sequential: rank = cursors[position].nextInSequence()
            case .new: rank = cursors[position].nextNew()
            case .lone: rank = cursors[position].nextLone()
            }
            block[index].rank = rank
        }
    }

    /// Ids, and the ranks that sizes hang on.
    ///
    /// A scramble takes one round or more; those that need another are gathered, so that no branch
    /// hangs on the outcome of one.
    @inline(never)
    private mutating func findKeys() {
        var open = 0
        for index in 0..<Self.blockSize {
            let source = plan[index].source
            guard source.isScrambled else { continue }
            var home = block[index].rank
            if source == .churning {
                let position = Int(truncatingIfNeeded: block[index].keyspace)
                home = cursors[position].home(ofRank: home)
            }
            let scramble = range(index).pointee.scramble
            let key = scramble.round(home)
            block[index].home = home
            block[index].key = key
            walking[open] = UInt8(truncatingIfNeeded: index)
            open &+= key >= scramble.count ? 1 : 0
        }
        while open > 0 {
            var left = 0
            for walked in 0..<open {
                let index = Int(walking[walked])
                let scramble = range(index).pointee.scramble
                let key = scramble.round(block[index].key)
                block[index].key = key
                walking[left] = UInt8(truncatingIfNeeded: index)
                left &+= key >= scramble.count ? 1 : 0
            }
            open = left
        }
        for index in 0..<Self.blockSize {
            // the same key as before is known by now
            guard plan[index].source.isScrambled else {
                findRareKey(index)
                continue
            }
            let range = range(index)
            let key = block[index].key &+ range.pointee.base
            block[index].key = key
            let mask = range.pointee.homeMask
            block[index].home = key & mask | block[index].home & ~mask
        }
    }

    /// What a scrambled request of the block draws its id from.
    @inline(__always)
    private func range(_ index: Int) -> UnsafeMutablePointer<ScrambledRange> {
        let position = Int(truncatingIfNeeded: block[index].keyspace)
        return workload.keyspaces[position].ranges + plan[index].source.range
    }

    @inline(never)
    private mutating func findRareKey(_ index: Int) {
        let position = Int(truncatingIfNeeded: block[index].keyspace)
        let rank = block[index].rank
        let space = workload.keyspaces + position
        var home = rank
        let key: UInt64
        switch plan[index].source {
        case .none where plan[index].needs.contains(.sameKey):
            let model = index > 0 ? block[index &- 1] : previous
            (block[index].rank, home, key) = (model.rank, model.home, model.key)
        case .none: key = 0
        case .popular, .churning, .lone, .missing: preconditionFailure("findKeys finds these")
        case .new:
            key = rank
            home = space.pointee.scramble.rank(ofKey: key)
        // the rest have no rank that sizes could hang on but their ids
        case .latest:
            key = cursors[position].key(ofAge: rank)
            home = key
        case .sequential:
            key = rank
        }
        block[index].key = key
        block[index].home = home
    }

    @inline(never)
    private mutating func findKeySizes() {
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            let size = space.pointee.keySize(ofRank: block[index].home)
            block[index].keySize = plan[index].needs.contains(.key) ? size : 0
        }
    }

    @inline(never)
    private mutating func drawValues() {
        var random = self.random
        defer { self.random = random }
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            guard plan[index].needs.contains(.value) else {
                block[index].salt = 0
                block[index].valueSize = 0
                guard plan[index].needs.contains(.answer) else {
                    block[index].answerSize = -1
                    continue
                }
                let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
                block[index].answerSize = space.pointee.valueSize(
                    ofRank: block[index].home, keySize: block[index].keySize)
                continue
            }
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            // a number that values once were named by: without it a seed would mean other requests
            _ = random.next()
            let size = space.pointee.valueSize(
                ofRank: block[index].home, keySize: block[index].keySize, or: random.next())
            block[index].salt = ValueFiller.salt(ofKey: block[index].key)
            block[index].valueSize = size
            block[index].answerSize = space.pointee.values.isPerKey ? size : -1
        }
    }

    @inline(never)
    private mutating func drawTimesToLive() {
        var random = self.random
        defer { self.random = random }
        let keyspaces = workload.keyspaces
        for index in 0..<Self.blockSize {
            guard plan[index].needs.contains(.timeToLive) else {
                block[index].ttlSeconds = 0
                continue
            }
            let space = keyspaces + Int(truncatingIfNeeded: block[index].keyspace)
            block[index].ttlSeconds = space.pointee.ttlSeconds(
                ofRank: block[index].home, or: random.next())
        }
    }

    @inline(never)
    private mutating func drawExtras() {
        var random = self.random
        defer { self.random = random }
        for index in 0..<Self.blockSize {
            block[index].extra = extra(block[index], plan[index].needs, &random)
        }
    }

    private func extra(
        _ request: Request, _ needs: CompiledWorkload.Needs, _ random: inout Xoshiro256PlusPlus
    ) -> UInt64 {
        guard !needs.isDisjoint(with: .extras) else { return 0 }
        let space = workload.keyspaces + Int(truncatingIfNeeded: request.keyspace)
        if needs.contains(.member) {
            let count = space.pointee.cardinality(ofRank: request.home)
            return random.next().multipliedFullWidth(by: UInt64(max(1, count))).high
        }
        if needs.contains(.otherKey) {
            return space.pointee.scramble.key(ofRank: space.pointee.popularity.draw(&random))
        }
        let length = workload.lengths[Int(request.operation)].size(.max, at: random.next())
        return UInt64(max(1, min(length, Int(space.pointee.keyCount))))
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
    public mutating func next() -> Request? {
        guard remaining > 0 else { return nil }
        remaining -= 1
        let space = workload.keyspaces + keyspace
        let rank = space.pointee.scramble.rank(ofKey: key)
        var request = Request(
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

// A Bloom filter as it lies in memory: a chain of filters, of which the last one takes items.
//
//     value   [type 8][chain 8]                       what a server keeps of a module's value
//     chain   [expansion 4][count 4][error rate 8][tightening 8][vector 8][places 8][…]     48
//     vector  [filter]…                               1 place, then 4, 8, 16 …
//     filter  [state 8][items 8][capacity 8]                                                24
//     state   [bits 8][bytes 8][hash functions 8][keys 4 × 8][…]                           184
//     bits    [a header that only dumps read 45][bits]
//
// The allocations are valkey-bloom's, one for one; how they are used inside is our own, for what
// takes the room there is Rust's: hashers between two words of input, for the most part.
//
// The hash functions of all filters of a chain have the same keys, so that an item is hashed once
// for all of them. Probe j is h₀ + j·h₁ mod 2⁶⁴ − 59 from the third on (Kirsch and Mitzenmacher).
//
// Invariants (`violations`): sizes are those of the plan; all filters but the last are full; no
// more bits are set than items have probes.

/// A Bloom filter, by the address of its value.
struct BloomChain {
    static let size = 48
    static let filterSize = 24
    static let stateSize = 184
    private static let valueSize = 16
    private static let headerSize = 45
    private static let keyCount = 4

    let address: UnsafeMutableRawPointer

    private var chain: UnsafeMutableRawPointer { address.loadPointer(8).unsafelyUnwrapped }
    private var expansion: UInt32 { chain.load(as: UInt32.self) }
    /// Filters.
    private(set) var count: Int {
        get { Int(chain.load(fromByteOffset: 4, as: UInt32.self)) }
        nonmutating set { chain.storeBytes(of: UInt32(newValue), toByteOffset: 4, as: UInt32.self) }
    }
    private var errorRate: Double { chain.load(fromByteOffset: 8, as: Double.self) }
    private var tightening: Double { chain.load(fromByteOffset: 16, as: Double.self) }
    private var vector: UnsafeMutableRawPointer { chain.loadPointer(24).unsafelyUnwrapped }
    private var places: Int { chain.load(fromByteOffset: 32, as: Int.self) }

    private func filter(_ index: Int) -> Filter {
        Filter(address: vector.loadPointer(8 * index).unsafelyUnwrapped)
    }
    private var last: Filter { filter(count - 1) }

    /// What it was made as, the keys included.
    var plan: BloomPlan {
        var plan = BloomPlan()
        (plan.capacity, plan.errorRate) = (filter(0).capacity, errorRate)
        (plan.tightening, plan.expansion) = (tightening, expansion)
        plan.seed = (0..<Self.keyCount).map { filter(0).key($0) }
        return plan
    }

    /// One of the chain.
    private struct Filter {
        let address: UnsafeMutableRawPointer

        static func make(
            _ capacity: Int64, _ errorRate: Double, keys: [UInt64], _ slab: inout Slab
        ) -> Filter {
            let filter = Filter(address: slab.allocate(BloomChain.filterSize))
            let state = slab.allocate(BloomChain.stateSize)
            let bytes = BloomPlan.bitBytes(capacity, errorRate)
            let hashes = BloomPlan.hashes(capacity, bits: 8 * bytes)
            filter.address.storePointer(state, 0)
            filter.items = 0
            filter.address.storeBytes(of: capacity, toByteOffset: 16, as: Int64.self)
            state.storePointer(slab.allocateZeroed(BloomChain.headerSize + bytes), 0)
            state.storeBytes(of: bytes, toByteOffset: 8, as: Int.self)
            state.storeBytes(of: hashes, toByteOffset: 16, as: Int.self)
            for index in 0..<BloomChain.keyCount {
                state.storeBytes(of: keys[index], toByteOffset: 24 + 8 * index, as: UInt64.self)
            }
            return filter
        }

        func free(_ slab: inout Slab) {
            slab.free(state.loadPointer(0).unsafelyUnwrapped, BloomChain.headerSize + bytes)
            slab.free(state, BloomChain.stateSize)
            slab.free(address, BloomChain.filterSize)
        }

        private var state: UnsafeMutableRawPointer { address.loadPointer(0).unsafelyUnwrapped }
        var items: Int64 {
            get { address.load(fromByteOffset: 8, as: Int64.self) }
            nonmutating set { address.storeBytes(of: newValue, toByteOffset: 8, as: Int64.self) }
        }
        var capacity: Int64 { address.load(fromByteOffset: 16, as: Int64.self) }
        private var bits: UnsafeMutableRawPointer {
            state.loadPointer(0).unsafelyUnwrapped + BloomChain.headerSize
        }
        /// Bytes of bits.
        var bytes: Int { state.load(fromByteOffset: 8, as: Int.self) }
        var hashes: Int { state.load(fromByteOffset: 16, as: Int.self) }
        func key(_ index: Int) -> UInt64 {
            state.load(fromByteOffset: 24 + 8 * index, as: UInt64.self)
        }

        func contains(_ item: Probes) -> Bool {
            let (bits, count) = (bits, 8 * bytes)
            for index in 0..<hashes {
                let bit = item.bit(index, of: count)
                let byte = bits.load(fromByteOffset: bit &>> 3, as: UInt8.self)
                if byte &>> UInt8(bit & 7) & 1 == 0 { return false }
            }
            return true
        }

        func add(_ item: Probes) {
            let (bits, count) = (bits, 8 * bytes)
            for index in 0..<hashes {
                let bit = item.bit(index, of: count)
                let place = bits + bit &>> 3
                place.storeBytes(
                    of: place.load(as: UInt8.self) | 1 &<< UInt8(bit & 7), as: UInt8.self)
            }
            items += 1
        }

        /// Takes over the items of one of the same size.
        func fill(from other: Filter) {
            bits.copyMemory(from: other.bits, byteCount: bytes)
            items = other.items
        }

        /// Bits that are set. - Complexity: O(bytes)
        var setBits: Int {
            (0..<bytes).reduce(0) {
                $0 + bits.load(fromByteOffset: $1, as: UInt8.self).nonzeroBitCount
            }
        }
    }

    /// An item's two hashes, from which its places in every filter follow.
    private struct Probes {
        let first: UInt64
        let second: UInt64
        /// The largest prime of 64 bits.
        private static let prime = UInt64.max - 58

        func bit(_ index: Int, of count: Int) -> Int {
            let hash: UInt64 =
                switch index {
                case 0: first
                case 1: second
                default: (first &+ UInt64(truncatingIfNeeded: index) &* second) % Self.prime
                }
            return Int(truncatingIfNeeded: hash % UInt64(truncatingIfNeeded: count))
        }
    }

    private func probes(_ item: Bytes) -> Probes {
        let filter = filter(0)
        return Probes(
            first: SipHash13.hash(item, filter.key(0), filter.key(1)),
            second: SipHash13.hash(item, filter.key(2), filter.key(3)))
    }

    // MARK: Life

    /// - Parameter keys: those of the plan, or drawn ones.
    static func make(_ plan: BloomPlan, keys: [UInt64], _ slab: inout Slab) -> BloomChain {
        let made = makeEmpty(plan, places: 1, &slab)
        made.append(Filter.make(plan.capacity, plan.errorRate, keys: keys, &slab))
        return made
    }

    private static func makeEmpty(
        _ plan: BloomPlan, places: Int, _ slab: inout Slab
    ) -> BloomChain {
        let made = BloomChain(address: slab.allocateZeroed(valueSize))
        let chain = slab.allocateZeroed(size)
        made.address.storePointer(chain, 8)
        chain.storeBytes(of: plan.expansion, as: UInt32.self)
        chain.storeBytes(of: plan.errorRate, toByteOffset: 8, as: Double.self)
        chain.storeBytes(of: plan.tightening, toByteOffset: 16, as: Double.self)
        made.setVector(slab.allocate(8 * places), places)
        return made
    }

    private func setVector(_ vector: UnsafeMutableRawPointer, _ places: Int) {
        chain.storePointer(vector, 24)
        chain.storeBytes(of: places, toByteOffset: 32, as: Int.self)
    }

    /// There is a place for it.
    private func append(_ filter: Filter) {
        vector.storePointer(filter.address, 8 * count)
        count += 1
    }

    /// Makes room in the vector as Rust's vectors do.
    private func makePlace(_ slab: inout Slab) {
        guard count == places else { return }
        let (old, oldPlaces) = (vector, places)
        let new = max(2 * oldPlaces, 4)
        setVector(slab.allocate(8 * new), new)
        vector.copyMemory(from: old, byteCount: 8 * count)
        slab.free(old, 8 * oldPlaces)
    }

    func free(_ slab: inout Slab) {
        for index in 0..<count { filter(index).free(&slab) }
        slab.free(vector, 8 * places)
        slab.free(chain, Self.size)
        slab.free(address, Self.valueSize)
    }

    func copy(_ slab: inout Slab) -> BloomChain {
        let plan = plan
        let copy = Self.makeEmpty(plan, places: places, &slab)
        for index in 0..<count {
            let source = filter(index)
            let made = Filter.make(
                source.capacity, plan.errorRate(ofFilter: index) ?? plan.errorRate,
                keys: plan.seed ?? [], &slab)
            made.fill(from: source)
            copy.append(made)
        }
        return copy
    }

    // MARK: Items

    func contains(_ item: Bytes) -> Bool { contains(probes(item)) }

    private func contains(_ item: Probes) -> Bool {
        for index in 0..<count where filter(index).contains(item) { return true }
        return false
    }

    /// Whether it was not there, as far as can be told; or why it does not fit.
    func add(_ item: Bytes, _ slab: inout Slab) -> Result<Bool, BloomFault> {
        let item = probes(item)
        if contains(item) { return .success(false) }
        if last.items >= last.capacity, let fault = grow(&slab) { return .failure(fault) }
        last.add(item)
        return .success(true)
    }

    /// Adds a filter to the chain; nil, or why it has no further one.
    private func grow(_ slab: inout Slab) -> BloomFault? {
        let plan = plan
        guard plan.isScaling else { return .isFull }
        guard let rate = plan.errorRate(ofFilter: count) else { return .errorRateVanishes }
        let (capacity, overflow) = last.capacity.multipliedReportingOverflow(
            by: Int64(plan.expansion))
        guard !overflow else { return .capacityOverflows }
        guard reckonedBytes + BloomPlan.filterBytes(capacity, rate) <= BloomPlan.limit else {
            return .exceedsLimit
        }
        makePlace(&slab)
        append(Filter.make(capacity, rate, keys: plan.seed ?? [], &slab))
        return nil
    }

    // MARK: Reports

    /// Items that were added, and that fit into the filters there are.
    var items: (added: Int64, capacity: Int64) {
        (0..<count).reduce(into: (added: 0, capacity: 0)) { sum, index in
            sum.added &+= filter(index).items
            sum.capacity &+= filter(index).capacity
        }
    }

    /// What it counts for, in bytes: headers of bits and rounding to size classes left out.
    var reckonedBytes: Int {
        let filters = (0..<count).reduce(0) {
            $0 + Self.filterSize + Self.stateSize + filter($1).bytes
        }
        return BloomPlan.chainBytes(places: places) + filters
    }

    /// Adds all allocations.
    func recount(_ tally: inout Tally) {
        tally.add(Self.valueSize)
        tally.add(Self.size)
        tally.add(8 * places)
        for index in 0..<count {
            tally.add(Self.filterSize)
            tally.add(Self.stateSize)
            tally.add(Self.headerSize + filter(index).bytes)
        }
    }

    func violations() -> [String] {
        var found: [String] = []
        let plan = plan
        var capacity = plan.capacity
        for index in 0..<count {
            let filter = filter(index)
            let rate = plan.errorRate(ofFilter: index) ?? plan.errorRate
            if filter.capacity != capacity
                || filter.bytes != BloomPlan.bitBytes(capacity, rate)
            {
                found.append("Bloom filter: filter \(index) has another size than it should have")
            }
            if index < count - 1 ? filter.items != capacity : filter.items > capacity {
                found.append("Bloom filter: filter \(index) has \(filter.items) items")
            }
            if filter.setBits > Int(filter.items) * filter.hashes {
                found.append("Bloom filter: filter \(index) has more bits set than probes")
            }
            capacity &*= Int64(plan.expansion)
        }
        return found
    }
}

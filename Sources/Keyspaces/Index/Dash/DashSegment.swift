// One segment: where an entry goes, and where it is looked for.
//
//     0           8         16      24        64
//     [localDepth][prefix  ][count ][chain ●][·]  [56 buckets][4 stash buckets]
//                                         └──▶ [next ●][bucket] ──▶ …
//
// `prefix` is the hash's top `localDepth` bits, where they are in the hash. `count` is of all
// entries, those of the chain included. Finding and placing know a hash as its home and its
// fingerprint: both can be read off a bucket, so that a split hashes nothing twice.

struct DashSegment {
    static let headerSize = 64
    static let regular = 56
    static let stash = 4
    static let buckets = regular + stash
    static let slots = buckets * DashBucket.slots
    /// Of an overflow bucket, to the next one.
    static let linkSize = 8

    private static let prefixOffset = 8
    private static let countOffset = 16
    private static let chainOffset = 24

    let address: UnsafeMutableRawPointer
    let layout: DashLayout

    static func make(
        _ layout: DashLayout, depth: Int, prefix: UInt64, _ slab: inout Slab
    ) -> DashSegment {
        let segment = DashSegment(address: slab.allocate(layout.segmentSize), layout: layout)
        segment.address.initializeMemory(as: UInt8.self, repeating: 0, count: headerSize)
        segment.depth = depth
        segment.address.storeBytes(of: prefix, toByteOffset: prefixOffset, as: UInt64.self)
        for index in 0..<buckets { segment.bucket(index).clear() }
        return segment
    }

    func free(_ slab: inout Slab) {
        for node in detachChain() { slab.free(node, layout.chainSize) }
        slab.free(address, layout.segmentSize)
    }

    var depth: Int {
        get { address.load(as: Int.self) }
        nonmutating set { address.storeBytes(of: newValue, as: Int.self) }
    }

    var prefix: UInt64 { address.load(fromByteOffset: Self.prefixOffset, as: UInt64.self) }

    var count: Int {
        get { address.load(fromByteOffset: Self.countOffset, as: Int.self) }
        nonmutating set {
            address.storeBytes(of: newValue, toByteOffset: Self.countOffset, as: Int.self)
        }
    }

    @inline(__always)
    func bucket(_ index: Int) -> DashBucket {
        DashBucket(
            address: address + (Self.headerSize &+ index &* layout.bucketSize),
            slotSize: layout.slotSize)
    }

    static func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash &>> 8 % 56) }
    static func fingerprint(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: hash) }
    static func right(_ index: Int) -> Int { index &+ 1 == regular ? 0 : index &+ 1 }
    static func left(_ index: Int) -> Int { index == 0 ? regular &- 1 : index &- 1 }

    // MARK: Find

    /// Where an entry is; valid until the table is changed.
    struct Place {
        /// What a bucket is to its segment.
        enum Kind {
            case regular
            case stash(Int)
            case chain
        }

        let segment: DashSegment
        let bucket: DashBucket
        let slot: Int
        let kind: Kind

        var entry: DashEntry { bucket.entry(slot) }
    }

    @inline(__always)
    func find(_ key: Bytes, _ hash: UInt64) -> Place? {
        let fingerprint = Self.fingerprint(hash)
        let home = Self.home(hash)
        let own = bucket(home)
        if let place = find(key, fingerprint, own, .regular) { return place }
        if let place = find(key, fingerprint, bucket(Self.right(home)), .regular) { return place }
        if own.stashed == 0, chain == nil { return nil }
        return findBeyond(key, fingerprint, own)
    }

    @inline(__always)
    private func find(
        _ key: Bytes, _ fingerprint: UInt8, _ bucket: DashBucket, _ kind: Place.Kind
    ) -> Place? {
        for slot in Bucket.Positions(bits: bucket.candidates(fingerprint))
        where bucket.entry(slot).key.equals(key) {
            return Place(segment: self, bucket: bucket, slot: slot, kind: kind)
        }
        return nil
    }

    @inline(never)
    private func findBeyond(
        _ key: Bytes, _ fingerprint: UInt8, _ own: DashBucket
    ) -> Place? {
        for position in Bucket.Positions(bits: own.stashCandidates(fingerprint)) {
            let stash = bucket(Self.regular &+ position)
            if let place = find(key, fingerprint, stash, .stash(position)) { return place }
        }
        var next = chain
        while let node = next {
            if let place = find(key, fingerprint, chained(node), .chain) { return place }
            next = Self.link(node)
        }
        return nil
    }

    // MARK: Insert

    /// Copies `entry` to where it belongs; false, and nothing lost, when there is no room.
    func place(_ entry: DashEntry, home: Int, _ fingerprint: UInt8) -> Bool {
        let (own, neighbour) = (bucket(home), bucket(Self.right(home)))
        let (mine, theirs) = (own.count, neighbour.count)
        if min(mine, theirs) < DashBucket.slots {
            let isGuest = theirs < mine
            let target = isGuest ? neighbour : own
            target.put(entry, fingerprint, isGuest: isGuest)
            return true
        }
        if displaceRight(Self.right(home)) {
            neighbour.put(entry, fingerprint, isGuest: true)
            return true
        }
        if returnLeft(home) {
            own.put(entry, fingerprint, isGuest: false)
            return true
        }
        return stash(entry, home, fingerprint)
    }

    /// Moves one of a bucket's own entries to its neighbour, if that has room.
    private func displaceRight(_ index: Int) -> Bool {
        let (from, to) = (bucket(index), bucket(Self.right(index)))
        guard !to.isFull, from.own != 0 else { return false }
        move(from, from.own.trailingZeroBitCount, to, isGuest: true)
        return true
    }

    /// Moves one of a bucket's guests back to its home, if that has room.
    private func returnLeft(_ index: Int) -> Bool {
        let (from, to) = (bucket(index), bucket(Self.left(index)))
        guard !to.isFull, from.guests != 0 else { return false }
        move(from, from.guests.trailingZeroBitCount, to, isGuest: false)
        return true
    }

    private func move(_ from: DashBucket, _ slot: Int, _ to: DashBucket, isGuest: Bool) {
        to.put(from.entry(slot), from.fingerprint(slot), isGuest: isGuest)
        from.take(slot)
    }

    private func stash(_ entry: DashEntry, _ home: Int, _ fingerprint: UInt8) -> Bool {
        for offset in 0..<Self.stash {
            let position = (home &+ offset) & (Self.stash &- 1)
            let stash = bucket(Self.regular &+ position)
            if stash.isFull { continue }
            stash.put(entry, fingerprint, isGuest: false)
            bucket(home).noteStash(fingerprint, position)
            return true
        }
        return false
    }

    /// Brings entries of the stash home where there is room by now; false where there is none.
    func unloadStash(_ hasher: KeyHasher) -> Bool {
        var moved = false
        for position in 0..<Self.stash {
            let stash = bucket(Self.regular &+ position)
            for slot in Bucket.Positions(bits: stash.busy) {
                let home = Self.home(hasher.hash(stash.entry(slot).key.bytes))
                let (own, neighbour) = (bucket(home), bucket(Self.right(home)))
                guard !own.isFull || !neighbour.isFull else { continue }
                let isGuest = own.isFull
                own.forgetStash(stash.fingerprint(slot), position)
                move(stash, slot, isGuest ? neighbour : own, isGuest: isGuest)
                moved = true
            }
        }
        return moved
    }

    // MARK: Remove

    /// Takes the entry at `place` out: its bytes stay as they are until the slot is taken again.
    func remove(_ place: Place, home: Int, _ slab: inout Slab) {
        let fingerprint = place.bucket.fingerprint(place.slot)
        place.bucket.take(place.slot)
        count &-= 1
        switch place.kind {
        case .regular: break
        case .stash(let position): bucket(home).forgetStash(fingerprint, position)
        case .chain:
            if place.bucket.isEmpty { unlink(place.bucket, &slab) }
        }
    }
}

// MARK: - The chain of overflow buckets

extension DashSegment {
    private(set) var chain: UnsafeMutableRawPointer? {
        get { address.loadPointer(Self.chainOffset) }
        nonmutating set { address.storePointer(newValue, Self.chainOffset) }
    }

    static func link(_ node: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        node.loadPointer(0)
    }

    func chained(_ node: UnsafeMutableRawPointer) -> DashBucket {
        DashBucket(address: node + Self.linkSize, slotSize: layout.slotSize)
    }

    /// An overflow bucket with room.
    func chainWithRoom() -> DashBucket? {
        var next = chain
        while let node = next {
            let bucket = chained(node)
            if !bucket.isFull { return bucket }
            next = Self.link(node)
        }
        return nil
    }

    /// A new overflow bucket, at the head of the chain.
    func lengthenChain(_ slab: inout Slab) -> DashBucket {
        let node = slab.allocate(layout.chainSize)
        node.storePointer(chain, 0)
        chain = node
        let bucket = chained(node)
        bucket.clear()
        return bucket
    }

    private func unlink(_ bucket: DashBucket, _ slab: inout Slab) {
        let gone = bucket.address - Self.linkSize
        var previous: UnsafeMutableRawPointer?
        var next = chain
        while let node = next, node != gone {
            previous = node
            next = Self.link(node)
        }
        let after = Self.link(gone)
        if let previous { previous.storePointer(after, 0) } else { chain = after }
        slab.free(gone, layout.chainSize)
    }

    /// Takes all overflow buckets off, for the caller to free.
    func detachChain() -> [UnsafeMutableRawPointer] {
        let nodes = chainNodes
        chain = nil
        return nodes
    }

    var chainNodes: [UnsafeMutableRawPointer] {
        var nodes: [UnsafeMutableRawPointer] = []
        var next = chain
        while let node = next {
            nodes.append(node)
            next = Self.link(node)
        }
        return nodes
    }
}

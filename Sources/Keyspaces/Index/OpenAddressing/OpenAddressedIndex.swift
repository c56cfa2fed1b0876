// What tables by open addressing have in common: an array of places with an object or without, and
// resizes that move every object in one call.
//
//     places   [●][ ][●][●][ ] …     an object is in a place of its probe sequence
//
// Nothing is ever between two arrays, so no look-up moves a resize on and no table is listed as
// being resized: the insert that finds no room pays for all. That stall is the designs' own and is
// not spread out here. Erasing never moves an object nor gives memory back; background work makes
// sparse tables smaller, also at once, which their inventors leave to whoever owns the table.
//
// Random objects are drawn by place: each is as likely as another, however full the table is.

/// Where a look-up found an object; valid until the table is changed.
struct OpenPlace {
    /// What the array holds there.
    let slot: UnsafeMutablePointer<UnsafeMutableRawPointer>
    /// Its number in the array.
    let number: Int
}

/// Compare and hash: all that tables of such a design differ in.
struct OpenAddressedTraits {
    let match: GroupMatch
    let hasher: KeyHasher
}

protocol OpenAddressedIndex: ObjectIndex
where Found == OpenPlace, Traits == OpenAddressedTraits {
    var hasher: KeyHasher { get }
    /// Bytes of the table's own record.
    static var recordBytes: Int { get }
    /// Bytes of the array; 0 without one.
    var arrayBytes: Int { get }
    /// Places of the array, free ones included.
    var places: Int { get }
    /// Entries that the array takes before it grows.
    var capacity: Int { get }
    func object(atPlace place: Int) -> KeyedObject?
    /// The first object in the group that a look-up begins with under the tag it looks for.
    func firstCandidate(_ hash: UInt64) -> KeyedObject?
    /// Groups that a look-up reads until it is at `place`.
    func probeLength(ofPlace place: Int, hash: UInt64) -> Int
    /// Bytes of the array that `entries` would get.
    static func arrayBytes(for entries: Int) -> Int
    /// Moves all objects to an array for `entries`, which are as many or more.
    func resize(to entries: Int, _ slab: inout Slab)
}

private enum Shrink {
    /// A table with an eighth of the entries that it takes, or fewer, is made smaller, and then has
    /// room for half as many again: a growth leaves four times as many.
    static let sparseness = 8
}

extension OpenAddressedIndex {
    static func traits(_ options: KeyspaceOptions, _ hasher: KeyHasher) -> OpenAddressedTraits {
        OpenAddressedTraits(match: options.match, hasher: hasher)
    }

    @inline(__always)
    static func element(at place: OpenPlace) -> KeyedObject {
        KeyedObject(address: place.slot.pointee)
    }

    @inline(__always)
    static func put(_ object: KeyedObject, at place: OpenPlace) {
        place.slot.pointee = object.address
    }

    func key(of object: KeyedObject) -> Bytes { object.key }

    @inline(__always)
    func hash(of object: KeyedObject) -> UInt64 { hasher.hash(object.key) }

    @inline(__always)
    func find(_ key: Key, _: inout Slab) -> OpenPlace? { peek(key) }

    // MARK: Sizes

    var isRehashing: Bool { false }
    static func isListed(_: OpenAddressedTraits) -> Bool { false }
    var node: UnsafeMutablePointer<SlotDirectory.NodePointer?> {
        preconditionFailure("a table that is never listed was looked for in the list")
    }

    var shrinksOnDelete: Bool { false }
    var growsWhenFull: Bool { false }
    /// An insert makes room for itself.
    func growIfNeeded(_: inout Slab) {}
    /// No resize is ever under way.
    func rehash(until _: Deadline, _: inout Slab) {}

    func shrinkIfNeeded(_ slab: inout Slab) {
        guard count * Shrink.sparseness <= capacity else { return }
        let room = max(count + count / 2, 1)
        if Self.arrayBytes(for: room) < arrayBytes { resize(to: room, &slab) }
    }

    // MARK: Look-ahead

    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        guard let object = firstCandidate(hash) else { return }
        // Objects with embedded values are up to two lines long.
        prefetch(object.address)
        prefetch(object.address + Bucket.size)
    }

    /// The entry is the object: nothing to ask for between it and a string of its own.
    @inline(__always)
    func prefetchValue(_: Key) {}

    @inline(__always)
    func prefetchPayload(_ key: Key) {
        guard let object = firstCandidate(key.hash), object.hasSeparateValue else { return }
        prefetch(object.valueString)
    }

    // MARK: Walks

    func forEachElement(_ body: (KeyedObject) -> Void) {
        for place in 0..<places {
            if let object = object(atPlace: place) { body(object) }
        }
    }

    func random(_ random: inout KeyspaceRandom) -> KeyedObject? {
        guard count > 0 else { return nil }
        // At an eighth of the capacity, below which tables are made smaller, one in five thousand
        // draws finds nothing.
        for _ in 0..<64 {
            if let object = object(atPlace: random.below(places)) { return object }
        }
        var place = random.below(places)
        while true {
            if let object = object(atPlace: place) { return object }
            place = following(place)
        }
    }

    func sample(
        _ buffer: UnsafeMutableBufferPointer<KeyedObject>, _ random: inout KeyspaceRandom
    ) -> Int {
        let wanted = min(buffer.count, count)
        guard wanted > 0 else { return 0 }
        var place = random.below(places)
        var found = 0
        while found < wanted {
            if let object = object(atPlace: place) {
                buffer[found] = object
                found += 1
            }
            place = following(place)
        }
        return wanted
    }

    private func following(_ place: Int) -> Int { place + 1 == places ? 0 : place + 1 }

    // MARK: Reports

    /// Longer probe sequences are counted as this long.
    private static var probesMax: Int { 64 }

    /// Sizes, and how many groups a look-up of each entry reads.
    func addSizesAndProbes(to statistics: inout StatisticsSum) {
        var lengths = [Int](repeating: 0, count: Self.probesMax)
        for place in 0..<places {
            guard let object = object(atPlace: place) else { continue }
            let length = probeLength(ofPlace: place, hash: hash(of: object))
            lengths[min(length, Self.probesMax) - 1] += 1
        }
        statistics.addProbes(lengths)
        statistics.add(count: count, capacity: places, moved: nil, of: 0)
    }

    func recount(_ tally: inout Tally) {
        tally.add(Self.recordBytes)
        if arrayBytes > 0 { tally.add(arrayBytes) }
    }
}

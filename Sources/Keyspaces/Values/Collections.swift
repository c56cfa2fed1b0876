// Hashes, lists, sets, sorted sets and Bloom filters, on the slab of the keyspace that holds them.
//
//     entry ─▶ object [type│encoding│…][payload] ─▶ listpack       small hashes, lists, sets, …
//                                                 ─▶ intset         small sets of integers
//                                                 ─▶ quicklist      longer lists
//                                                 ─▶ table          larger hashes and sets
//                                                 ─▶ sorted set     [table 8][skiplist 8]
//                                                 ─▶ Bloom filter   a chain of filters
//
// A keyspace has one value of this type, and lends it for a command (`withCollections`): it is one
// concrete type, so that commands about collections are compiled once and not for every table.
// What it returns of a collection points into the slab and is valid until the next change.
//
// A collection that nobody needs any more is freed at once when it is small, and in the background
// when freeing it would hold up the server: it lies among `graves` until then, and is accounted
// for.
//
// Invariants: recount = the slab's accounts, graves included; a collection in a keyspace is never
// empty; those of the parts (`violations`).
//
// Deviations from the servers: a member that gets another score keeps its skiplist node, and so its
// height; nodes of a list are not merged after an insert in their middle.
//
// Credits: t_hash.c, t_list.c, t_set.c and t_zset.c of Redis and Valkey.

/// The collections of a keyspace.
public struct Collections: ~Copyable {
    var slab: Slab
    let traits: CollectionTraits
    /// May be changed at any time.
    public var limits: CollectionLimits
    var random: KeyspaceRandom
    /// Unix ms: fields whose time is before it are not there.
    var now: Int64 = 0
    /// Objects of the keyspace that hold a collection.
    var count = 0
    /// Hashes with fields that end.
    var timedHashes = 0
    private var graves: [Grave] = []

    /// What is being freed: a table, how far, and what else goes with it.
    private struct Grave {
        enum Body {
            case hash(UnsafeMutableRawPointer)
            case set(UnsafeMutableRawPointer)
            case sortedSet(SortedSet)
            case list(QuickList)
        }

        let body: Body
        /// Chains of the table that are empty.
        var cursor = 0
    }

    /// Elements from which on a collection is freed in the background (LAZYFREE_THRESHOLD).
    private static let lazyFreeThreshold = 64
    /// Elements freed between two looks at the clock.
    private static let freedAtOnce = 256

    init(
        _ slab: consuming Slab, _ traits: CollectionTraits, _ limits: CollectionLimits,
        _ random: KeyspaceRandom
    ) {
        self.slab = slab
        self.limits = limits
        self.traits = traits
        self.random = random
    }

    /// Forgets everything, after the slab released it all.
    mutating func forgetAll() {
        graves = []
        count = 0
        timedHashes = 0
    }

    // MARK: Life of a collection

    /// Elements: fields, members or list elements; of a Bloom filter the filters of its chain,
    /// which is never empty.
    public func length(of collection: CollectionObject) -> Int {
        switch (collection.type, collection.encoding) {
        case (.hash, .listpack), (.sortedSet, .listpack):
            Listpack(base: collection.payload).count / 2
        case (_, .listpack): Listpack(base: collection.payload).count
        case (_, .intset): IntegerSet(base: collection.payload).count
        case (_, .quicklist): QuickList(address: collection.payload).count
        case (_, .skiplist): sortedSet(collection).list.count
        case (_, .bloom): BloomChain(address: collection.payload).count
        case (.hash, .hashtable): traits.table(collection.payload, .fields).count
        case (_, .hashtable): traits.table(collection.payload, .members).count
        }
    }

    /// An empty collection without a key: `put` gives it one, or `discard` frees it.
    public mutating func detached(_ type: ValueType) -> CollectionObject {
        detached(type, .listpack, Listpack.make(&slab).base)
    }

    mutating func detached(
        _ type: ValueType, _ encoding: CollectionEncoding, _ payload: UnsafeMutableRawPointer
    ) -> CollectionObject {
        let collection = CollectionObject(object: slab.allocate(StringObject.size))
        collection.object.storeBytes(of: 0, as: UInt64.self)
        collection.set(type, encoding, payload)
        return collection
    }

    /// Frees a collection without a key, and what is in it.
    public mutating func discard(_ collection: CollectionObject) {
        release(collection, inBackground: false)
        freeObject(collection)
    }

    mutating func freeObject(_ collection: CollectionObject) {
        slab.free(collection.object, StringObject.size)
    }

    /// Frees what an object holds, or leaves it to the background.
    mutating func release(_ collection: CollectionObject, inBackground: Bool) {
        let isLarge = inBackground && length(of: collection) > Self.lazyFreeThreshold
        let payload = collection.payload
        let body: Grave.Body? =
            switch collection.encoding {
            case .listpack, .intset, .bloom: nil
            case .quicklist: .list(QuickList(address: payload))
            case .skiplist: .sortedSet(sortedSet(collection))
            case .hashtable: collection.type == .hash ? .hash(payload) : .set(payload)
            }
        if let body {
            var grave = Grave(body: body)
            if isLarge { graves.append(grave) } else { _ = drain(&grave, limit: .max) }
        } else if collection.encoding == .intset {
            IntegerSet(base: payload).free(&slab)
        } else if collection.encoding == .bloom {
            BloomChain(address: payload).free(&slab)
        } else {
            Listpack(base: payload).free(&slab)
        }
        collection.forget()
    }

    /// Frees up to about `limit` elements; true when nothing is left.
    private mutating func drain(_ grave: inout Grave, limit: Int) -> Bool {
        switch grave.body {
        case .list(let list): return list.drain(limit: limit, &slab)
        case .hash(let address):
            let packs = traits.packsFields
            forgetExpiries(of: address)
            let table = traits.table(address, .fields)
            let isDone = table.drain(&grave.cursor, limit: limit, &slab) { entry, slab in
                HashField(entry: entry, isPacked: packs).free(&slab)
            }
            if isDone { table.free(&slab) }
            return isDone
        case .set(let address):
            let table = traits.table(address, .members)
            let isDone = table.drain(&grave.cursor, limit: limit, &slab) { entry, slab in
                SDS.free(entry, &slab)
            }
            if isDone { table.free(&slab) }
            return isDone
        case .sortedSet(let set):
            let size = DictEntryLayout.separateKey.fixedSize
            let packs = traits.packsFields
            let isEmpty = set.table.drain(&grave.cursor, limit: limit, &slab) { entry, slab in
                if !packs { slab.free(entry, size) }
            }
            guard isEmpty, set.list.drain(limit: limit, &slab) else { return false }
            set.free(&slab)
            return true
        }
    }

    /// Frees what commands left to the background, until the clock passes `deadline`.
    mutating func bury(until deadline: Deadline) {
        while var grave = graves.popLast() {
            while !drain(&grave, limit: Self.freedAtOnce) {
                guard !deadline.hasPassed else { return graves.append(grave) }
            }
            if deadline.hasPassed { return }
        }
    }

    /// Whether nothing is left to the background.
    var isBuried: Bool { graves.isEmpty }

    // MARK: Reports

    /// Adds the allocations of a collection, those of its object apart.
    func add(_ collection: CollectionObject, to tally: inout Tally) {
        switch collection.encoding {
        case .listpack: tally.add(Listpack(base: collection.payload).bytes)
        case .intset: tally.add(IntegerSet(base: collection.payload).bytes)
        case .quicklist: add(.list(QuickList(address: collection.payload)), to: &tally)
        case .skiplist: add(.sortedSet(sortedSet(collection)), to: &tally)
        case .bloom: BloomChain(address: collection.payload).recount(&tally)
        case .hashtable:
            let payload = collection.payload
            add(collection.type == .hash ? .hash(payload) : .set(payload), to: &tally)
        }
    }

    private func add(_ body: Grave.Body, to tally: inout Tally) {
        switch body {
        case .list(let list): list.recount(&tally)
        case .hash(let address):
            let table = traits.table(address, .fields)
            table.recount(&tally)
            let packs = traits.packsFields
            table.forEachEntry { HashField(entry: $0, isPacked: packs).add(to: &tally) }
            addExpiries(of: address, to: &tally)
        case .set(let address):
            let table = traits.table(address, .members)
            table.recount(&tally)
            table.forEachEntry { tally.add(SDS.size(table.key($0).count)) }
        case .sortedSet(let set): set.recount(&tally)
        }
    }

    /// Adds what is left to the background.
    func addGraves(to tally: inout Tally) {
        for grave in graves { add(grave.body, to: &tally) }
    }

    /// What is wrong with a collection of the keyspace.
    func violations(of collection: CollectionObject) -> [String] {
        var found: [String] = []
        if length(of: collection) == 0 { found.append("an empty \(collection.type.name)") }
        switch collection.encoding {
        case .listpack: found += Listpack(base: collection.payload).violations()
        case .intset: found += IntegerSet(base: collection.payload).violations()
        case .quicklist: found += QuickList(address: collection.payload).violations()
        case .skiplist: found += sortedSet(collection).violations()
        case .bloom: found += BloomChain(address: collection.payload).violations()
        case .hashtable where collection.type == .hash:
            found += traits.table(collection.payload, .fields).violations("hash")
            found += expiryViolations(of: collection.payload)
        case .hashtable: found += traits.table(collection.payload, .members).violations("set")
        }
        return found
    }
}

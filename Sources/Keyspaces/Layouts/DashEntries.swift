// Entries in the slots of a dashtable, and their expiries in those of a second one: Dragonfly's.
//
//     main      [bucket] [key│value]  short ones in place, longer ones in an allocation each
//     expires   [bucket] [key│time ]  a long key is the very string of its entry
//
// A new entry is made beside the tables and copied by the insert. In place it moves with every
// insert into its segment, so what names it is its key; a value is written where the entry is. In
// cluster mode there is one table all the same, and a count of every slot's keys.
//
// Invariants: an entry has its flag exactly if `expires` has its key; the slots' counts add up.
//
// Credits: Dragonfly's prime and expire tables.

import RESP

struct DashEntries: EntryLayout {
    typealias Index = DashHandle
    typealias Object = DashEntry

    /// Where entries are made: a slot, with a byte of its bucket behind it.
    private static let stagingSize = DashLayout.entries.slotSize + 1

    private let isCluster: Bool
    private var staging: DashEntry?
    /// Keys by slot, in cluster mode.
    private var slotCounts: UnsafeMutablePointer<Int>?

    init(_ options: KeyspaceOptions) { isCluster = options.cluster }

    static func traits(
        _: KeyspaceOptions, _ hasher: KeyHasher
    ) -> (main: DashHandle.Traits, expires: DashHandle.Traits) {
        (
            main: DashHandle.Traits(layout: .entries, hasher: hasher),
            expires: DashHandle.Traits(layout: .expiries, hasher: hasher)
        )
    }

    mutating func reset(_ slab: inout Slab) {
        let block = slab.allocateZeroed(Self.stagingSize)
        staging = DashEntry(
            address: block, usageHigh: block + DashLayout.entries.slotSize)
        guard isCluster else { return }
        slotCounts = slab.allocateZeroed(HashSlot.count * 8)
            .bindMemory(to: Int.self, capacity: HashSlot.count)
    }

    func count(inSlot slot: Int) -> Int? { slotCounts?[slot] }

    // MARK: Entries

    @inline(__always)
    func key(of entry: DashEntry) -> Bytes { entry.key.bytes }
    @inline(__always)
    func object(of entry: DashEntry) -> DashEntry { entry }

    /// The slot in which entries are made; `reset` has made it before anything else happens.
    @inline(__always)
    private var blank: DashEntry { staging.unsafelyUnwrapped }

    @inline(__always)
    func make(
        _ key: Key, _ value: Bytes, expiry: Int64?, usage: UInt32, _ slab: inout Slab
    ) -> DashEntry {
        let entry = blank
        entry.key.initialize(key.bytes, isSeparate: false, &slab)
        entry.hasTime = expiry != nil
        if let number = Decimal.parse(value) {
            entry.value.initialize(number)
        } else {
            entry.value.initialize(value, isSeparate: false, &slab)
        }
        entry.usage = usage
        if let slotCounts { slotCounts[key.slot] &+= 1 }
        return entry
    }

    /// A dashtable holds strings only (`Table.lacks`).
    func makeHolder(_: Key, usage _: UInt32, _: inout Slab) -> DashEntry {
        preconditionFailure("this table holds strings only")
    }

    /// The entry stays where it is.
    @inline(__always)
    func replaced(
        _ entry: DashEntry, with value: Bytes, needsExpiry _: Bool, _ slab: inout Slab
    ) -> DashEntry {
        if let number = Decimal.parse(value) {
            entry.value.replace(number, &slab)
        } else {
            entry.value.replace(value, isSeparate: false, &slab)
        }
        return entry
    }

    func reformed(
        _ entry: DashEntry, _ value: Bytes, _ form: ValueForm, _ slab: inout Slab
    ) -> DashEntry {
        let isRight =
            switch form {
            case .compact: true
            case .text: !entry.value.isInteger
            case .separate: entry.value.isSeparate
            }
        if !isRight { entry.value.replace(value, isSeparate: form == .separate, &slab) }
        return entry
    }

    @inline(__always)
    func put(
        _: DashEntry, for _: DashEntry, at _: DashSegment.Place, hadTime _: Bool, _: Key,
        _: borrowing DashStore
    ) {}

    @inline(__always)
    func remove(
        _ key: Key, at place: DashSegment.Place, _ main: inout DashStore,
        _ expires: inout DashStore, _ slab: inout Slab
    ) {
        let entry = place.entry
        // First the expiry: its slot borrows the key's string.
        if entry.hasTime, let expiry = expires.peek(key) { expires.remove(expiry, key, &slab) }
        // What is in the slot stays as it is until the next insert.
        let (name, value) = (entry.key, entry.value)
        if let slotCounts { slotCounts[key.slot] &-= 1 }
        main.remove(place, key, &slab)
        value.free(&slab)
        name.free(&slab)
    }

    @inline(__always)
    func remove(
        _ key: Key, _ main: inout DashStore, _ expires: inout DashStore, _ slab: inout Slab
    ) {
        guard let place = main.peek(key) else { return }
        remove(key, at: place, &main, &expires, &slab)
    }

    // MARK: Expiry

    @inline(__always)
    func time(
        of entry: DashEntry, _ key: Key, _ expires: inout DashStore, _: inout Slab
    ) -> Int64? {
        peekTime(of: entry, key, expires)
    }

    @inline(__always)
    func peekTime(of entry: DashEntry, _ key: Key, _ expires: borrowing DashStore) -> Int64? {
        guard entry.hasTime else { return nil }
        return expires.peek(key)?.entry.time
    }

    @inline(__always)
    func peekTime(
        of entry: DashEntry, _ keys: KeyMaker, _ expires: borrowing DashStore
    ) -> Int64? {
        guard entry.hasTime else { return nil }
        return peekTime(of: entry, keys.key(entry.key.bytes), expires)
    }

    @inline(__always)
    func hasTime(_ entry: DashEntry) -> Bool { entry.hasTime }

    /// The entry is the one that was made last, or in its slot.
    @inline(__always)
    func addTime(
        _ time: Int64, to entry: DashEntry, _ key: Key, _ expires: inout DashStore,
        _ slab: inout Slab
    ) {
        let expiry = blank
        // Onto itself, after an insert. A long key's string is not copied.
        expiry.address.copyMemory(from: entry.address, byteCount: CompactString.size)
        expiry.time = time
        expires.insert(expiry, key, &slab)
    }

    @inline(__always)
    func setTime(
        _ time: Int64, of entry: DashEntry, at _: DashSegment.Place, hadTime: Bool, _ key: Key,
        _ expires: inout DashStore, _ slab: inout Slab
    ) {
        if hadTime, let expiry = expires.peek(key) {
            expiry.entry.time = time
        } else {
            entry.hasTime = true
            addTime(time, to: entry, key, &expires, &slab)
        }
    }

    @inline(__always)
    func setTime(
        _ time: Int64, at place: DashSegment.Place, _ key: Key, _ expires: inout DashStore,
        _ slab: inout Slab
    ) {
        let entry = place.entry
        setTime(time, of: entry, at: place, hadTime: entry.hasTime, key, &expires, &slab)
    }

    @inline(__always)
    func clearTime(
        of entry: DashEntry, hadTime: Bool, _ key: Key, _ expires: inout DashStore,
        _ slab: inout Slab
    ) {
        guard hadTime else { return }
        if let expiry = expires.peek(key) { expires.remove(expiry, key, &slab) }
        entry.hasTime = false
    }

    // MARK: Elements of `expires`

    @inline(__always)
    func key(ofExpiry expiry: DashEntry) -> Bytes { expiry.key.bytes }
    @inline(__always)
    func time(ofExpiry expiry: DashEntry) -> Int64 { expiry.time }

    /// The entry has to be looked up, as in the server.
    func object(
        ofExpiry expiry: DashEntry, _ keys: KeyMaker, _ main: borrowing DashStore
    ) -> DashEntry? {
        main.peek(keys.key(expiry.key.bytes))?.entry
    }

    func isExpiry(_ expiry: DashEntry, of entry: DashEntry) -> Bool {
        let (borrowed, own) = (expiry.key, entry.key)
        guard borrowed.isSeparate == own.isSeparate else { return false }
        return own.isSeparate ? borrowed.separate == own.separate : borrowed.equals(own.bytes)
    }

    // MARK: Reports

    var bytesInIndex: Int { DashLayout.entries.slotSize }

    func add(_ entry: DashEntry, to tally: inout Tally) {
        if entry.key.isSeparate { tally.add(entry.key.length) }
        if entry.value.isSeparate { tally.add(entry.value.length) }
    }

    func addRest(_: borrowing DashStore, to tally: inout Tally) {
        tally.add(Self.stagingSize)
        if slotCounts != nil { tally.add(HashSlot.count * 8) }
    }

    func fault(in entry: DashEntry, _: SizeClasses.Quantum) -> String? {
        entry.key.isValid && entry.value.isValid ? nil : "an entry is of no known form"
    }

    func violations(_ entries: Int) -> [String] {
        guard let slotCounts else { return [] }
        let sum = (0..<HashSlot.count).reduce(0) { $0 + slotCounts[$1] }
        return sum == entries ? [] : ["\(entries) entries, \(sum) in the slots' counts"]
    }
}

// Fields of hashes that end (9.0 and later).
//
// A field's time is in its entry, and the entry then is among the hash's `FieldExpiries`; one whose
// time has come is not there for any command, and background work takes it out. Where the release
// has no such fields, all of this does nothing.

extension Collections {
    /// Whether fields of hashes may end.
    public var expiresFields: Bool { traits.expiresFields }

    /// The expiries behind a hash's table; nil where there are none.
    private func expiries(_ table: UnsafeMutableRawPointer) -> FieldExpiries? {
        guard traits.expiresFields else { return nil }
        let word = (table + BucketTable.Policy.valkey91.structSize)
            .assumingMemoryBound(to: UInt.self)
        return FieldExpiries(word: word, traits: traits)
    }

    private func expiry(_ entry: UnsafeMutableRawPointer) -> Int64 {
        traits.expiresFields ? PackedField(string: entry).expiry : PackedField.noExpiry
    }

    func isLive(_ entry: UnsafeMutableRawPointer) -> Bool {
        let time = expiry(entry)
        return time == PackedField.noExpiry || time >= now
    }

    /// Adds an entry that has a time.
    mutating func joinExpiries(_ entry: UnsafeMutableRawPointer, _ hash: CollectionObject) {
        guard expiry(entry) != PackedField.noExpiry, let expiries = expiries(hash.payload) else {
            return
        }
        if expiries.isEmpty { timedHashes += 1 }
        expiries.insert(entry, &slab)
    }

    /// Takes an entry out that has a time, which stays; the entry.
    mutating func leaveExpiries(
        _ entry: UnsafeMutableRawPointer, _ hash: CollectionObject
    ) -> UnsafeMutableRawPointer {
        guard expiry(entry) != PackedField.noExpiry, let expiries = expiries(hash.payload) else {
            return entry
        }
        expiries.remove(entry, &slab)
        if expiries.isEmpty { timedHashes -= 1 }
        return entry
    }

    /// The entry to keep instead, without a time.
    mutating func withoutExpiry(
        _ entry: UnsafeMutableRawPointer, _ hash: CollectionObject
    ) -> UnsafeMutableRawPointer {
        guard expiry(entry) != PackedField.noExpiry else { return entry }
        let left = leaveExpiries(entry, hash)
        return PackedField(string: left).with(expiry: PackedField.noExpiry, &slab).string
    }

    /// Before a table is drained.
    mutating func forgetExpiries(of table: UnsafeMutableRawPointer) {
        guard let expiries = expiries(table), !expiries.isEmpty else { return }
        expiries.removeAll(&slab)
        timedHashes -= 1
    }

    func addExpiries(of table: UnsafeMutableRawPointer, to tally: inout Tally) {
        expiries(table)?.recount(&tally)
    }

    func expiryViolations(of table: UnsafeMutableRawPointer) -> [String] {
        guard let expiries = expiries(table) else { return [] }
        var timed = 0
        traits.table(table, .fields).forEachEntry { entry in
            if expiry(entry) != PackedField.noExpiry { timed += 1 }
        }
        return timed == expiries.count
            ? [] : ["hash: \(timed) fields with a time, \(expiries.count) of them known"]
    }

    // MARK: For commands

    /// When a field ends.
    public enum FieldTime: Equatable {
        case missing
        case never
        /// Unix ms.
        case at(Int64)
    }

    /// Fields whose time has not come.
    public func liveFields(of hash: CollectionObject) -> Int {
        guard hash.encoding == .hashtable, let expiries = expiries(hash.payload),
            !expiries.isEmpty
        else { return length(of: hash) }
        var live = 0
        forEachField(of: hash) { _, _ in live += 1 }
        return live
    }

    /// When a field ends; missing where it is not there or has ended.
    public mutating func time(of field: Bytes, in hash: CollectionObject) -> FieldTime {
        guard hash.encoding == .hashtable else {
            return value(of: field, in: hash) == nil ? .missing : .never
        }
        let table = fields(hash)
        guard let place = table.find(table.makeKey(field), &slab), isLive(place.entry) else {
            return .missing
        }
        let time = expiry(place.entry)
        return time == PackedField.noExpiry ? .never : .at(time)
    }

    /// Gives a field that is there a time, or takes it away (nil); a listpack becomes a table.
    public mutating func setTime(of field: Bytes, in hash: CollectionObject, to time: Int64?) {
        if hash.encoding == .listpack {
            if time == nil { return }
            makeTable(ofHash: hash, room: 0)
        }
        let table = fields(hash)
        guard let place = table.find(table.makeKey(field), &slab) else { return }
        let left = leaveExpiries(place.entry, hash)
        let new = PackedField(string: left).with(
            expiry: time ?? PackedField.noExpiry, &slab)
        table.put(new.string, at: place)
        joinExpiries(new.string, hash)
    }

    /// Takes out up to `limit` fields whose time has come; how many those were.
    mutating func expireFields(of hash: CollectionObject, limit: Int) -> Int {
        guard hash.type == .hash, hash.encoding == .hashtable,
            let expiries = expiries(hash.payload), !expiries.isEmpty
        else { return 0 }
        let ended = expiries.ended(before: now, limit: limit)
        let table = fields(hash)
        for entry in ended {
            let left = leaveExpiries(entry, hash)
            _ = table.remove(table.makeKey(table.key(left)), &slab)
            hashField(left).free(&slab)
        }
        return ended.count
    }
}

// Hashes.
//
//     listpack    [field][value][field][value]…          512 fields of 64 bytes at most
//     hashtable   7.2, 8.0: entry [field sds ●][value sds ●][next]; from 8.1 on `PackedField`
//
// A hash leaves its listpack with the command that brings too much, and never goes back.

import RESP

/// An entry of a hash's table.
struct HashField {
    let entry: UnsafeMutableRawPointer
    /// A `PackedField`; else an entry of a dict with two strings.
    let isPacked: Bool

    private static let layout = DictEntryLayout.separateKey

    var packed: PackedField { PackedField(string: entry) }

    private var fieldString: UnsafeMutableRawPointer { Self.layout.key(entry) }
    private var valueString: UnsafeMutableRawPointer {
        entry.loadPointer(Self.layout.valueOffset).unsafelyUnwrapped
    }

    var field: Bytes { isPacked ? packed.field : SDS.bytes(fieldString) }
    var value: Bytes { isPacked ? packed.value : SDS.bytes(valueString) }

    static func make(
        _ field: Bytes, _ value: Bytes, isPacked: Bool, _ slab: inout Slab
    ) -> HashField {
        if isPacked {
            return HashField(entry: PackedField.make(field, value, &slab).string, isPacked: true)
        }
        let entry = slab.allocate(layout.fixedSize)
        layout.setKey(entry, SDS.allocate(field, &slab))
        entry.storePointer(SDS.allocate(value, &slab), layout.valueOffset)
        return HashField(entry: entry, isPacked: false)
    }

    /// The entry to keep instead of this one for another value, maybe itself.
    func replaced(with value: Bytes, _ slab: inout Slab) -> HashField {
        if isPacked {
            return HashField(entry: packed.replaced(with: value, &slab).string, isPacked: true)
        }
        let new = SDS.replace(valueString, with: value, &slab)
        entry.storePointer(new, Self.layout.valueOffset)
        return self
    }

    func free(_ slab: inout Slab) {
        if isPacked { return packed.free(&slab) }
        SDS.free(fieldString, &slab)
        SDS.free(valueString, &slab)
        slab.free(entry, Self.layout.fixedSize)
    }

    /// Adds the entry's allocations.
    func add(to tally: inout Tally) {
        if isPacked { return packed.add(to: &tally) }
        tally.add(Self.layout.fixedSize)
        tally.add(SDS.size(SDS.length(fieldString)))
        tally.add(SDS.size(SDS.length(valueString)))
    }
}

extension Collections {
    func fields(_ hash: CollectionObject) -> MemberTable { traits.table(hash.payload, .fields) }

    func hashField(_ entry: UnsafeMutableRawPointer) -> HashField {
        HashField(entry: entry, isPacked: traits.packsFields)
    }

    // MARK: Encoding

    /// Before a command writes `count` fields, whose longest part has `longest` bytes: what is too
    /// much for a listpack makes the hash a table, with room for many at once.
    public mutating func prepareHash(_ hash: CollectionObject, fields count: Int, longest: Int) {
        guard hash.encoding == .listpack else { return }
        let most = Listpack(base: hash.payload).bytes + 2 * count * longest
        if count > limits.hashEntries {
            makeTable(ofHash: hash, room: count)
        } else if longest > limits.hashBytes || most > CollectionLimits.listpackBytes {
            makeTable(ofHash: hash, room: 0)
        }
    }

    /// Makes a table of a hash's listpack.
    /// - Parameter room: fields that there is going to be room for, at least those there are.
    mutating func makeTable(ofHash hash: CollectionObject, room: Int) {
        let list = Listpack(base: hash.payload)
        let table = traits.makeTable(.fields, &slab)
        table.expand(to: list.count / 2, &slab)
        var place = list.first
        while let field = place, let value = list.next(after: field) {
            list.value(at: field).withBytes { field in
                list.value(at: value).withBytes { value in
                    let key = table.makeKey(field)
                    let entry = HashField.make(
                        field, value, isPacked: traits.packsFields, &slab)
                    table.add(entry.entry, key, &slab)
                }
            }
            place = list.next(after: value)
        }
        if room > 0 { table.expand(to: room, &slab) }
        list.free(&slab)
        hash.set(.hash, .hashtable, table.address)
    }

    // MARK: Fields

    /// Where the value of a field is in a hash's listpack.
    private func place(of field: Bytes, _ list: Listpack) -> Int? {
        list.find(PackedEntry(field), step: 2).flatMap { list.next(after: $0) }
    }

    /// The value of a field; nil without it, or when its time has come.
    public mutating func value(of field: Bytes, in hash: CollectionObject) -> ValueView? {
        guard hash.encoding == .hashtable else {
            let list = Listpack(base: hash.payload)
            return place(of: field, list).map { list.value(at: $0) }
        }
        let table = fields(hash)
        guard let place = table.find(table.makeKey(field), &slab), isLive(place.entry) else {
            return nil
        }
        return .bytes(hashField(place.entry).value)
    }

    /// Sets a field, which then has no expiry unless `keepsExpiry`; true when it was not there.
    /// `prepareHash` comes before. The bytes may not be of this keyspace.
    @discardableResult
    public mutating func set(
        _ field: Bytes, to value: Bytes, in hash: CollectionObject, keepsExpiry: Bool = false
    ) -> Bool {
        guard hash.encoding == .hashtable else {
            return setPacked(field, value, hash)
        }
        let table = fields(hash)
        let key = table.makeKey(field)
        if let place = table.find(key, &slab) {
            let wasLive = isLive(place.entry)
            let entry =
                keepsExpiry && wasLive
                ? leaveExpiries(place.entry, hash) : withoutExpiry(place.entry, hash)
            let new = hashField(entry).replaced(with: value, &slab)
            table.put(new.entry, at: place)
            joinExpiries(new.entry, hash)
            return !wasLive
        }
        let entry = HashField.make(field, value, isPacked: traits.packsFields, &slab)
        table.add(entry.entry, key, &slab)
        return true
    }

    private mutating func setPacked(_ field: Bytes, _ value: Bytes, _ hash: CollectionObject)
        -> Bool
    {
        var list = Listpack(base: hash.payload)
        defer { hash.payload = list.base }
        if let place = place(of: field, list) {
            list.replace(at: place, with: PackedEntry(value), &slab)
            return false
        }
        list.append(PackedEntry(field), &slab)
        list.append(PackedEntry(value), &slab)
        if list.count / 2 > limits.hashEntries {
            hash.payload = list.base
            makeTable(ofHash: hash, room: 0)
            list = Listpack(base: hash.payload)
        }
        return true
    }

    /// False when the field was not there. The hash may be empty then.
    public mutating func remove(_ field: Bytes, from hash: CollectionObject) -> Bool {
        guard hash.encoding == .hashtable else {
            var list = Listpack(base: hash.payload)
            guard let place = list.find(PackedEntry(field), step: 2) else { return false }
            list.remove(at: place, entries: 2, &slab)
            hash.payload = list.base
            return true
        }
        let table = fields(hash)
        guard let entry = table.remove(table.makeKey(field), &slab) else { return false }
        let wasLive = isLive(entry)
        hashField(leaveExpiries(entry, hash)).free(&slab)
        return wasLive
    }

    // MARK: Walks

    /// Every field whose time has not come, with its value.
    public func forEachField(
        of hash: CollectionObject, _ body: (_ field: ValueView, _ value: ValueView) -> Void
    ) {
        guard hash.encoding == .hashtable else {
            let list = Listpack(base: hash.payload)
            var place = list.first
            while let field = place, let value = list.next(after: field) {
                body(list.value(at: field), list.value(at: value))
                place = list.next(after: value)
            }
            return
        }
        fields(hash).forEachEntry { entry in
            guard isLive(entry) else { return }
            let field = hashField(entry)
            body(.bytes(field.field), .bytes(field.value))
        }
    }

    /// Fields at `cursor`, and the cursor after them; a small hash is visited whole.
    public func scanFields(
        _ hash: CollectionObject, _ cursor: UInt64,
        _ body: (_ field: ValueView, _ value: ValueView) -> Void
    ) -> UInt64 {
        guard hash.encoding == .hashtable else {
            forEachField(of: hash, body)
            return 0
        }
        return fields(hash).visit(at: cursor) { entry in
            guard isLive(entry) else { return }
            let field = hashField(entry)
            body(.bytes(field.field), .bytes(field.value))
        }
    }

    /// Some field with its value; nil when all have ended.
    public mutating func randomField(
        of hash: CollectionObject
    ) -> (field: ValueView, value: ValueView)? {
        guard hash.encoding == .hashtable else {
            let list = Listpack(base: hash.payload)
            guard let field = list.offset(of: random.below(list.count / 2) * 2),
                let value = list.next(after: field)
            else { return nil }
            return (list.value(at: field), list.value(at: value))
        }
        // Fields whose time has come are few: background work takes them out.
        for _ in 0..<Self.randomTries {
            guard let entry = fields(hash).random(&random) else { return nil }
            guard isLive(entry) else { continue }
            let field = hashField(entry)
            return (.bytes(field.field), .bytes(field.value))
        }
        return nil
    }

    /// Copies of the fields' names, which outlive changes of their hash.
    public func copiedFields(of hash: CollectionObject) -> [[UInt8]] {
        var copies: [[UInt8]] = []
        forEachField(of: hash) { field, _ in field.withBytes { copies.append(Array($0)) } }
        return copies
    }

    /// Draws until one is a field that has not ended.
    private static var randomTries: Int { 100 }
}

extension ValueView {
    /// The view as the bytes that it stands for.
    public func withBytes<R>(_ body: (Bytes) -> R) -> R {
        switch self {
        case .bytes(let bytes): return body(bytes)
        case .integer(let number):
            return withUnsafeTemporaryAllocation(
                byteCount: Decimal.maxLength, alignment: 1
            ) { digits in
                let count = Decimal.write(number, to: digits.baseAddress.unsafelyUnwrapped)
                return body(Bytes(rebasing: digits[..<count]))
            }
        }
    }

    /// Bytes that it stands for.
    public var byteCount: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .integer(let number):
            Decimal.length(number.magnitude) + (number < 0 ? 1 : 0)
        }
    }
}

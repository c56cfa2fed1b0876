// Entries of one object that carries key, expiry and mostly value, over any index of such objects:
// those of Valkey 8.1 to 9.1.
//
//     main      [bucket]→ object [header][expiry][key][value]  ◁─┐
//     expires   [bucket]─────────────────────────────────────────┘ the same object
//
// An expiry is read in the object that a look-up found; `expires` is there to find expired entries.
// An object that is written may move, and both indices then lead to its new place.
//
// Invariants: `expires` holds exactly the objects with a time in them; a value is embedded only
// within the limit.
//
// Deviation from the servers: rewriting an embedded value whose size class stays does so in place
// instead of allocating and freeing, which leaves the same bytes accounted; APPEND reserves no room
// beyond the size class.

struct KeyedEntries<Objects: ObjectIndex>: EntryLayout {
    typealias Index = Objects
    typealias Object = KeyedObject

    private let layout: KeyedObjectLayout

    init(_ options: KeyspaceOptions) {
        guard case .objects(let layout) = options.table.design.layout else {
            preconditionFailure("\(options.table) has no keyed objects")
        }
        self.layout = layout
    }

    static func traits(
        _ options: KeyspaceOptions, _ hasher: KeyHasher
    ) -> (main: Objects.Traits, expires: Objects.Traits) {
        let traits = Objects.traits(options, hasher)
        return (main: traits, expires: traits)
    }

    func reset(_: inout Slab) {}
    func count(inSlot _: Int) -> Int? { nil }

    // MARK: Entries

    @inline(__always)
    func key(of object: KeyedObject) -> Bytes { object.key }
    @inline(__always)
    func object(of object: KeyedObject) -> KeyedObject { object }

    @inline(__always)
    func make(
        _ key: Key, _ value: Bytes, expiry: Int64?, usage: UInt32, _ slab: inout Slab
    ) -> KeyedObject {
        let object = layout.make(key: key.bytes, value: value, expiry: expiry, &slab)
        object.usage = usage
        return object
    }

    func makeHolder(_ key: Key, usage: UInt32, _ slab: inout Slab) -> KeyedObject {
        let object = layout.makeHolder(key.bytes, &slab)
        object.usage = usage
        return object
    }

    @inline(__always)
    func replaced(
        _ object: KeyedObject, with value: Bytes, needsExpiry: Bool, _ slab: inout Slab
    ) -> KeyedObject {
        layout.replace(object, with: value, needsExpiry: needsExpiry, &slab)
    }

    func reformed(
        _ object: KeyedObject, _ value: Bytes, _ form: ValueForm, _ slab: inout Slab
    ) -> KeyedObject {
        layout.reformed(object, value, form, &slab)
    }

    @inline(__always)
    func put(
        _ new: KeyedObject, for old: KeyedObject, at found: Objects.Found, hadTime: Bool,
        _ key: Key, _ expires: borrowing TableStore<Objects>
    ) {
        guard new.address != old.address else { return }
        Objects.put(new, at: found)
        if hadTime { expires.replace(old, by: new, key) }
    }

    @inline(__always)
    func remove(
        _ key: Key, at found: Objects.Found, _ main: inout TableStore<Objects>,
        _ expires: inout TableStore<Objects>, _ slab: inout Slab
    ) {
        let object = Objects.element(at: found)
        if hasTime(object), let other = expires.find(key, &slab) {
            expires.remove(other, key, &slab)
        }
        main.remove(found, key, &slab)
        layout.free(object, &slab)
    }

    @inline(__always)
    func remove(
        _ key: Key, _ main: inout TableStore<Objects>, _ expires: inout TableStore<Objects>,
        _ slab: inout Slab
    ) {
        guard let found = main.find(key, &slab) else { return }
        remove(key, at: found, &main, &expires, &slab)
    }

    // MARK: Expiry

    @inline(__always)
    func hasTime(_ object: KeyedObject) -> Bool { object.expiry != KeyedObject.noExpiry }

    @inline(__always)
    private func time(in object: KeyedObject) -> Int64? {
        let time = object.expiry
        return time == KeyedObject.noExpiry ? nil : time
    }

    @inline(__always)
    func time(
        of object: KeyedObject, _: Key, _: inout TableStore<Objects>, _: inout Slab
    ) -> Int64? {
        time(in: object)
    }

    @inline(__always)
    func peekTime(
        of object: KeyedObject, _: Key, _: borrowing TableStore<Objects>
    ) -> Int64? {
        time(in: object)
    }

    @inline(__always)
    func peekTime(
        of object: KeyedObject, _: KeyMaker, _: borrowing TableStore<Objects>
    ) -> Int64? {
        time(in: object)
    }

    /// The object was made with its time.
    @inline(__always)
    func addTime(
        _: Int64, to object: KeyedObject, _ key: Key, _ expires: inout TableStore<Objects>,
        _ slab: inout Slab
    ) {
        expires.insert(object, key, &slab)
    }

    @inline(__always)
    func setTime(
        _ time: Int64, of object: KeyedObject, at _: Objects.Found, hadTime: Bool, _ key: Key,
        _ expires: inout TableStore<Objects>, _ slab: inout Slab
    ) {
        object.setExpiry(time)
        if !hadTime { expires.insert(object, key, &slab) }
    }

    @inline(__always)
    func setTime(
        _ time: Int64, at found: Objects.Found, _ key: Key, _ expires: inout TableStore<Objects>,
        _ slab: inout Slab
    ) {
        let old = Objects.element(at: found)
        let hadTime = hasTime(old)
        let usage = old.usage
        let new = layout.withExpiry(old, time, &slab)
        if new.usage != usage { new.usage = usage }
        // One with a time has its field, and stays where it is.
        put(new, for: old, at: found, hadTime: false, key, expires)
        if !hadTime { expires.insert(new, key, &slab) }
    }

    @inline(__always)
    func clearTime(
        of object: KeyedObject, hadTime: Bool, _ key: Key, _ expires: inout TableStore<Objects>,
        _ slab: inout Slab
    ) {
        if hadTime { Self.forgetTime(of: object, key, &expires, &slab) }
    }

    /// An object without a time leaves the expires table; its field stays, as in the servers.
    private static func forgetTime(
        of object: KeyedObject, _ key: Key, _ expires: inout TableStore<Objects>,
        _ slab: inout Slab
    ) {
        if let found = expires.find(key, &slab) { expires.remove(found, key, &slab) }
        object.setExpiry(KeyedObject.noExpiry)
    }

    // MARK: Elements of `expires`

    @inline(__always)
    func key(ofExpiry object: KeyedObject) -> Bytes { object.key }
    @inline(__always)
    func time(ofExpiry object: KeyedObject) -> Int64 { object.expiry }

    func object(
        ofExpiry object: KeyedObject, _: KeyMaker, _: borrowing TableStore<Objects>
    ) -> KeyedObject? {
        object
    }

    func isExpiry(_ expiry: KeyedObject, of object: KeyedObject) -> Bool {
        expiry.address == object.address
    }

    // MARK: Reports

    func add(_ object: KeyedObject, to tally: inout Tally) {
        tally.add(layout.size(object.shape))
        if let string = object.separateSize { tally.add(string) }
    }

    func addRest(_: borrowing TableStore<Objects>, to _: inout Tally) {}

    func fault(in object: KeyedObject, _ quantum: SizeClasses.Quantum) -> String? {
        guard object.isEmbedded, !layout.embeds(object.shape, quantum) else { return nil }
        return "a value is embedded beyond the limit"
    }

    func violations(_: Int) -> [String] { [] }
}

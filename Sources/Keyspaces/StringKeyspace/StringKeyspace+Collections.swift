// Entries that hold collections: found, made, moved between keys, given up. What is in them is the
// business of `Collections`.
//
// An entry's object says by its type that it holds one. Keyspaces without any (`values.count` is 0)
// never look: strings pay for collections only where there are some.

extension StringKeyspace where Layout: ~Copyable {
    var collectionCount: Int { values.count }

    mutating func withCollections<R>(_ body: (inout Collections) -> R) -> R { body(&values) }

    func peekCollection(_ key: Key) -> CollectionObject? {
        guard values.count != 0, let object = peekObject(key), object.isCollection else {
            return nil
        }
        return CollectionObject(object: object.address)
    }

    mutating func findCollection(_ key: Key) -> CollectionLookup {
        guard let found = live(key) else { return .missing }
        let object = object(at: found)
        touch(object)
        return object.isCollection ? .collection(CollectionObject(object: object.address)) : .string
    }

    /// The key is known not to be there.
    mutating func makeCollection(_ key: Key, _ type: ValueType) -> CollectionObject {
        let collection = makeHolder(key)
        collection.set(type, .listpack, Listpack.make(&values.slab).base)
        return collection
    }

    private mutating func makeHolder(_ key: Key) -> CollectionObject {
        let element = layout.makeHolder(key, usage: clock.fresh, &values.slab)
        main.insert(element, key, &values.slab)
        values.count += 1
        return CollectionObject(object: layout.object(of: element).address)
    }

    mutating func put(_ collection: CollectionObject, at key: Key, expiry: Expiry) {
        _ = remove(key)
        let holder = makeHolder(key)
        holder.set(collection.type, collection.encoding, collection.payload)
        values.freeObject(collection)
        if case .at = expiry { _ = setExpiry(of: key, expiry) }
    }

    mutating func take(_ key: Key) -> CollectionObject? {
        guard let found = live(key) else { return nil }
        let object = object(at: found)
        guard object.isCollection else { return nil }
        let held = CollectionObject(object: object.address)
        let taken = values.detached(held.type, held.encoding, held.payload)
        held.forget()
        values.count -= 1
        delete(key, at: found)
        return taken
    }

    mutating func unlink(_ key: Key) -> Bool {
        guard let found = live(key) else { return false }
        if values.count != 0 { releaseCollection(at: found, inBackground: true) }
        delete(key, at: found)
        return true
    }

    /// Makes an integer of an object that holds a collection, before it is written or freed.
    @inline(never)
    mutating func releaseCollection(at found: Found, inBackground: Bool = false) {
        let object = object(at: found)
        guard object.isCollection else { return }
        let isLazy = inBackground || values.traits.deletesLazily
        values.release(CollectionObject(object: object.address), inBackground: isLazy)
        values.count -= 1
    }
}

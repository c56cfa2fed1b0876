// What only keyed objects need of their table: a new place for one that moved, and what a batch
// asks for ahead of its look-ups.

extension BucketHandle where Entries == KeyedObjects {
    /// Makes the position that holds `old` hold `new`. `old` is only compared by address: it may
    /// have been freed.
    func replace(_ old: KeyedObject, by new: KeyedObject, hash: UInt64) {
        if replace(old, by: new, hash, in: table.pointee.old) { return }
        let found = replace(old, by: new, hash, in: table.pointee.new)
        assert(found, "an object that is not in the table was to be replaced")
    }

    private func replace(
        _ old: KeyedObject, by new: KeyedObject, _ hash: UInt64, in half: BucketTable.Half
    ) -> Bool {
        guard half.used != 0 else { return false }
        var next: Bucket? = half.home(hash)
        while let bucket = next {
            next = bucket.next
            for position in bucket.candidates(BucketTable.tag(hash), match)
            where bucket.entry(position) == old.address {
                bucket.slot(position).pointee = new.address
                return true
            }
        }
        return false
    }

    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        let (old, new) = (table.pointee.old, table.pointee.new)
        if old.buckets != nil { prefetch(old.home(hash).address) }
        if new.buckets != nil { prefetch(new.home(hash).address) }
    }

    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        let (old, new) = (table.pointee.old, table.pointee.new)
        if old.buckets != nil, prefetchCandidate(hash, old.home(hash)) { return }
        if new.buckets != nil { _ = prefetchCandidate(hash, new.home(hash)) }
    }

    /// Asks for the string of the first candidate, if it is not in the object itself: the object's
    /// line must be here by now.
    @inline(__always)
    func prefetchPayload(_ key: Key) {
        let hash = key.hash
        let (old, new) = (table.pointee.old, table.pointee.new)
        if old.buckets != nil, prefetchString(hash, old.home(hash)) { return }
        if new.buckets != nil { _ = prefetchString(hash, new.home(hash)) }
    }

    @inline(__always)
    private func prefetchString(_ hash: UInt64, _ bucket: Bucket) -> Bool {
        guard let position = bucket.candidates(BucketTable.tag(hash), match).first else {
            return false
        }
        let object = KeyedObject(address: bucket.entry(position))
        if object.hasSeparateValue { prefetch(object.valueString) }
        return true
    }

    /// Asks for the first entry of `bucket` with the hash's tag, if there is one; a bucket's
    /// children are rarely needed and would have to be waited for.
    @inline(__always)
    private func prefetchCandidate(_ hash: UInt64, _ bucket: Bucket) -> Bool {
        guard let position = bucket.candidates(BucketTable.tag(hash), match).first else {
            return false
        }
        // Objects with embedded values are up to two lines long, and the value is in the second:
        // with the first alone every GET of a 64-byte value would wait for memory once more.
        let object = bucket.entry(position)
        prefetch(object)
        prefetch(object + Bucket.size)
        return true
    }
}

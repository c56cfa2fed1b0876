// What a batch asks for ahead of its look-ups: chain head, first entry, its object and key, string.
//
// At a load of at most one a chain rarely has more than two entries; those behind the first are
// left to the look-up, except that the second is asked for along with the object.
//
// Inlined: a handle is a value of many words, which a call would write to memory one by one.

extension DictHandle where Layout == DictEntryLayout {
    @inline(__always)
    func prefetchIndex(_ hash: UInt64) {
        if dict.pointee.old.heads != nil { prefetch(dict.pointee.old.head(hash)) }
        if dict.pointee.isRehashing { prefetch(dict.pointee.new.head(hash)) }
    }

    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        if dict.pointee.old.heads != nil, let first = dict.pointee.old.head(hash).pointee {
            prefetch(first)
        }
        if dict.pointee.isRehashing, let first = dict.pointee.new.head(hash).pointee {
            prefetch(first)
        }
    }

    @inline(__always)
    func prefetchValue(_ key: Key) {
        guard let entry = first(key.hash) else { return }
        prefetch(layout.object(entry).address)
        if !layout.embedsKey { prefetch(layout.key(entry)) }
        if let next = layout.next(entry) { prefetch(next) }
    }

    @inline(__always)
    func prefetchPayload(_ key: Key) {
        guard let entry = first(key.hash) else { return }
        // A key that does not match here is further down the chain, which is its own line by now.
        if SDS.equal(layout.key(entry), key.bytes) {
            return layout.object(entry).prefetchString()
        }
        guard let next = layout.next(entry) else { return }
        prefetch(layout.object(next).address)
        if !layout.embedsKey { prefetch(layout.key(next)) }
    }

    /// The first entry of the hash's chain; during a resize, of the array where it is more likely.
    @inline(__always)
    private func first(_ hash: UInt64) -> Entry? {
        guard dict.pointee.old.heads != nil else { return nil }
        if let entry = dict.pointee.old.head(hash).pointee { return entry }
        return dict.pointee.isRehashing ? dict.pointee.new.head(hash).pointee : nil
    }
}

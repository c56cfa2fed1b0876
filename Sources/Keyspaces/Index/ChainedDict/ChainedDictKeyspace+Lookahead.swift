// What a batch asks for ahead of its look-ups: chain head, first entry, its object and key, string.
//
// At a load of at most one a chain rarely has more than two entries; those behind the first are
// left to the look-up, except that the second is asked for along with the object.

extension ChainedDictKeyspace {
    public func prefetchIndex(_ key: Key) { main.prefetchIndex(key) }
    public func prefetchEntry(_ key: Key) { main.prefetchEntry(key) }

    public func prefetchValue(_ key: Key) {
        guard let entry = main.handle(key.slot)?.first(key.hash) else { return }
        let layout = main.layout
        prefetch(layout.object(entry).address)
        if !layout.embedsKey { prefetch(layout.key(entry)) }
        if let next = layout.next(entry) { prefetch(next) }
    }

    public func prefetchPayload(_ key: Key) {
        guard let entry = main.handle(key.slot)?.first(key.hash) else { return }
        let layout = main.layout
        // A key that does not match here is further down the chain, which is its own line by now.
        if SDS.equal(layout.key(entry), key.bytes) {
            return layout.object(entry).prefetchString()
        }
        guard let next = layout.next(entry) else { return }
        prefetch(layout.object(next).address)
        if !layout.embedsKey { prefetch(layout.key(next)) }
    }
}

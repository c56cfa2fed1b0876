// The chains of a set's dict (7.2 and 8.0), which has keys and nothing else.
//
//     head → sds                            one member: the head is its string's address
//     head → [key 8][next 8] → … → sds      more: the second and later ones brought a link
//                                             ^ the member that was there first still has none
//
// An entry is the address of a string, or of a link of 16 bytes. Blocks lie on multiples of eight
// and the headers of strings are 1, 3, 5, 9 or 17 bytes, so that strings have odd addresses and
// links even ones: the lowest bit tells.
//
// Credits: dict.c of Redis 7.2 (`no_value`, `keys_are_odd`; Viktor Söderqvist).

struct BareMembers: ChainLayout {
    static let linkSize = 16

    static func isLink(_ entry: ChainedDict.Entry) -> Bool { UInt(bitPattern: entry) & 1 == 0 }

    func key(_ entry: ChainedDict.Entry) -> UnsafeMutableRawPointer {
        Self.isLink(entry) ? entry.loadPointer(0).unsafelyUnwrapped : entry
    }

    func next(_ entry: ChainedDict.Entry) -> ChainedDict.Entry? {
        Self.isLink(entry) ? entry.loadPointer(8) : nil
    }

    func setNext(_ entry: ChainedDict.Entry, _ next: ChainedDict.Entry?) {
        entry.storePointer(next, 8)
    }

    /// A member alone in its chain needs no link, and one that comes before others does.
    func linked(
        _ entry: ChainedDict.Entry, before next: ChainedDict.Entry?,
        _ slab: inout Slab
    ) -> ChainedDict.Entry {
        guard let next else { return unlinked(entry, &slab) }
        if Self.isLink(entry) {
            setNext(entry, next)
            return entry
        }
        let link = slab.allocate(Self.linkSize)
        link.storePointer(entry, 0)
        setNext(link, next)
        return link
    }

    /// The string of an entry without its link, which is freed.
    func unlinked(_ entry: ChainedDict.Entry, _ slab: inout Slab) -> UnsafeMutableRawPointer {
        let key = key(entry)
        if Self.isLink(entry) { slab.free(entry, Self.linkSize) }
        return key
    }
}

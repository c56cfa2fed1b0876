// Where the hash of an entry comes from that a table moves: keys of our own objects are hashed here;
// behind hashmark_table.h the host is asked, for only it knows its function and its seed.
import CTable

enum EntryHashes: Sendable {
    /// An object of ours, hashed here.
    case computed(KeyHasher)
    /// An entry of the host's, of which it tells the hash: an index.
    case ofHostsEntry(HashingHost)
    /// An object of ours, whose key the host hashes: a store.
    case ofKeyByHost(HashingHost)

    func hash(of entry: UnsafeMutableRawPointer) -> UInt64 {
        switch self {
        case .computed(let hasher): return hasher.hash(KeyedObject(address: entry).key)
        case .ofHostsEntry(let host): return host.hash(of: KeyedObject(address: entry).entry)
        case .ofKeyByHost(let host): return host.hash(KeyedObject(address: entry).key)
        }
    }
}

/// The host of a table that is behind its own C face. It outlives the table.
struct HashingHost: @unchecked Sendable {
    let face: UnsafePointer<hashmark_host>

    func hash(of entry: UInt64) -> UInt64 {
        face.pointee.hash.unsafelyUnwrapped(face.pointee.context, entry)
    }

    func hash(_ key: Bytes) -> UInt64 {
        face.pointee.hash_key.unsafelyUnwrapped(face.pointee.context, key.address, key.count)
    }
}

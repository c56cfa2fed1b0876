// Where the hash of an entry comes from that a table behind hashmark_table.h moves: the host is
// asked, for only it knows its function and its seed.
import CTable

enum EntryHashes: Sendable {
    /// An entry of the host's, of which it tells the hash: an index.
    case ofHostsEntry(HashingHost)
    /// An object of ours, whose key the host hashes: a store.
    case ofKeyByHost(HashingHost)

    func hash(of entry: UnsafeMutableRawPointer) -> UInt64 {
        switch self {
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

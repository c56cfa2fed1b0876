// From the bytes of a key to everything that is derived from them.
import RESP

struct KeyMaker {
    let hasher: KeyHasher
    /// Keys have a hash slot.
    let isCluster: Bool

    @inline(__always)
    func key(_ bytes: Bytes) -> Key {
        let slot = isCluster ? HashSlot.slot(of: bytes) : 0
        return Key(bytes: bytes, hash: hasher.hash(bytes), slot: slot)
    }
}

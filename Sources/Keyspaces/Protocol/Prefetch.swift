// Asking for memory ahead of its use.
import CIntrinsics

/// Asks for the cache line at `address`.
func prefetch(_ address: UnsafeRawPointer) {
    hashmark_prefetch(address)
}

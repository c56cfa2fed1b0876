// What tests share: counting allocations of a thread.
import CAllocationCounter

/// Heap allocations that `body` makes on the calling thread.
public func allocations(in body: () -> Void) -> Int {
    let slot = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    slot.initialize(to: 0)
    defer { slot.deallocate() }
    hashmark_count_allocations(slot)
    body()
    hashmark_count_allocations(nil)
    return Int(hashmark_read_allocations(slot))
}

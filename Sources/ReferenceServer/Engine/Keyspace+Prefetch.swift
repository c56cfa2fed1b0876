// Prefetching for a batch of requests.
import Keyspaces

extension Keyspace where Self: ~Copyable {
    /// The prefetch stages, one after the other over all keys. A function of the keyspace and not
    /// of the engine: there, each call copied the keyspace's 544 bytes onto the stack first,
    /// because it does not change it.
    @inline(never)
    func prefetch(_ batch: UnsafeMutablePointer<Request>, _ count: Int) {
        for index in 0..<count where batch[index].key.bytes.baseAddress != nil {
            prefetchIndex(batch[index].key)
        }
        for index in 0..<count where batch[index].key.bytes.baseAddress != nil {
            prefetchEntry(batch[index].key)
        }
        for index in 0..<count where batch[index].key.bytes.baseAddress != nil {
            prefetchValue(batch[index].key)
        }
        for index in 0..<count where batch[index].key.bytes.baseAddress != nil {
            prefetchPayload(batch[index].key)
        }
    }
}

// Bloom filters: what was added is found, and what was not is found at the error rate.
//
// An item that seems to be there already is not added, and so counts for nothing.

/// What BF.INFO and BF.CARD tell.
public struct BloomReport: Sendable {
    public let plan: BloomPlan
    /// Items that fit into the filters there are.
    public let capacity: Int64
    /// Items that were added.
    public let items: Int64
    public let filters: Int
    /// As valkey-bloom reckons them.
    public let bytes: Int
}

extension Collections {
    /// A filter without a key and without items, for a plan without a `fault`.
    public mutating func makeBloom(_ plan: BloomPlan) -> CollectionObject {
        let keys = plan.seed ?? (0..<4).map { _ in random.next() }
        return detached(.bloom, .bloom, BloomChain.make(plan, keys: keys, &slab).address)
    }

    /// True when the item was not there, as far as can be told; or why it does not fit.
    public mutating func add(
        item: Bytes, to filter: CollectionObject
    ) -> Result<Bool, BloomFault> {
        BloomChain(address: filter.payload).add(item, &slab)
    }

    /// Whether an item may have been added; false is certain.
    public func contains(item: Bytes, in filter: CollectionObject) -> Bool {
        BloomChain(address: filter.payload).contains(item)
    }

    /// What BF.INFO tells of a filter.
    public func report(of filter: CollectionObject) -> BloomReport {
        let chain = BloomChain(address: filter.payload)
        let items = chain.items
        return BloomReport(
            plan: chain.plan, capacity: items.capacity, items: items.added, filters: chain.count,
            bytes: chain.reckonedBytes)
    }
}

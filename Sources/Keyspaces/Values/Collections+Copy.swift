// Copies of collections, for COPY and SORT: the same elements in the same encoding.

extension Collections {
    /// A copy without a key: `Keyspace.put` gives it one.
    public mutating func copy(of collection: CollectionObject) -> CollectionObject {
        let payload: UnsafeMutableRawPointer
        switch collection.encoding {
        case .listpack: payload = Listpack(base: collection.payload).copy(&slab).base
        case .intset: payload = IntegerSet(base: collection.payload).copy(&slab).base
        case .quicklist: payload = copy(QuickList(address: collection.payload)).address
        case .skiplist: payload = copy(sortedSet(collection)).address
        case .bloom: payload = BloomChain(address: collection.payload).copy(&slab).address
        case .hashtable where collection.type == .hash: return copyFields(of: collection)
        case .hashtable: payload = copyMembers(of: collection).address
        }
        return detached(collection.type, collection.encoding, payload)
    }

    private mutating func copy(_ list: QuickList) -> QuickList {
        let copy = QuickList.make(&slab)
        var next = list.head
        while let node = next {
            next = node.next
            let block = slab.allocate(node.bytes)
            block.copyMemory(from: node.block, byteCount: node.bytes)
            let made = QuickList.Node.make(
                block, bytes: node.bytes, count: node.count, isPlain: node.isPlain, &slab)
            copy.link(made, behind: copy.tail)
            copy.changeCount(by: node.count)
        }
        return copy
    }

    private mutating func copy(_ set: SortedSet) -> SortedSet {
        let copy = SortedSet.make(traits, &slab)
        copy.table.expand(to: set.list.count, &slab)
        var next = set.list.first
        while let node = next {
            next = set.list.layout.next(node)
            copy.add(set.list.member(node), set.list.layout.score(node), &random, &slab)
        }
        return copy
    }

    private mutating func copyMembers(of set: CollectionObject) -> MemberTable {
        let source = traits.table(set.payload, .members)
        let copy = traits.makeTable(.members, &slab)
        copy.expand(to: source.count, &slab)
        source.forEachEntry { entry in
            let member = source.key(entry)
            copy.add(SDS.allocate(member, &slab), copy.makeKey(member), &slab)
        }
        return copy
    }

    private mutating func copyFields(of hash: CollectionObject) -> CollectionObject {
        let source = fields(hash)
        let packs = traits.packsFields
        let table = traits.makeTable(.fields, &slab)
        table.expand(to: source.count, &slab)
        let copy = detached(.hash, .hashtable, table.address)
        source.forEachEntry { entry in
            let field = HashField(entry: entry, isPacked: packs)
            let made: UnsafeMutableRawPointer
            if packs {
                let time = field.packed.expiry
                made =
                    PackedField.make(field.field, field.value, expiry: time, &slab).string
            } else {
                made = HashField.make(field.field, field.value, isPacked: false, &slab).entry
            }
            table.add(made, table.makeKey(field.field), &slab)
            joinExpiries(made, copy)
        }
        return copy
    }
}

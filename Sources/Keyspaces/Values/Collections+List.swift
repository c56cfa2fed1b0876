// Lists.
//
//     listpack     while it has 8,192 bytes at most, with what is being pushed
//     quicklist    `QuickList`; a listpack again when one node of at most 4,096 bytes is left
//
// These are the default limits (`ListLimit`).

import RESP

extension Collections {
    private var policy: QuickList.Policy {
        QuickList.Policy(hasPlainNodes: traits.hasPlainNodes, limit: limits.list)
    }

    /// Before a command adds elements of so many bytes together.
    public mutating func prepareList(
        _ list: CollectionObject, adding bytes: Int, elements: Int = 1
    ) {
        guard list.encoding == .listpack else { return }
        let listpack = Listpack(base: list.payload)
        guard
            limits.list.isExceeded(
                bytes: listpack.bytes + bytes, entries: listpack.count + elements)
        else { return }
        let quicklist = QuickList.make(&slab)
        let count = listpack.count
        if count > 0 {
            let node = QuickList.Node.make(
                listpack.base, bytes: listpack.bytes, count: count, isPlain: false, &slab)
            quicklist.link(node, behind: nil)
            quicklist.changeCount(by: count)
        } else {
            listpack.free(&slab)
        }
        list.set(.list, .quicklist, quicklist.address)
    }

    /// After a command that removed or replaced elements.
    public mutating func compact(list: CollectionObject) {
        guard list.encoding == .quicklist else { return }
        let quicklist = QuickList(address: list.payload)
        guard quicklist.nodes == 1, let node = quicklist.head,
            limits.list.isHalf(bytes: node.bytes, entries: node.count),
            let listpack = quicklist.dissolve(&slab)
        else { return }
        list.set(.list, .listpack, listpack.base)
    }

    // MARK: Ends

    /// `prepareList` comes before. The bytes may not be of this keyspace.
    public mutating func push(_ value: Bytes, to list: CollectionObject, atFront: Bool) {
        if list.encoding == .quicklist {
            let quicklist = QuickList(address: list.payload)
            return quicklist.push(value, atFront: atFront, policy, &slab)
        }
        var listpack = Listpack(base: list.payload)
        let offset = atFront ? Listpack.headerSize : listpack.endOffset
        listpack.insert(PackedEntry(value), at: offset, &slab)
        list.payload = listpack.base
    }

    /// Removes the first `count` elements, or the last. The list may be empty then.
    public mutating func removeEnd(_ count: Int, of list: CollectionObject, atFront: Bool) {
        guard count > 0 else { return }
        if list.encoding == .quicklist {
            return QuickList(address: list.payload).removeEnd(count, atFront: atFront, &slab)
        }
        var listpack = Listpack(base: list.payload)
        let length = listpack.count
        let most = min(count, length)
        if let offset = listpack.offset(of: atFront ? 0 : length - most) {
            listpack.remove(at: offset, entries: most, &slab)
        }
        list.payload = listpack.base
    }

    // MARK: Elements by index, negative from the end

    private func hasElement(_ index: Int, _ list: CollectionObject) -> Bool {
        let count = length(of: list)
        return index < count && index >= -count
    }

    /// The element at an index, from the end where it is negative; nil beyond either.
    public func element(_ index: Int, of list: CollectionObject) -> ValueView? {
        guard hasElement(index, list) else { return nil }
        if list.encoding == .quicklist {
            let place = QuickList(address: list.payload).place(of: index)
            return place.map { $0.node.value(at: $0.offset) }
        }
        let listpack = Listpack(base: list.payload)
        return listpack.offset(of: index).map { listpack.value(at: $0) }
    }

    /// False without such an element.
    public mutating func setElement(
        _ index: Int, of list: CollectionObject, to value: Bytes
    ) -> Bool {
        guard hasElement(index, list) else { return false }
        if list.encoding == .quicklist {
            let quicklist = QuickList(address: list.payload)
            guard let place = quicklist.place(of: index) else { return false }
            quicklist.replace(at: place, with: value, policy, &slab)
            return true
        }
        var listpack = Listpack(base: list.payload)
        guard let offset = listpack.offset(of: index) else { return false }
        listpack.replace(at: offset, with: PackedEntry(value), &slab)
        list.payload = listpack.base
        return true
    }

    /// Inserts beside the first element that is `pivot`; false without one.
    public mutating func insert(
        _ value: Bytes, beside pivot: Bytes, in list: CollectionObject, isAfter: Bool
    ) -> Bool {
        let entry = PackedEntry(pivot)
        if list.encoding == .quicklist {
            let quicklist = QuickList(address: list.payload)
            var place = quicklist.place(of: 0)
            while let this = place {
                if Self.isEqual(this.node.value(at: this.offset), entry) {
                    quicklist.insert(value, at: this, isAfter: isAfter, policy, &slab)
                    return true
                }
                place = quicklist.next(after: this)
            }
            return false
        }
        var listpack = Listpack(base: list.payload)
        guard let found = listpack.find(entry) else { return false }
        let offset = isAfter ? listpack.end(of: found) : found
        listpack.insert(PackedEntry(value), at: offset, &slab)
        list.payload = listpack.base
        return true
    }

    private static func isEqual(_ view: ValueView, _ entry: PackedEntry) -> Bool {
        switch view {
        case .integer(let integer): entry.integer == integer
        case .bytes(let bytes):
            // A plain element may spell an integer, too, with no form of its own for it.
            bytes.count == entry.bytes.count && bytes.elementsEqual(entry.bytes)
        }
    }

    /// Removes up to `limit` elements that are `value`, from the first on or from the last; how
    /// many those were. The list may be empty then.
    public mutating func removeElements(
        equalTo value: Bytes, of list: CollectionObject, limit: Int, reversed: Bool
    ) -> Int {
        let entry = PackedEntry(value)
        var indices: [Int] = []
        let count = length(of: list)
        forEachElement(of: list, 0..<count, reversed: reversed) { index, view in
            if Self.isEqual(view, entry) { indices.append(index) }
            return indices.count < limit
        }
        // From the last on: the indices of those before it stay.
        for index in indices.sorted(by: >) {
            if list.encoding == .quicklist {
                let quicklist = QuickList(address: list.payload)
                guard let place = quicklist.place(of: index) else { continue }
                quicklist.removeElement(at: place, &slab)
            } else {
                var listpack = Listpack(base: list.payload)
                guard let offset = listpack.offset(of: index) else { continue }
                listpack.remove(at: offset, &slab)
                list.payload = listpack.base
            }
        }
        return indices.count
    }

    /// Visits elements of a range of indices, from its first on or from its last, until `body` says
    /// false.
    public func forEachElement(
        of list: CollectionObject, _ range: Range<Int>, reversed: Bool = false,
        _ body: (_ index: Int, _ element: ValueView) -> Bool
    ) {
        guard !range.isEmpty else { return }
        var index = reversed ? range.upperBound - 1 : range.lowerBound
        let step = reversed ? -1 : 1
        if list.encoding == .quicklist {
            let quicklist = QuickList(address: list.payload)
            var place = quicklist.place(of: index)
            while range.contains(index), let this = place {
                guard body(index, this.node.value(at: this.offset)) else { return }
                place = reversed ? quicklist.previous(before: this) : quicklist.next(after: this)
                index += step
            }
            return
        }
        let listpack = Listpack(base: list.payload)
        var place = listpack.offset(of: index)
        while range.contains(index), let this = place {
            guard body(index, listpack.value(at: this)) else { return }
            place = reversed ? listpack.previous(before: this) : listpack.next(after: this)
            index += step
        }
    }
}

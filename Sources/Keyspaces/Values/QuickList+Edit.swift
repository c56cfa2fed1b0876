// Changes of quicklists: pushes, and inserts, removals and replacements where an element is.

extension QuickList {
    /// What a release does with an element that is too long for a node.
    struct Policy {
        let hasPlainNodes: Bool
        let limit: ListLimit

        func isPlain(_ length: Int) -> Bool { hasPlainNodes && limit.isLarge(length) }
    }

    func push(_ value: Bytes, atFront: Bool, _ policy: Policy, _ slab: inout Slab) {
        let end = atFront ? head : tail
        if let end, !policy.isPlain(value.count), end.hasRoom(for: value.count, policy.limit) {
            var list = end.listpack
            let offset = atFront ? Listpack.headerSize : list.endOffset
            list.insert(PackedEntry(value), at: offset, &slab)
            grow(end, list)
        } else {
            add(value, behind: atFront ? nil : tail, policy, &slab)
        }
    }

    /// A listpack of a node has one entry more.
    private func grow(_ node: Node, _ list: Listpack) {
        node.set(list)
        node.count += 1
        changeCount(by: 1)
    }

    /// Adds an element in a node of its own.
    private func add(
        _ value: Bytes, behind node: Node?, _ policy: Policy, _ slab: inout Slab
    ) {
        let isPlain = policy.isPlain(value.count)
        link(Self.makeNode(value, isPlain: isPlain, &slab), behind: node)
        changeCount(by: 1)
    }

    /// Inserts beside an element.
    func insert(
        _ value: Bytes, at place: Place, isAfter: Bool, _ policy: Policy, _ slab: inout Slab
    ) {
        let node = place.node
        if node.isPlain {
            return add(value, behind: isAfter ? node : node.previous, policy, &slab)
        }
        var list = node.listpack
        let offset = isAfter ? list.end(of: place.offset) : place.offset
        if !policy.isPlain(value.count), node.hasRoom(for: value.count, policy.limit) {
            list.insert(PackedEntry(value), at: offset, &slab)
            return grow(node, list)
        }
        if offset == Listpack.headerSize {
            return insertBetween(value, node.previous, policy, &slab)
        }
        if offset == list.endOffset { return insertBetween(value, node, policy, &slab) }
        split(node, at: offset, &slab)
        insertBetween(value, node, policy, &slab)
    }

    /// Inserts behind the last element of `node` (nil: before the first of all): into this node or
    /// the next one, if there is room in either.
    private func insertBetween(
        _ value: Bytes, _ node: Node?, _ policy: Policy, _ slab: inout Slab
    ) {
        let next = node == nil ? head : node?.next
        if !policy.isPlain(value.count) {
            if let node, node.hasRoom(for: value.count, policy.limit) {
                var list = node.listpack
                list.append(PackedEntry(value), &slab)
                return grow(node, list)
            }
            if let next, next.hasRoom(for: value.count, policy.limit) {
                var list = next.listpack
                list.insert(PackedEntry(value), at: Listpack.headerSize, &slab)
                return grow(next, list)
            }
        }
        add(value, behind: node, policy, &slab)
    }

    /// Moves what is from `offset` on to a new node behind this one.
    private func split(_ node: Node, at offset: Int, _ slab: inout Slab) {
        var left = node.listpack
        var right = Listpack.make(&slab)
        var place: Int? = offset
        var moved = 0
        while let this = place {
            left.value(at: this).withBytes { right.append(PackedEntry($0), &slab) }
            moved += 1
            place = left.next(after: this)
        }
        left.remove(at: offset, entries: moved, &slab)
        node.set(left)
        node.count -= moved
        link(
            Node.make(right.base, bytes: right.bytes, count: moved, isPlain: false, &slab),
            behind: node)
    }

    func replace(at place: Place, with value: Bytes, _ policy: Policy, _ slab: inout Slab) {
        guard !place.node.isPlain, !policy.isPlain(value.count) else {
            insert(value, at: place, isAfter: true, policy, &slab)
            // What came after it may have moved it: an entry's offset stays, its block may not.
            return removeElement(at: place, &slab)
        }
        var list = place.node.listpack
        list.replace(at: place.offset, with: PackedEntry(value), &slab)
        place.node.set(list)
    }

    /// Removes an element, and its node with the last.
    func removeElement(at place: Place, _ slab: inout Slab) {
        guard place.node.count > 1 else { return remove(place.node, &slab) }
        var list = place.node.listpack
        list.remove(at: place.offset, &slab)
        place.node.set(list)
        place.node.count -= 1
        changeCount(by: -1)
    }

    /// Removes the first `elements` elements, or the last, node by node where whole ones go.
    func removeEnd(_ elements: Int, atFront: Bool, _ slab: inout Slab) {
        var left = elements
        while left > 0, let node = atFront ? head : tail {
            guard node.count > left else {
                left -= node.count
                remove(node, &slab)
                continue
            }
            var list = node.listpack
            let from = atFront ? 0 : -left
            if let offset = list.offset(of: from) { list.remove(at: offset, entries: left, &slab) }
            node.set(list)
            node.count -= left
            changeCount(by: -left)
            left = 0
        }
    }
}

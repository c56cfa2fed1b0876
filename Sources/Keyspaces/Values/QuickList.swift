// Quicklists: long lists as a chain of listpacks.
//
//     list   [head 8][tail 8][count 8][nodes 8][options 8]
//     node   [previous 8][next 8][block 8][bytes 8][count 4│container 4]
//
//   - A push goes to the node at that end if its listpack then has at most 8,192 bytes
//     (`ListLimit`), with eight reckoned for what an entry takes besides its bytes; else to a new
//     node.
//   - From 8.0 on an element that no node could hold has one of its own, whose block is the element
//     (a plain node).
//
// Nodes are not compressed, as the servers have it by default.
//
// Credits: quicklist.c of Redis (Matt Stancliff).

/// A quicklist, by the address of its list.
struct QuickList {
    private static let listSize = 40
    /// What an entry is reckoned to take besides its bytes (SIZE_ESTIMATE_OVERHEAD).
    private static let entryOverhead = 8

    let address: UnsafeMutableRawPointer

    static func make(_ slab: inout Slab) -> QuickList {
        QuickList(address: slab.allocateZeroed(listSize))
    }

    /// Frees a list without nodes.
    func free(_ slab: inout Slab) { slab.free(address, Self.listSize) }

    /// A node, by its address.
    struct Node: Equatable {
        static let size = 40
        private static let plain: UInt32 = 1
        private static let packed: UInt32 = 2

        let address: UnsafeMutableRawPointer

        static func make(
            _ block: UnsafeMutableRawPointer, bytes: Int, count: Int, isPlain: Bool,
            _ slab: inout Slab
        ) -> Node {
            let node = Node(address: slab.allocateZeroed(size))
            node.address.storePointer(block, 16)
            node.bytes = bytes
            node.count = count
            node.address.storeBytes(of: isPlain ? plain : packed, toByteOffset: 36, as: UInt32.self)
            return node
        }

        private func node(_ offset: Int) -> Node? {
            address.loadPointer(offset).map { Node(address: $0) }
        }
        var previous: Node? {
            get { node(0) }
            nonmutating set { address.storePointer(newValue?.address, 0) }
        }
        var next: Node? {
            get { node(8) }
            nonmutating set { address.storePointer(newValue?.address, 8) }
        }
        /// Bytes of the listpack, or of the element.
        var bytes: Int {
            get { address.load(fromByteOffset: 24, as: Int.self) }
            nonmutating set { address.storeBytes(of: newValue, toByteOffset: 24, as: Int.self) }
        }
        var count: Int {
            get { Int(address.load(fromByteOffset: 32, as: UInt32.self)) }
            nonmutating set {
                address.storeBytes(of: UInt32(newValue), toByteOffset: 32, as: UInt32.self)
            }
        }
        /// The block is an element and no listpack.
        var isPlain: Bool { address.load(fromByteOffset: 36, as: UInt32.self) == Self.plain }

        var block: UnsafeMutableRawPointer { address.loadPointer(16).unsafelyUnwrapped }
        /// Only of a node that is not plain.
        var listpack: Listpack { Listpack(base: block) }
        /// Takes over what became of the listpack.
        func set(_ listpack: Listpack) {
            address.storePointer(listpack.base, 16)
            bytes = listpack.bytes
        }

        func value(at offset: Int) -> ValueView {
            isPlain ? .bytes(Bytes(start: block, count: bytes)) : listpack.value(at: offset)
        }

        /// Whether one more entry of `length` bytes may come.
        func hasRoom(for length: Int, _ limit: ListLimit) -> Bool {
            !isPlain
                && !limit.isExceeded(
                    bytes: bytes + length + QuickList.entryOverhead, entries: count + 1)
        }

        func free(_ slab: inout Slab) {
            slab.free(block, bytes)
            slab.free(address, Self.size)
        }
    }

    /// An element: its node, and its offset in the listpack.
    struct Place {
        let node: Node
        let offset: Int
    }

    private func node(_ offset: Int) -> Node? {
        address.loadPointer(offset).map { Node(address: $0) }
    }
    var head: Node? { node(0) }
    var tail: Node? { node(8) }
    private func setEnds(_ head: Node?, _ tail: Node?) {
        address.storePointer(head?.address, 0)
        address.storePointer(tail?.address, 8)
    }
    /// Elements.
    var count: Int { address.load(fromByteOffset: 16, as: Int.self) }
    func changeCount(by difference: Int) {
        address.storeBytes(of: count + difference, toByteOffset: 16, as: Int.self)
    }
    var nodes: Int { address.load(fromByteOffset: 24, as: Int.self) }
    private func changeNodes(by difference: Int) {
        address.storeBytes(of: nodes + difference, toByteOffset: 24, as: Int.self)
    }

    // MARK: Nodes

    /// Links a node behind another one; nil: at the front. Its elements are not counted.
    func link(_ node: Node, behind previous: Node?) {
        let next = previous == nil ? head : previous?.next
        node.previous = previous
        node.next = next
        previous?.next = node
        next?.previous = node
        setEnds(previous == nil ? node : head, next == nil ? node : tail)
        changeNodes(by: 1)
    }

    /// Unlinks and frees a node; its elements are no longer counted.
    func remove(_ node: Node, _ slab: inout Slab) {
        unlink(node)
        changeCount(by: -node.count)
        node.free(&slab)
    }

    private func unlink(_ node: Node) {
        let (previous, next) = (node.previous, node.next)
        previous?.next = next
        next?.previous = previous
        setEnds(head == node ? next : head, tail == node ? previous : tail)
        changeNodes(by: -1)
    }

    /// Frees the list and its only node, which is not plain; the node's listpack stays.
    func dissolve(_ slab: inout Slab) -> Listpack? {
        guard nodes == 1, let node = head, !node.isPlain else { return nil }
        let listpack = node.listpack
        slab.free(node.address, Node.size)
        free(&slab)
        return listpack
    }

    /// Frees up to about `limit` elements and, when none is left, the list; true then.
    func drain(limit: Int, _ slab: inout Slab) -> Bool {
        var freed = 0
        while freed < limit, let node = head {
            freed += node.count
            remove(node, &slab)
        }
        guard head == nil else { return false }
        free(&slab)
        return true
    }

    /// A node with one element.
    static func makeNode(_ value: Bytes, isPlain: Bool, _ slab: inout Slab) -> Node {
        if isPlain {
            let block = slab.allocate(value.count)
            block.copyMemory(from: value)
            return Node.make(block, bytes: value.count, count: 1, isPlain: true, &slab)
        }
        var listpack = Listpack.make(&slab)
        listpack.append(PackedEntry(value), &slab)
        return Node.make(
            listpack.base, bytes: listpack.bytes, count: 1, isPlain: false, &slab)
    }

    // MARK: Elements

    /// Where the element `index` places from the first is, or with a negative one from the last.
    func place(of index: Int) -> Place? {
        guard index < count, index >= -count else { return nil }
        let index = index < 0 ? index + count : index
        let fromHead = index < count / 2
        var node = fromHead ? head : tail
        var passed = fromHead ? 0 : count
        while let this = node {
            if fromHead {
                if index < passed + this.count { return place(in: this, index - passed) }
                passed += this.count
                node = this.next
            } else {
                passed -= this.count
                if index >= passed { return place(in: this, index - passed) }
                node = this.previous
            }
        }
        return nil
    }

    private func place(in node: Node, _ index: Int) -> Place? {
        if node.isPlain { return Place(node: node, offset: 0) }
        let middle = node.count / 2
        let offset = node.listpack.offset(of: index > middle ? index - node.count : index)
        return offset.map { Place(node: node, offset: $0) }
    }

    private func end(_ node: Node?, isLast: Bool) -> Place? {
        guard let node else { return nil }
        if node.isPlain { return Place(node: node, offset: 0) }
        let offset = isLast ? node.listpack.last : node.listpack.first
        return offset.map { Place(node: node, offset: $0) }
    }

    func next(after place: Place) -> Place? {
        if !place.node.isPlain, let offset = place.node.listpack.next(after: place.offset) {
            return Place(node: place.node, offset: offset)
        }
        return end(place.node.next, isLast: false)
    }

    func previous(before place: Place) -> Place? {
        if !place.node.isPlain, let offset = place.node.listpack.previous(before: place.offset) {
            return Place(node: place.node, offset: offset)
        }
        return end(place.node.previous, isLast: true)
    }

    // MARK: Reports

    /// Adds all allocations.
    func recount(_ tally: inout Tally) {
        tally.add(Self.listSize)
        var next = head
        while let node = next {
            next = node.next
            tally.add(Node.size)
            tally.add(node.bytes)
        }
    }

    func violations() -> [String] {
        var found: [String] = []
        var (elements, nodes) = (0, 0)
        var previous: Node?
        var next = head
        while let node = next {
            elements += node.count
            nodes += 1
            if node.previous != previous { found.append("quicklist: a back link is wrong") }
            if !node.isPlain {
                found += node.listpack.violations()
                if node.count != node.listpack.count || node.bytes != node.listpack.bytes {
                    found.append("quicklist: a node has another size than it says")
                }
            }
            if node.count == 0 { found.append("quicklist: an empty node") }
            previous = node
            next = node.next
        }
        if elements != count || nodes != self.nodes || tail != previous {
            found.append("quicklist: \(count) elements accounted, \(elements) found")
        }
        return found
    }
}

// The skiplist of a sorted set: nodes in the order of their scores, and of their members where
// scores are equal.
//
//     up to 8.1   list [header 8][tail 8][count 8][levels 8] ─▶ header node of 32 links
//     9.1         list [count 8][tail 8][next 8│levels 8][next 8│span 8]…   the header is the list
//
//     header ──3──────────▶ c ──────▶ ∅      spans count the nodes that a link passes, so that a
//     header ──1─▶ a ─▶ b ─▶ c ─▶ d ─▶ ∅     rank is the sum along the way
//
// Invariants (`violations`): the order; spans; `count`; back links; every node on all levels up to
// its height.

import Glibc

/// A node with the place that the list gives it: score, then member.
struct SkipPlace {
    let score: Double
    let member: Bytes

    static func compare(_ one: Bytes, _ other: Bytes) -> Int {
        let shared = min(one.count, other.count)
        if shared > 0, let a = one.baseAddress, let b = other.baseAddress {
            let order = memcmp(a, b, shared)
            if order != 0 { return Int(order) }
        }
        return one.count - other.count
    }
}

struct SkipList {
    typealias Node = UnsafeMutableRawPointer
    private static let listSize = 32

    let address: UnsafeMutableRawPointer
    let layout: SkipNodeLayout

    static func make(_ layout: SkipNodeLayout, _ slab: inout Slab) -> SkipList {
        let header = slab.allocateZeroed(layout.headerSize)
        guard !layout.embedsMember else {
            let list = SkipList(address: header, layout: layout)
            list.setLevels(1)
            return list
        }
        let address = slab.allocateZeroed(listSize)
        address.storePointer(header, 0)
        let list = SkipList(address: address, layout: layout)
        list.setLevels(1)
        return list
    }

    /// Frees a list without nodes.
    func free(_ slab: inout Slab) {
        if !layout.embedsMember {
            slab.free(header, layout.headerSize)
            slab.free(address, Self.listSize)
        } else {
            slab.free(address, layout.headerSize)
        }
    }

    var header: Node { layout.embedsMember ? address : address.loadPointer(0).unsafelyUnwrapped }
    private var countOffset: Int { layout.embedsMember ? 0 : 16 }
    var count: Int { address.load(fromByteOffset: countOffset, as: Int.self) }
    private func setCount(_ count: Int) {
        address.storeBytes(of: count, toByteOffset: countOffset, as: Int.self)
    }
    /// Levels in use.
    private var levels: Int {
        layout.embedsMember
            ? layout.height(address) : address.load(fromByteOffset: 24, as: Int.self)
    }
    private func setLevels(_ levels: Int) {
        if layout.embedsMember {
            layout.setHeight(address, levels)
        } else {
            address.storeBytes(of: levels, toByteOffset: 24, as: Int.self)
        }
    }

    var first: Node? { layout.next(header) }
    var last: Node? { address.loadPointer(8) }
    private func setLast(_ node: Node?) { address.storePointer(node, 8) }

    func member(_ node: Node) -> Bytes { SDS.bytes(layout.member(node)) }

    private func isBefore(_ node: Node, _ place: SkipPlace) -> Bool {
        let score = layout.score(node)
        if score != place.score { return score < place.score }
        return SkipPlace.compare(member(node), place.member) < 0
    }

    // MARK: Ways through the list

    /// The last node of a level before a place, and how many nodes are up to it.
    struct Step {
        var node: Node
        var rank: Int
    }

    /// Calls `body` with the way to behind the last node for which `isBefore` holds: a step for
    /// every level.
    private func withWay<R>(
        _ isBefore: (Node) -> Bool, _ body: (UnsafeMutableBufferPointer<Step>) -> R
    ) -> R {
        withUnsafeTemporaryAllocation(of: Step.self, capacity: SkipNodeLayout.heightMax) { way in
            var step = Step(node: header, rank: 0)
            for level in stride(from: levels - 1, through: 0, by: -1) {
                while let next = layout.next(step.node, level), isBefore(next) {
                    step.rank &+= layout.span(step.node, level)
                    step.node = next
                }
                (way.baseAddress.unsafelyUnwrapped + level).initialize(to: step)
            }
            return body(way)
        }
    }

    private func withWay(
        to place: SkipPlace, _ body: (UnsafeMutableBufferPointer<Step>) -> Void
    ) {
        withWay({ isBefore($0, place) }, body)
    }

    /// How many nodes come before the first for which `isBefore` does not hold, which all before it
    /// must and none behind it may.
    func rank(_ isBefore: (Node) -> Bool) -> Int { withWay(isBefore) { $0[0].rank } }

    /// How many nodes come before `node`.
    func rank(of node: Node) -> Int {
        let place = SkipPlace(score: layout.score(node), member: member(node))
        return rank { isBefore($0, place) }
    }

    /// The node with `rank` nodes before it.
    func node(at rank: Int) -> Node? {
        guard rank >= 0, rank < count else { return nil }
        var node = header
        var left = rank + 1
        for level in stride(from: levels - 1, through: 0, by: -1) {
            while let next = layout.next(node, level), layout.span(node, level) <= left {
                left -= layout.span(node, level)
                node = next
            }
            if left == 0 { return node }
        }
        return nil
    }

    // MARK: Changing

    /// A height: one more with a probability of a quarter each (ZSKIPLIST_P).
    static func drawHeight(_ random: inout KeyspaceRandom) -> Int {
        var height = 1
        while height < SkipNodeLayout.heightMax, random.below(4) == 0 { height += 1 }
        return height
    }

    /// Puts a node in its place.
    func insert(_ node: Node) {
        let place = SkipPlace(score: layout.score(node), member: member(node))
        let height = layout.height(node)
        withWay(to: place) { way in
            let base = way.baseAddress.unsafelyUnwrapped
            for level in levels..<max(height, levels) {
                (base + level).initialize(to: Step(node: header, rank: 0))
                layout.setSpan(header, level, count)
            }
            if height > levels { setLevels(height) }
            link(node, height, way)
        }
    }

    private func link(_ node: Node, _ height: Int, _ way: UnsafeMutableBufferPointer<Step>) {
        let rank = way[0].rank
        for level in 0..<height {
            let before = way[level].node
            let passed = rank &- way[level].rank
            layout.setSpan(node, level, layout.span(before, level) &- passed)
            layout.setSpan(before, level, passed &+ 1)
            layout.setNext(node, level, layout.next(before, level))
            layout.setNext(before, level, node)
        }
        for level in height..<max(levels, height) {
            let before = way[level].node
            layout.setSpan(before, level, layout.span(before, level) &+ 1)
        }
        layout.setBack(node, way[0].node == header ? nil : way[0].node)
        if let next = layout.next(node) { layout.setBack(next, node) } else { setLast(node) }
        setCount(count &+ 1)
    }

    /// Takes a node out; it is the caller's then.
    func remove(_ node: Node) {
        let place = SkipPlace(score: layout.score(node), member: member(node))
        withWay(to: place) { way in
            for level in 0..<levels {
                let before = way[level].node
                let span = layout.span(before, level)
                if layout.next(before, level) == node {
                    layout.setSpan(before, level, span &+ layout.span(node, level) &- 1)
                    layout.setNext(before, level, layout.next(node, level))
                } else {
                    layout.setSpan(before, level, span &- 1)
                }
            }
        }
        let back = layout.back(node)
        if let next = layout.next(node) { layout.setBack(next, back) } else { setLast(back) }
        while levels > 1, layout.next(header, levels - 1) == nil { setLevels(levels - 1) }
        setCount(count &- 1)
    }

    /// Gives a node another score, and with it another place where it needs one.
    func setScore(_ node: Node, _ score: Double) {
        let place = SkipPlace(score: score, member: member(node))
        let isBehindBack = layout.back(node).map { isBefore($0, place) } ?? true
        let isBeforeNext = layout.next(node).map { !isBefore($0, place) } ?? true
        guard !isBehindBack || !isBeforeNext else { return layout.setScore(node, score) }
        remove(node)
        layout.setScore(node, score)
        insert(node)
    }

    // MARK: Reports

    func forEachNode(_ body: (Node) -> Void) {
        var place = first
        while let node = place {
            place = layout.next(node)
            body(node)
        }
    }

    /// Adds the list's own allocations, those of its nodes apart.
    func recount(_ tally: inout Tally) {
        tally.add(layout.headerSize)
        if !layout.embedsMember { tally.add(Self.listSize) }
    }

    /// Takes nodes from the front off, for `body` to free, until `limit` are; true when none is
    /// left. Only the lowest level is kept up: the list is only good to be drained further.
    func drain(limit: Int, _ slab: inout Slab) -> Bool {
        for _ in 0..<limit {
            guard let node = first else { return true }
            layout.setNext(header, 0, layout.next(node))
            layout.free(node, &slab)
        }
        return first == nil
    }

    func violations() -> [String] {
        var found: [String] = []
        var ranks: [Node: Int] = [:]
        var before: Node?
        forEachNode { node in
            ranks[node] = ranks.count + 1
            if layout.back(node) != before { found.append("skiplist: a back link is wrong") }
            if let before {
                let place = SkipPlace(score: layout.score(node), member: member(node))
                if !isBefore(before, place) { found.append("skiplist: nodes out of order") }
            }
            before = node
        }
        if last != before || count != ranks.count {
            found.append("skiplist: \(count) nodes accounted, \(ranks.count) found")
        }
        for level in 0..<levels {
            var node = header
            var rank = 0
            while let next = layout.next(node, level) {
                rank += layout.span(node, level)
                if ranks[next] != rank || layout.height(next) <= level {
                    found.append("skiplist: a span of level \(level) is wrong")
                }
                node = next
            }
        }
        return found
    }
}

// The nodes of a sorted set's skiplist, by release.
//
//     up to 8.1   [member 8][score 8][back 8][next 8│span 8]…           the member's string apart
//     9.1         [score 8][back 8][next 8│span 8]…[k][member sds]      in one allocation
//
//     k   size of the string's header
//
// A span counts the nodes that a link passes. On the lowest level that is always one, and the field
// holds the node's height instead (as in the servers from 8.1 on): a node describes its own size.
//
// Credits: William Pugh's skip lists (1990), as t_zset.c of Redis and Valkey has them.

struct SkipNodeLayout {
    /// 9.1.
    let embedsMember: Bool

    /// Links of the header (ZSKIPLIST_MAXLEVEL).
    static let heightMax = 32

    typealias Node = UnsafeMutableRawPointer

    private var scoreOffset: Int { embedsMember ? 0 : 8 }
    private var backOffset: Int { embedsMember ? 8 : 16 }
    /// Bytes before the links.
    var fixedSize: Int { embedsMember ? 16 : 24 }

    private func link(_ level: Int) -> Int { fixedSize &+ level &* 16 }

    // MARK: Fields

    func score(_ node: Node) -> Double {
        node.load(fromByteOffset: scoreOffset, as: Double.self)
    }
    func setScore(_ node: Node, _ score: Double) {
        node.storeBytes(of: score, toByteOffset: scoreOffset, as: Double.self)
    }

    func back(_ node: Node) -> Node? { node.loadPointer(backOffset) }
    func setBack(_ node: Node, _ back: Node?) { node.storePointer(back, backOffset) }

    func next(_ node: Node, _ level: Int = 0) -> Node? { node.loadPointer(link(level)) }
    func setNext(_ node: Node, _ level: Int, _ next: Node?) {
        node.storePointer(next, link(level))
    }

    func span(_ node: Node, _ level: Int) -> Int {
        guard level > 0 else { return next(node) == nil ? 0 : 1 }
        return node.load(fromByteOffset: link(level) &+ 8, as: Int.self)
    }
    func setSpan(_ node: Node, _ level: Int, _ span: Int) {
        guard level > 0 else { return }
        node.storeBytes(of: span, toByteOffset: link(level) &+ 8, as: Int.self)
    }

    /// Links of the node.
    func height(_ node: Node) -> Int { node.load(fromByteOffset: link(0) &+ 8, as: Int.self) }
    func setHeight(_ node: Node, _ height: Int) {
        node.storeBytes(of: height, toByteOffset: link(0) &+ 8, as: Int.self)
    }

    /// The member's string.
    func member(_ node: Node) -> UnsafeMutableRawPointer {
        guard embedsMember else { return node.loadPointer(0).unsafelyUnwrapped }
        let offset = link(height(node))
        return node + (offset &+ 1 &+ Int(node.load(fromByteOffset: offset, as: UInt8.self)))
    }

    // MARK: Life of a node

    /// Bytes of a node; a separate member's string apart.
    private func size(height: Int, memberLength length: Int) -> Int {
        guard embedsMember else { return link(height) }
        let header = SDS.embeddedHeaderSize(length)
        return link(height) &+ 1 &+ header &+ length &+ SDS.terminatorSize
    }

    func make(_ member: Bytes, _ score: Double, height: Int, _ slab: inout Slab) -> Node {
        let node = slab.allocate(size(height: height, memberLength: member.count))
        setHeight(node, height)
        setScore(node, score)
        if embedsMember {
            let offset = link(height)
            let header = SDS.embeddedHeaderSize(member.count)
            node.storeBytes(of: UInt8(header), toByteOffset: offset, as: UInt8.self)
            SDS.write(member, header: header, at: node + (offset &+ 1))
        } else {
            node.storePointer(SDS.allocate(member, &slab), 0)
        }
        return node
    }

    func free(_ node: Node, _ slab: inout Slab) {
        let member = member(node)
        let size = size(height: height(node), memberLength: SDS.length(member))
        if !embedsMember { SDS.free(member, &slab) }
        slab.free(node, size)
    }

    /// Adds the allocations of a node.
    func add(_ node: Node, to tally: inout Tally) {
        let length = SDS.length(member(node))
        tally.add(size(height: height(node), memberLength: length))
        if !embedsMember { tally.add(SDS.size(length)) }
    }

    /// Bytes of a header, which has all links and no member.
    var headerSize: Int { link(Self.heightMax) }
}

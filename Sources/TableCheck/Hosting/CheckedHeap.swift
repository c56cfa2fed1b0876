// The memory that a table gets from the host, every block watched:
//
//     ┌─────────┬──────────────────┬────────┐
//     │ 0xC5 …  │ the table's      │ 0xC5 … │   the edges are looked at when it comes back, and
//     └─────────┴──────────────────┴────────┘   when everything is verified
//                0xA5 at first, 0xDD when released: it is kept a while, and must stay so
//
// Of a table that the address sanitizer watches, blocks are plain ones, so that it sees where they
// end.
import Glibc

struct CheckedHeap {
    private struct Block {
        var base: UnsafeMutableRawPointer
        var memory: UnsafeMutableRawPointer
        var bytes: Int
        var alignment: Int
        /// How much lies before and behind it.
        var edge: Int
    }

    private static let edgeByte: UInt8 = 0xc5
    private static let freshByte: UInt8 = 0xa5
    private static let releasedByte: UInt8 = 0xdd
    /// A whole vector register past the end.
    private static let leastEdge = 64
    /// Released blocks that are kept to see whether they are written to.
    private static let keptBytes = 16 << 20
    private static let keptBlocks = 4_096

    private let isPlain: Bool
    private var live: [UInt: Block] = [:]
    private var kept: [Block] = []
    private var firstKept = 0
    private var keptNow = 0
    private var keptAddresses: Set<UInt> = []
    private(set) var heldBytes = 0
    /// The first that came up.
    private(set) var finding: TableFinding?

    /// - Parameter isPlain: without edges, for the address sanitizer.
    init(isPlain: Bool) { self.isPlain = isPlain }

    mutating func note(_ name: String, _ text: String) {
        if finding == nil { finding = TableFinding(name, text) }
    }

    /// Nil where there is no more memory, or more than `most` would be held.
    mutating func allocate(
        _ bytes: Int, _ alignment: Int, most: Int
    ) -> UnsafeMutableRawPointer? {
        let isSound = alignment > 0 && alignment <= 4_096 && alignment & (alignment - 1) == 0
        if bytes <= 0 || !isSound {
            note(
                "bad-request",
                "allocate was called with \(bytes) bytes and an alignment of \(alignment); bytes "
                    + "are more than 0, an alignment is a power of two up to 4096")
        }
        let size = max(bytes, 1)
        guard size <= most - heldBytes else { return nil }
        let aligned = isSound ? max(alignment, 16) : 16
        let edge = isPlain ? 0 : max(aligned, Self.leastEdge)
        var base: UnsafeMutableRawPointer?
        guard posix_memalign(&base, aligned, edge + size + edge) == 0, let base else { return nil }
        let memory = base + edge
        memset(base, CInt(Self.edgeByte), edge)
        memset(memory + size, CInt(Self.edgeByte), edge)
        if isPlain {
            keptAddresses.remove(UInt(bitPattern: memory))
        } else {
            memset(memory, CInt(Self.freshByte), size)
        }
        live[UInt(bitPattern: memory)] = Block(
            base: base, memory: memory, bytes: size, alignment: alignment, edge: edge)
        heldBytes += size
        return memory
    }

    mutating func release(_ memory: UnsafeMutableRawPointer, _ bytes: Int, _ alignment: Int) {
        let address = UInt(bitPattern: memory)
        guard let block = live.removeValue(forKey: address) else {
            if keptAddresses.contains(address) {
                note("double-free", "release was called twice for one block of \(bytes) bytes")
            } else {
                note(
                    "foreign-pointer",
                    "release was called for \(bytes) bytes that allocate did not return")
            }
            return
        }
        heldBytes -= block.bytes
        if block.bytes != bytes {
            note(
                "wrong-size",
                "a block of \(block.bytes) bytes was released as one of \(bytes); `bytes` are as "
                    + "they were asked for")
        }
        if block.alignment != alignment {
            note(
                "wrong-alignment",
                "a block with an alignment of \(block.alignment) was released with \(alignment); "
                    + "`alignment` is as it was asked for")
        }
        lookAtEdges(of: block)
        if isPlain {
            // The sanitizer keeps it; only that it was there once is remembered.
            keptAddresses.insert(address)
            return free(block.base)
        }
        memset(block.memory, CInt(Self.releasedByte), block.bytes)
        keep(block, address)
    }

    private mutating func keep(_ block: Block, _ address: UInt) {
        kept.append(block)
        keptAddresses.insert(address)
        keptNow += block.bytes
        while keptNow > Self.keptBytes || kept.count - firstKept > Self.keptBlocks {
            let oldest = kept[firstKept]
            lookAtRest(of: oldest)
            keptNow -= oldest.bytes
            keptAddresses.remove(UInt(bitPattern: oldest.memory))
            free(oldest.base)
            firstKept += 1
        }
        if firstKept > Self.keptBlocks {
            kept.removeFirst(firstKept)
            firstKept = 0
        }
    }

    // MARK: Verification

    /// Looks at the edges of all that is held, and at what was released lately.
    mutating func verify() {
        for block in live.values { lookAtEdges(of: block) }
        for block in kept[firstKept...] { lookAtRest(of: block) }
    }

    /// After a table is destroyed: nothing is held any more.
    mutating func requireNothing(after what: String) {
        verify()
        guard !live.isEmpty else { return }
        let sizes = live.values.map(\.bytes).sorted(by: >)
        let shown = sizes.prefix(3).map { "\($0)" }.joined(separator: ", ")
        note(
            "leak",
            "after \(what) \(sizes.count) allocations with \(heldBytes) bytes are still held, of "
                + "\(shown)\(sizes.count > 3 ? ", …" : "") bytes")
    }

    /// Gives everything back, whoever forgot it.
    mutating func clear() {
        for block in live.values { free(block.base) }
        for block in kept[firstKept...] { free(block.base) }
        self = CheckedHeap(isPlain: isPlain)
    }

    private mutating func lookAtEdges(of block: Block) {
        guard block.edge > 0 else { return }
        // Of a large alignment only what lies next to the block.
        let near = block.memory - Self.leastEdge
        if Self.isChanged(near, Self.leastEdge, Self.edgeByte) {
            note("underrun", "bytes before a block of \(block.bytes) bytes were written to")
        }
        if Self.isChanged(block.memory + block.bytes, Self.leastEdge, Self.edgeByte) {
            note("overrun", "bytes behind a block of \(block.bytes) bytes were written to")
        }
    }

    private mutating func lookAtRest(of block: Block) {
        if Self.isChanged(block.memory, block.bytes, Self.releasedByte) {
            note("write-after-release", "a block of \(block.bytes) bytes was written to after that")
        }
    }

    /// Whether a byte is not what all of them should be.
    private static func isChanged(
        _ memory: UnsafeMutableRawPointer, _ count: Int, _ byte: UInt8
    ) -> Bool {
        guard count > 0 else { return false }
        if memory.load(as: UInt8.self) != byte { return true }
        // All are equal when each equals the one before it.
        return memcmp(memory, memory + 1, count - 1) != 0
    }
}

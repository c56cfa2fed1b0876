// Slots of one size without a header and almost without holes, in spans that double.
//
//     span 0  [▣▣▣▣▢▣▣▣]     64 KiB or a little less; each next one is as long as all before it,
//     span 1  [▣▣▣▣▣···]     mapped when it is reached, and touched as it fills
//                  ▲ end     holes: indices of up to eight free slots before the end
//
// A slot that is freed becomes a hole, for the next slot wanted; with eight of them, or one for 32
// slots of a small vector, the last slot moves into it instead, and who refers to that one has to
// be told. So what a vector holds is what it needs and one part in 32 more at most, whatever was
// freed before: there is no fragmentation that a change of sizes leaves behind.
//
// Its account is the slots up to the end, holes included. The pages behind the end that it has
// touched it gives back, but for 8 to 16 KiB of them and the addresses of one more span.
//
// Invariants (`violations`): holes are different slots before the last.

import Glibc

struct DenseVector {
    private struct State {
        var size: Int
        /// Slots up to the end, holes included.
        var count = 0
        var holes = 0
        /// The first span has 2^k slots.
        var firstBits: Int
    }

    /// A slot that has moved.
    struct Move {
        let from: UnsafeMutableRawPointer
        let to: UnsafeMutableRawPointer
        let oldIndex: Int
        let newIndex: Int
    }

    private static let firstSpanBytes = 64 << 10
    private static let holesMax = 8
    /// Slots for each hole of a small vector.
    private static let slotsPerHole = 32
    /// 64 KiB doubled so often are more than an address space.
    private static let spansMax = 28
    /// Pages are given back in steps of this: a hundred vectors that each kept much more would
    /// count, and an end that moves to and fro by a page would cost a system call each time.
    private static let step = 8 << 10

    private static let holesAt = MemoryLayout<State>.stride
    private static let spansAt = holesAt + holesMax * MemoryLayout<UInt32>.stride
    /// Of the vector itself, in the slab.
    static let bytes = spansAt + spansMax * MemoryLayout<UnsafeMutableRawPointer?>.stride

    let address: UnsafeMutableRawPointer

    private var state: UnsafeMutablePointer<State> { address.assumingMemoryBound(to: State.self) }
    private var holes: UnsafeMutablePointer<UInt32> {
        (address + Self.holesAt).assumingMemoryBound(to: UInt32.self)
    }
    private var spans: UnsafeMutablePointer<UnsafeMutableRawPointer?> {
        (address + Self.spansAt).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
    }

    static func make(size: Int, _ slab: inout Slab) -> DenseVector {
        let address = slab.allocateZeroed(bytes)
        let fitting = firstSpanBytes / size
        let firstBits = Int.bitWidth - 1 - max(fitting, 1).leadingZeroBitCount
        address.bindMemory(to: State.self, capacity: 1)
            .initialize(to: State(size: size, firstBits: firstBits))
        (address + holesAt).bindMemory(to: UInt32.self, capacity: holesMax)
            .initialize(repeating: 0, count: holesMax)
        (address + spansAt).bindMemory(to: UnsafeMutableRawPointer?.self, capacity: spansMax)
            .initialize(repeating: nil, count: spansMax)
        return DenseVector(address: address)
    }

    var size: Int { state.pointee.size }
    /// Slots up to the end, holes included.
    var count: Int { state.pointee.count }
    var holeCount: Int { state.pointee.holes }

    // MARK: Addresses

    @inline(__always)
    private func span(of index: Int) -> Int {
        max(Int.bitWidth &- index.leadingZeroBitCount &- state.pointee.firstBits, 0)
    }

    private func start(_ span: Int) -> Int {
        span == 0 ? 0 : 1 &<< (state.pointee.firstBits &+ span &- 1)
    }

    private func slots(_ span: Int) -> Int {
        1 &<< (state.pointee.firstBits &+ max(span &- 1, 0))
    }

    private func spanBytes(_ span: Int) -> Int {
        (slots(span) &* size &+ Pages.size &- 1) & ~(Pages.size &- 1)
    }

    @inline(__always)
    func slot(_ index: Int) -> UnsafeMutableRawPointer {
        let span = span(of: index)
        return spans[span].unsafelyUnwrapped + (index &- start(span)) &* size
    }

    /// The index of a slot by its address; only for one that there is.
    func index(of slot: UnsafeMutableRawPointer) -> Int {
        // Half of all slots are in the last span.
        var span = span(of: max(count &- 1, 0))
        while span > 0 {
            if let base = spans[span], slot >= base, slot < base + spanBytes(span) { break }
            span &-= 1
        }
        return start(span) &+ (slot - spans[span].unsafelyUnwrapped) / size
    }

    // MARK: Slots

    /// A slot that holds nothing.
    func allocate(_ account: inout MemoryReport) -> Int {
        if state.pointee.holes > 0 {
            state.pointee.holes &-= 1
            return Int(holes[state.pointee.holes])
        }
        let index = count
        let span = span(of: index)
        if spans[span] == nil { spans[span] = Pages.mapDense(spanBytes(span)) }
        state.pointee.count &+= 1
        account.allocated &+= size
        return index
    }

    /// Gives up the slot at `index`; returns the one that took its place, if one did.
    func release(_ index: Int, _ account: inout MemoryReport) -> Move? {
        let last = count &- 1
        if index == last {
            shorten(&account)
            return nil
        }
        let holeCount = state.pointee.holes
        if holeCount < min(Self.holesMax, count / Self.slotsPerHole) {
            holes[holeCount] = UInt32(truncatingIfNeeded: index)
            state.pointee.holes = holeCount &+ 1
            return nil
        }
        let move = Move(from: slot(last), to: slot(index), oldIndex: last, newIndex: index)
        memcpy(move.to, move.from, size)
        shorten(&account)
        return move
    }

    /// Takes the last slot away, and holes that then come last.
    private func shorten(_ account: inout MemoryReport) {
        repeat {
            state.pointee.count &-= 1
            account.allocated &-= size
            giveBack(behind: count)
        } while removeHole(count &- 1)
    }

    private func removeHole(_ index: Int) -> Bool {
        for place in 0..<state.pointee.holes where Int(holes[place]) == index {
            state.pointee.holes &-= 1
            holes[place] = holes[state.pointee.holes]
            return true
        }
        return false
    }

    /// The end has come down to `index`.
    private func giveBack(behind index: Int) {
        let span = span(of: index)
        let offset = (index &- start(span)) &* size
        guard let base = spans[span] else { return }
        if offset == 0, span &+ 1 < Self.spansMax, let above = spans[span &+ 1] {
            Pages.unmap(above, spanBytes(span &+ 1))
            spans[span &+ 1] = nil
        }
        let first = kept(offset)
        let end = min(kept(offset &+ size), spanBytes(span))
        if first < end { Pages.giveBack(base + first, end &- first) }
    }

    /// Bytes of a span whose pages stay while it is used up to `offset`.
    private func kept(_ offset: Int) -> Int {
        ((offset &+ Self.step &- 1) & ~(Self.step &- 1)) &+ Self.step
    }

    /// Gives all memory back, the vector's own included.
    func destroy(_ memory: inout CompactMemory) {
        unmap()
        memory.mapped.allocated -= count * size
        memory.slab.free(address, Self.bytes)
    }

    func unmap() {
        for span in 0..<Self.spansMax {
            if let base = spans[span] { Pages.unmap(base, spanBytes(span)) }
        }
    }

    // MARK: Proof

    var residentBytes: Int {
        (0..<Self.spansMax).reduce(0) { sum, span in
            sum + (spans[span].map { Pages.residentBytes($0, spanBytes(span)) } ?? 0)
        }
    }

    /// - Parameter live: slots that somebody refers to.
    func violations(live: Int) -> [String] {
        var found: [String] = []
        let free = Set((0..<holeCount).map { holes[$0] })
        if free.count != holeCount || free.contains(where: { Int($0) + 1 >= count }) {
            found.append("dense \(size): a hole is there twice, or at the end or behind it")
        }
        if live + holeCount != count {
            found.append("dense \(size): \(live) slots in use, \(count) and \(holeCount) holes")
        }
        return found
    }
}

extension Pages {
    /// Mapped memory that fills from the front: in small pages, because the ends of two hundred
    /// vectors would each take half a huge one.
    static func mapDense(_ bytes: Int) -> UnsafeMutableRawPointer {
        let address = map(bytes)
        // Advice: without huge pages in the kernel it fails, and nothing is lost.
        madvise(address, bytes, MADV_NOHUGEPAGE)
        return address
    }

    /// Gives the memory of whole pages back and keeps their addresses: they read as zero.
    static func giveBack(_ address: UnsafeMutableRawPointer, _ bytes: Int) {
        madvise(address, bytes, MADV_DONTNEED)
    }
}

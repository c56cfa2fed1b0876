// The array of heads: spans that double, so that it grows head by head and none ever moves.
//
//     span   0    1    2      3            s
//            [0]  [1]  [2 3]  [4 5 6 7] …  [2^(s−1) … 2^s − 1]
//
// The first spans are the slab's; those of 256 heads and more are mapped and touched head by head,
// and their account is the heads that are there.

import Glibc

extension CompactHandle {
    /// Heads of the smallest span that is mapped: four pages.
    private static let mappedFrom = 256
    /// Pages are given back in steps of this.
    private static let step = 64 << 10

    private static func isMapped(_ span: Int) -> Bool {
        CompactTable.spanBuckets(span) >= mappedFrom
    }

    private static func bytes(_ span: Int) -> Int {
        CompactTable.spanBuckets(span) * CompactHead.size
    }

    /// The smallest 2^k − 1 that is no smaller than `bucket`.
    private static func mask(_ bucket: Int) -> Int {
        (1 &<< (Int.bitWidth &- bucket.leadingZeroBitCount)) &- 1
    }

    /// Adds an empty head behind the last.
    func growHeads(_ memory: inout CompactMemory) {
        let bucket = table.pointee.buckets
        let span = CompactTable.span(of: bucket)
        if bucket == CompactTable.spanStart(span) { addSpan(span, &memory) }
        table.pointee.buckets = bucket &+ 1
        table.pointee.mask = Self.mask(bucket)
        head(bucket).clear()
        guard Self.isMapped(span) else { return }
        memory.mapped.requested &+= CompactHead.size
        memory.mapped.allocated &+= CompactHead.size
    }

    /// Takes the last head, an empty one, away.
    func shrinkHeads(_ memory: inout CompactMemory) {
        let bucket = table.pointee.buckets &- 1
        let span = CompactTable.span(of: bucket)
        table.pointee.buckets = bucket
        table.pointee.mask = Self.mask(max(bucket &- 1, 0))
        if Self.isMapped(span) {
            memory.mapped.requested &-= CompactHead.size
            memory.mapped.allocated &-= CompactHead.size
        }
        if bucket == CompactTable.spanStart(span) {
            removeSpan(span, &memory)
        } else if Self.isMapped(span) {
            giveBack(span, behind: bucket)
        }
    }

    private func start(_ span: Int) -> UnsafeMutableRawPointer {
        head(CompactTable.spanStart(span)).address
    }

    private func addSpan(_ span: Int, _ memory: inout CompactMemory) {
        if span == table.pointee.spanRoom { widen(&memory) }
        let memoryOfSpan: UnsafeMutableRawPointer
        if Self.isMapped(span) {
            memoryOfSpan = Pages.mapDense(Self.bytes(span))
            memory.mapped.allocations &+= 1
        } else {
            memoryOfSpan = memory.slab.allocateZeroed(Self.bytes(span))
        }
        let before = CompactTable.spanStart(span) * CompactHead.size
        table.pointee.bases[span] = Int(bitPattern: memoryOfSpan) - before
    }

    private func removeSpan(_ span: Int, _ memory: inout CompactMemory) {
        let first = start(span)
        if Self.isMapped(span) {
            Pages.unmap(first, Self.bytes(span))
            memory.mapped.allocations &-= 1
        } else {
            memory.slab.free(first, Self.bytes(span))
        }
        table.pointee.bases[span] = 0
    }

    /// Doubles the room for spans.
    private func widen(_ memory: inout CompactMemory) {
        let room = table.pointee.spanRoom
        let bytes = room * MemoryLayout<Int>.stride
        let old = UnsafeMutableRawPointer(table.pointee.bases)
        let new = memory.slab.allocateZeroed(bytes * 2)
        memcpy(new, old, bytes)
        memory.slab.free(old, bytes)
        table.pointee.bases = new.bindMemory(to: Int.self, capacity: room * 2)
        table.pointee.spanRoom = room * 2
    }

    /// The span ends before `bucket` now; pages that are well behind it go.
    private func giveBack(_ span: Int, behind bucket: Int) {
        let offset = (bucket &- CompactTable.spanStart(span)) &* CompactHead.size
        let from = offset &+ Self.step
        guard offset % Self.step == 0, from < Self.bytes(span) else { return }
        Pages.giveBack(start(span) + from, min(Self.step, Self.bytes(span) &- from))
    }

    func unmapHeads() {
        forEachMappedSpan { Pages.unmap($0, $1) }
    }

    private func forEachMappedSpan(_ body: (UnsafeMutableRawPointer, _ bytes: Int) -> Void) {
        let last = CompactTable.span(of: max(table.pointee.buckets &- 1, 0))
        for span in 0...last where Self.isMapped(span) { body(start(span), Self.bytes(span)) }
    }

    // MARK: Proof

    var residentHeads: Int {
        var sum = 0
        forEachMappedSpan { sum += Pages.residentBytes($0, $1) }
        return sum
    }

    /// Adds the spans of the slab to `tally`; returns what is mapped.
    func recountHeads(_ tally: inout Tally) -> MemoryReport {
        tally.add(table.pointee.spanRoom * MemoryLayout<Int>.stride)
        var mapped = MemoryReport()
        let buckets = table.pointee.buckets
        for span in 0...CompactTable.span(of: buckets - 1) {
            guard Self.isMapped(span) else {
                tally.add(Self.bytes(span))
                continue
            }
            let heads =
                min(buckets - CompactTable.spanStart(span), CompactTable.spanBuckets(span))
            mapped.requested += heads * CompactHead.size
            mapped.allocated += heads * CompactHead.size
            mapped.allocations += 1
        }
        return mapped
    }
}

// Segments: where items lie, in the order in which they were written, with those of like time to
// live.
//
//     address     [segment 24][offset in 8 bytes 20]
//     directory   [·][●][●][free][●] …                 by number
//     bucket      first ──▶ segment ⇄ segment ⇄ segment ◀── last, which is appended to
//
// A segment has items of one bucket of times to live, and is given up as a whole: when the last of
// its items has died, when the time of all has come, or by a merge (`SegcacheKeyspace+Merging`).
// Its number is used again. It takes items for as long as their times are within two widths of its
// bucket, so that what has expired does not wait for a segment that fills slowly.
//
// Segments are of 1 MiB. A bucket with less than 64 MiB has smaller ones, down to 4 KiB: what is
// free in its last segment is then a sixty-fourth of it at most, once it has more than a few. An
// item that is larger than that has a segment of its own, as long as the item.
//
// Deviations from Segcache: its segments are all of one size, from a heap of as many as fit, with
// items of up to that size; here, memory is the slab's and given back to it.
//
// Invariants (`violations`): a segment's items fill it from the front; `used`, `live`, `items` and
// `lastTime` are theirs; chains lead both ways.
//
// Credits: Segcache (Yang, Yue, Vinayak; NSDI 2021).

struct SegcacheSegments {
    private static let offsetBits: UInt64 = 20
    private static let offsetMask: UInt64 = 0xf_ffff
    private static let numberMax = 0xff_ffff
    /// A page: an item of 100 bytes leaves a hundredth of it free at its end.
    private static let segmentMin = 4 << 10
    static let segmentMax = 1 << 20
    /// Segments that a bucket has at least before they get larger.
    private static let segmentsMin = 64
    private static let directoryMin = 8

    /// The segments of one bucket of times to live, by number; 0: none.
    struct Chain {
        var first: UInt32
        var last: UInt32
        /// Where evictions go on.
        var hand: UInt32
        /// Of all segments.
        var used: Int
    }

    private var chains: UnsafeMutablePointer<Chain>
    /// By number: the address of a segment, or twice the next free number and one. Number 0 never
    /// is used, so that no item has the address 0.
    private var directory: UnsafeMutablePointer<UInt>
    private var capacity = SegcacheSegments.directoryMin
    /// Numbers from here on were never used.
    private(set) var numbers = 1
    /// The free number that is taken next; 0: none.
    private var freeNumber = 0
    /// Bytes of all items, and of those that are not dead.
    private(set) var used = 0
    private(set) var live = 0
    /// A segment was added since somebody asked.
    var hasGrown = false

    init(_ slab: inout Slab) {
        chains = slab.allocateZeroed(Self.chainsBytes)
            .bindMemory(to: Chain.self, capacity: SegcacheTTL.count)
        directory = Self.makeDirectory(Self.directoryMin, &slab)
    }

    private static var chainsBytes: Int { SegcacheTTL.count * MemoryLayout<Chain>.stride }

    private static func makeDirectory(
        _ capacity: Int, _ slab: inout Slab
    ) -> UnsafeMutablePointer<UInt> {
        slab.allocateZeroed(capacity * MemoryLayout<UInt>.stride)
            .bindMemory(to: UInt.self, capacity: capacity)
    }

    // MARK: Addresses

    @inline(__always)
    static func number(_ address: UInt64) -> Int {
        Int(truncatingIfNeeded: address &>> offsetBits)
    }

    @inline(__always)
    func segment(_ number: Int) -> SegcacheSegment {
        let base = UnsafeMutableRawPointer(bitPattern: directory[number]).unsafelyUnwrapped
        return SegcacheSegment(base: base)
    }

    @inline(__always)
    func item(_ address: UInt64) -> SegcacheItem {
        let offset = Int(truncatingIfNeeded: (address & Self.offsetMask) &<< 3)
        return SegcacheItem(address: segment(Self.number(address)).base + offset)
    }

    func address(of item: SegcacheItem, in number: Int) -> UInt64 {
        Self.address(number, offset: item.address - segment(number).base)
    }

    private static func address(_ number: Int, offset: Int) -> UInt64 {
        UInt64(number) &<< offsetBits | UInt64(offset) &>> 3
    }

    func isUsed(_ number: Int) -> Bool { directory[number] != 0 && directory[number] & 1 == 0 }

    func chain(_ bucket: Int) -> Chain { chains[bucket] }

    /// Evictions of a bucket go on at a segment; 0: at its first.
    func setHand(_ bucket: Int, _ number: Int) { chains[bucket].hand = UInt32(number) }

    // MARK: Appending

    /// Room for an item at the end of a bucket, to be filled at once.
    /// - Parameter time: when it expires, Unix ms; nil in the bucket of those that do not.
    mutating func append(
        _ size: Int, _ bucket: Int, _ time: Int64?, _ slab: inout Slab
    ) -> UInt64 {
        var number = Int(chains[bucket].last)
        if number == 0 || !segment(number).hasRoom(size) || !segment(number).takes(time) {
            let least = SegcacheSegment.headerBytes + size
            let bytes = max(segmentBytes(bucket), SizeClasses.size(for: least, slab.quantum))
            number = make(bytes, bucket, time, &slab)
            link(number, after: Int(chains[bucket].last))
            hasGrown = true
        }
        return add(size, time, to: number)
    }

    /// Room for an item in a segment that has it.
    mutating func add(_ size: Int, _ time: Int64?, to number: Int) -> UInt64 {
        let segment = segment(number)
        let offset = segment.add(size, time)
        chains[segment.bucket].used &+= size
        used &+= size
        live &+= size
        return Self.address(number, offset: offset)
    }

    /// Bytes of the next segment of a bucket.
    private func segmentBytes(_ bucket: Int) -> Int {
        let used = chains[bucket].used
        var bytes = Self.segmentMin
        while bytes < Self.segmentMax, bytes * 2 * Self.segmentsMin <= used { bytes *= 2 }
        return bytes
    }

    /// A segment that is in no chain yet.
    mutating func make(
        _ bytes: Int, _ bucket: Int, _ time: Int64?, _ slab: inout Slab
    ) -> Int {
        let number: Int
        if freeNumber != 0 {
            number = freeNumber
            freeNumber = Int(directory[number] &>> 1)
        } else {
            if numbers == capacity { widen(&slab) }
            number = numbers
            numbers += 1
        }
        let base = slab.allocate(bytes)
        SegcacheSegment(base: base).initialize(bytes: bytes, bucket: bucket, time: time)
        directory[number] = UInt(bitPattern: base)
        return number
    }

    private mutating func widen(_ slab: inout Slab) {
        precondition(capacity <= Self.numberMax, "more than \(Self.numberMax) segments")
        let wider = Self.makeDirectory(capacity * 2, &slab)
        wider.update(from: directory, count: capacity)
        slab.freeArray(directory, capacity * MemoryLayout<UInt>.stride)
        directory = wider
        capacity *= 2
    }

    // MARK: Chains

    /// Puts a segment behind `previous` of its bucket; 0: in front.
    func link(_ number: Int, after previous: Int) {
        let segment = segment(number)
        let chain = chains + segment.bucket
        let next = previous == 0 ? Int(chain.pointee.first) : self.segment(previous).next
        segment.header.pointee.previous = UInt32(previous)
        segment.header.pointee.next = UInt32(next)
        setNext(of: previous, in: chain, to: number)
        setPrevious(of: next, in: chain, to: number)
    }

    private func unlink(_ number: Int) {
        let segment = segment(number)
        let chain = chains + segment.bucket
        setNext(of: segment.previous, in: chain, to: segment.next)
        setPrevious(of: segment.next, in: chain, to: segment.previous)
        if Int(chain.pointee.hand) == number { chain.pointee.hand = UInt32(segment.next) }
    }

    private func setNext(
        of number: Int, in chain: UnsafeMutablePointer<Chain>, to next: Int
    ) {
        if number == 0 {
            chain.pointee.first = UInt32(next)
        } else {
            segment(number).header.pointee.next = UInt32(next)
        }
    }

    private func setPrevious(
        of number: Int, in chain: UnsafeMutablePointer<Chain>, to previous: Int
    ) {
        if number == 0 {
            chain.pointee.last = UInt32(previous)
        } else {
            segment(number).header.pointee.previous = UInt32(previous)
        }
    }

    // MARK: Dead items and segments

    /// Nothing leads to the item at `address` any more. With its last item a segment goes.
    mutating func kill(_ address: UInt64, _ slab: inout Slab) {
        let item = item(address)
        let size = item.room
        let number = Self.number(address)
        let segment = segment(number)
        item.die()
        segment.remove(size)
        live &-= size
        if segment.itemCount == 0 { release(number, &slab) }
    }

    /// Gives up a segment, whatever is in it.
    mutating func release(_ number: Int, _ slab: inout Slab) {
        let segment = segment(number)
        unlink(number)
        let items = segment.used - SegcacheSegment.headerBytes
        chains[segment.bucket].used -= items
        used -= items
        live -= segment.live
        slab.free(segment.base, segment.bytes)
        directory[number] = UInt(freeNumber) &<< 1 | 1
        freeNumber = number
    }

    // MARK: Reports

    func recount(_ tally: inout Tally) {
        tally.add(Self.chainsBytes)
        tally.add(capacity * MemoryLayout<UInt>.stride)
        for number in 1..<numbers where isUsed(number) {
            tally.add(segment(number).bytes)
        }
    }

    func violations() -> [String] {
        var found: [String] = []
        var (sum, alive) = (0, 0)
        for number in 1..<numbers where isUsed(number) {
            let segment = segment(number)
            if let fault = fault(of: number, segment) {
                found.append("segment \(number): \(fault)")
            }
            sum += segment.used - SegcacheSegment.headerBytes
            alive += segment.live
        }
        if sum != used || alive != live {
            found.append("segments: \(live) of \(used) bytes accounted, \(alive) of \(sum) found")
        }
        return found
    }

    private func fault(of number: Int, _ segment: SegcacheSegment) -> String? {
        var (filled, live, items) = (SegcacheSegment.headerBytes, 0, 0)
        for item in segment.items {
            filled += item.room
            if item.isDead { continue }
            live += item.room
            items += 1
            if (item.time == nil) != (segment.bucket == SegcacheTTL.never) {
                return "an item of another bucket"
            }
            if let time = item.time, time > segment.header.pointee.lastTime {
                return "an item expires after it"
            }
        }
        if filled != segment.used || live != segment.live || items != segment.itemCount {
            return "\(segment.live) of \(segment.used) bytes accounted, \(live) of \(filled) found"
        }
        if items == 0 { return "nothing in it lives" }
        let chain = chains[segment.bucket]
        let before =
            segment.previous == 0 ? Int(chain.first) : self.segment(segment.previous).next
        let behind = segment.next == 0 ? Int(chain.last) : self.segment(segment.next).previous
        return before == number && behind == number ? nil : "its neighbours do not lead to it"
    }
}

// The log: pages that records are appended to, and where each page is.
//
//     logical address   [page 28 bits][offset 20]
//     frames            [·][base ●│bytes│used│live][base ●│…][free] …     by page
//                             └──▶ page   [record][record, dead][record][·······]
//
// A record has a place until a compaction moves it. A page of which much is dead is given up as a
// whole, after what lives in it was appended again (`TsavoriteKeyspace`); its number is used again.
// Pages are of 16 KiB in a small log and grow with it, so that the one that is being filled is
// always less than a hundredth of a large one. A record of more than half such a page has a page of
// its own, as long as the record.
//
// Deviations from Tsavorite: there is no disk, so that nothing is ever read-only and updates are in
// place wherever they fit; pages are not all of one size, for the tables measured here begin small;
// numbers of pages come again, for no order of theirs is needed.
//
// Invariants (`violations`): a page's records fill it from the front; `used` and `live` are theirs.

struct TsavoriteLog {
    private static let offsetBits: UInt64 = 20
    /// 16 KiB: half a record is lost at the end of a page, a third of a percent of one of 100
    /// bytes.
    static let pageMin = 1 << 14
    /// The largest size that the slab serves from a bin.
    private static let pageMax = 1 << 20
    /// Pages that a log has at least before they get larger.
    private static let pagesMin = 128
    static let framesMin = 8

    struct Frame {
        /// nil: the page is free.
        var base: UnsafeMutableRawPointer?
        /// Of the allocation.
        var bytes: UInt32 = 0
        /// Of all records, from the front. Of a free page: the number of the next one.
        var used: UInt32 = 0
        /// Of the records that are not dead.
        var live: UInt32 = 0

        var dead: Int { Int(used) &- Int(live) }
    }

    private(set) var frames: UnsafeMutablePointer<Frame>
    /// Frames that there is room for, and those handed out at least once: page 0 never is, so that
    /// no record has the address 0.
    private(set) var capacity = TsavoriteLog.framesMin
    private(set) var frameCount = 1
    /// The free page that is taken next; 0: none.
    private var freePage = 0
    /// The page that is appended to; 0: none.
    private(set) var tail = 0
    /// Bytes of all pages' records.
    private(set) var used = 0
    private(set) var live = 0
    /// A page was added since somebody asked.
    var hasGrown = false

    init(_ slab: inout Slab) {
        frames = Self.make(Self.framesMin, &slab)
    }

    private static func make(
        _ capacity: Int, _ slab: inout Slab
    ) -> UnsafeMutablePointer<Frame> {
        let frames = slab.allocate(capacity * MemoryLayout<Frame>.stride)
            .bindMemory(to: Frame.self, capacity: capacity)
        frames.initialize(repeating: Frame(), count: capacity)
        return frames
    }

    @inline(__always)
    func record(_ address: UInt64) -> TsavoriteRecord {
        let base = frames[Self.page(address)].base.unsafelyUnwrapped
        let offset = Int(truncatingIfNeeded: address) & ((1 &<< Int(Self.offsetBits)) &- 1)
        return TsavoriteRecord(address: base + offset)
    }

    @inline(__always)
    private static func page(_ address: UInt64) -> Int {
        Int(truncatingIfNeeded: address &>> offsetBits)
    }

    /// Bytes of the next page.
    private var pageBytes: Int {
        var bytes = Self.pageMin
        while bytes < Self.pageMax, bytes * 2 * Self.pagesMin <= used { bytes *= 2 }
        return bytes
    }

    /// Bytes that are dead in pages that are full, and all bytes of those.
    var settled: (dead: Int, used: Int) {
        let last = frames[tail]
        return (dead: used - live - last.dead, used: used - Int(last.used))
    }

    // MARK: Appending

    /// Room for a record, to be filled at once.
    mutating func allocate(_ size: Int, _ slab: inout Slab) -> UInt64 {
        precondition(size < Int(UInt32.max), "a record of \(size) bytes")
        var page = tail
        if Int(frames[page].used) + size > Int(frames[page].bytes) {
            let bytes = pageBytes
            let isAlone = size > bytes / 2
            page = addPage(isAlone ? size : bytes, &slab)
            if !isAlone { tail = page }
        }
        let offset = frames[page].used
        frames[page].used += UInt32(size)
        frames[page].live += UInt32(size)
        used += size
        live += size
        return UInt64(page) &<< Self.offsetBits | UInt64(offset)
    }

    private mutating func addPage(_ bytes: Int, _ slab: inout Slab) -> Int {
        let page: Int
        if freePage != 0 {
            page = freePage
            freePage = Int(frames[page].used)
        } else {
            if frameCount == capacity { widen(&slab) }
            page = frameCount
            frameCount += 1
        }
        frames[page] = Frame(base: slab.allocate(bytes), bytes: UInt32(bytes))
        hasGrown = true
        return page
    }

    private mutating func widen(_ slab: inout Slab) {
        let wider = Self.make(capacity * 2, &slab)
        wider.update(from: frames, count: capacity)
        slab.freeArray(frames, capacity * MemoryLayout<Frame>.stride)
        frames = wider
        capacity *= 2
    }

    // MARK: Dead records and pages

    /// The record at `address` is in no chain any more.
    mutating func kill(_ address: UInt64) {
        let record = record(address)
        let room = record.room
        record.die()
        frames[Self.page(address)].live -= UInt32(room)
        live -= room
    }

    /// Gives up a page, whatever is in it.
    mutating func release(_ page: Int, _ slab: inout Slab) {
        let frame = frames[page]
        guard let base = frame.base else { return }
        slab.free(base, Int(frame.bytes))
        used -= Int(frame.used)
        live -= Int(frame.live)
        frames[page] = Frame(base: nil, used: UInt32(freePage))
        freePage = page
        if tail == page { tail = 0 }
    }

    mutating func releaseAll(_ slab: inout Slab) {
        for page in 1..<max(frameCount, 1) { release(page, &slab) }
    }

    /// Every record of a page, dead ones too, from the front. Not the log's, so that `body` may
    /// append others to it.
    static func forEachRecord(of page: Frame, _ body: (TsavoriteRecord) -> Void) {
        guard let base = page.base else { return }
        var offset = 0
        while offset < Int(page.used) {
            let record = TsavoriteRecord(address: base + offset)
            let room = record.room
            body(record)
            offset += room
        }
    }

    // MARK: Proof

    func recount(_ tally: inout Tally) {
        tally.add(capacity * MemoryLayout<Frame>.stride)
        for page in 1..<max(frameCount, 1) where frames[page].base != nil {
            tally.add(Int(frames[page].bytes))
        }
    }

    func violations() -> [String] {
        var found: [String] = []
        var (sum, alive) = (0, 0)
        for page in 1..<max(frameCount, 1) {
            let frame = frames[page]
            guard frame.base != nil else { continue }
            var living = 0
            var filled = 0
            Self.forEachRecord(of: frame) { record in
                filled += record.room
                if !record.isDead { living += record.room }
            }
            if living != Int(frame.live) || filled != Int(frame.used) {
                found.append(
                    "page \(page): \(frame.live) of \(frame.used) bytes accounted as live, "
                        + "\(living) of \(filled) are")
            }
            sum += filled
            alive += living
        }
        if sum != used || alive != live {
            found.append("log: \(live) of \(used) bytes accounted, \(alive) of \(sum) found")
        }
        return found
    }
}

// One segment: a header of 64 bytes, then items from the front.
//
//     0                                                            64
//     [bytes│used│live│items│bucket│next│previous│·│first│last│·]  [item][item, dead][item][·····]

struct SegcacheSegment {
    static let headerBytes = 64

    struct Header {
        /// Of the allocation.
        var bytes: UInt32
        /// Of the header and all items, from the front.
        var used: UInt32
        /// Of the items that are not dead, and how many those are.
        var live: UInt32
        var items: UInt32
        /// Of times to live.
        var bucket: UInt32
        /// Numbers of its neighbours in the bucket; 0: none.
        var next: UInt32
        var previous: UInt32
        /// When its first item expires, Unix ms; of a merged one, the first of the newest segment.
        var firstTime: Int64
        /// No item expires later.
        var lastTime: Int64
    }

    let base: UnsafeMutableRawPointer

    /// Makes it an empty one, in no bucket's chain yet, that takes its base's `bytes`.
    /// - Parameter time: when its first item expires.
    func initialize(bytes: Int, bucket: Int, time: Int64?) {
        precondition(bytes <= Int(UInt32.max), "a segment of \(bytes) bytes")
        let time = time ?? Int64.max
        base.bindMemory(to: Header.self, capacity: 1).initialize(
            to: Header(
                bytes: UInt32(bytes), used: UInt32(Self.headerBytes), live: 0, items: 0,
                bucket: UInt32(bucket), next: 0, previous: 0, firstTime: time,
                lastTime: bucket == SegcacheTTL.never ? Int64.max : Int64.min))
    }

    @inline(__always)
    var header: UnsafeMutablePointer<Header> { base.assumingMemoryBound(to: Header.self) }

    var bytes: Int { Int(header.pointee.bytes) }
    var used: Int { Int(header.pointee.used) }
    var live: Int { Int(header.pointee.live) }
    var itemCount: Int { Int(header.pointee.items) }
    var bucket: Int { Int(header.pointee.bucket) }
    var next: Int { Int(header.pointee.next) }
    var previous: Int { Int(header.pointee.previous) }
    /// Bytes of dead items.
    var dead: Int { used &- Self.headerBytes &- live }

    /// Where the last item may begin that an index entry of 20 bits in steps of 8 bytes can name:
    /// only a segment of a single large item has more.
    private static let lastOffset = ((1 << 20) - 1) * 8

    func hasRoom(_ size: Int) -> Bool { used &+ size <= bytes && used <= Self.lastOffset }

    /// Whether an item of its bucket that expires at `time` may be here without keeping what
    /// expires first for much longer. In the bucket without an upper end all may.
    func takes(_ time: Int64?) -> Bool {
        guard let time, bucket != SegcacheTTL.last else { return true }
        let span = 2 * SegcacheTTL.width(of: bucket)
        let (end, overflow) = header.pointee.firstTime.addingReportingOverflow(span)
        return overflow || time <= end
    }

    /// Room for an item, to be filled at once; only where it has room.
    /// - Returns: the item's offset in bytes.
    func add(_ size: Int, _ time: Int64?) -> Int {
        let offset = used
        header.pointee.used &+= UInt32(truncatingIfNeeded: size)
        header.pointee.live &+= UInt32(truncatingIfNeeded: size)
        header.pointee.items &+= 1
        if let time { note(time) }
        return offset
    }

    /// One of its items expires at `time`.
    func note(_ time: Int64) {
        if header.pointee.lastTime < time { header.pointee.lastTime = time }
    }

    /// One of its items, of so many bytes, has died.
    func remove(_ size: Int) {
        header.pointee.live &-= UInt32(truncatingIfNeeded: size)
        header.pointee.items &-= 1
    }

    /// All items, dead ones too, from the front.
    struct Items: Sequence, IteratorProtocol {
        private var position: UnsafeMutableRawPointer
        private let end: UnsafeMutableRawPointer

        fileprivate init(_ segment: SegcacheSegment) {
            position = segment.base + SegcacheSegment.headerBytes
            end = segment.base + segment.used
        }

        mutating func next() -> SegcacheItem? {
            guard position < end else { return nil }
            let item = SegcacheItem(address: position)
            position += item.room
            return item
        }
    }

    var items: Items { Items(self) }
}

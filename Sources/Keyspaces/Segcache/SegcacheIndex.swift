// The index of segments: buckets of one cache line with seven items each, whose lines are chained.
//
//     line     [info][item 1] … [item 7]          a full bucket: item 7 ──▶ another such line
//     info     [·····][lines behind this one 8][second of the last look-up 16]
//     item     [tag 12│frequency 8│segment 24│offset 20]                        0: free
//
//     bucket number: low bits of the hash; tag: its top 12 bits; offset: in 8 bytes
//
// The info word is that of a bucket's first line. A bucket that is full gets another line, whose
// address takes the place of the last item, up to sixteen lines; then an insert takes the place of
// the item that is used least, which is lost.
//
// The frequency (ASFC, approximate smoothed frequency counter) is one bit and a count up to 127: up
// to 16 it counts seconds in which an item was looked up, above that with a probability of
// 1/count. The bit says that this second was counted, and goes with the first look-up of another
// one in its bucket. It is in the word that the look-up has read anyway.
//
// Deviations from Segcache: its index has a size for good, as its segments have, and memory that is
// never given up; the tables measured here begin small, so that this index doubles, in the call
// that makes it too full, with every key hashed again, for tags do not tell where an item goes.
// That is its stall. It never shrinks. Info words have a number there that CAS compares.
//
// Invariants (`SegcacheKeyspace.invariantViolations`): an item's key has its bucket and tag; chains
// are of sixteen lines at most.
//
// Credits: Segcache (Yang, Yue, Vinayak; NSDI 2021) and its hash table in Pelikan.

struct SegcacheIndex: RecordIndex {
    typealias Slot = UnsafeMutablePointer<UInt64>

    static let lineBytes = 64
    static let items = 7
    static let linesMax = 16
    private static let words = 8
    /// Where a line's last item is, or the next line's address.
    private static let lastWord = 7
    private static let tagShift: UInt64 = 52
    private static let frequencyShift: UInt64 = 44
    private static let addressMask: UInt64 = 0xfff_ffff_ffff
    private static let secondMask: UInt64 = 0xffff
    private static let linesShift: UInt64 = 16
    private static let linesMask: UInt64 = 0xff

    static let frequencyMax = 127
    /// This second was counted.
    private static let mark: UInt64 = 1 << 51
    /// Counts up to here are exact (Segcache's paper).
    private static let exactMax = 16
    /// A kilobyte.
    static let sizeMin = 16

    private(set) var buckets: Slot
    private(set) var mask: Int
    /// Lines behind buckets' first ones; they stay until the index doubles.
    private(set) var overflows = 0

    init(size: Int, _ slab: inout Slab) {
        mask = size - 1
        buckets = Self.make(size, &slab)
    }

    private static func make(_ count: Int, _ slab: inout Slab) -> Slot {
        slab.allocateZeroed(count * lineBytes).bindMemory(to: UInt64.self, capacity: count * words)
    }

    func free(_ slab: inout Slab) {
        for index in 0..<size {
            let head = bucket(index)
            var left = Self.linesBehind(head)
            var line = left > 0 ? Self.next(head) : head
            while left > 0 {
                let after = left > 1 ? Self.next(line) : line
                slab.free(line, Self.lineBytes)
                line = after
                left &-= 1
            }
        }
        slab.freeArray(buckets, size * Self.lineBytes)
    }

    // MARK: Places

    var size: Int { mask &+ 1 }
    /// Doubles with as many keys as its first lines have places: over a doubling that makes 15
    /// bytes a key, those of the buckets with the lines behind them.
    func isFull(_ keys: Int) -> Bool { keys > size &* Self.items }

    @inline(__always)
    func bucket(_ index: Int) -> Slot { buckets + index &* Self.words }
    @inline(__always)
    func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & mask }

    private static func linesBehind(_ head: Slot) -> Int {
        Int(truncatingIfNeeded: head[0] &>> linesShift & linesMask)
    }

    /// Only of a line that has one behind it.
    private static func next(_ line: Slot) -> Slot {
        Slot(bitPattern: UInt(line[lastWord])).unsafelyUnwrapped
    }

    /// The lines of a bucket, one after the other.
    struct Walk {
        private(set) var line: Slot
        /// Lines behind it.
        private var left: Int

        @inline(__always)
        init(_ head: Slot) {
            line = head
            left = SegcacheIndex.linesBehind(head)
        }

        /// The line's last item: they begin with 1.
        @inline(__always)
        var lastItem: Int { left > 0 ? SegcacheIndex.items &- 1 : SegcacheIndex.items }

        /// False at the end.
        @inline(__always)
        mutating func advance() -> Bool {
            guard left > 0 else { return false }
            line = SegcacheIndex.next(line)
            left &-= 1
            return true
        }
    }

    /// Calls `body` with every item of a bucket.
    func forEachSlot(of index: Int, _ body: (Slot) -> Void) {
        var walk = Walk(bucket(index))
        repeat {
            for place in 1...walk.lastItem where walk.line[place] != 0 { body(walk.line + place) }
        } while walk.advance()
    }

    /// The item of a hash that is at an address.
    func slot(_ hash: UInt64, at address: UInt64) -> Slot? {
        let word = Self.word(hash, address) & ~Self.frequencyMask
        var walk = Walk(bucket(home(hash)))
        repeat {
            for place in 1...walk.lastItem
            where walk.line[place] & ~Self.frequencyMask == word {
                return walk.line + place
            }
        } while walk.advance()
        return nil
    }

    /// A free place in the hash's bucket; items may move.
    /// - Returns: nil where the chain has no room and is as long as chains get.
    mutating func claim(_ hash: UInt64, _ slab: inout Slab) -> Slot? {
        let head = bucket(home(hash))
        var walk = Walk(head)
        repeat {
            for place in 1...walk.lastItem where walk.line[place] == 0 { return walk.line + place }
        } while walk.advance()
        guard Self.linesBehind(head) < Self.linesMax - 1 else { return nil }
        let line = walk.line
        let added = Self.make(1, &slab)
        added[1] = line[Self.lastWord]
        line[Self.lastWord] = UInt64(UInt(bitPattern: added))
        head[0] &+= 1 &<< Self.linesShift
        overflows += 1
        return added + 2
    }

    /// The item of the hash's bucket that is used least; of several, the first.
    func leastUsed(_ hash: UInt64) -> Slot? {
        var least: Slot?
        forEachSlot(of: home(hash)) { slot in
            if let other = least,
                Self.frequency(other.pointee) <= Self.frequency(slot.pointee)
            {
                return
            }
            least = slot
        }
        return least
    }

    // MARK: Items

    @inline(__always)
    static func tag(_ hash: UInt64) -> UInt64 { hash &>> tagShift }
    /// Whether a word is that of an item with the tag.
    @inline(__always)
    static func has(_ word: UInt64, tag: UInt64) -> Bool { word &>> tagShift == tag && word != 0 }
    @inline(__always)
    static func address(_ word: UInt64) -> UInt64 { word & addressMask }
    /// An item that was never looked up.
    static func word(_ hash: UInt64, _ address: UInt64) -> UInt64 {
        tag(hash) &<< tagShift | address
    }
    /// The same item elsewhere.
    static func redirected(_ word: UInt64, to address: UInt64) -> UInt64 {
        word & ~addressMask | address
    }

    // MARK: Frequencies

    private static let frequencyMask: UInt64 = 0xff << 44

    /// Without the mark.
    @inline(__always)
    static func frequency(_ word: UInt64) -> Int {
        Int(truncatingIfNeeded: word &>> frequencyShift) & frequencyMax
    }

    /// The same item with half of its frequency.
    static func halved(_ word: UInt64) -> UInt64 {
        word & ~frequencyMask | UInt64(frequency(word) / 2) &<< frequencyShift
    }

    /// Counts a look-up of the item at `slot`.
    /// - Parameters:
    ///   - head: its bucket's first line.
    ///   - second: of which the lowest 16 bits are told apart.
    @inline(__always)
    static func touch(
        _ slot: Slot, _ head: Slot, second: Int64, _ random: inout KeyspaceRandom
    ) {
        let now = UInt64(truncatingIfNeeded: second) & secondMask
        if head[0] & secondMask != now { beginSecond(now, head) }
        let word = slot.pointee
        if word & mark != 0 { return }
        let count = frequency(word)
        let isCounted = count < exactMax || random.below(count) == 0
        let raised = isCounted && count < frequencyMax ? word &+ 1 &<< frequencyShift : word
        slot.pointee = raised | mark
    }

    private static func beginSecond(_ second: UInt64, _ head: Slot) {
        head[0] = head[0] & ~secondMask | second
        var walk = Walk(head)
        repeat {
            for place in 1...walk.lastItem { walk.line[place] &= ~mark }
        } while walk.advance()
    }

    // MARK: Reports

    func recount(_ tally: inout Tally) {
        tally.add(size * Self.lineBytes)
        var lines = 0
        for index in 0..<size { lines += lineCount(of: index) - 1 }
        for _ in 0..<lines { tally.add(Self.lineBytes) }
    }

    /// The first one included.
    func lineCount(of index: Int) -> Int { Self.linesBehind(bucket(index)) + 1 }
}

// The index that threads share: TsavoriteIndex's buckets, of atomic words.
//
//     bucket   [entry 1] … [entry 7][latch 16│overflow 48]──▶ another such line
//     entry    [tentative 1│tag 15│address 48]                 0: free
//
// An address is the record's in memory. Entries are read without a latch, and changed under the
// exclusive latch of their bucket: so the tentative bit, by which Tsavorite's threads enter tags
// before they have a latch, stays clear. An entry is freed when the last record of its chain goes,
// and has a place for as long as there is one: who looks for a tag meets its entry, or a moment at
// which there was none.
//
// Invariants (`ConcurrentKeyspace.invariantViolations`): no two entries of a bucket have a tag;
// none is tentative; while all threads stand still, no latch is taken.
import Synchronization

struct ConcurrentIndex {
    typealias Word = UnsafeMutablePointer<Atomic<UInt64>>

    static let lineBytes = TsavoriteIndex.bucketBytes
    static let words = 8
    private static let overflowWord = 7
    private static let addressMask: UInt64 = 0xffff_ffff_ffff

    let lines: Word
    let mask: Int

    var size: Int { mask &+ 1 }
    func isFull(_ keys: Int) -> Bool { keys > size &* TsavoriteIndex.keysMax }

    /// The first line of bucket `index`.
    @inline(__always)
    func bucket(_ index: Int) -> Word { lines + index &* Self.words }

    @inline(__always)
    func home(_ hash: UInt64) -> Word { bucket(Int(truncatingIfNeeded: hash) & mask) }

    /// The word of a bucket's latch.
    @inline(__always)
    static func latch(_ bucket: Word) -> Word { bucket + overflowWord }

    @inline(__always)
    static func overflow(_ line: Word) -> Word? {
        Word(bitPattern: UInt(line[overflowWord].load(ordering: .acquiring) & addressMask))
    }

    /// The entry of `bucket` that has the hash's tag, and what was read there.
    @inline(__always)
    static func find(_ bucket: Word, _ hash: UInt64) -> (place: Word, word: UInt64)? {
        let tag = TsavoriteIndex.tag(hash)
        var next: Word? = bucket
        while let line = next {
            for index in 0..<TsavoriteIndex.entries {
                let word = line[index].load(ordering: .acquiring)
                if word != 0, TsavoriteIndex.tag(of: word) == tag {
                    return (place: line + index, word: word)
                }
            }
            next = overflow(line)
        }
        return nil
    }

    /// A free entry of `bucket`, whose exclusive latch the caller has.
    /// - Parameter add: makes a line of free entries.
    static func claim(_ bucket: Word, _ add: () -> Word) -> Word {
        var line = bucket
        while true {
            for index in 0..<TsavoriteIndex.entries
            where line[index].load(ordering: .relaxed) == 0 {
                return line + index
            }
            guard let next = overflow(line) else { break }
            line = next
        }
        let added = add()
        // In the first line the latch is beside it.
        let address = UInt64(UInt(bitPattern: added))
        _ = line[overflowWord].bitwiseOr(address, ordering: .acquiringAndReleasing)
        return added
    }

    /// Calls `body` with every line of a bucket.
    static func forEachLine(of bucket: Word, _ body: (Word) -> Void) {
        var next: Word? = bucket
        while let line = next {
            next = overflow(line)
            body(line)
        }
    }

    /// Calls `body` with every record of a bucket, of which it may free what it is given.
    static func forEachRecord(of bucket: Word, _ body: (ConcurrentRecord) -> Void) {
        forEachLine(of: bucket) { line in
            for index in 0..<TsavoriteIndex.entries {
                let word = line[index].load(ordering: .acquiring)
                var next = ConcurrentRecord(TsavoriteIndex.address(word))
                while let record = next {
                    next = record.previous
                    body(record)
                }
            }
        }
    }
}

// The latch of a bucket, in the top bits of its overflow word.
//
//     [exclusive 1│readers 15│overflow 48]
//
// Readers have it together, a writer alone. A writer that has set its bit keeps new readers out and
// waits until those that are in have left. Who waits looks a few times, then lets others run
// (`Backoff`): what is done under a latch takes well under a microsecond.
//
// Invariant: a thread has at most one latch, so that none waits in a circle.
//
// Credits: Tsavorite's HashBucket, which has its latches there too, and gives up after some looks
// where this one goes on.
import LinuxSystem
import Synchronization

enum BucketLatch {
    typealias Word = ConcurrentIndex.Word

    private static let exclusive: UInt64 = 1 << 63
    private static let reader: UInt64 = 1 << 48
    private static let readers: UInt64 = 0x7fff << 48

    @inline(__always)
    static func acquireShared(_ word: Word) {
        let seen = word.pointee.load(ordering: .relaxed)
        if seen & exclusive == 0, exchange(word, seen, seen &+ reader).exchanged { return }
        waitForShared(word)
    }

    @inline(never)
    private static func waitForShared(_ word: Word) {
        var backoff = Backoff()
        var seen = word.pointee.load(ordering: .relaxed)
        while true {
            if seen & exclusive == 0 {
                let (isExchanged, original) = exchange(word, seen, seen &+ reader)
                if isExchanged { return }
                seen = original
            } else {
                backoff.wait()
                seen = word.pointee.load(ordering: .relaxed)
            }
        }
    }

    static func releaseShared(_ word: Word) {
        _ = word.pointee.wrappingSubtract(reader, ordering: .releasing)
    }

    @inline(__always)
    static func acquireExclusive(_ word: Word) {
        let seen = word.pointee.load(ordering: .relaxed)
        let isFree = seen & (exclusive | readers) == 0
        if isFree, exchange(word, seen, seen | exclusive).exchanged { return }
        waitForExclusive(word)
    }

    @inline(never)
    private static func waitForExclusive(_ word: Word) {
        var backoff = Backoff()
        var seen = word.pointee.load(ordering: .relaxed)
        while true {
            if seen & exclusive == 0 {
                let (isExchanged, original) = exchange(word, seen, seen | exclusive)
                if isExchanged { break }
                seen = original
            } else {
                backoff.wait()
                seen = word.pointee.load(ordering: .relaxed)
            }
        }
        while word.pointee.load(ordering: .acquiring) & readers != 0 { backoff.wait() }
    }

    static func releaseExclusive(_ word: Word) {
        _ = word.pointee.bitwiseAnd(~exclusive, ordering: .releasing)
    }

    /// Whether nobody has it, nor waits for it.
    static func isOpen(_ word: Word) -> Bool {
        word.pointee.load(ordering: .acquiring) & (exclusive | readers) == 0
    }

    @inline(__always)
    private static func exchange(
        _ word: Word, _ expected: UInt64, _ desired: UInt64
    ) -> (exchanged: Bool, original: UInt64) {
        word.pointee.compareExchange(
            expected: expected, desired: desired, successOrdering: .acquiring,
            failureOrdering: .relaxed)
    }
}

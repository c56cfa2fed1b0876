// What a store that several threads share knows of one of them.
//
//     epoch                the one it came in with; 0: it is outside
//     counts, log bytes    of what this thread did; a total is the sum over all seats
//     page, latch, chores  its own alone
//
// Counts have one writer, so adding to one is a load and a store, and no thread waits for the cache
// line of another. A seat's count alone says nothing: one thread may remove what another put in.
import Synchronization

struct Seat: ~Copyable {
    /// Two cache lines, for processors fetch them in pairs.
    static let bytes = 128

    let epoch = Atomic<UInt64>(0)
    let count = Atomic<Int>(0)
    let expiring = Atomic<Int>(0)
    let expired = Atomic<Int>(0)
    /// Bytes of records in the log, and of those that are dead.
    let used = Atomic<Int>(0)
    let dead = Atomic<Int>(0)
    /// Bytes that compactions copied.
    let copied = Atomic<Int>(0)

    // Its thread's:

    /// The page that it appends to. Changed inside, or by whoever has stopped all threads.
    var page: LogPage?
    /// The bucket whose latch it has.
    var latch: ConcurrentIndex.Word?
    var isExclusive = false
    /// Keys that it put in since it asked whether the index is full.
    var inserts = 0
    /// It began a page since it asked whether much is dead.
    var hasGrown = false
    /// Pages that it gave up are still looked at.
    var awaitsReaders = false

    /// There is something to be done between two batches.
    var hasChores: Bool { inserts >= Self.insertsPerLook || hasGrown || awaitsReaders }

    /// Asking sums the counts of all seats, lines that other processors write.
    private static let insertsPerLook = 256
}

extension Atomic where Value == Int {
    /// Adds to a count that nobody else changes.
    @inline(__always)
    func addOwn(_ number: Int) {
        store(load(ordering: .relaxed) &+ number, ordering: .relaxed)
    }
}

// A store of strings that several threads execute on at once, as Garnet's do: Tsavorite's index and
// log, with latched buckets and epochs. Each thread has a `ConcurrentKeyspace` over it.
//
//     thread 1 ─▶ ConcurrentKeyspace ─┐      ┌─ index     buckets of atomic words
//     thread 2 ─▶ ConcurrentKeyspace ─┼─ ▶ ──┼─ log       pages, one that each thread fills
//     thread 3 ─▶ ConcurrentKeyspace ─┘      └─ seats     what each thread counts, its epoch
//
// What keeps threads apart:
//
//     latch   of a bucket, from the look-up of a key to the end of the command that it is for:
//             values are read under it and written under its exclusive form. A key whose tag or
//             whose bytes no record of its bucket has needs none.
//     epoch   from a thread's first look at the store to the end of its batch: as long as somebody
//             is in, neither the index nor a page of the log that he may have come to goes away.
//     stop    for what is about all of it: the index doubles, everything is removed, something is
//             counted anew. All others have left then, and those that come wait.
//
// What it costs: each thread's first key of a batch is a full fence, each key two changes of its
// bucket's line, which processors then take from each other even if all of them only read; and
// while the index doubles, every thread stands still. (Tsavorite's threads share that work.)
//
// Deviations from Tsavorite: addresses are of memory and there is no disk; each thread appends to a
// page of its own, where Tsavorite's draw room from one tail; entries are made under a latch.
//
// Credits: FASTER (Chandramouli, Prasaad, Kossmann, Levandoski, Hunter, Barnett; SIGMOD 2018);
// Garnet and Tsavorite (Microsoft Research).
import LinuxSystem
import Synchronization

public final class ConcurrentStore: @unchecked Sendable {
    typealias SeatPointer = UnsafeMutablePointer<Seat>

    /// Threads that may share it.
    private let threads: Int
    let keys: KeyMaker
    let memory: ConcurrentMemory
    /// Changed while all threads stand still.
    let index: UnsafeMutablePointer<ConcurrentIndex>
    private let seats: UnsafeMutableRawPointer
    private let taken = Atomic<Int>(0)
    private let epoch = Atomic<UInt64>(1)
    private let isStopped = Atomic<Bool>(false)
    /// Held by whoever has stopped the others.
    private let gate = TicketLock()
    private let isCompacting = Atomic<Bool>(false)

    /// - Parameter threads: that share it, each with a keyspace of its own.
    public init(_ options: KeyspaceOptions, threads: Int) {
        self.threads = threads
        keys = KeyMaker(hasher: KeyHasher(options.hash, seed: options.seed), isCluster: false)
        let memory = ConcurrentMemory(options.quantum)
        let index = UnsafeMutablePointer<ConcurrentIndex>.allocate(capacity: 1)
        index.initialize(to: Self.makeIndex(TsavoriteIndex.sizeMin, memory))
        let seats = UnsafeMutableRawPointer.allocate(
            byteCount: threads * Seat.bytes, alignment: Seat.bytes)
        for number in 0..<threads {
            (seats + number * Seat.bytes).bindMemory(to: Seat.self, capacity: 1)
                .initialize(to: Seat())
        }
        self.memory = memory
        self.index = index
        self.seats = seats
    }

    deinit {
        for number in 0..<threads { seat(number).deinitialize(count: 1) }
        seats.deallocate()
        index.deallocate()
    }

    private static func makeIndex(_ size: Int, _ memory: ConcurrentMemory) -> ConcurrentIndex {
        ConcurrentIndex(lines: memory.makeLines(size), mask: size - 1)
    }

    // MARK: Seats

    /// The seat of one more thread.
    func takeSeat() -> SeatPointer {
        let number = taken.wrappingAdd(1, ordering: .relaxed).oldValue
        precondition(number < threads, "a store for \(threads) threads has no more seats")
        return seat(number)
    }

    private func seat(_ number: Int) -> SeatPointer {
        (seats + number * Seat.bytes).assumingMemoryBound(to: Seat.self)
    }

    /// The sum of what all threads have counted.
    private func total(_ count: (SeatPointer) -> Int) -> Int {
        (0..<threads).reduce(0) { $0 &+ count(seat($1)) }
    }

    var count: Int { total { $0.pointee.count.load(ordering: .relaxed) } }
    var expiringCount: Int { total { $0.pointee.expiring.load(ordering: .relaxed) } }
    var expiredCount: Int { total { $0.pointee.expired.load(ordering: .relaxed) } }
    var usedBytes: Int { total { $0.pointee.used.load(ordering: .relaxed) } }
    var deadBytes: Int { total { $0.pointee.dead.load(ordering: .relaxed) } }
    var copiedBytes: Int { total { $0.pointee.copied.load(ordering: .relaxed) } }

    // MARK: Epochs

    /// From here on nothing goes away that the thread comes to.
    @inline(__always)
    func enter(_ seat: SeatPointer) {
        while true {
            let now = epoch.load(ordering: .sequentiallyConsistent)
            seat.pointee.epoch.store(now, ordering: .sequentiallyConsistent)
            // What is read from here on is read after others can see that.
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            if !isStopped.load(ordering: .sequentiallyConsistent) { return }
            waitOutside(seat)
        }
    }

    @inline(never)
    private func waitOutside(_ seat: SeatPointer) {
        leave(seat)
        gate.acquire()
        gate.release()
    }

    /// What the thread has come to may go away.
    @inline(__always)
    func leave(_ seat: SeatPointer) { seat.pointee.epoch.store(0, ordering: .releasing) }

    /// Gives up a page of which everything is dead and in no chain: it goes when those who are in
    /// have left.
    func retire(_ page: LogPage) {
        // Whoever comes in and sees the new epoch sees the chains as they are now.
        let last = epoch.wrappingAdd(1, ordering: .sequentiallyConsistent).oldValue
        memory.retire(page, last)
    }

    /// Frees what was given up and is not looked at any more.
    /// - Returns: whether something is left.
    func reclaim() -> Bool {
        memory.reclaim {
            atomicMemoryFence(ordering: .sequentiallyConsistent)
            var first = UInt64.max
            for number in 0..<threads {
                let epoch = seat(number).pointee.epoch.load(ordering: .sequentiallyConsistent)
                if epoch != 0 { first = min(first, epoch) }
            }
            return first
        }
    }

    // MARK: All of it

    /// Calls `body` while all other threads are outside.
    /// - Parameter own: of the calling thread, which is outside as well.
    func whileStopped<R>(_ own: SeatPointer, _ body: () -> R) -> R {
        precondition(own.pointee.epoch.load(ordering: .relaxed) == 0, "it would wait for itself")
        gate.acquire()
        isStopped.store(true, ordering: .sequentiallyConsistent)
        for number in 0..<threads {
            var backoff = Backoff()
            while seat(number).pointee.epoch.load(ordering: .sequentiallyConsistent) != 0 {
                backoff.wait()
            }
        }
        let result = body()
        isStopped.store(false, ordering: .sequentiallyConsistent)
        gate.release()
        return result
    }

    /// Removes everything.
    func removeAll(_ own: SeatPointer) {
        whileStopped(own) {
            memory.releaseAll()
            index.pointee = Self.makeIndex(TsavoriteIndex.sizeMin, memory)
            for number in 0..<threads {
                let seat = seat(number)
                seat.pointee.page = nil
                seat.pointee.count.store(0, ordering: .relaxed)
                seat.pointee.expiring.store(0, ordering: .relaxed)
                seat.pointee.used.store(0, ordering: .relaxed)
                seat.pointee.dead.store(0, ordering: .relaxed)
            }
        }
    }

    /// Doubles the index if it is too full.
    func growIfFull(_ own: SeatPointer) {
        guard index.pointee.isFull(count) else { return }
        whileStopped(own) {
            while index.pointee.isFull(count) { growIndex() }
        }
    }

    private func growIndex() {
        let old = index.pointee
        let wider = Self.makeIndex(old.size * 2, memory)
        for bucket in 0..<old.size {
            // A record's successor is read before it is entered.
            ConcurrentIndex.forEachRecord(of: old.bucket(bucket)) { enterRecord($0, in: wider) }
        }
        memory.free(old)
        index.pointee = wider
    }

    private func enterRecord(_ record: ConcurrentRecord, in index: ConcurrentIndex) {
        let hash = keys.hasher.hash(record.key)
        let bucket = index.home(hash)
        let known = ConcurrentIndex.find(bucket, hash)
        record.setPrevious(known.map { TsavoriteIndex.address($0.word) } ?? 0)
        let place = known?.place ?? ConcurrentIndex.claim(bucket) { memory.makeLines(1) }
        place.pointee.store(TsavoriteIndex.word(hash, record.word), ordering: .releasing)
    }

    // MARK: Compaction

    /// Whether the caller may give up pages: one thread at a time.
    func beginCompaction() -> Bool {
        !isCompacting.exchange(true, ordering: .acquiring)
    }

    func endCompaction() { isCompacting.store(false, ordering: .releasing) }
}

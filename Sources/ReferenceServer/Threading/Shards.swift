// What the threads of `sharded:N` have in common: how they reach each other, and the few figures
// that are about all of them. Each has an event loop, connections, an engine and a keyspace of its
// own, and nobody else touches these.
//
// A key is in the shard that its hash says. Not by the low bits, by which tables choose a bucket:
// each shard would have keys for one bucket in N.
//
// Credits: the model is Dragonfly's (Roman Gershman, Oded Poncz and contributors).
import LinuxSystem
import Synchronization

/// Which shard an engine has, of how many.
struct ShardPlace {
    var index = 0
    var count = 1
    /// The server has shards, if only one.
    var isPart = false
    /// All engines have all keys: with `lock-free:N`.
    var isShared = false

    /// The shard of a key with this hash.
    @inline(__always)
    func shard(ofHash hash: UInt64) -> Int {
        // 2⁶⁴ divided by the golden ratio: what comes out on top hangs on all bits.
        let mixed = hash &* 0x9e37_79b9_7f4a_7c15
        return Int(truncatingIfNeeded: mixed.multipliedFullWidth(by: UInt64(count)).high)
    }

    /// The shard that SCAN's cursor is about: it visits one after the other.
    func shard(ofCursor cursor: UInt64) -> Int { Int(cursor % UInt64(count)) }

    /// The cursor that follows, where that of the shard is `next`.
    func cursor(after next: UInt64) -> UInt64 {
        if next > 0 { return next &* UInt64(count) &+ UInt64(index) }
        return index + 1 < count ? UInt64(index) + 1 : 0
    }
}

final class Shards: @unchecked Sendable {
    let count: Int
    /// A bell for each thread's wait.
    let bells: EventCounters
    private let mailboxes: UnsafeMutablePointer<Mailbox>
    /// Bytes of each shard, where there is a limit for their sum.
    private let bytes: UnsafeMutablePointer<Atomic<Int>>
    private let clients = Atomic<Int>(0)
    private let stops = Atomic<Bool>(false)
    /// What ended a thread before its time.
    private let firstFailure = Mutex<SystemCallError?>(nil)

    init(_ count: Int) throws(SystemCallError) {
        self.count = count
        bells = try EventCounters(count)
        mailboxes = .allocate(capacity: count)
        bytes = .allocate(capacity: count)
        for index in 0..<count {
            (mailboxes + index).initialize(to: Mailbox())
            (bytes + index).initialize(to: Atomic<Int>(0))
        }
    }

    deinit {
        mailboxes.deinitialize(count: count)
        mailboxes.deallocate()
        bytes.deinitialize(count: count)
        bytes.deallocate()
    }

    /// All threads, a bit each.
    var all: UInt64 { UInt64.max &>> UInt64(64 - count) }

    // MARK: Letters

    func post(_ letter: Letter, to thread: Int) {
        if mailboxes[thread].post(letter) { bells[thread].pointee.ring() }
    }

    func take(_ thread: Int) -> [Letter] { mailboxes[thread].take() }

    /// Whether `thread` may wait for its bell; it must call `unpark` afterwards.
    func park(_ thread: Int) -> Bool { mailboxes[thread].park() }

    func unpark(_ thread: Int) { mailboxes[thread].unpark() }

    // MARK: Figures about all threads

    /// Tells the others what the shard of `thread` takes.
    func publish(_ bytes: Int, of thread: Int) {
        self.bytes[thread].store(bytes, ordering: .relaxed)
    }

    /// What the shards of the others take, as they said it last.
    func bytesElsewhere(_ thread: Int) -> Int {
        var sum = 0
        for index in 0..<count where index != thread {
            sum += bytes[index].load(ordering: .relaxed)
        }
        return sum
    }

    /// Connections of all threads.
    var clientCount: Int { clients.load(ordering: .relaxed) }

    func addClient() { _ = clients.wrappingAdd(1, ordering: .relaxed) }

    func removeClient() { _ = clients.wrappingSubtract(1, ordering: .relaxed) }

    // MARK: The end

    var isStopping: Bool { stops.load(ordering: .sequentiallyConsistent) }

    /// Has all threads end.
    func stop(_ failure: SystemCallError? = nil) {
        if let failure { firstFailure.withLock { $0 = $0 ?? failure } }
        stops.store(true, ordering: .sequentiallyConsistent)
        bells.ring(all)
    }

    var failure: SystemCallError? { firstFailure.withLock { $0 } }
}

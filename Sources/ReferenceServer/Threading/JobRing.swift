// A ring of jobs between the executing thread and one I/O thread.
//
//      reaped        done          published      pushed
//        ▼             ▼               ▼             ▼
//     ───┼─ to reap ───┼─ to be run ───┼─ gathered ──┼───  slots, numbered without end, modulo size
//
// The executing thread pushes jobs, publishes what it gathered once per wake-up and reaps what is
// done; the I/O thread runs jobs and counts them as done after they ran. So one ring carries both
// directions: a job's slot is its result, and `done` is all that completion needs. A connection
// belongs to the I/O thread from push to reap.
//
// Invariant: reaped ≤ done ≤ published ≤ pushed ≤ reaped + size. `done` has one writer, `published`
// one other; each is on a cache line of its own.
//
// Credits: the model is Valkey 8's (Uri Yagelnik, Dan Touitou and contributors), io_threads.c;
// there a client has the completion mark, and rings have 2,048 jobs as well.
import LinuxSystem
import Synchronization

struct Job {
    enum Kind {
        /// Receive `count` bytes at `target`, and parse ahead into `prepared`.
        case read
        /// Send `count` bytes at `target`.
        case write
    }

    /// `result` when the socket would have blocked, and when it failed; else bytes moved.
    static let wouldBlock = -1
    static let failed = -2

    let kind: Kind
    let connection: UnsafeMutablePointer<Connection>
    let target: UnsafeMutableRawPointer
    let count: Int
    let prepared: UnsafeMutablePointer<PreparedRequests>?
    /// The connection's as it left; as it is after a read, when it comes back. Others may look at a
    /// connection that is away (CLIENT LIST), so what changes meanwhile is not in it.
    var input: ConnectionInput
    var result = 0
    /// Bytes were sent before the socket failed or blocked.
    var moved = 0
}

struct JobRing: ~Copyable {
    static let size = 2_048

    let slots: UnsafeMutablePointer<Job>
    let published = Atomic<Int>(0)
    private let line1 = InlineArray<8, UInt64>(repeating: 0)
    let done = Atomic<Int>(0)
    private let line2 = InlineArray<8, UInt64>(repeating: 0)
    /// The I/O thread waits for its bell.
    let isParked = Atomic<Bool>(false)
    let stops = Atomic<Bool>(false)
    let bell: EventCounter

    init() throws(SystemCallError) {
        bell = try EventCounter()
        slots = .allocate(capacity: Self.size)
    }

    deinit { slots.deallocate() }

    @inline(__always)
    func slot(_ number: Int) -> UnsafeMutablePointer<Job> { slots + (number & (Self.size &- 1)) }
}

/// What an I/O thread shares with the executing one, by address.
struct SharedRing: @unchecked Sendable {
    let ring: UnsafeMutablePointer<JobRing>
    let completions: UnsafeMutablePointer<Completions>
    let names: CommandNames
}

/// How I/O threads wake the executing thread when it waits for events.
struct Completions: ~Copyable {
    let isParked = Atomic<Bool>(false)
    let bell: EventCounter

    init() throws(SystemCallError) { bell = try EventCounter() }
}

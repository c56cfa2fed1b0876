// What the threads of `global-lock:N` have in common beside the engine, and how they reach each
// other.
//
// Every thread has an event loop and connections of its own, and all have one engine. A thread
// reads and parses what its connections sent, takes the lock, executes all of it, and gives the
// lock back before it sends the replies. Bytes go to and from sockets without the lock; everything
// else about a connection is changed under the lock, by its thread or by others.
//
// New connections are dealt out in turn by the first thread, which has the listeners. KeyDB's
// threads listen on sockets of their own for one port (SO_REUSEPORT), among which the kernel
// chooses by the peer's address: each thread gets about as many, but seldom just as many.
//
// Invariant: whoever gives the lock back leaves no requests in the engine's batch and no replies in
// its buffer.
//
// Credits: KeyDB (John Sully and contributors), networking.cpp and ae.cpp.
import Keyspaces
import LinuxSystem

final class GlobalLock: @unchecked Sendable {
    private let lock = TicketLock()
    /// A bell for each thread's wait.
    let bells: EventCounters

    // Under the lock:
    private var nextThread = 0
    private var arrivals: [[UnsafeMutablePointer<Connection>]]
    /// Threads whose bell rang and that did not look yet, a bit each.
    private var called: UInt64 = 0
    /// What ended a thread before its time.
    private(set) var failure: SystemCallError?

    init(threads: Int) throws(SystemCallError) {
        bells = try EventCounters(threads)
        arrivals = [[UnsafeMutablePointer<Connection>]](repeating: [], count: threads)
    }

    func acquire() { lock.acquire() }

    func release() { lock.release() }

    // MARK: Under the lock

    /// Says which thread a new connection is of.
    /// - Returns: false when that is `thread` itself; others find it among their arrivals.
    func deal(_ connection: UnsafeMutablePointer<Connection>, from thread: Int) -> Bool {
        let target = nextThread
        nextThread = (target + 1) % bells.count
        connection.pointee.thread = UInt8(target)
        guard target != thread else { return false }
        arrivals[target].append(connection)
        call(1 &<< UInt64(target))
        return true
    }

    /// New connections of `thread`, once.
    func takeArrivals(of thread: Int) -> [UnsafeMutablePointer<Connection>] {
        if arrivals[thread].isEmpty { return [] }
        defer { arrivals[thread] = [] }
        return arrivals[thread]
    }

    /// Wakes those of `threads`, a bit each, that were not called yet.
    func call(_ threads: UInt64) {
        let new = threads & ~called
        guard new != 0 else { return }
        called |= new
        bells.ring(new)
    }

    /// `thread` looks at what there is for it from now on.
    func answer(_ thread: Int) { called &= ~(1 &<< UInt64(thread)) }

    func fail(_ error: SystemCallError) { failure = failure ?? error }
}

/// A thread of a server that is started once: what it runs is compiled for the server's table,
/// where it is defined, and whoever starts it need not know which one that is.
protocol ServerThread: Sendable {
    func run()
}

/// What further event loops over the engine of another begin with; its addresses are good for as
/// long as that one is there.
struct SharedEngine<K: Keyspace & ~Copyable>: @unchecked Sendable {
    let place: UnsafeMutablePointer<Engine<K>>
    let lock: GlobalLock
    let configuration: ServerConfiguration
    let background: Background
}

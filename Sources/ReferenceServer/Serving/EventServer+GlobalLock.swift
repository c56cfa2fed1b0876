// `threads=global-lock:N`: the event loop of each thread, and how they begin and end.
//
//     wait │ events, pushed as jobs of reading │ read, parse │ batch, replies kept │ send │ wait
//          └──────────── lock ─────────────────┘             └─────── lock ────────┘
//
// The jobs are those of I/O threads, and a connection that has one is away as it is there; here the
// thread itself does them, between two times that it has the lock.
import Keyspaces
import LinuxSystem

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Serves on `count` threads, the calling one among them, until one of them is told to end.
    static func serveLocked(
        _ keyspace: consuming K, _ configuration: ServerConfiguration, threads count: Int,
        _ control: ServerControl, _ onReady: (ServerPorts) -> Void
    ) throws(SystemCallError) {
        let lock = try GlobalLock(threads: count)
        var leader = try EventServer<K, P>(keyspace, configuration, lock)
        let shared = leader.share(lock)
        var workers = WorkerGroup(capacity: count)
        var failure: SystemCallError?
        do throws(SystemCallError) {
            for number in 1..<count {
                let thread: any ServerThread = LockedThread<K, P>(
                    shared, UInt8(number), control)
                try workers.start { thread.run() }
            }
            onReady(leader.ports)
            try leader.run(lock, control)
        } catch {
            failure = error
            leader.endAll(lock)
        }
        workers.join()
        // Not before: the others used its engine.
        _ = consume leader
        if let failure = failure ?? lock.failure { throw failure }
    }

    /// Has all threads end that may have been started.
    private mutating func endAll(_ lock: GlobalLock) {
        lock.acquire()
        engine.isStopping = true
        lock.call(.max)
        lock.release()
    }

    mutating func run(_ lock: GlobalLock, _ control: ServerControl) throws(SystemCallError) {
        let bell = lock.bells[Int(thread)].pointee.descriptor
        try poller.add(bell, .reading, token: Self.summonsToken)
        if thread == 0 {
            try poller.add(control.bell.descriptor, .reading, token: Self.stopToken)
        }
        lock.acquire()
        // They are sent when others may change them.
        engine.refersToValues = false
        background.start(hz: engine.configuration.hz)
        readClock()
        var failure: SystemCallError?
        while failure == nil && !engine.isStopping && !control.isStopRequested {
            failure = wakeUp(lock)
        }
        engine.isStopping = true
        lock.call(.max)
        closeAll()
        lock.release()
        if let failure { throw failure }
    }

    /// One wait and what comes of it. The lock is given back meanwhile.
    private mutating func wakeUp(_ lock: GlobalLock) -> SystemCallError? {
        let settled = thread != 0 || engine.keyspace.isSettled || !background.ticks
        let timeout = again != nil || !settled ? 0 : millisecondsToWait
        lock.release()
        var count = 0
        var failure: SystemCallError?
        do throws(SystemCallError) {
            count = try poller.wait(milliseconds: timeout)
        } catch {
            failure = error
        }
        lock.acquire()
        lock.answer(Int(thread))
        if let failure { return failure }
        readClock()
        if engine.pause.isNoticed { followPause() }
        if engine.waits.isOverdue(engine.nowNanoseconds) { engine.endOverdueWaits() }
        let visits = again
        again = nil
        visitAgain(visits)
        for index in 0..<count { handle(poller.event(at: index)) }
        finishWakeUp(lock)
        for connection in lock.takeArrivals(of: Int(thread)) { watch(connection) }
        if engine.summoned & ownBits != 0 { closeKilled() }
        freeClosed()
        runBackground(isIdle: count == 0 && visits == nil && !settled)
        lock.call((engine.summoned | engine.mailedThreads) & ~ownBits)
        return nil
    }

    /// Executes and sends, and reads what was to be read, until nothing of it is left to do.
    private mutating func finishWakeUp(_ lock: GlobalLock) {
        let names = engine.commands.names
        while true {
            if engine.batchCount > 0 { executeBatch() }
            passTurn(to: nil)
            if engine.hasMail { deliverMail() }
            handOverReplies()
            guard io.inFlight > 0 else { return }
            lock.release()
            io.runOwn(names)
            lock.acquire()
            readClock()
            reapJobs()
        }
    }

    /// Takes what rang: this event loop looks at all there is for it, in each wake-up.
    func clearBell() {
        if let globalLock { globalLock.bells[Int(thread)].pointee.clear() }
        if let desk { desk.pointee.shards.bells[Int(thread)].pointee.clear() }
    }
}

private final class LockedThread<K: Keyspace & ~Copyable, P: Poller & ~Copyable>: ServerThread {
    private let shared: SharedEngine<K>
    private let number: UInt8
    private let control: ServerControl

    init(_ shared: SharedEngine<K>, _ number: UInt8, _ control: ServerControl) {
        self.shared = shared
        self.number = number
        self.control = control
    }

    func run() {
        do throws(SystemCallError) {
            var server = try EventServer<K, P>(shared, thread: number)
            try server.run(shared.lock, control)
        } catch {
            shared.lock.acquire()
            shared.lock.fail(error)
            shared.place.pointee.isStopping = true
            shared.lock.call(.max)
            shared.lock.release()
        }
    }
}

// `threads=sharded:N`: the event loop of each thread, and how they begin and end.
//
//     wait │ letters │ events: parse, send, execute, reply │ wait
//
// Letters come first: replies to what was sent, requests and meetings. None of them finds requests
// in the batch. New connections are dealt out in turn by the first thread, which has the listeners.
//
// `threads=lock-free:N` has the same loops. Every thread has all keys there, so that nothing is
// sent but what is about the clients, counts and settings of all.
import Keyspaces
import LinuxSystem
import Transport

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Serves on `count` threads, the calling one among them, until one of them is told to end.
    static func serveSharded(
        _ keyspace: consuming K, _ configuration: ServerConfiguration, threads count: Int,
        _ control: ServerControl, _ onReady: (ServerPorts) -> Void
    ) throws(SystemCallError) {
        let shards = try Shards(count)
        var leader = try EventServer<K, P>(keyspace, configuration, shards: shards)
        var workers = WorkerGroup(capacity: count)
        var failure: SystemCallError?
        do throws(SystemCallError) {
            for number in 1..<count {
                let thread: any ServerThread = ShardThread<K, P>(
                    shards, number, leader.engine.configuration, leader.background, control)
                try workers.start { thread.run() }
            }
            onReady(leader.ports)
            try leader.runShard(control)
        } catch {
            failure = error
        }
        shards.stop()
        workers.join()
        if let failure = failure ?? shards.failure { throw failure }
    }

    mutating func runShard(_ control: ServerControl) throws(SystemCallError) {
        guard let desk else { return }
        let (shards, number) = (desk.pointee.shards, desk.pointee.thread)
        let bell = shards.bells[number].pointee.descriptor
        try poller.add(bell, .reading, token: Self.summonsToken)
        if number == 0 {
            try poller.add(control.bell.descriptor, .reading, token: Self.stopToken)
        }
        // They are sent when they may be others.
        engine.refersToValues = false
        background.start(hz: engine.configuration.hz)
        readClock()
        while !engine.isStopping && !shards.isStopping && !control.isStopRequested {
            try wakeUp(desk)
        }
        shards.stop()
        closeAll()
    }

    /// One wait and what comes of it.
    private mutating func wakeUp(_ desk: DeskPointer) throws(SystemCallError) {
        let (shards, number) = (desk.pointee.shards, desk.pointee.thread)
        let settled = engine.keyspace.isSettled || !background.ticks
        var timeout = again != nil || !settled ? 0 : millisecondsToWait
        let parks = timeout != 0
        if parks && !shards.park(number) { timeout = 0 }
        let count = try poller.wait(milliseconds: timeout)
        if parks { shards.unpark(number) }
        readClock()
        let hasLetters = readLetters(desk)
        if engine.pause.isNoticed { followPause() }
        let visits = again
        again = nil
        visitAgain(visits)
        for index in 0..<count { handle(poller.event(at: index)) }
        if engine.batchCount > 0 { executeBatch() }
        passTurn(to: nil)
        if engine.summoned != 0 { closeKilled() }
        freeClosed()
        runBackground(isIdle: count == 0 && visits == nil && !hasLetters && !settled)
    }

    /// Does what other threads ask for, and takes what they answer.
    private mutating func readLetters(_ desk: DeskPointer) -> Bool {
        let letters = desk.pointee.shards.take(desk.pointee.thread)
        for letter in letters {
            switch letter {
            case .requests(let parcel):
                passTurn(to: nil)
                execute(parcel, desk)
            case .replies(let parcel): unpack(parcel, desk)
            case .connection(let stream): admit(stream)
            case .crossing(let crossing): callTogether(crossing, desk)
            case .meeting(let crossing):
                passTurn(to: nil)
                attend(crossing, desk)
            case .crossed(let crossing): complete(crossing)
            }
        }
        passTurn(to: nil)
        return !letters.isEmpty
    }

    /// Says which thread a new connection is of, each in turn.
    /// - Returns: false when it is this one's.
    func deal(_ stream: Stream, _ desk: DeskPointer) -> Bool {
        let shards = desk.pointee.shards
        shards.addClient()
        let target = desk.pointee.nextReceiver()
        guard target != desk.pointee.thread else { return false }
        shards.post(.connection(stream), to: target)
        return true
    }
}

private final class ShardThread<K: Keyspace & ~Copyable, P: Poller & ~Copyable>: ServerThread {
    private let shards: Shards
    private let number: Int
    private let configuration: ServerConfiguration
    private let background: Background
    private let control: ServerControl

    init(
        _ shards: Shards, _ number: Int, _ configuration: ServerConfiguration,
        _ background: Background, _ control: ServerControl
    ) {
        self.shards = shards
        self.number = number
        self.configuration = configuration
        self.background = background
        self.control = control
    }

    func run() {
        do throws(SystemCallError) {
            var server = try EventServer<K, P>(shards, number, configuration, background)
            try server.runShard(control)
        } catch {
            shards.stop(error)
        }
    }
}

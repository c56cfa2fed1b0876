// The load loop: one thread's connections, source, counters and clock. Workers share nothing while
// a burst runs; their results are read when it is over.
//
//     wait ─► read the clock once ─► each ready connection: receive, step over replies, count,
//                                    record now − sentAt ─► when a batch is answered: refill, send
//
// A closed loop: a connection sends its next batch when the last one is answered. `refill` is the
// only place that decides to send; an open loop puts the connection by there, and sends by its
// schedule (Pacing/LoadWorker+OpenLoop.swift).
//
// Latencies are per command: every reply is a sample, from the moment its batch was handed to the
// socket (the clock is read again for that) to the wake-up that found the reply. Replies of one
// wake-up and one batch are the same number of ns, so they are recorded as one run.
//
// What is counted, and when a burst begins and ends, is the account's (Loop/BurstAccount.swift).
//
// Invariants: between bursts nothing is outstanding; `outstanding` is the sum of all connections'
// requests − answered.
import Glibc
import LinuxSystem
import Quantities
import RESP
import Statistics
import SystemPackage
import Transport
import Workloads

struct LoadWorker<Source: RequestSource & ~Copyable>: ~Copyable {
    let options: LoadOptions
    let address: SocketAddress

    var epoll: Epoll
    let connections: UnsafeMutablePointer<LoadConnection>
    let connectionCount: Int
    var source: Source
    let buffer: UnsafeMutablePointer<UInt8>
    /// Whether the source wants to hear of look-ups that found nothing.
    let tellsMisses: Bool
    /// Whether it wants to see the bytes of replies.
    let showsReplies: Bool
    /// What replies must be, by command; nil where nothing is known.
    let rules: UnsafeMutablePointer<AnswerRule>?
    /// What is waited for behind a command, by command; nil where nothing is.
    let waits: UnsafeMutablePointer<DurabilityWait?>?

    var burst: BurstAccount
    /// Connections whose handshakes go on, and those that were done (`-k 0`).
    var handshaking = 0
    var handshakes: HandshakeSample?
    /// Of encrypted connections: of those that are closed, and of all before the burst.
    var closedTraffic = TLSTraffic()
    private var earlierTraffic = TLSTraffic()
    /// Of the reply that was looked for last.
    var shape = ReplyShape.unknown
    let heads = ReplyHeads()

    /// Has `streams` for its own: they are closed where this throws.
    static func open(
        _ address: SocketAddress, _ options: LoadOptions, _ place: WorkerPlace,
        _ shared: BurstControl, _ progress: WorkerProgress, _ source: consuming Source,
        _ streams: [Stream]
    ) throws(LoadFailure.Reason) -> LoadWorker {
        let requests = options.pipeline * source.unit
        let count = streams.count
        let epoll: Epoll
        do throws(SystemCallError) {
            epoll = try Epoll(capacity: min(max(count, 1), 1024))
        } catch {
            for stream in streams { stream.close() }
            throw .system(error)
        }
        let connections = UnsafeMutablePointer<LoadConnection>.allocate(capacity: max(count, 1))
        let first = Int(place.part(of: UInt64(options.connections)).lowerBound)
        for index in 0..<count {
            (connections + index).initialize(
                to: LoadConnection(streams[index], requests: requests))
            connections[index].batch.client = WorkerPlace(
                index: first + index, count: options.connections)
        }
        do throws(SystemCallError) {
            for index in 0..<count {
                try epoll.add(streams[index].descriptor, .edges, token: UInt64(index))
            }
        } catch {
            for index in 0..<count { connections[index].deallocate() }
            connections.deallocate()
            throw .system(error)
        }
        return LoadWorker(
            address, options, place, shared, progress, source, epoll, connections, count)
    }

    private init(
        _ address: SocketAddress, _ options: LoadOptions, _ place: WorkerPlace,
        _ shared: BurstControl, _ progress: WorkerProgress,
        _ source: consuming Source, _ epoll: consuming Epoll,
        _ connections: UnsafeMutablePointer<LoadConnection>, _ connectionCount: Int
    ) {
        self.address = address
        self.options = options
        self.epoll = epoll
        self.connections = connections
        self.connectionCount = connectionCount
        burst = BurstAccount(
            source.commands, unit: source.unit, checksWhole: source.checksWhole, options, place,
            shared, progress)
        tellsMisses = source.wantsMisses
        showsReplies = source.wantsReplies
        let rules = source.answerRules
        self.rules = rules.isEmpty ? nil : .allocate(capacity: rules.count)
        self.rules?.initialize(from: rules, count: rules.count)
        let waits = source.waits
        self.waits = waits.contains { $0 != nil } ? .allocate(capacity: waits.count) : nil
        self.waits?.initialize(from: waits, count: waits.count)
        self.source = source
        // what is shorter than a word is compared as one
        buffer = .allocate(capacity: LoopLimits.bufferBytes + ReplyShape.word)
    }

    /// Closes the connections and gives back what the worker allocated; its owner calls it once,
    /// last. Not a deinit: Swift 6.3.1 skips the one of a generic `~Copyable` value that is
    /// destroyed through a pointer, and destroys the fields alone.
    func close() {
        for index in 0..<connectionCount { connections[index].deallocate() }
        connections.deallocate()
        burst.close()
        buffer.deallocate()
        rules?.deallocate()
        waits?.deallocate()
        heads.deallocate()
    }

    // MARK: a burst

    /// Runs one burst to its end or to a failure. `tick` is called about every 5 ms.
    mutating func run(_ limit: BurstLimit, _ pace: Pace?, _ tick: (UInt64) -> Void) {
        (handshaking, handshakes) = (0, nil)
        closedTraffic = TLSTraffic()
        earlierTraffic = openTraffic
        burst.prepare(limit, pace, connections: connectionCount)
        let thread = burst.start(limit, pace)
        if burst.isPaced {
            pacedLoop(tick)
        } else {
            for index in 0..<connectionCount where burst.budget > 0 && !burst.hasFailed {
                refill(connections + index)
            }
            loop(tick)
        }
        burst.end(thread)
    }

    /// What went over the connections that are open, where they are encrypted.
    private var openTraffic: TLSTraffic {
        var sum = TLSTraffic()
        guard options.tls != nil else { return sum }
        for index in 0..<connectionCount {
            if let traffic = connections[index].stream.encryptedTraffic { sum += traffic }
        }
        return sum
    }

    private mutating func loop(_ tick: (UInt64) -> Void) {
        var housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
        while (burst.outstanding > 0 || handshaking > 0) && !burst.hasFailed {
            let count: Int
            do throws(SystemCallError) {
                // The time-out only bounds how late a stall or Ctrl-C is seen.
                count = try epoll.wait(milliseconds: 50)
            } catch {
                burst.fail(.system(error))
                return
            }
            burst.now = Clock.monotonicNanoseconds()
            if burst.now >= burst.deadline { burst.budget = 0 }
            if count > 0 { burst.noteSilence() }
            var index = 0
            while index < count {
                let event = epoll.event(at: index)
                handle(event)
                index &+= 1
            }
            if burst.now >= housekeeping || count == 0 {
                housekeeping = burst.now &+ LoopLimits.housekeepingNanoseconds
                keepHouse()
                tick(burst.now)
            }
        }
    }

    mutating func keepHouse() {
        burst.publish()
        if burst.now &- burst.lastByteAt > options.stallNanoseconds {
            burst.fail(.stalled(seconds: Nanoseconds(options.stallNanoseconds).seconds))
        }
        burst.drainIfAsked(isDraining: burst.budget <= 0)
    }

    // MARK: results

    /// What the last burst came to.
    func sample() -> LoadSample {
        var sample = burst.sample()
        if options.tls != nil {
            var traffic = openTraffic
            traffic += closedTraffic
            sample.encryptedTraffic = traffic.since(earlierTraffic)
            sample.handshakes = handshakes
        }
        return sample
    }
}

// Where a connection stands. All thread models move it through the same phases: to the right its
// input is held by the batch, downward its replies wait for an I/O thread. `single` and `sharded:N`
// have no such thread and stay in the upper row; with `global-lock:N` its own thread is one, while
// it does not have the lock.
//
//     ┌──────────┐ ──── queue ────► ┌───────────────────┐
//     │   idle   │                  │      queued       │
//     └──────────┘ ◄─── unqueue ─── └───────────────────┘
//       │      ▲                      │
//     gather  handOver              gather
//       ▼      │                      ▼
//     ┌──────────┐ ──── queue ────► ┌───────────────────┐
//     │ gathered │                  │ queuedAndGathered │
//     └──────────┘ ◄─── unqueue ─── └───────────────────┘
//
//     idle ── leave ──► away ── comeBack ──► idle      note, and close too, are noted until then
//     every phase but away ── close ──► closed         for good: nothing but the memory is left
//
// Beside the phase there are three facts, because each of them goes with any phase:
// - the orders, what others decided about the connection: a pause postpones it, its own unread
//   replies choke it, a command that waits for a key blocks it, its QUIT or its errors end it after
//   the reply, CLIENT KILL ends it with the wake-up. Who gives an order lifts it, whatever the
//   others did meanwhile, so nearly all sets of them occur;
// - whether it is on the list of those to be visited again, which it stays on when it is closed;
// - whether the peer's end was announced: no further event says that there is something to read.
//
// Transitions are functions, and stop the program where the phase does not allow them: what would
// follow is memory that two threads write. The table of them all is `Phase.after`.

public struct ConnectionState {
    public enum Phase: Equatable, Sendable {
        /// Nothing of it is under way: its socket and its buffers are the event loop's.
        case idle
        /// Requests of it are in the batch and point into its input, which must stay as it is.
        case queued
        /// Its replies wait for the end of the wake-up, to be handed to an I/O thread.
        case gathered
        case queuedAndGathered
        /// An I/O thread has it: nothing else of it may be touched but this state.
        case away(Notice)
        /// The memory goes when the wake-up's events are through.
        case closed
    }

    /// What happened to a connection while it was away, to be done when it comes back.
    public struct Notice: OptionSet, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let readable = Notice(rawValue: 1)
        public static let writable = Notice(rawValue: 2)
        public static let close = Notice(rawValue: 4)
    }

    public struct Orders: OptionSet, Sendable {
        public let rawValue: UInt8

        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A pause holds its input back: nothing of it is read or parsed.
        public static let postponed = Orders(rawValue: 1)
        /// Its replies wait in such numbers that nothing of it is executed until they are sent.
        public static let choked = Orders(rawValue: 2)
        /// To be closed once what is written is sent; nothing more is executed.
        public static let closesAfterReply = Orders(rawValue: 4)
        /// To be closed at the end of the wake-up: CLIENT KILL chose it.
        public static let killed = Orders(rawValue: 8)
        /// Its last command waits for a key: until that has its reply, what it sends is read and
        /// not parsed.
        public static let blocked = Orders(rawValue: 16)
    }

    public private(set) var phase = Phase.idle
    public private(set) var orders: Orders = []
    /// It is on the list of connections to be visited again without an event.
    public private(set) var isListed = false
    /// It is read up to the end of the stream, because no further event comes.
    public private(set) var isEndAnnounced = false

    public init() {}
}

// MARK: Phases

extension ConnectionState {
    public enum Event: Equatable, Sendable {
        case queue, unqueue, gather, handOver, leave, comeBack
        case note(Notice)
        case close
    }

    /// A request of it goes into the batch. With a pipeline most follow another of the same
    /// connection, and the table of phases is a dozen instructions.
    @inline(__always)
    public mutating func queue() {
        if case .queued = phase { return }
        move(.queue)
    }

    /// No request of it is in the batch any more.
    @inline(__always)
    public mutating func unqueue() { move(.unqueue) }

    /// Its replies are kept for an I/O thread.
    public mutating func gather() { move(.gather) }

    /// The wake-up ends: what was gathered can be sent.
    public mutating func handOver() { move(.handOver) }

    /// An I/O thread gets it.
    public mutating func leave() { move(.leave) }

    /// The I/O thread is done with it.
    /// - Returns: what was noted meanwhile.
    public mutating func comeBack() -> Notice {
        let before = phase
        move(.comeBack)
        return if case .away(let notice) = before { notice } else { [] }
    }

    /// Notes what happened to it while it is away.
    public mutating func note(_ notice: Notice) { move(.note(notice)) }

    /// Ends it, or notes that it is to end when it comes back.
    /// - Returns: whether it is closed now.
    public mutating func close() -> Bool {
        move(.close)
        return isClosed
    }

    @inline(__always)
    private mutating func move(_ event: Event) {
        guard let next = phase.after(event) else {
            preconditionFailure("\(event) of a connection that is \(phase)")
        }
        phase = next
    }

    @inline(__always)
    public var isIdle: Bool { if case .idle = phase { true } else { false } }

    @inline(__always)
    public var isClosed: Bool { if case .closed = phase { true } else { false } }

    @inline(__always)
    public var isAway: Bool { if case .away = phase { true } else { false } }

    /// Requests of it are in the batch.
    @inline(__always)
    public var isQueued: Bool {
        switch phase {
        case .queued, .queuedAndGathered: true
        case .idle, .gathered, .away, .closed: false
        }
    }

    /// Its replies are on the list of those to be handed over.
    @inline(__always)
    public var isGathered: Bool {
        switch phase {
        case .gathered, .queuedAndGathered: true
        case .idle, .queued, .away, .closed: false
        }
    }

    /// Nobody points into its input, so that a buffer with nothing in it can be given back.
    @inline(__always)
    public var isInputFree: Bool {
        switch phase {
        case .idle, .gathered: true
        case .queued, .queuedAndGathered, .away, .closed: false
        }
    }

    /// What waits to be sent may be sent, and moved, here and now.
    @inline(__always)
    public var isOutputFree: Bool {
        switch phase {
        case .idle, .queued: true
        case .gathered, .queuedAndGathered, .away, .closed: false
        }
    }
}

extension ConnectionState.Phase {
    /// The phase that `event` leads to; nil where it must not happen. A client that is gone may
    /// have requests in the batch still: they are executed, their replies go nowhere.
    @inline(__always)
    public func after(_ event: ConnectionState.Event) -> Self? {
        switch event {
        case .queue:
            switch self {
            case .idle, .queued: return .queued
            case .gathered, .queuedAndGathered: return .queuedAndGathered
            case .closed: return .closed
            case .away: return nil
            }
        case .unqueue:
            switch self {
            case .idle, .queued: return .idle
            case .gathered, .queuedAndGathered: return .gathered
            case .closed: return .closed
            case .away: return nil
            }
        case .gather:
            switch self {
            case .idle: return .gathered
            case .queued: return .queuedAndGathered
            case .gathered, .queuedAndGathered, .away, .closed: return nil
            }
        case .handOver:
            switch self {
            case .gathered: return .idle
            case .closed: return .closed
            case .idle, .queued, .queuedAndGathered, .away: return nil
            }
        case .leave: if case .idle = self { return .away([]) } else { return nil }
        case .comeBack: if case .away = self { return .idle } else { return nil }
        case .note(let notice):
            if case .away(let noted) = self { return .away(noted.union(notice)) }
            return nil
        case .close:
            switch self {
            case .idle, .queued, .gathered, .queuedAndGathered: return .closed
            case .away(let noted): return .away(noted.union(.close))
            case .closed: return nil
            }
        }
    }
}

// MARK: Orders and lists

extension ConnectionState {
    /// A pause meets a request of it. Every further one finds it postponed.
    public mutating func postpone() { orders.insert(.postponed) }

    /// The pause is over.
    public mutating func resume() {
        precondition(isPostponed, "only what a pause holds back is resumed")
        orders.remove(.postponed)
    }

    /// Too many replies wait. More of them may come before the batch has seen it.
    public mutating func choke() { orders.insert(.choked) }

    /// All replies were sent.
    public mutating func unchoke() {
        precondition(isChoked, "only a slow reader is taken up again")
        orders.remove(.choked)
    }

    /// A command of it waits.
    public mutating func block() {
        precondition(!isBlocked, "what waits sends no second command that does")
        orders.insert(.blocked)
    }

    /// The command has its reply.
    public mutating func unblock() {
        precondition(isBlocked, "only what waits is let go")
        orders.remove(.blocked)
    }

    /// Nothing of it is executed any more. Not to be taken back.
    public mutating func closeAfterReply() { orders.insert(.closesAfterReply) }

    /// The wake-up is its last. Not to be taken back.
    public mutating func kill() { orders.insert(.killed) }

    @inline(__always)
    public var isPostponed: Bool { orders.contains(.postponed) }

    @inline(__always)
    public var isChoked: Bool { orders.contains(.choked) }

    @inline(__always)
    public var closesAfterReply: Bool { orders.contains(.closesAfterReply) }

    public var isKilled: Bool { orders.contains(.killed) }

    @inline(__always)
    public var isBlocked: Bool { orders.contains(.blocked) }

    /// What was parsed of it, and not executed, is to be put back.
    @inline(__always)
    public var isHeldUp: Bool { !orders.isDisjoint(with: [.choked, .blocked]) }

    /// No order keeps its next bytes from being read and parsed.
    @inline(__always)
    public var takesRequests: Bool {
        orders.isDisjoint(with: [.postponed, .choked, .closesAfterReply, .blocked])
    }

    /// It goes on the list of those to be visited again.
    @inline(__always)
    public mutating func list() {
        precondition(!isListed, "a connection is on the list once")
        isListed = true
    }

    /// It was taken off the list.
    @inline(__always)
    public mutating func unlist() {
        precondition(isListed, "only what is on the list is taken off")
        isListed = false
    }

    /// The peer sends no more. Every event says so from then on.
    public mutating func announceEnd() { isEndAnnounced = true }
}

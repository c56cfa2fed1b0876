// Waiting for many descriptors at once. Back ends are siblings behind one type, as swift-nio's
// selectors are (SelectorEpoll, SelectorKqueue, SelectorUring): a loop is generic over its poller
// and specialised for it. Another back end is one file beside Epoll.swift.
//
// A descriptor is registered once, for all that is wanted of it, so that a request costs no call
// but its own: there is no way to change a registration.
import CLinux
import Glibc

public protocol Poller: ~Copyable {
    /// What it is called where a server tells how it waits (INFO's `multiplexing_api`).
    static var name: String { get }

    /// - Parameter capacity: events handed out per wait; more wait for the next one.
    init(capacity: Int) throws(SystemCallError)

    /// - Parameter token: what events of `fd` are told by.
    func add(_ fd: CInt, _ interest: PollInterest, token: UInt64) throws(SystemCallError)

    /// Takes `fd` out of the set: no wait that begins now reports it.
    func remove(_ fd: CInt)

    /// Waits and returns how many events `event(at:)` now holds. An interruption counts as none.
    /// - Parameter milliseconds: −1 waits for ever, 0 polls.
    mutating func wait(milliseconds: Int) throws(SystemCallError) -> Int

    /// One of the last wait's events.
    func event(at index: Int) -> ReadyEvent
}

extension Poller where Self: ~Copyable {
    /// Takes `fd` out of the set and closes it. Closing alone would leave it there while a copy is
    /// open, as in a process between fork and exec, and its events would go on under a token that
    /// the owner has forgotten.
    public func close(_ fd: CInt) {
        remove(fd)
        Glibc.close(fd)
    }
}

public enum PollInterest {
    /// Edge-triggered, both directions: connections.
    case edges
    /// Level-triggered reading: listeners, event and signal descriptors.
    case reading
}

/// What woke a wait up.
public struct ReadyEvent {
    /// The number given at registration.
    public let token: UInt64
    private let bits: UInt32

    /// - Parameter bits: those of poll(2), which epoll and io_uring's poll requests share.
    @inline(__always)
    public init(token: UInt64, bits: UInt32) {
        self.token = token
        self.bits = bits
    }

    public var isReadable: Bool {
        bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue)
            != 0
    }
    /// The peer sends no more, or the connection is broken: read until the end shows now, because
    /// no further edge may come.
    public var endsInput: Bool {
        bits & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
    }
    public var isWritable: Bool { bits & (EPOLLOUT.rawValue | EPOLLERR.rawValue) != 0 }
}

// epoll(7) as both event loops use it: descriptors are registered once, edge-triggered, for reading
// and writing together, so that a request costs no epoll_ctl.
import CLinux
import Glibc
import SystemPackage

public struct Epoll: ~Copyable {
    public let descriptor: CInt
    private let events: UnsafeMutablePointer<epoll_event>
    private let capacity: Int

    /// What woke a wait up.
    public struct Event {
        /// The number given at registration.
        public let token: UInt64
        private let bits: UInt32

        init(_ event: epoll_event) {
            token = event.data.u64
            bits = event.events
        }
        public var isReadable: Bool {
            bits & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue)
                != 0
        }
        /// The peer sends no more, or the connection is broken: read until the end shows now,
        /// because no further edge may come.
        public var endsInput: Bool {
            bits & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        }
        public var isWritable: Bool { bits & (EPOLLOUT.rawValue | EPOLLERR.rawValue) != 0 }
    }

    public enum Interest {
        /// Edge-triggered, both directions: connections.
        case edges
        /// Level-triggered reading: listeners, event and signal descriptors.
        case reading
    }

    /// - Parameter capacity: events handed out per wait; more wait for the next one.
    public init(capacity: Int = 1024) throws(SystemCallError) {
        descriptor = try call("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) }
        self.capacity = capacity
        events = .allocate(capacity: capacity)
    }

    deinit {
        Glibc.close(descriptor)
        events.deallocate()
    }

    public func add(_ fd: CInt, _ interest: Interest, token: UInt64) throws(SystemCallError) {
        var event = epoll_event()
        switch interest {
        case .edges:
            event.events =
                EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        case .reading: event.events = EPOLLIN.rawValue
        }
        event.data.u64 = token
        _ = try call("epoll_ctl") { epoll_ctl(descriptor, EPOLL_CTL_ADD, fd, &event) }
    }

    /// Takes `fd` out of the set and closes it. Closing alone would leave it there while a copy is
    /// open, as in a process between fork and exec, and its events would go on under a token that
    /// the owner has forgotten.
    public func close(_ fd: CInt) {
        epoll_ctl(descriptor, EPOLL_CTL_DEL, fd, nil)
        Glibc.close(fd)
    }

    /// Waits and returns how many events `event(at:)` now holds. An interruption counts as none.
    /// - Parameter milliseconds: −1 waits for ever, 0 polls.
    public mutating func wait(milliseconds: Int) throws(SystemCallError) -> Int {
        let count = epoll_wait(
            descriptor, events, CInt(capacity), CInt(truncatingIfNeeded: milliseconds))
        if count >= 0 { return Int(count) }
        let code = Glibc.errno
        if code == EINTR { return 0 }
        throw SystemCallError("epoll_wait", Errno(rawValue: code))
    }

    @inline(__always)
    public func event(at index: Int) -> Event { Event(events[index]) }
}

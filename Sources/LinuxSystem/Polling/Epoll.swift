// epoll(7) as both event loops use it: descriptors are registered once, edge-triggered, for reading
// and writing together, so that a request costs no epoll_ctl.
import CLinux
import Glibc

public struct Epoll: Poller, ~Copyable {
    public static var name: String { "epoll" }

    public let descriptor: CInt
    private let events: UnsafeMutablePointer<epoll_event>
    private let capacity: Int

    public init(capacity: Int) throws(SystemCallError) {
        descriptor = try call("epoll_create1") { epoll_create1(CInt(EPOLL_CLOEXEC)) }
        self.capacity = capacity
        events = .allocate(capacity: capacity)
    }

    deinit {
        Glibc.close(descriptor)
        events.deallocate()
    }

    public func add(
        _ fd: CInt, _ interest: PollInterest, token: UInt64
    ) throws(SystemCallError) {
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

    public func remove(_ fd: CInt) { epoll_ctl(descriptor, EPOLL_CTL_DEL, fd, nil) }

    public mutating func wait(milliseconds: Int) throws(SystemCallError) -> Int {
        let (descriptor, events, capacity) = (self.descriptor, self.events, CInt(self.capacity))
        let count = try interruptible("epoll_wait") {
            epoll_wait(descriptor, events, capacity, CInt(truncatingIfNeeded: milliseconds))
        }
        return Int(count ?? 0)
    }

    @inline(__always)
    public func event(at index: Int) -> ReadyEvent {
        ReadyEvent(token: events[index].data.u64, bits: events[index].events)
    }
}

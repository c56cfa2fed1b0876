// One policy for system calls: EINTR is retried here, "would block" is a value and no error, and
// everything else is thrown as a typed `Errno`. Waits are the exception: an interruption ends them,
// because a signal may have changed what is waited for. After swift-nio's System.swift and
// swift-system.
import Glibc
import SystemPackage

/// A call that failed, in words: the only error type of this module.
public struct SystemCallError: Error, CustomStringConvertible, Sendable {
    /// The C function.
    public let function: String
    public let errno: Errno
    /// What it was applied to (an address, a path), for the message.
    public let subject: String
    /// A host's name that no address is known for: `errno` has no word for it.
    public let isUnknownHost: Bool

    public init(_ function: String, _ errno: Errno, _ subject: String = "") {
        self.function = function
        self.errno = errno
        self.subject = subject
        isUnknownHost = false
    }

    init(unknownHost host: String, _ function: String) {
        self.function = function
        errno = .noSuchAddressOrDevice
        subject = host
        isUnknownHost = true
    }

    public var description: String {
        isUnknownHost
            ? "\(function) \(subject): the name is not known"
            : subject.isEmpty ? "\(function): \(errno)" : "\(function) \(subject): \(errno)"
    }
}

/// What a non-blocking read or write came to.
public enum IOResult: Equatable, Sendable {
    /// Bytes moved; 0 on a read is the end of the stream.
    case bytes(Int)
    case wouldBlock
    case failed(Errno)
}

/// Repeats `body` while it is interrupted; throws what else goes wrong.
@inline(__always)
func call(
    _ function: StaticString, _ subject: @autoclosure () -> String = "", _ body: () -> CInt
) throws(SystemCallError) -> CInt {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = Glibc.errno
        if code != EINTR {
            throw SystemCallError("\(function)", Errno(rawValue: code), subject())
        }
    }
}

/// Calls `body`, which waits; nil when it was interrupted.
@inline(__always)
func interruptible(
    _ function: StaticString, _ body: () -> CInt
) throws(SystemCallError) -> CInt? {
    let result = body()
    if result >= 0 { return result }
    let code = Glibc.errno
    if code == EINTR { return nil }
    throw SystemCallError("\(function)", Errno(rawValue: code))
}

/// Repeats `body`, which does not wait, while it is interrupted.
@inline(__always)
func transfer(_ body: () -> Int) -> IOResult {
    while true {
        let result = body()
        if result >= 0 { return .bytes(result) }
        let code = Glibc.errno
        if code == EAGAIN || code == EWOULDBLOCK { return .wouldBlock }
        if code != EINTR { return .failed(Errno(rawValue: code)) }
    }
}

/// write(2) of everything; what went wrong, nil where nothing did. Waits where the descriptor does
/// not block.
public func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Errno? {
    var offset = 0
    while offset < bytes.count {
        let result = transfer {
            Glibc.write(descriptor, bytes.baseAddress! + offset, bytes.count - offset)
        }
        switch result {
        case .bytes(let count): offset += count
        case .wouldBlock:
            var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = poll(&ready, 1, -1)
        case .failed(let errno): return errno
        }
    }
    return nil
}

/// read(2), from where the descriptor stands.
public func read(_ fd: CInt, into buffer: UnsafeMutableRawPointer, _ count: Int) -> IOResult {
    transfer { Glibc.read(fd, buffer, count) }
}

/// recv(2) on a non-blocking socket.
@inline(__always)
public func receive(_ fd: CInt, into buffer: UnsafeMutableRawPointer, _ count: Int) -> IOResult {
    transfer { recv(fd, buffer, count, 0) }
}

/// send(2) without SIGPIPE.
@inline(__always)
public func send(_ fd: CInt, _ bytes: UnsafeRawPointer, _ count: Int) -> IOResult {
    transfer { Glibc.send(fd, bytes, count, CInt(MSG_NOSIGNAL)) }
}

/// sendmsg(2) of several stretches of memory as one, without SIGPIPE.
public func send<let count: Int>(
    _ fd: CInt, _ pieces: InlineArray<count, UnsafeRawBufferPointer>
) -> IOResult {
    var vectors = InlineArray<count, iovec> { index in
        iovec(
            iov_base: UnsafeMutableRawPointer(mutating: pieces[index].baseAddress),
            iov_len: pieces[index].count)
    }
    return withUnsafeMutablePointer(to: &vectors) { vectors in
        var message = msghdr()
        message.msg_iov = UnsafeMutableRawPointer(vectors).assumingMemoryBound(to: iovec.self)
        message.msg_iovlen = count
        return transfer { sendmsg(fd, &message, CInt(MSG_NOSIGNAL)) }
    }
}

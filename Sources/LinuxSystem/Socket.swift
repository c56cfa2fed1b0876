// Stream sockets, non-blocking from birth: TCP over IPv4 or IPv6, and unix.
import CLinux
import Glibc
import SystemPackage

/// Where a server listens.
public enum SocketAddress: Equatable, Sendable, CustomStringConvertible, Codable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }

    /// Whose certificate a server there has.
    public var host: String {
        switch self {
        case .tcp(let host, _): host
        case .unix: "localhost"
        }
    }
}

public enum Socket {
    /// A listening socket; port 0 lets the kernel choose (see `localPort`).
    /// - Throws: EADDRINUSE when the port is taken, EACCES, …
    public static func listen(on address: SocketAddress, backlog: CInt = 511)
        throws(SystemCallError) -> CInt
    {
        try open(address, "listen on") { (fd, raw, length) throws(SystemCallError) in
            var one: CInt = 1
            setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
            _ = try call("bind", "\(address)") { Glibc.bind(fd, raw, length) }
            _ = try call("listen", "\(address)") { Glibc.listen(fd, backlog) }
            setNonBlocking(fd)
        }
    }

    /// A connected socket: the call waits for the connection, later reads and writes do not.
    /// - Parameter milliseconds: how long each of the addresses of a name may take; nil: as long as
    ///   the kernel tries, which is minutes.
    /// - Throws: ECONNREFUSED, ETIMEDOUT, ENOENT (unix) …
    public static func connect(
        to address: SocketAddress, milliseconds: Int? = nil
    ) throws(SystemCallError) -> CInt {
        let fd = try open(address, "connect to") { (fd, raw, length) throws(SystemCallError) in
            // One of unix does not wait for a peer that is away, and would not wait for room.
            if let milliseconds, CInt(raw.pointee.sa_family) != AF_UNIX {
                setNonBlocking(fd)
                try Connecting.start(fd, raw, length, address)
                guard waitWritable(fd, milliseconds: milliseconds) else {
                    throw SystemCallError("connect to", .timedOut, "\(address)")
                }
                _ = try Connecting.isDone(fd, to: address)
            } else {
                _ = try call("connect to", "\(address)") { Glibc.connect(fd, raw, length) }
            }
        }
        configure(fd)
        setNonBlocking(fd)
        return fd
    }

    /// What a listener had.
    public enum Accepted {
        case connection(CInt)
        case nothing
        /// The process or the system has no descriptor left for the connection that waits.
        case outOfDescriptors
    }

    /// Takes the next waiting connection, non-blocking.
    public static func take(from listener: CInt) -> Accepted {
        while true {
            switch transfer({ Int(hashmark_accept(listener)) }) {
            case .bytes(let descriptor):
                let fd = CInt(descriptor)
                configure(fd)
                return .connection(fd)
            // It ended before it was taken: the next may be whole.
            case .failed(.connectionAbort): continue
            case .failed(.tooManyOpenFiles), .failed(.tooManyOpenFilesInSystem):
                return .outOfDescriptors
            case .wouldBlock, .failed: return .nothing
            }
        }
    }

    /// The next waiting connection, non-blocking, or nil.
    public static func accept(from listener: CInt) -> CInt? {
        if case .connection(let fd) = take(from: listener) { fd } else { nil }
    }

    /// A descriptor that is good for nothing but to be closed when another is needed; −1 if none.
    public static func spareDescriptor() -> CInt {
        Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    /// Raises the soft limit of descriptors to `count`, as far as the hard one allows.
    /// - Returns: the limit that there is now.
    @discardableResult
    public static func raiseDescriptorLimit(to count: Int) -> Int {
        var limits = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limits) == 0 else { return count }
        if limits.rlim_cur < rlim_t(count) {
            limits.rlim_cur = min(rlim_t(count), limits.rlim_max)
            setrlimit(resource, &limits)
            guard getrlimit(resource, &limits) == 0 else { return count }
        }
        return Int(clamping: limits.rlim_cur)
    }

    /// Both ends of a connected socket as text: `HOST:PORT`, or the path of a unix socket.
    public static func endpoints(_ fd: CInt) -> (peer: String, local: String) {
        (address(fd, getpeername), address(fd, getsockname))
    }

    private static func address(
        _ fd: CInt,
        _ name: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            let raw = bytes.baseAddress!
            let address = raw.assumingMemoryBound(to: sockaddr.self)
            guard name(fd, address, &length) == 0 else { return "?:0" }
            if Int32(raw.load(as: sa_family_t.self)) == AF_UNIX {
                let path = raw.assumingMemoryBound(to: sockaddr_un.self)
                return withUnsafeBytes(of: path.pointee.sun_path) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) + ":0"
                }
            }
            var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
            guard
                getnameinfo(
                    address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0
            else { return "?:0" }
            let text = { (field: [CChar]) in
                String(
                    decoding: field.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            }
            return "\(text(host)):\(text(port))"
        }
    }

    /// The port a TCP socket is bound to; 0 for others.
    public static func localPort(_ fd: CInt) -> UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            let address = bytes.baseAddress!
            guard getsockname(fd, address.assumingMemoryBound(to: sockaddr.self), &length) == 0
            else { return 0 }
            switch Int32(address.load(as: sa_family_t.self)) {
            case AF_INET: return UInt16(bigEndian: address.load(as: sockaddr_in.self).sin_port)
            case AF_INET6: return UInt16(bigEndian: address.load(as: sockaddr_in6.self).sin6_port)
            default: return 0
            }
        }
    }

    /// The process at the other end of a unix socket: of a server, the one that began to listen.
    /// Nil for other sockets, and where the process is in another PID namespace.
    public static func peerProcess(_ fd: CInt) -> pid_t? {
        // struct ucred, which Glibc's module leaves out
        var peer: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)
        var length = socklen_t(MemoryLayout.size(ofValue: peer))
        guard getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0, peer.pid > 0 else {
            return nil
        }
        return peer.pid
    }

    /// Whether the other end of a TCP connection has an address of this machine: of those alone a
    /// socket can be bound to (without net.ipv4.ip_nonlocal_bind). False for other sockets.
    public static func isPeerLocal(_ fd: CInt) -> Bool {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes in
            let raw = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard getpeername(fd, raw, &length) == 0 else { return false }
            let family = CInt(raw.pointee.sa_family)
            guard family == AF_INET || family == AF_INET6 else { return false }
            // The port stands behind the family in both; 0 is any that is free.
            (bytes[2], bytes[3]) = (0, 0)
            let trial = try? attempt(family, raw, length) {
                (fd, raw, length) throws(SystemCallError) in
                _ = try call("bind") { Glibc.bind(fd, raw, length) }
            }
            guard let trial else { return false }
            close(trial)
            return true
        }
    }

    /// Waits until the socket is readable (or closed); false after `milliseconds`.
    public static func waitReadable(_ fd: CInt, milliseconds: Int) -> Bool {
        wait(fd, Int16(POLLIN), milliseconds)
    }

    /// Waits until the socket takes more bytes; false after `milliseconds`.
    public static func waitWritable(_ fd: CInt, milliseconds: Int) -> Bool {
        wait(fd, Int16(POLLOUT), milliseconds)
    }

    private static func wait(_ fd: CInt, _ events: Int16, _ milliseconds: Int) -> Bool {
        var request = pollfd(fd: fd, events: events, revents: 0)
        let deadline = Clock.deadline(milliseconds: milliseconds)
        while true {
            let left = CInt(clamping: Clock.milliseconds(until: deadline))
            do throws(SystemCallError) {
                let ready = try interruptible("poll") { poll(&request, 1, left) }
                if let ready { return ready > 0 }
            } catch {
                return false
            }
        }
    }

    static func configure(_ fd: CInt) {
        // Replies are written once per wake-up: Nagle could only delay them. Unix sockets refuse.
        var one: CInt = 1
        setsockopt(
            fd, CInt(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<CInt>.size))
    }

    private static func setNonBlocking(_ fd: CInt) {
        _ = fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK)
    }

    /// Opens a socket for each address a name stands for until `use` succeeds on one.
    private static func open(
        _ address: SocketAddress, _ purpose: String,
        _ use: (CInt, UnsafePointer<sockaddr>, socklen_t) throws(SystemCallError) -> Void
    ) throws(SystemCallError) -> CInt {
        switch address {
        case .unix(let path): return try openUnix(path, use)
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_NUMERICSERV
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, "\(port)", &hints, &list) == 0, let first = list else {
                throw SystemCallError(unknownHost: host, purpose)
            }
            defer { freeaddrinfo(list) }
            var failure = SystemCallError(purpose, .addressNotAvailable, "\(address)")
            var candidate: UnsafeMutablePointer<addrinfo>? = first
            while let info = candidate?.pointee {
                do throws(SystemCallError) {
                    return try attempt(info.ai_family, info.ai_addr, info.ai_addrlen, use)
                } catch {
                    failure = error
                }
                candidate = info.ai_next
            }
            throw failure
        }
    }

    private static func openUnix(
        _ path: String,
        _ use: (CInt, UnsafePointer<sockaddr>, socklen_t) throws(SystemCallError) -> Void
    ) throws(SystemCallError) -> CInt {
        var raw = sockaddr_un()
        let capacity = MemoryLayout.size(ofValue: raw.sun_path)
        guard path.utf8.count < capacity else {
            throw SystemCallError("unix socket path", .fileNameTooLong, path)
        }
        raw.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &raw.sun_path) { $0.copyBytes(from: path.utf8) }
        return try withUnsafePointerTyped(to: raw) { (pointer) throws(SystemCallError) in
            try attempt(AF_UNIX, pointer, socklen_t(MemoryLayout<sockaddr_un>.size), use)
        }
    }

    private static func withUnsafePointerTyped(
        to raw: sockaddr_un, _ body: (UnsafePointer<sockaddr>) throws(SystemCallError) -> CInt
    ) throws(SystemCallError) -> CInt {
        let copy = UnsafeMutablePointer<sockaddr_un>.allocate(capacity: 1)
        copy.initialize(to: raw)
        defer { copy.deallocate() }
        return try body(UnsafeRawPointer(copy).assumingMemoryBound(to: sockaddr.self))
    }

    private static func attempt(
        _ family: CInt, _ raw: UnsafePointer<sockaddr>, _ length: socklen_t,
        _ use: (CInt, UnsafePointer<sockaddr>, socklen_t) throws(SystemCallError) -> Void
    ) throws(SystemCallError) -> CInt {
        let fd = try call("socket") {
            socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        }
        do throws(SystemCallError) {
            try use(fd, raw, length)
        } catch {
            close(fd)
            throw error
        }
        return fd
    }
}

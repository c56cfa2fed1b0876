// Many connections to one server, none of which waits for another: the first is opened by the
// server's name (`Socket.connect`), and the others go to where that one went, without asking for
// the name again.
//
//     first = connect(name) ─► Connecting(likeThatOf: first) ─► begin, begin, begin …
//                              ─► a poller says writable ─► isDone: it stands, or why it does not
import Glibc
import SystemPackage

public struct Connecting: Sendable {
    private let address: SocketAddress
    /// A sockaddr.
    private let name: [UInt8]

    /// - Parameters:
    ///   - fd: a connected TCP socket. Nil of others: one of unix begins no connection without
    ///     waiting for room, but fails.
    ///   - address: what it was connected to, for messages.
    public init?(likeThatOf fd: CInt, _ address: SocketAddress) {
        guard case .tcp = address else { return nil }
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let bytes = withUnsafeMutableBytes(of: &storage) { bytes -> [UInt8] in
            let raw = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            guard getpeername(fd, raw, &length) == 0 else { return [] }
            return Array(bytes.prefix(Int(length)))
        }
        guard !bytes.isEmpty else { return nil }
        name = bytes
        self.address = address
    }

    /// A socket, non-blocking, that has begun to connect; it is writable once it has come to an
    /// end (`isDone`).
    /// - Throws: what can be told at once: ECONNREFUSED of this machine, EMFILE, …
    public func begin() throws(SystemCallError) -> CInt {
        let family = CInt(name.withUnsafeBytes { $0.load(as: sa_family_t.self) })
        let type =
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let fd = try call("socket") { socket(family, type, 0) }
        Socket.configure(fd)
        let code = name.withUnsafeBytes { bytes in
            Self.connect(
                fd, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                socklen_t(bytes.count))
        }
        if let code {
            close(fd)
            throw SystemCallError("connect to", code, "\(address)")
        }
        return fd
    }

    /// Begins to connect a socket that does not block.
    static func start(
        _ fd: CInt, _ raw: UnsafePointer<sockaddr>, _ length: socklen_t, _ address: SocketAddress
    ) throws(SystemCallError) {
        if let code = connect(fd, raw, length) {
            throw SystemCallError("connect to", code, "\(address)")
        }
    }

    /// - Returns: nil where it goes on, as after an interruption, or is there.
    private static func connect(
        _ fd: CInt, _ raw: UnsafePointer<sockaddr>, _ length: socklen_t
    ) -> Errno? {
        if Glibc.connect(fd, raw, length) == 0 { return nil }
        let code = Glibc.errno
        return code == EINPROGRESS || code == EINTR ? nil : Errno(rawValue: code)
    }

    /// Whether a socket stands that has begun to connect.
    /// - Throws: why it never will: ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, …
    public static func isDone(
        _ fd: CInt, to address: SocketAddress
    ) throws(SystemCallError) -> Bool {
        var code: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        _ = try call("getsockopt", "\(address)") {
            getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &length)
        }
        if code != 0 {
            throw SystemCallError("connect to", Errno(rawValue: code), "\(address)")
        }
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutableBytes(of: &storage) { bytes -> Bool in
            let raw = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return getpeername(fd, raw, &size) == 0
        }
    }
}

// One side of one encrypted connection, as a Stream carries it.
//
// Invariant: one thread at a time has it. What a write could not send is written again before
// anything else is.
import COpenSSL
import Glibc
import SystemPackage

/// - Note: a value that names OpenSSL's state, which `end` frees, once.
public struct TLSSession: @unchecked Sendable {
    public let descriptor: CInt
    private let handle: OpaquePointer

    init(_ descriptor: CInt, _ handle: OpaquePointer) {
        self.descriptor = descriptor
        self.handle = handle
    }

    /// Fills `buffer` as far as there are bytes: fewer than `count` have emptied the socket.
    @inline(never)
    public func receive(into buffer: UnsafeMutableRawPointer, _ count: Int) -> StreamResult {
        let moved = hashmark_tls_read(handle, buffer, count)
        return moved > 0 ? .bytes(moved) : outcome(moved)
    }

    /// Encrypts and sends up to `count` bytes; how many were taken, or why none.
    @inline(never)
    public func send(_ bytes: UnsafeRawPointer, _ count: Int) -> StreamResult {
        let moved = hashmark_tls_write(handle, bytes, count)
        return moved > 0 || count == 0 ? .bytes(moved) : outcome(moved)
    }

    private func outcome(_ code: Int) -> StreamResult {
        switch CInt(truncatingIfNeeded: code) {
        case HASHMARK_TLS_CLOSED.rawValue: .closed
        case HASHMARK_TLS_BLOCKED.rawValue: .wouldBlock
        case HASHMARK_TLS_BROKEN.rawValue: .failed(Errno(rawValue: hashmark_tls_errno(handle)))
        default: .failed(Errno(rawValue: EPROTO))
        }
    }

    /// Goes on with the handshake; false while it waits for the peer.
    public func handshake() throws(TLSFailure) -> Bool {
        let code = hashmark_tls_handshake(handle)
        if code == 1 { return true }
        switch code {
        case HASHMARK_TLS_BLOCKED.rawValue: return false
        case HASHMARK_TLS_CLOSED.rawValue: throw .closed
        case HASHMARK_TLS_BROKEN.rawValue:
            let errno = Errno(rawValue: hashmark_tls_errno(handle))
            throw TLSFailure(
                "the connection broke in the TLS handshake (\(errno))",
                remedy: "look in the server's log; is this its TLS port?")
        default: throw failure ?? .closed
        }
    }

    /// How the protocol failed; nil while it has not.
    public var failure: TLSFailure? {
        text(HASHMARK_TLS_FAILURE).map { TLSFailure(hashmark_tls_reason_of(handle), $0) }
    }

    /// Receiving waits until the socket takes bytes.
    @inline(never)
    public var waitsForRoom: Bool { hashmark_tls_wants_write(handle) != 0 }

    /// Whether it took up an earlier one.
    var isResumed: Bool { hashmark_tls_resumed(handle) != 0 }

    /// For a later connection; nil where the server gave nothing for it.
    var ticket: TLSTicket? { hashmark_tls_ticket(handle).map { TLSTicket(handle: $0) } }

    var traffic: TLSTraffic {
        let counted = hashmark_tls_traffic_of(handle)
        return TLSTraffic(
            bytesSent: counted.bytes_sent, bytesReceived: counted.bytes_received,
            recordsSent: counted.records_sent, recordsReceived: counted.records_received)
    }

    /// - Returns: nil before the handshake is done.
    var summary: TLSSummary? {
        guard let version = text(HASHMARK_TLS_VERSION), let cipher = text(HASHMARK_TLS_CIPHER)
        else { return nil }
        let kernel = hashmark_tls_kernel(handle)
        return TLSSummary(
            version: version, cipher: cipher, group: text(HASHMARK_TLS_GROUP),
            subject: text(HASHMARK_TLS_SUBJECT), expires: text(HASHMARK_TLS_EXPIRES),
            doubt: text(HASHMARK_TLS_DOUBT), library: String(cString: hashmark_tls_library()),
            kernelSends: kernel & 1 != 0, kernelReceives: kernel & 2 != 0)
    }

    /// Says goodbye to the peer and frees the state; the descriptor stays open.
    @inline(never)
    public func end() { hashmark_tls_end(handle) }

    /// Longer than any subject that a certificate of a server has.
    private static let textBytes = 512

    private func text(_ word: hashmark_tls_word) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.textBytes) {
            buffer -> String? in
            let count = hashmark_tls_text(handle, word, buffer.baseAddress, buffer.count)
            guard count > 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(count), as: UTF8.self)
        }
    }
}

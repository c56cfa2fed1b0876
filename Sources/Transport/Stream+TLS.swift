// What is asked of a stream because it may be encrypted; of a plain one the answers cost nothing.
import LinuxSystem

extension Stream {
    @inlinable @inline(__always)
    public var isEncrypted: Bool {
        switch self {
        case .plain: false
        case .encrypted: true
        }
    }

    /// Receiving is to be tried again when the socket takes bytes, and not when it has some.
    @inlinable @inline(__always)
    public var receivesWhenWritable: Bool {
        switch self {
        case .plain: false
        case .encrypted(let session): session.waitsForRoom
        }
    }

    /// Goes on with the handshake; false while it waits for the peer. Edges of both kinds move it.
    public func handshake() throws(TLSFailure) -> Bool {
        switch self {
        case .plain: true
        case .encrypted(let session): try session.handshake()
        }
    }

    /// Waits for the end of the handshake.
    /// - Parameter milliseconds: how long the peer may say nothing.
    public func finishHandshake(milliseconds: Int) throws(TLSFailure) {
        while try !handshake() {
            guard waitToReceive(milliseconds: milliseconds) else {
                throw .silence(milliseconds: milliseconds)
            }
        }
    }

    /// Waits until receiving may bring something; false after `milliseconds`. To be called once it
    /// would block: an encrypted stream may have bytes that the socket does not know of.
    public func waitToReceive(milliseconds: Int) -> Bool {
        receivesWhenWritable
            ? Socket.waitWritable(descriptor, milliseconds: milliseconds)
            : Socket.waitReadable(descriptor, milliseconds: milliseconds)
    }

    /// What two sides agreed on; nil of a plain stream, and before the handshake is done.
    public var encryption: TLSSummary? {
        if case .encrypted(let session) = self { session.summary } else { nil }
    }

    /// Nil of a plain stream.
    public var encryptedTraffic: TLSTraffic? {
        if case .encrypted(let session) = self { session.traffic } else { nil }
    }

    /// Why the protocol failed; nil of a plain stream, and where it did not.
    public var encryptionFailure: TLSFailure? {
        if case .encrypted(let session) = self { session.failure } else { nil }
    }

    /// Whether an earlier session was taken up.
    public var isResumed: Bool {
        if case .encrypted(let session) = self { session.isResumed } else { false }
    }

    /// For a later connection to take up; nil where there is nothing.
    public var ticket: TLSTicket? {
        if case .encrypted(let session) = self { session.ticket } else { nil }
    }
}

// What encrypted connections are, and what went over them: for records and for people.
import Glibc

/// What two sides agreed on.
public struct TLSSummary: Hashable, Sendable {
    /// `TLSv1.3`.
    public let version: String
    /// `TLS_AES_256_GCM_SHA384`.
    public let cipher: String
    /// Of the key exchange, `x25519`; nil where there was none (resumed sessions of TLS 1.2).
    public let group: String?
    /// Of the peer's certificate: `/CN=localhost`, and when it ends (UTC); nil where it showed
    /// none.
    public let subject: String?
    public let expires: String?
    /// Why the certificate does not verify; nil where it does.
    public let doubt: String?
    /// `OpenSSL 3.0.19 27 Jan 2026`.
    public let library: String
    /// The kernel encrypts, or decrypts.
    public let kernelSends: Bool
    public let kernelReceives: Bool

    /// Why the kernel does neither; nil where it does one of them.
    public var kernelReason: String? {
        if kernelSends || kernelReceives { return nil }
        // There with the module, which the first socket that asks for it loads.
        return access("/proc/net/tls_stat", F_OK) == 0
            ? "the kernel or OpenSSL does not take \(cipher) over"
            : "the kernel has no TLS (CONFIG_TLS)"
    }
}

/// What went over sockets, the handshakes included; records are those of data alone.
public struct TLSTraffic: Hashable, Sendable, Codable {
    public var bytesSent: UInt64 = 0
    public var bytesReceived: UInt64 = 0
    public var recordsSent: UInt64 = 0
    public var recordsReceived: UInt64 = 0

    public init() {}

    init(
        bytesSent: UInt64, bytesReceived: UInt64, recordsSent: UInt64, recordsReceived: UInt64
    ) {
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
        self.recordsSent = recordsSent
        self.recordsReceived = recordsReceived
    }

    /// Adds what another connection carried.
    public static func += (sum: inout TLSTraffic, more: TLSTraffic) {
        sum.bytesSent &+= more.bytesSent
        sum.bytesReceived &+= more.bytesReceived
        sum.recordsSent &+= more.recordsSent
        sum.recordsReceived &+= more.recordsReceived
    }

    /// What came since `earlier`.
    public func since(_ earlier: TLSTraffic) -> TLSTraffic {
        TLSTraffic(
            bytesSent: bytesSent &- earlier.bytesSent,
            bytesReceived: bytesReceived &- earlier.bytesReceived,
            recordsSent: recordsSent &- earlier.recordsSent,
            recordsReceived: recordsReceived &- earlier.recordsReceived)
    }
}

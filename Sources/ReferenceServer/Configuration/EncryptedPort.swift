// The port that a server speaks TLS on, beside its plain one.
import Transport

public struct EncryptedPort: Sendable {
    /// 0 lets the kernel choose.
    public var port: UInt16
    /// Certificates and settings of its connections.
    public let context: TLSContext

    public init(port: UInt16, context: TLSContext) {
        self.port = port
        self.context = context
    }
}

/// Where a server listens once it does.
public struct ServerPorts: Sendable {
    public let plain: UInt16
    /// Nil without TLS.
    public let encrypted: UInt16?
}

// How a connection is encrypted: what the command line, a URL or a server's flags ask for. Plain
// values; a TLSContext is made of them.

/// The side that connects. Files are PEM.
public struct TLSOptions: Hashable, Sendable, Codable {
    /// The authorities whose certificates are believed, in a file or a folder (of c_rehash's form);
    /// neither: the system's.
    public var authorities: String?
    public var authorityFolder: String?
    /// This client's own certificate, with its chain, and its key.
    public var certificate: String?
    public var key: String?
    /// Ciphers of TLS 1.2, as OpenSSL lists them (`ciphers(1)`), and suites of TLS 1.3.
    public var ciphers: String?
    public var cipherSuites: String?
    /// The name that the server is told and that its certificate must be for; nil: the host's.
    public var serverName: String?
    /// The server's certificate must be signed by an authority that is believed.
    public var verifiesChain = true
    /// It must be for the host, and a host's name (no address) is told to the server (SNI). False:
    /// as valkey-benchmark and redis-benchmark have it, which look at the chain alone and tell a
    /// name only where one is given.
    public var namesHost = true

    public init() {}
}

/// The side that accepts, by the names of valkey.conf.
public struct TLSServerOptions: Hashable, Sendable {
    /// `tls-cert-file` and `tls-key-file`.
    public var certificate: String
    public var key: String
    /// `tls-ca-cert-file`: whose clients are believed.
    public var authorities: String?
    public var clients = Clients.required

    /// `tls-auth-clients`: whether clients show a certificate.
    public enum Clients: String, Hashable, Sendable, CaseIterable {
        case required = "yes"
        case ignored = "no"
        case optional
    }

    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

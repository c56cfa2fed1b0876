// Settings that many encrypted connections share: certificates, authorities, ciphers. They are read
// from their files once.
import COpenSSL
import Glibc
import LinuxSystem
import Synchronization

/// - Note: OpenSSL's contexts may be used by many threads at once, as nothing changes them.
public final class TLSContext: @unchecked Sendable {
    private let handle: OpaquePointer
    private let options: TLSOptions

    /// Contexts of the connecting side, by what they were made of: a run opens connections again
    /// and again, and the system's authorities are a hundred certificates.
    private static let clients = Mutex<[TLSOptions: TLSContext]>([:])

    /// For connections that are opened from here; one for all that ask for the same.
    /// - Throws: without OpenSSL, and for a file or a list of ciphers that it does not take.
    public static func client(_ options: TLSOptions) throws(TLSFailure) -> TLSContext {
        if let known = clients.withLock({ $0[options] }) { return known }
        let made = try TLSContext(options)
        clients.withLock { $0[options] = made }
        return made
    }

    /// - Throws: as ``client(_:)``.
    public static func server(_ options: TLSServerOptions) throws(TLSFailure) -> TLSContext {
        let verification =
            switch options.clients {
            case .required: HASHMARK_TLS_ALWAYS
            case .optional: HASHMARK_TLS_IF_GIVEN
            case .ignored: HASHMARK_TLS_ANYBODY
            }
        var files = TLSOptions()
        files.certificate = options.certificate
        files.key = options.key
        files.authorities = options.authorities
        return try TLSContext(files, isServer: true, verification)
    }

    private convenience init(_ options: TLSOptions) throws(TLSFailure) {
        try self.init(
            options, isServer: false,
            options.verifiesChain ? HASHMARK_TLS_ALWAYS : HASHMARK_TLS_ANYBODY)
    }

    private init(
        _ options: TLSOptions, isServer: Bool, _ verification: hashmark_tls_verify
    ) throws(TLSFailure) {
        guard hashmark_tls_open() == 0 else { throw .noLibrary }
        try options.checkFiles()
        var fault = HASHMARK_TLS_FINE
        var text = [CChar](repeating: 0, count: 160)
        let made = hashmark_tls_context(
            isServer ? 1 : 0, options.authorities, options.authorityFolder, options.certificate,
            options.key, options.ciphers, options.cipherSuites, verification, &fault, &text,
            text.count)
        guard let made else {
            let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw Self.failure(fault, String(decoding: bytes, as: UTF8.self), options)
        }
        handle = made
        self.options = options
    }

    deinit { hashmark_tls_context_free(handle) }

    private static func failure(
        _ fault: hashmark_tls_fault, _ text: String, _ options: TLSOptions
    ) -> TLSFailure {
        switch fault {
        case HASHMARK_TLS_BAD_AUTHORITIES:
            let place = options.authorities ?? options.authorityFolder ?? "of this system"
            return TLSFailure(
                "the certificates of authorities \(place) cannot be read (\(text))",
                remedy: "give a PEM file of them (--cacert; of serve --tls-ca-cert-file)")
        case HASHMARK_TLS_BAD_CERTIFICATE:
            return TLSFailure(
                "the certificate \(options.certificate ?? "") cannot be read (\(text))",
                remedy: "give a PEM file (--cert; of serve --tls-cert-file)")
        case HASHMARK_TLS_BAD_KEY:
            return TLSFailure(
                "the key \(options.key ?? "") cannot be read, or is not the certificate's "
                    + "(\(text))",
                remedy: "give the PEM file of its key (--key; of serve --tls-key-file)")
        case HASHMARK_TLS_BAD_CIPHERS:
            return TLSFailure(
                "no cipher of TLS 1.2 is in '\(options.ciphers ?? "")' (\(text))",
                remedy: "`openssl ciphers` lists them")
        case HASHMARK_TLS_BAD_SUITES:
            return TLSFailure(
                "no suites of TLS 1.3 are '\(options.cipherSuites ?? "")' (\(text))",
                remedy: "`openssl ciphers -s -tls1_3` lists them")
        default: return .noMemory
        }
    }

    // MARK: streams

    /// The connecting side over a connected socket, whose handshake is still to come.
    /// - Parameters:
    ///   - descriptor: closed by whoever opened it, where this throws.
    ///   - host: a name, or an address, which no server is told.
    ///   - ticket: of an earlier connection that is to be taken up again.
    public func connect(
        _ descriptor: CInt, host: String, ticket: TLSTicket? = nil
    ) throws(TLSFailure) -> Stream {
        let name = options.serverName ?? (options.namesHost ? host : nil)
        let isAddress = name.map(Self.isAddress) ?? false
        let checked = options.namesHost && options.verifiesChain ? name : nil
        let told: String? = isAddress ? nil : name
        let checkedName: String? = isAddress ? nil : checked
        let checkedAddress: String? = isAddress ? checked : nil
        let session = hashmark_tls_connect(
            handle, descriptor, told, checkedName, checkedAddress, ticket?.handle)
        guard let session else { throw .noMemory }
        return .encrypted(TLSSession(descriptor, session))
    }

    /// The accepting side; the handshake goes with the first bytes that are received.
    public func accept(_ descriptor: CInt) throws(TLSFailure) -> Stream {
        guard let session = hashmark_tls_accept(handle, descriptor) else { throw .noMemory }
        return .encrypted(TLSSession(descriptor, session))
    }

    /// Whether `host` is an address, IPv4 or IPv6.
    private static func isAddress(_ host: String) -> Bool {
        var room = in6_addr()
        return inet_pton(AF_INET, host, &room) == 1 || inet_pton(AF_INET6, host, &room) == 1
    }
}

/// What a later connection to the same server can take up, so that its handshake is shorter.
public struct TLSTicket: @unchecked Sendable {
    let handle: OpaquePointer

    /// Gives it back; its owner does, once.
    public func free() { hashmark_tls_ticket_free(handle) }
}

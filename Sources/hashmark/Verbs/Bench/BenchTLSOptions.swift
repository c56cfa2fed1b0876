// Encrypted connections: valkey-benchmark's flags, and handshakes as what is measured.
//
// Under the originals' names they mean what they mean there: the certificate's chain is verified
// and its name is not, and no server is told a name without --sni.
import ArgumentParser
import LinuxSystem
import Targets
import Transport

struct BenchTLSOptions: ParsableArguments {
    @Flag(help: "Encrypt connections; valkeys:// and rediss:// URLs imply it.")
    var tls = false
    @Option(
        parsing: .unconditional,
        help: .value(
            "NAME",
            "The name that the server is told, and that its certificate must be for. (default: "
                + "the host's)"))
    var sni: String?
    @Option(
        parsing: .unconditional,
        help: .value(
            "FILE", "Certificates of the authorities that are believed, not the system's."),
        completion: .file())
    var cacert: String?
    @Option(
        parsing: .unconditional,
        help: .value("DIR", "The same, in a folder as c_rehash makes it."), completion: .directory)
    var cacertdir: String?
    @Flag(name: .customLong("insecure"), help: "Believe any certificate.")
    var isInsecure = false
    @Option(
        parsing: .unconditional,
        help: .value("FILE", "The client's own certificate, with its chain; needs --key."),
        completion: .file())
    var cert: String?
    @Option(
        parsing: .unconditional, help: .value("FILE", "The key of --cert."), completion: .file())
    var key: String?
    @Option(
        name: .customLong("tls-ciphers"), parsing: .unconditional,
        help: .value("LIST", "Ciphers of TLS 1.2, as `openssl ciphers` takes them."))
    var ciphers: String?
    @Option(
        name: .customLong("tls-ciphersuites"), parsing: .unconditional,
        help: .value("LIST", "Suites of TLS 1.3, parted by colons."))
    var cipherSuites: String?
    @Option(
        parsing: .unconditional,
        help: .value(
            "N",
            "Measure handshakes instead of requests: connect, PING, close, N times in all, -c of "
                + "them at a time."),
        transform: NumberOption.count(1...1_000_000_000) { UInt64($0) })
    var handshakes: UInt64?
    @Flag(
        name: .customLong("tls-resume"),
        help: "Let --handshakes take up the session of the connection before.")
    var resumes = false

    /// The flags that say how, as they were given.
    private var given: [String] {
        let flags: [(name: String, isGiven: Bool)] = [
            ("--sni", sni != nil), ("--cacert", cacert != nil), ("--cacertdir", cacertdir != nil),
            ("--insecure", isInsecure), ("--cert", cert != nil), ("--key", key != nil),
            ("--tls-ciphers", ciphers != nil), ("--tls-ciphersuites", cipherSuites != nil),
        ]
        return flags.filter(\.isGiven).map(\.name)
    }

    /// All that say how the connections of a server's address are encrypted.
    var ofAddress: [(option: String, isGiven: Bool)] {
        let others: [(option: String, isGiven: Bool)] = given.map { (option: $0, isGiven: true) }
        return [(option: "--tls", isGiven: tls)] + others
    }

    /// - Parameter hasTarget: the server is a target, which says itself whether it is encrypted.
    func check(_ endpoint: Target.Endpoint, hasTarget: Bool) throws {
        guard BenchOriginal.current == nil else { return }
        if resumes && handshakes == nil { throw ValidationError("--tls-resume needs --handshakes") }
        if hasTarget { return }
        if endpoint.tls == nil {
            if let option = given.first {
                throw ValidationError("\(option) needs --tls, or a valkeys:// URL (-u)")
            }
            if handshakes != nil {
                throw ValidationError("--handshakes needs --tls, or a valkeys:// URL (-u)")
            }
            return
        }
        if case .unix = endpoint.address {
            throw ValidationError(
                "--tls has no effect on a unix socket, where no server speaks it; drop it")
        }
        guard (endpoint.tls?.certificate == nil) == (endpoint.tls?.key == nil) else {
            throw ValidationError("--cert and --key go together; give both")
        }
        if isInsecure, let option = given.first(where: { $0.hasPrefix("--cacert") }) {
            throw ValidationError(
                "\(option) has no effect beside --insecure, which believes any; drop one")
        }
    }

    /// Has connections to `endpoint` encrypted, where that is asked for.
    func apply(to endpoint: inout Target.Endpoint) {
        guard tls || endpoint.tls != nil else { return }
        var options = endpoint.tls ?? TLSOptions()
        if let cacert { options.authorities = cacert }
        if let cacertdir { options.authorityFolder = cacertdir }
        if let cert { options.certificate = cert }
        if let key { options.key = key }
        if let ciphers { options.ciphers = ciphers }
        if let cipherSuites { options.cipherSuites = cipherSuites }
        if let sni { options.serverName = sni }
        if isInsecure { options.verifiesChain = false }
        if BenchOriginal.current != nil { options.namesHost = false }
        endpoint.tls = options
    }
}

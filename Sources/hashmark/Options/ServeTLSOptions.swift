// TLS of `serve`, by the names of valkey.conf.
import ArgumentParser
import ReferenceServer
import Transport

extension TLSServerOptions.Clients: ExpressibleByArgument {}

struct ServeTLSOptions: ParsableArguments {
    @Option(
        help: .value("PORT", "A port to speak TLS on besides; 0: the kernel chooses."),
        transform: NumberOption.count(0...65_535) { UInt16($0) })
    var tlsPort: UInt16?
    @Option(
        help: .value("FILE", "The certificate of --tls-port, with its chain, in PEM."),
        completion: .file())
    var tlsCertFile: String?
    @Option(help: .value("FILE", "The certificate's key, in PEM."), completion: .file())
    var tlsKeyFile: String?
    @Option(
        help: .value("FILE", "Authorities that sign clients' certificates, in PEM."),
        completion: .file())
    var tlsCaCertFile: String?
    @Option(
        help: .value(
            "WHETHER", "Whether clients show a certificate: yes (the default), no or optional."))
    var tlsAuthClients: TLSServerOptions.Clients?

    /// What was asked for; nil without TLS.
    /// - Throws: for options that go with others which are not there.
    func parsed() throws(ConfigurationError) -> (port: UInt16, options: TLSServerOptions)? {
        guard let tlsPort else {
            let given: [(name: String, isGiven: Bool)] = [
                ("--tls-cert-file", tlsCertFile != nil), ("--tls-key-file", tlsKeyFile != nil),
                ("--tls-ca-cert-file", tlsCaCertFile != nil),
                ("--tls-auth-clients", tlsAuthClients != nil),
            ]
            guard let option = given.first(where: \.isGiven) else { return nil }
            throw ConfigurationError("\(option.name) needs --tls-port; give one, or 0 for any")
        }
        guard let tlsCertFile, let tlsKeyFile else {
            throw ConfigurationError(
                "--tls-port needs a certificate: give --tls-cert-file and --tls-key-file")
        }
        var options = TLSServerOptions(certificate: tlsCertFile, key: tlsKeyFile)
        options.authorities = tlsCaCertFile
        options.clients = tlsAuthClients ?? .required
        guard options.clients == .ignored || tlsCaCertFile != nil else {
            throw ConfigurationError(
                "clients' certificates are verified by --tls-ca-cert-file: give it, or "
                    + "--tls-auth-clients no")
        }
        return (tlsPort, options)
    }
}

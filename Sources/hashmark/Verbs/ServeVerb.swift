// `hashmark serve`: the reference server in a process of its own.
import ArgumentParser
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import RunRecord
import Transport

struct ServeVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve one of the tables over RESP, as a real server would.",
        discussion: """
            Prints one line, `ready tcp://HOST:PORT pid=PID`, when it accepts connections (with \
            `tls=PORT` behind it where it speaks TLS), and serves until SHUTDOWN, SIGINT or SIGTERM.

            Examples:
              hashmark serve --table valkey-9.1 --port 6379
              hashmark serve --table foreign:./mine.so?places=64
            """)

    @Option(
        help: .value(
            "TABLE", "The table: \(Table.spellings.joined(separator: ", "))[?OPTIONS]."),
        completion: .table)
    var table: String

    @Option(help: .value("ADDRESS", "The address to listen on."))
    var host = "127.0.0.1"

    @Option(
        help: .value("PORT", "The port to listen on; 0: the kernel chooses."),
        transform: NumberOption.count(0...65_535) { UInt16($0) })
    var port: UInt16 = 0

    @Option(help: .value("PATH", "A unix socket to listen on besides."))
    var unixsocket: String?

    @Option(help: .value("N", Setting.seed.help))
    var seed: String?

    @Option(help: .value("HASH", Setting.hash.help))
    var hash: String?

    @Option(help: .value("BYTES", Setting.quantum.help))
    var quantum: String?

    @Option(help: .value("HOW", Setting.match.help))
    var match: String?

    @Option(help: .value("0|1", Setting.lookahead.help))
    var lookahead: String?

    @Option(help: .value("N", Setting.batch.help))
    var batch: String?

    @Option(help: .value("N", Setting.hz.help))
    var hz: String?

    @Option(help: .value("MODEL", Setting.threads.help))
    var threads: String?

    @Option(help: .value("0|1", Setting.cluster.help))
    var cluster: String?

    @Option(help: .value("KIND:N", Setting.inject.help))
    var inject: [String] = []

    @Option(help: .value("BYTES", Setting.maxmemory.help))
    var maxmemory: String?

    @Option(
        help: .value("POLICY", Setting.policy.help),
        completion: .list(EvictionPolicy.allCases.map(\.rawValue)))
    var policy: String?

    @Option(help: .value("N", Setting.maxclients.help))
    var maxclients: String?

    @Option(help: .value("SECONDS", Setting.timeout.help))
    var timeout: String?

    @Option(help: .value("BYTES", Setting.outputLimit.help))
    var outputLimit: String?

    @Option(help: .value("PASSWORD", "The password that clients must give."))
    var requirepass: String?

    @OptionGroup(title: "Collections") var limits: ServeLimitOptions

    @OptionGroup(title: "TLS") var encryption: ServeTLSOptions

    @Flag(help: "Serve on an address that other machines reach without a password.")
    var insecure = false

    private func parsed() throws -> ServerConfiguration {
        var configuration = ServerConfiguration(table: try Table.parse(table))
        configuration.version = RunRecord.hashmarkVersion
        configuration.host = host
        configuration.port = port
        configuration.unixSocket = unixsocket
        let given: [(Setting, String?)] = [
            (.seed, seed), (.hash, hash), (.quantum, quantum), (.match, match),
            (.lookahead, lookahead), (.batch, batch), (.hz, hz), (.threads, threads),
            (.cluster, cluster), (.maxmemory, maxmemory), (.policy, policy),
            (.maxclients, maxclients), (.timeout, timeout), (.outputLimit, outputLimit),
        ]
        for case (let setting, let value?) in given { try configuration.set(setting, value) }
        for (setting, value) in limits.given { try configuration.set(setting, value) }
        for value in inject { try configuration.set(.inject, value) }
        configuration.password = requirepass
        configuration.isInsecure = insecure
        try configuration.checkExposure()
        return configuration
    }

    func run() throws {
        var configuration: ServerConfiguration
        let tls: (port: UInt16, options: TLSServerOptions)?
        do {
            configuration = try parsed()
            tls = try encryption.parsed()
        } catch { throw Self.failure("\(error)", EX_USAGE) }
        do throws(TLSFailure) {
            if let tls {
                let context = try TLSContext.server(tls.options)
                configuration.encrypted = EncryptedPort(port: tls.port, context: context)
            }
        } catch { throw Self.failure("\(error)", EXIT_FAILURE) }
        Interruption.install()
        do {
            try ReferenceServer.run(configuration) { ports in
                let encrypted = ports.encrypted.map { " tls=\($0)" } ?? ""
                Output.print("ready tcp://\(host):\(ports.plain) pid=\(getpid())\(encrypted)")
            }
        } catch {
            throw Self.failure(
                error.errno == .addressInUse
                    ? "\(error.subject) is in use; "
                        + (error.subject.hasPrefix("/") || error.subject == unixsocket
                            ? "remove that file, or choose another --unixsocket"
                            : "choose another --port or --tls-port, or 0 for a free one")
                    : "cannot serve: \(error)", EXIT_FAILURE)
        }
    }

    /// Says `message` on stderr, in one line, and gives the exit status to end with.
    private static func failure(_ message: String, _ status: CInt) -> ExitCode {
        Output.note("hashmark serve: \(message)")
        return ExitCode(status)
    }
}

// `hashmark serve`: the reference server in a process of its own.
import ArgumentParser
import Glibc
import Keyspaces
import LinuxSystem
import ReferenceServer
import RunRecord

struct ServeVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve one of the tables over RESP, as a real server would.",
        discussion: """
            Prints one line, `ready tcp://HOST:PORT pid=PID`, when it accepts connections, and \
            serves until SHUTDOWN, SIGINT or SIGTERM.
            """)

    @Option(help: "The table: \(Table.allCases.map(\.rawValue).joined(separator: ", ")).")
    var table: String

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(
        help: "The port to listen on; 0: the kernel chooses.",
        transform: NumberOption.count(0...65_535) { UInt16($0) })
    var port: UInt16 = 0

    @Option(help: "A unix socket to listen on besides.")
    var unixsocket: String?

    @Option(help: ArgumentHelp(Setting.seed.help))
    var seed: String?

    @Option(help: ArgumentHelp(Setting.hash.help))
    var hash: String?

    @Option(help: ArgumentHelp(Setting.quantum.help))
    var quantum: String?

    @Option(help: ArgumentHelp(Setting.match.help))
    var match: String?

    @Option(help: ArgumentHelp(Setting.lookahead.help))
    var lookahead: String?

    @Option(help: ArgumentHelp(Setting.batch.help))
    var batch: String?

    @Option(help: ArgumentHelp(Setting.hz.help))
    var hz: String?

    @Option(help: ArgumentHelp(Setting.threads.help))
    var threads: String?

    @Option(help: ArgumentHelp(Setting.cluster.help))
    var cluster: String?

    @Option(help: ArgumentHelp(Setting.inject.help))
    var inject: [String] = []

    @Option(help: ArgumentHelp(Setting.maxmemory.help))
    var maxmemory: String?

    @Option(help: ArgumentHelp(Setting.policy.help))
    var policy: String?

    @Option(help: ArgumentHelp(Setting.maxclients.help))
    var maxclients: String?

    @Option(help: ArgumentHelp(Setting.timeout.help))
    var timeout: String?

    @Option(help: ArgumentHelp(Setting.outputLimit.help))
    var outputLimit: String?

    @Option(help: "The password that clients must give.")
    var requirepass: String?

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
        for value in inject { try configuration.set(.inject, value) }
        configuration.password = requirepass
        configuration.isInsecure = insecure
        try configuration.checkExposure()
        return configuration
    }

    func run() throws {
        let configuration: ServerConfiguration
        do { configuration = try parsed() } catch { throw Self.failure("\(error)", EX_USAGE) }
        Interruption.install()
        do {
            try ReferenceServer.run(configuration) { port in
                Output.print("ready tcp://\(host):\(port) pid=\(getpid())")
            }
        } catch {
            throw Self.failure(
                error.errno == .addressInUse
                    ? "\(error.subject) is in use; "
                        + (error.subject.hasPrefix("/") || error.subject == unixsocket
                            ? "remove that file, or choose another --unixsocket"
                            : "choose another --port, or 0 for a free one")
                    : "cannot serve: \(error)", EXIT_FAILURE)
        }
    }

    /// Says `message` on stderr, in one line, and gives the exit status to end with.
    private static func failure(_ message: String, _ status: CInt) -> ExitCode {
        Output.note("hashmark serve: \(message)")
        return ExitCode(status)
    }
}

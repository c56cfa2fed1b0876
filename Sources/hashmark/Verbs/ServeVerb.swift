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

    @Option(help: "Seed of the hash function alone.")
    var seed: String?

    @Option(help: "The hash function: siphash or wide.")
    var hash: String?

    @Option(help: "Jemalloc size classes in steps of 8 or 16 bytes.")
    var quantum: String?

    @Option(help: "How a bucket's tags are compared: scalar or sse2.")
    var match: String?

    @Option(help: "1: a rehash asks for all entries of a bucket before it moves the first.")
    var lookahead: String?

    @Option(help: "Requests parsed ahead and prefetched together; 1: none.")
    var batch: String?

    @Option(
        help: "Background work per second; 0: none, and time stands still (for simulated runs).")
    var hz: String?

    @Option(help: "The threading model: single, or io:N for N threads that read, parse and write.")
    var threads: String?

    @Option(help: "1: cluster mode.")
    var cluster: String?

    @Option(help: "A made regression: cpu-ns:N, entry-bytes:N or chase:N; repeat for more.")
    var inject: [String] = []

    @Option(help: "Bytes that the keyspace may take (100mb); 0: no limit.")
    var maxmemory: String?

    @Option(
        help: """
            What is evicted then: \
            \(EvictionPolicy.allCases.map(\.rawValue).joined(separator: ", ")).
            """)
    var policy: String?

    @Option(help: "Connections past this are refused.")
    var maxclients: String?

    @Option(help: "Seconds after which an idle connection is closed; 0: never.")
    var timeout: String?

    @Option(help: "Replies that wait for a slow reader before it is cut off; 0: no limit.")
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
        let settings = [
            ("seed", seed), ("hash", hash), ("quantum", quantum), ("match", match),
            ("lookahead", lookahead), ("batch", batch), ("hz", hz), ("threads", threads),
            ("cluster", cluster),
            ("maxmemory", maxmemory), ("policy", policy), ("maxclients", maxclients),
            ("timeout", timeout), ("output-limit", outputLimit),
        ]
        for case (let name, let value?) in settings { try configuration.set(name, value) }
        for value in inject { try configuration.set("inject", value) }
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

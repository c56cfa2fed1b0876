// Which server `bench` talks to, and as whom.
import ArgumentParser
import Foundation
import LinuxSystem
import LoadGenerator
import Quantities
import Targets

extension ReplicaReads: ExpressibleByArgument {}

struct BenchServerOptions: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: .value(
            "TARGET",
            "Instead of a server's address: a target, as [LABEL=]TARGET, such as ref:valkey-9.1 or "
                + "'exec:valkey-server'. It is started where it does not run, filled with what "
                + "the tests read, and measured for 2 s a test unless -n or --duration says "
                + "otherwise. Repeat for more; the first is the one compared with."),
        completion: .target)
    var target: [String] = []
    @Option(
        parsing: .unconditional,
        help: .value(
            "DIR",
            "Where builds of build: targets are kept; $XDG_CACHE_HOME/hashmark or "
                + "~/.cache/hashmark if left out."),
        completion: .directory)
    var cache: String?
    @Option(
        name: [.customShort("h"), .customLong("host")], parsing: .unconditional,
        help: .value("HOST", "Server hostname. (default: 127.0.0.1)"))
    var host: String?
    @Option(
        name: [.customShort("p"), .customLong("port")], parsing: .unconditional,
        help: .value("PORT", "Server port. (default: 6379)"), transform: Self.parsedPort)
    var port: Int?
    @Option(
        name: [.customShort("s")], parsing: .unconditional,
        help: .value("PATH", "Server socket, instead of host and port."))
    var socket: String?
    @Option(
        name: [.customShort("a")], parsing: .unconditional,
        help: .value("PASSWORD", "Password; in VALKEYCLI_AUTH no list of processes shows it."))
    var password: String?
    @Option(parsing: .unconditional, help: .value("USER", "User name for the password (-a)."))
    var user: String?
    @Option(
        name: [.customShort("u")], parsing: .unconditional,
        help: .value("URI", "Server as valkey://user:password@host:port/dbnum."))
    var uri: String?
    @Option(
        parsing: .unconditional, help: .value("N", "Database number to select."),
        transform: NumberOption.count(0...Int(Int32.max)))
    var dbnum: Int?
    @Flag(
        help: "The server is a node of a cluster: every key goes to the node that serves its slot.")
    var cluster = false
    @Option(
        parsing: .unconditional,
        help: .value(
            "MODE",
            "Who answers reads of a cluster: no, primaries; yes, replicas; all, both. "
                + "(default: no)"))
    var rfr: ReplicaReads?
    @Flag(
        help: ArgumentHelp(
            "Behind each test, look in the cluster for keys whose SET it acknowledged, and count "
                + "those that are lost."))
    var verifyWrites = false
    @Option(
        parsing: .unconditionalSingleValue,
        help: .value(
            "PID|NAME",
            "Processes on this machine whose CPU time counts as the server's, too, such as a "
                + "proxy's or of the server behind it. Repeat for more."))
    var alsoCount: [String] = []
    @Flag(name: [.customShort("3")], help: "Speak RESP3.")
    var resp3 = false
    @Flag(help: "Send CLIENT TRACKING on first, on every connection.")
    var enableTracking = false
    @OptionGroup(title: "TLS") var encryption: BenchTLSOptions

    func check() throws {
        if !target.isEmpty {
            let others: [(option: String, isGiven: Bool)] = [
                ("-h", host != nil), ("-p", port != nil), ("-s", socket != nil),
                ("-u", uri != nil), ("-a", password != nil), ("--user", user != nil),
                ("--dbnum", dbnum != nil), ("--cluster", cluster),
            ]
            for other in others + encryption.ofAddress where other.isGiven {
                throw ValidationError(
                    "\(other.option) has no effect beside --target, which says it itself; drop one "
                        + "of them")
            }
        }
        if cluster, socket != nil || uri?.hasPrefix("unix://") == true {
            throw ValidationError("--cluster needs a host and a port: nodes are told by them")
        }
        if cluster, dbnum ?? 0 != 0 {
            throw ValidationError("--dbnum has no effect in a cluster, which has database 0 alone")
        }
        if rfr != nil, !cluster, target.isEmpty, BenchOriginal.current == nil {
            throw ValidationError("--rfr needs --cluster")
        }
        guard socket == nil || uri == nil else {
            throw ValidationError("-s and -u name two servers; drop one of them")
        }
        if BenchOriginal.current == nil {
            for (option, isGiven) in [("-h", host != nil), ("-p", port != nil)] where isGiven {
                guard socket == nil, uri == nil else {
                    throw ValidationError(
                        "\(option) has no effect beside \(uri == nil ? "-s" : "-u"); drop one of "
                            + "them")
                }
            }
        }
        if let uri, !uri.hasPrefix("valkey://"), !uri.hasPrefix("redis://"),
            !uri.hasPrefix("valkeys://"),
            !uri.hasPrefix("rediss://"), !uri.hasPrefix("unix://")
        {
            throw ValidationError("-u has '\(uri)'; write valkey://user:password@host:port/dbnum")
        }
        try encryption.check(endpoint(), hasTarget: !target.isEmpty)
    }

    /// Under the originals' names any number is taken; see `checkPort`.
    private static func parsedPort(_ text: String) throws -> Int {
        if BenchOriginal.current != nil, let number = Int(text) { return number }
        return try Count.parse(text, in: ports)
    }

    private static let ports = 1...65_535
    private static let usualPort = 6379
    private static let usualHost = "127.0.0.1"

    /// Under the originals' names a port that is none is one where nobody answers, as there.
    func checkPort() throws {
        let port = port ?? Self.usualPort
        guard socket == nil, uri == nil, !Self.ports.contains(port) else { return }
        throw BenchVerb.failure(
            "could not connect to \(host ?? Self.usualHost):\(port): there is no such port; "
                + "give one of 1 to \(Self.ports.upperBound)")
    }

    /// `-a`, or the variables that redis-cli and valkey-cli read: unlike a flag, they are in no
    /// list of processes. The originals of bench do not read them.
    private var givenPassword: String? {
        if let password { return password }
        guard BenchOriginal.current == nil else { return nil }
        let environment = ProcessInfo.processInfo.environment
        return environment["VALKEYCLI_AUTH"] ?? environment["REDISCLI_AUTH"]
    }

    var hasPassword: Bool { givenPassword != nil || BenchOriginal.current != nil }

    func endpoint() throws -> Target.Endpoint {
        var endpoint = Target.Endpoint(
            socket.map { .unix(path: $0) }
                ?? .tcp(
                    host: host ?? Self.usualHost,
                    port: UInt16(truncatingIfNeeded: port ?? Self.usualPort)))
        if let uri {
            do throws(TargetError) {
                if case .running(let named) = try Target(parsing: uri).kind { endpoint = named }
            } catch {
                throw usage(error)
            }
        }
        if let user, hasPassword { endpoint.user = user }
        if let password { endpoint.password = password }
        if endpoint.password == nil { endpoint.password = givenPassword }
        if let dbnum { endpoint.database = dbnum }
        encryption.apply(to: &endpoint)
        if cluster { endpoint.seeds = [endpoint.address] }
        return endpoint
    }
}

/// Flags of valkey-benchmark that are understood and refused.
struct BenchUnsupportedOptions: ParsableArguments {
    @Flag(name: .customLong("rdma"), help: .hidden) var rdma = false
    @Flag(name: .customLong("mptcp"), help: .hidden) var mptcp = false
    @Flag(name: .customLong("fuzz"), help: .hidden) var fuzz = false
    @Option(name: .customLong("fuzz-mode"), help: .hidden) var fuzzMode: String?
    @Option(name: .customLong("fuzz-loglevel"), help: .hidden) var fuzzLevel: String?

    func check() throws {
        let never = [
            ("--rdma", rdma), ("--mptcp", mptcp), ("--fuzz", fuzz),
            ("--fuzz-mode", fuzzMode != nil), ("--fuzz-loglevel", fuzzLevel != nil),
        ]
        if let (name, _) = never.first(where: \.1) {
            throw ValidationError("\(name) is not supported; use valkey-benchmark for it")
        }
    }
}

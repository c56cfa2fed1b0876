// CONFIG: what can be asked and changed while the server runs, in the words of real servers.
//
// The policy of eviction stays as it is: tables decide by it what an entry records, and whether it
// has an object of its own.
import Keyspaces
import RESP

/// How a parameter's value is read, and what is said of one that it is not (config.c of Redis 7.0).
private enum ParameterKind {
    case integer(ClosedRange<Int>)
    case memory(ClosedRange<Int>)
    case boolean
    case policy
    case savePoints
    case text
    /// As the server was started, whatever is asked for.
    case fixed

    init(_ name: String) {
        switch name {
        case "hz", "timeout", "tcp-keepalive": self = .integer(0...Int(Int32.max))
        case "port": self = .integer(0...Int(UInt16.max))
        case "maxclients": self = .integer(1...ServerConfiguration.maxMaxClients)
        case "maxmemory": self = .memory(0...Int.max)
        case "proto-max-bulk-len": self = .memory(1 << 20...Int.max)
        case "appendonly": self = .boolean
        case "maxmemory-policy": self = .policy
        case "save": self = .savePoints
        case "cluster-enabled", "databases", "io-threads", "unixsocket": self = .fixed
        default: self = .text
        }
    }

    var isFixed: Bool { if case .fixed = self { true } else { false } }

    /// The number that `value` is; 0 for what is no number by its kind.
    func number(_ value: Argument) throws(ConfigurationError) -> Int {
        switch self {
        case .integer(let range):
            guard let number = value.integer else {
                throw ConfigurationError("argument couldn't be parsed into an integer")
            }
            return try Self.checked(Int(number), range)
        case .memory(let range):
            guard let bytes = ServerConfiguration.bytes(value.string, saturates: true) else {
                throw ConfigurationError("argument must be a memory value")
            }
            return try Self.checked(bytes, range)
        case .boolean:
            guard value.isWord("yes") || value.isWord("no") else {
                throw ConfigurationError("argument must be 'yes' or 'no'")
            }
        case .policy:
            guard EvictionPolicy(rawValue: value.string.lowercased()) != nil else {
                throw ConfigurationError(
                    "argument(s) must be one of the following: \(Self.policies)")
            }
        case .savePoints:
            guard Self.areSavePoints(value.string) else {
                throw ConfigurationError("Invalid save parameters")
            }
        case .text, .fixed: break
        }
        return 0
    }

    private static func checked(
        _ number: Int, _ range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        guard range.contains(number) else {
            throw ConfigurationError(
                "argument must be between \(range.lowerBound) and \(range.upperBound) inclusive")
        }
        return number
    }

    /// In the order of real servers.
    private static var policies: String {
        let all = EvictionPolicy.allCases
        var ordered = all.filter { $0.isVolatile }
        ordered += all.filter { !$0.isVolatile && $0 != .noeviction }
        ordered.append(.noeviction)
        return ordered.map(\.rawValue).joined(separator: ", ")
    }

    /// Pairs of seconds, from 1, and changes, from 0.
    private static func areSavePoints(_ text: String) -> Bool {
        let numbers = text.split(separator: " ").map { Int64($0) ?? -1 }
        guard numbers.count % 2 == 0 else { return false }
        for index in numbers.indices where numbers[index] < (index % 2 == 0 ? 1 : 0) {
            return false
        }
        return true
    }
}

extension Engine where K: ~Copyable {
    mutating func config(_ request: Request) {
        guard let name = subcommand(request) else { return }
        switch name {
        case "get": configGet(request)
        case "set": configSet(request)
        default:
            statistics.reset(expired: keyspace.expiredCount, evicted: keyspace.evictedCount)
            commands.resetStatistics()
            reply.ok()
        }
    }

    private var parameters: [(name: String, value: String)] {
        let c = configuration
        let settings = c.settings.map { (name: "hashmark-\($0.name)", value: $0.value) }
        return [
            ("save", ""), ("appendonly", "no"), ("maxmemory", "\(c.maxMemory)"),
            ("maxmemory-policy", c.keyspace.eviction.rawValue), ("databases", "1"),
            ("hz", "\(c.hz)"), ("port", "\(c.port)"), ("bind", c.host),
            ("timeout", "\(c.idleTimeout)"), ("tcp-keepalive", "0"),
            ("maxclients", "\(c.maxClients)"), ("io-threads", "\(c.ioThreads + 1)"),
            ("client-output-buffer-limit", "normal \(c.outputLimit) 0 0"),
            ("unixsocket", c.unixSocket ?? ""),
            ("cluster-enabled", c.keyspace.cluster ? "yes" : "no"),
            ("proto-max-bulk-len", "\(RequestParser.maxBulk)"),
            ("requirepass", c.password ?? ""),
        ] + settings
    }

    /// Names come back as they were asked for, those that a pattern found as they are; each once.
    private mutating func configGet(_ request: Request) {
        let known = parameters
        var taken = Set<String>()
        var found: [(name: String, value: String)] = []
        for index in 2..<request.argumentCount {
            let word = argument(request, index).string
            let name = word.lowercased()
            let isPattern = word.contains(where: { "*?[".contains($0) })
            for parameter in known {
                let isMeant =
                    isPattern
                    ? GlobPattern.matches(Array(name.utf8), Array(parameter.name.utf8))
                    : name == parameter.name
                guard isMeant, taken.insert(parameter.name).inserted else { continue }
                found.append((name: isPattern ? parameter.name : word, value: parameter.value))
            }
        }
        reply.map(found.count)
        for (name, value) in found {
            reply.bulk(name)
            reply.bulk(value)
        }
    }

    /// What can be changed while it runs is; of the rest, what is asked for may already hold: tools
    /// switch persistence off this way. Nothing is changed when one of several cannot be. Names are
    /// looked at before values.
    private mutating func configSet(_ request: Request) {
        guard request.argumentCount % 2 == 0 else { return syntaxError(request) }
        let known = parameters
        var wanted: [(parameter: (name: String, value: String), value: Argument)] = []
        for index in stride(from: 2, to: request.argumentCount, by: 2) {
            let name = argument(request, index).string
            guard let parameter = known.first(where: { $0.name == name.lowercased() }) else {
                return fail(
                    request,
                    "ERR Unknown option or number of arguments for CONFIG SET - '\(name)'")
            }
            if ParameterKind(parameter.name).isFixed {
                return refuse(request, name, Self.immutable)
            }
            if wanted.contains(where: { $0.parameter.name == parameter.name }) {
                return refuse(request, name, "duplicate parameter")
            }
            wanted.append((parameter: parameter, value: argument(request, index + 1)))
        }
        var changed = configuration
        for (parameter, value) in wanted {
            do throws(ConfigurationError) {
                try change(&changed, parameter, value)
            } catch {
                return refuse(request, parameter.name, error.description)
            }
        }
        configuration = changed
        setGates()
        reply.ok()
    }

    private static var immutable: String { "can't set immutable config" }

    private mutating func refuse(_ request: Request, _ name: String, _ problem: String) {
        fail(
            request,
            "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(problem)")
    }

    /// - Throws: why `parameter` cannot become `value`.
    private func change(
        _ configuration: inout ServerConfiguration, _ parameter: (name: String, value: String),
        _ value: Argument
    ) throws(ConfigurationError) {
        let number = try ParameterKind(parameter.name).number(value)
        switch parameter.name {
        case "maxmemory": configuration.maxMemory = number
        case "timeout": configuration.idleTimeout = number
        // 0 stays 0, which is no ticks; real servers make it 1.
        case "hz": configuration.hz = min(number, ServerConfiguration.maxHz)
        case "maxclients":
            configuration.maxClients = number
            guard configuration.fitDescriptors() else {
                throw ConfigurationError(
                    "The operating system is not able to handle the specified number of clients,"
                        + " try with \(configuration.maxClients)")
            }
        case "requirepass": configuration.password = value.count == 0 ? nil : value.string
        case "client-output-buffer-limit": try changeOutputLimits(&configuration, value.string)
        default:
            guard value.string.lowercased() == parameter.value.lowercased() else {
                throw ConfigurationError(Self.immutable)
            }
        }
    }

    /// Classes of clients with their limits; here are only normal ones, and no soft limits.
    private func changeOutputLimits(
        _ configuration: inout ServerConfiguration, _ value: String
    ) throws(ConfigurationError) {
        let words = value.split(separator: " ").map { String($0) }
        guard words.count % 4 == 0 else {
            throw ConfigurationError("Wrong number of arguments in buffer limit configuration.")
        }
        for index in stride(from: 0, to: words.count, by: 4) {
            let kind = words[index].lowercased()
            guard ["normal", "slave", "replica", "pubsub"].contains(kind) else {
                throw ConfigurationError(
                    "Invalid client class specified in buffer limit configuration.")
            }
            guard let hard = ServerConfiguration.bytes(words[index + 1], saturates: true),
                ServerConfiguration.bytes(words[index + 2], saturates: true) != nil,
                let seconds = Int64(words[index + 3]), seconds >= 0
            else {
                throw ConfigurationError(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration.")
            }
            if kind == "normal" { configuration.outputLimit = hard }
        }
    }
}

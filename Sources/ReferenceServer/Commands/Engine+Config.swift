// CONFIG: what can be asked and changed while the server runs, in the words of real servers.
//
// The policy of eviction stays as it is: tables decide by it what an entry records, and whether it
// has an object of its own.
import Keyspaces
import Quantities
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
            guard let bytes = ByteCount.parseAsRedis(value.string) else {
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

/// A parameter by the name that real servers have for it.
private struct Parameter: Sendable {
    let name: String
    let kind: ParameterKind
    let value: @Sendable (ServerConfiguration) -> String
    /// The limit of collections that it is.
    let limit: Setting?

    init(
        _ name: String, _ kind: ParameterKind, limit: Setting? = nil,
        _ value: @escaping @Sendable (ServerConfiguration) -> String
    ) {
        self.name = name
        self.kind = kind
        self.limit = limit
        self.value = value
    }

    /// In the order of replies.
    static let all: [Parameter] = ofRealServers + ofCollections + ofHashmark

    /// By their names of today and by their old ones.
    private static let ofCollections: [Parameter] = Setting.limits.flatMap { limit in
        var names = [limit.name]
        if let oldName = limit.oldName { names.append(oldName) }
        return names.map { Parameter($0, kind(of: limit), limit: limit, limit.value) }
    }

    private static func kind(of limit: Setting) -> ParameterKind {
        if limit.name == Setting.listSize.name { return .integer(Int(Int32.min)...Int(Int32.max)) }
        let isMemory = limit.name.hasSuffix("-value") && limit.name != Setting.setBytes.name
        return isMemory ? .memory(0...Int.max) : .integer(0...Int.max)
    }

    private static let ofHashmark: [Parameter] =
        [Parameter("hashmark-table", .text) { $0.table.name }]
        + Setting.all.map { Parameter("hashmark-\($0.name)", .text, $0.value) }

    /// What cannot be changed is as it is, or as it would be in a server that has it.
    private static let ofRealServers: [Parameter] = [
        Parameter("save", .savePoints) { _ in "" },
        Parameter("appendonly", .boolean) { _ in "no" },
        Parameter("maxmemory", .memory(0...Int.max), Setting.maxmemory.value),
        Parameter("maxmemory-policy", .policy, Setting.policy.value),
        Parameter("databases", .fixed) { "\($0.databases)" },
        Parameter("hz", .integer(0...Int(Int32.max)), Setting.hz.value),
        Parameter("port", .integer(0...Int(UInt16.max))) { "\($0.port)" },
        Parameter("bind", .text) { $0.host },
        Parameter("timeout", .integer(0...Int(Int32.max)), Setting.timeout.value),
        Parameter("tcp-keepalive", .integer(0...Int(Int32.max))) { _ in "0" },
        Parameter(
            "maxclients", .integer(1...Setting.maxMaxClients), Setting.maxclients.value),
        Parameter("io-threads", .fixed) { "\($0.ioThreads + 1)" },
        Parameter("client-output-buffer-limit", .text) { "normal \($0.outputLimit) 0 0" },
        Parameter("unixsocket", .fixed) { $0.unixSocket ?? "" },
        Parameter("cluster-enabled", .fixed) { $0.keyspace.cluster ? "yes" : "no" },
        Parameter("proto-max-bulk-len", .memory(1 << 20...Int.max)) { _ in
            "\(RequestParser.maxBulk)"
        },
        Parameter("requirepass", .text) { $0.password ?? "" },
        // Nodes of lists are never compressed.
        Parameter("list-compress-depth", .integer(0...Int(Int32.max))) { _ in "0" },
    ]
}

extension Engine where K: ~Copyable {
    mutating func config(_ request: Request) {
        guard let name = subcommand(request) else { return }
        switch name {
        case "get": configGet(request)
        case "set": configSet(request)
        default:
            statistics.reset(expired: total { $0.expiredCount }, evicted: total { $0.evictedCount })
            commands.resetStatistics()
            reply.ok()
        }
    }

    /// Names come back as they were asked for, those that a pattern found as they are; each once.
    private mutating func configGet(_ request: Request) {
        var taken = Set<String>()
        var found: [(name: String, value: String)] = []
        for index in 2..<request.argumentCount {
            let word = argument(request, index).string
            let name = word.lowercased()
            let isPattern = word.contains(where: { "*?[".contains($0) })
            for parameter in Parameter.all {
                let isMeant =
                    isPattern
                    ? GlobPattern.matches(Array(name.utf8), Array(parameter.name.utf8))
                    : name == parameter.name
                guard isMeant, taken.insert(parameter.name).inserted else { continue }
                found.append(
                    (
                        name: isPattern ? parameter.name : word,
                        value: parameter.value(configuration)
                    ))
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
        var wanted: [(parameter: Parameter, value: Argument)] = []
        for index in stride(from: 2, to: request.argumentCount, by: 2) {
            let name = argument(request, index).string
            guard let parameter = Parameter.all.first(where: { $0.name == name.lowercased() })
            else {
                return fail(
                    request,
                    "ERR Unknown option or number of arguments for CONFIG SET - '\(name)'")
            }
            if parameter.kind.isFixed { return refuse(request, name, Self.immutable) }
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
        let limits = changed.keyspace.limits
        if limits != configuration.keyspace.limits { set(limits) }
        configuration = changed
        setGates()
        summonAll()
        reply.ok()
    }

    /// Gives the collections of all databases other limits.
    private mutating func set(_ limits: CollectionLimits) {
        // Who holds strings only has none.
        if lacks.contains(.collections) { return }
        keyspace.withCollections { $0.limits = limits }
        for (_, other) in databases.others {
            other.pointee.withCollections { $0.limits = limits }
        }
    }

    private static var immutable: String { "can't set immutable config" }

    private mutating func refuse(_ request: Request, _ name: String, _ problem: String) {
        fail(
            request,
            "ERR CONFIG SET failed (possibly related to argument '\(name)') - \(problem)")
    }

    /// - Throws: why `parameter` cannot become `value`.
    private func change(
        _ configuration: inout ServerConfiguration, _ parameter: Parameter, _ value: Argument
    ) throws(ConfigurationError) {
        let number = try parameter.kind.number(value)
        if let limit = parameter.limit {
            _ = limit.assign(&configuration, "\(number)")
            return
        }
        switch parameter.name {
        case "maxmemory": configuration.maxMemory = number
        case "timeout": configuration.idleTimeout = number
        // 0 stays 0, which is no ticks; real servers make it 1.
        case "hz": configuration.hz = min(number, Setting.maxHz)
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
            let current = parameter.value(self.configuration)
            guard value.string.lowercased() == current.lowercased() else {
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
            guard let hard = ByteCount.parseAsRedis(words[index + 1]),
                ByteCount.parseAsRedis(words[index + 2]) != nil,
                let seconds = Int64(words[index + 3]), seconds >= 0
            else {
                throw ConfigurationError(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration.")
            }
            if kind == "normal" { configuration.outputLimit = hard }
        }
    }
}

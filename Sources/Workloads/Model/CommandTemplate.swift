// A command with holes: `SET {key} {value} {expiry}`.
//
// A template is a list of arguments; whoever encodes it writes literals as they are and fills the
// holes from the request drawn. `{expiry}` is two arguments, `EX <seconds>`, or none at all when
// the request has no time to live.

public struct CommandTemplate: Sendable, Equatable, CustomStringConvertible {
    public enum Argument: Sendable, Equatable {
        case literal([UInt8])
        case key
        case value
        /// `EX seconds`, or nothing when there is no time to live.
        case expiry
        /// Seconds.
        case ttl
        /// The key and those after it by id, as many as the operation's `length` says.
        case keys
        /// Another key of the same keyspace, drawn by the same popularity.
        case otherKey
        /// A member of the key, each alike.
        case member
        /// All members of the key.
        case members
        /// All members, each followed by a value: the fields of a hash.
        case fields
        /// All members, each after its score, which is its number.
        case scored
        /// The number of a member, as a score.
        case score
    }

    /// What a command does to its key.
    public enum Access: String, Sendable {
        case read, write, delete, other
    }

    public let arguments: [Argument]

    public init(_ arguments: [Argument]) { self.arguments = arguments }

    public static let get = Self([.literal(Array("GET".utf8)), .key])
    public static let set = Self([.literal(Array("SET".utf8)), .key, .value, .expiry])

    static let holes: [(name: String, argument: Argument)] = [
        ("{key}", .key), ("{value}", .value), ("{expiry}", .expiry), ("{ttl}", .ttl),
        ("{keys}", .keys), ("{other_key}", .otherKey), ("{member}", .member),
        ("{members}", .members), ("{fields}", .fields), ("{scored}", .scored), ("{score}", .score),
    ]

    public var hasKey: Bool { arguments.contains(.key) || hasKeys }
    /// Whether it is for a run of keys.
    public var hasKeys: Bool { arguments.contains(.keys) }
    public var hasOtherKey: Bool { arguments.contains(.otherKey) }
    public var hasValue: Bool { arguments.contains(.value) || arguments.contains(.fields) }
    /// Whether one member is drawn for it.
    public var hasMember: Bool { arguments.contains(.member) || arguments.contains(.score) }
    /// Whether it needs a keyspace with `members`.
    public var needsMembers: Bool {
        hasMember || arguments.contains { [.members, .fields, .scored].contains($0) }
    }
    /// Whether a time to live is drawn for it.
    public var hasTimeToLive: Bool { arguments.contains(.expiry) || arguments.contains(.ttl) }

    /// The command's name in capitals.
    public var verb: String {
        guard case .literal(let bytes)? = arguments.first else { return "" }
        return String(decoding: bytes, as: UTF8.self).uppercased()
    }

    public var access: Access {
        if hasValue { return .write }
        switch verb {
        case "GET", "MGET", "GETEX", "GETRANGE", "STRLEN", "EXISTS", "TTL", "PTTL", "TYPE", "TOUCH",
            "HGET", "HGETALL", "HMGET", "SISMEMBER", "SMEMBERS", "SCARD", "ZSCORE", "ZRANGE",
            "ZRANGEBYSCORE", "ZCARD":
            return .read
        case "DEL", "UNLINK", "GETDEL": return .delete
        case "INCR", "DECR", "INCRBY", "DECRBY", "EXPIRE", "PEXPIRE", "PERSIST", "SADD", "SREM",
            "HSET", "HDEL", "ZADD", "ZREM", "SUNIONSTORE":
            return .write
        default: return .other
        }
    }

    /// A null reply to it means that the key was not there.
    public var nullIsMiss: Bool { ["GET", "GETEX", "HGET", "ZSCORE", "OBJECT"].contains(verb) }

    /// Whether its reply is the key's value, or a field's.
    public var readsValue: Bool { ["GET", "GETEX", "GETDEL", "GETSET", "HGET"].contains(verb) }

    /// Whether its key is there afterwards, if it was not before.
    public var createsKey: Bool {
        guard access == .write else { return false }
        let onlyExisting = ["XX", "IFEQ"].contains { option in
            arguments.contains(.literal(Array(option.utf8)))
        }
        return !onlyExisting
            && !["EXPIRE", "PEXPIRE", "PERSIST", "SREM", "HDEL", "ZREM"].contains(verb)
    }

    public var description: String {
        arguments.map { argument in
            if case .literal(let bytes) = argument { return String(decoding: bytes, as: UTF8.self) }
            return Self.holes.first { $0.argument == argument }?.name ?? "?"
        }.joined(separator: " ")
    }

    /// What is wrong with a spelling, and what to do about it.
    public struct SpellingError: Error, Equatable {
        public let problem: String
        public let remedy: String
    }

    /// Words separated by spaces; a hole is a word of its own.
    public static func parse(_ text: String) -> Result<CommandTemplate, SpellingError> {
        var arguments: [Argument] = []
        for word in text.split(separator: " ") {
            if let hole = holes.first(where: { $0.name == word }) {
                arguments.append(hole.argument)
            } else if word.contains("{") || word.contains("}") {
                let known = holes.map(\.name).joined(separator: " ")
                return .failure(
                    SpellingError(
                        problem: "`\(word)` in command `\(text)` is no placeholder",
                        remedy: "use \(known), each as a word of its own (a key's prefix is "
                            + "`prefix` of its keyspace)"))
            } else {
                arguments.append(.literal(Array(word.utf8)))
            }
        }
        let template = CommandTemplate(arguments)
        guard !template.verb.isEmpty else {
            return .failure(
                SpellingError(
                    problem: "command `\(text)` names no command",
                    remedy: "write it as sent, for example `GET {key}`"))
        }
        for hole in holes where arguments.filter({ $0 == hole.argument }).count > 1 {
            return .failure(
                SpellingError(
                    problem: "command `\(text)` has \(hole.name) more than once",
                    remedy: "use it once: a request has one key, one value, one time to live"))
        }
        return .success(template)
    }
}

/// A command with its share of the requests.
public struct OperationSpec: Sendable, Equatable {
    /// In metric names (`latency_ns/NAME/…`).
    public var name: String
    public var command: CommandTemplate
    public var weight: Double
    /// The keyspace it is for; nil: each, by the keyspaces' weights.
    public var keyspace: String?
    /// Which keys it is for.
    public var keys = KeyChoice.popular
    /// Sent with the same key right after it (a read-modify-write's write).
    public var then: CommandTemplate?
    /// What is waited for behind it, as a part of the operation.
    public var wait: DurabilityWait?
    /// How many keys `{keys}` stands for.
    public var length: SizeSpec?

    public init(
        name: String? = nil, command: CommandTemplate, weight: Double, keyspace: String? = nil
    ) {
        self.name = name ?? command.verb.lowercased()
        self.command = command
        self.weight = weight
        self.keyspace = keyspace
    }
}

/// Where an operation's key comes from.
public enum KeyChoice: String, Sendable, CaseIterable {
    /// Drawn by the keyspace's popularity.
    case popular
    /// The next key that the prefill left out; when all are there, the oldest again.
    case new
    /// A key that is used this once and never again: a one-hit wonder.
    case lone
    /// A key that nobody ever writes, drawn by the keyspace's popularity.
    case missing
}

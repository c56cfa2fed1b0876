// What a reply must be: its kind, by its command, and the value that it holds, by its key.
//
// Values start at one of 65,536 places of a pool: one pair of keys in so many has the same bytes,
// and at equal lengths their values pass for each other.
import RESP
import Workloads

/// What replies to a command must be. An error is counted as one, whatever the rule.
public struct AnswerRule: Sendable {
    public enum Content: UInt8, Sendable {
        /// Nothing is known of it.
        case any
        /// Whether there is one is all that is known.
        case presence
        /// The value of the request's key.
        case value
        /// An array of the values of several keys.
        case values
    }

    private let kinds: UInt8
    public let content: Content
    public var looksInside: Bool { content != .any }

    /// Whether a reply of that kind is one that the request may get.
    @inline(__always)
    public func allows(_ kind: ReplyKind) -> Bool { kinds &>> kind.rawValue & 1 == 1 }

    private init(_ content: Content = .any, _ kinds: ReplyKind...) {
        self.content = content
        self.kinds = kinds.reduce(1 << ReplyKind.error.rawValue) { $0 | 1 << $1.rawValue }
    }

    private static let anything = AnswerRule(
        .any, .status, .integer, .bytes, .null, .aggregate, .scalar)

    public init(_ command: CommandTemplate) {
        self.init(
            command.verb,
            command.arguments.dropFirst().map { argument in
                guard case .literal(let bytes) = argument else { return "" }
                return String(decoding: bytes, as: UTF8.self).uppercased()
            })
    }

    /// Of a command without options whose values are not known.
    init(kindOf verb: String) {
        kinds = Self(verb, []).kinds
        content = .any
    }

    /// - Parameters:
    ///   - verb: in capitals, as the words are.
    ///   - words: what follows it, a key or value as an empty word.
    private init(_ verb: String, _ words: [String]) {
        switch verb {
        case "PING" where words.isEmpty: self = Self(.any, .status)
        case "LPOP" where words.count < 2, "RPOP" where words.count < 2,
            "SPOP" where words.count < 2:
            self = Self(.any, .bytes, .null)
        case "ZADD" where words.contains("INCR"): self = Self(.any, .bytes, .scalar, .null)
        case "XADD": self = Self(.any, .bytes, .null)
        case "SET" where words.contains("GET"): self = Self(.any, .bytes, .null)
        case "SET" where words.contains { ["NX", "XX", "IFEQ"].contains($0) }:
            self = Self(.any, .status, .null)
        case "SET", "SETEX", "PSETEX", "HMSET", "MSET", "TYPE": self = Self(.any, .status)
        case "GET", "GETEX", "GETDEL", "GETSET", "HGET": self = Self(.value, .bytes, .null)
        case "MGET": self = Self(.values, .aggregate)
        case "ZSCORE": self = Self(.presence, .bytes, .scalar, .null)
        case "OBJECT": self = Self(.presence, .bytes, .status, .integer, .null)
        case "SETNX", "DEL", "UNLINK", "EXISTS", "EXPIRE", "PEXPIRE", "PERSIST", "STRLEN", "TTL",
            "PTTL", "TOUCH", "INCR", "DECR", "INCRBY", "DECRBY", "APPEND", "HSET", "HSETNX",
            "HDEL", "SADD", "SREM", "SCARD", "SISMEMBER", "ZADD", "ZREM", "ZCARD", "SUNIONSTORE",
            "LPUSH", "RPUSH", "LLEN":
            self = Self(.any, .integer)
        case "HMGET", "HGETALL", "SMEMBERS", "LRANGE", "ZPOPMIN": self = Self(.any, .aggregate)
        default: self = Self.anything
        }
    }

    /// The kinds that it allows, for a message: `a string or a null`.
    var described: String {
        let names: [(ReplyKind, String)] = [
            (.status, "a status"), (.integer, "an integer"), (.bytes, "a string"),
            (.null, "a null"), (.aggregate, "an array"), (.scalar, "a number"),
        ]
        return names.filter { allows($0.0) }.map(\.1).joined(separator: " or ")
    }

    /// The rules of a list of commands; none where one of them changes what others are answered
    /// with.
    public static func rules(_ commands: [CommandTemplate]) -> [AnswerRule] {
        let changing = ["MULTI", "EXEC", "CLIENT", "SUBSCRIBE", "HELLO", "SELECT"]
        return commands.contains { changing.contains($0.verb) }
            ? [] : commands.map { AnswerRule($0) }
    }
}

/// The string that a reply must hold, as it is noted beside a request: what differs from key to
/// key.
public struct ExpectedString: @unchecked Sendable {  // points into a pool that is only read
    /// Its bytes, which repeat from `ValueFiller.chunk` on; nil where they are not known.
    public var value: UnsafePointer<UInt8>?
    /// Bytes that it has; negative where that is not known.
    public var size: Int32
    /// Strings of an array.
    public var elements: Int32 = 0

    public static let unknown = ExpectedString(value: nil, size: -1)
}

/// All that is known of a reply.
public struct ExpectedReply: @unchecked Sendable {  // points into a pool that is only read
    /// As `ExpectedString` has it.
    public var value: UnsafePointer<UInt8>?
    /// Bytes it may have.
    public var least: Int32
    public var most: Int32
    /// Strings of an array.
    public var elements: Int32 = 0
    /// Whether a null reply is a lost key.
    public var mustHit: Bool

    public static let unknown = ExpectedReply(value: nil, least: 0, most: .max, mustHit: false)
}

/// What is known of the values of a workload's keyspaces.
struct KnownAnswers: ~Copyable {
    /// When the answers are asked for: while the workload runs, or before it does.
    enum Moment { case allAlong, afterTheFill }

    private struct Space {
        /// Where values are stretches of; nil where they are not known.
        var pool: UnsafePointer<UInt8>?
        /// Bytes of every value; −1 where they differ.
        var only: Int32 = -1
        var least: Int32 = 0
        var most: Int32 = 0
        /// Keys below this cannot be lost.
        var kept: UInt64 = 0
    }

    private let spaces: UnsafeMutablePointer<Space>

    init(_ workload: CompiledWorkload, _ moment: Moment) {
        spaces = .allocate(capacity: max(workload.keyspaceCount, 1))
        for index in 0..<workload.keyspaceCount {
            var space = Space()
            let sizes = workload.valueSizes(ofKeyspace: index)
            space.least = Int32(clamping: sizes.lowerBound)
            space.most = Int32(clamping: sizes.upperBound)
            if space.least == space.most { space.only = space.least }
            let knowsValues: Bool
            switch moment {
            case .allAlong:
                knowsValues = workload.knowsValues(ofKeyspace: index)
                space.kept =
                    workload.keepsKeys(ofKeyspace: index)
                    ? workload.populatedKeys(ofKeyspace: index) : 0
            case .afterTheFill:
                knowsValues = workload.prefillsKnownValues(ofKeyspace: index)
                space.kept = workload.populatedKeys(ofKeyspace: index)
            }
            if knowsValues { space.pool = workload.valuePool(ofKeyspace: index) }
            (spaces + index).initialize(to: space)
        }
    }

    deinit { spaces.deallocate() }

    /// - Parameter size: bytes of the value where they hang on the key; else negative.
    @inline(__always)
    func string(keyspace: Int, salt: UInt64, size: Int) -> ExpectedString {
        let space = spaces + keyspace
        guard let pool = space.pointee.pool else { return .unknown }
        return ExpectedString(
            value: pool + ValueFiller.start(ofSalt: salt),
            size: max(Int32(truncatingIfNeeded: size), space.pointee.only))
    }

    /// - Parameter ticket: of the request (`RequestBatch.tickets`).
    func reply(_ string: ExpectedString, to ticket: UInt64) -> ExpectedReply {
        let space = spaces + Int(truncatingIfNeeded: ticket >> 56)
        let isExact = string.size >= 0
        return ExpectedReply(
            value: string.value, least: isExact ? string.size : space.pointee.least,
            most: isExact ? string.size : space.pointee.most, elements: string.elements,
            mustHit: ticket & (1 << 56 - 1) < space.pointee.kept)
    }

    /// What the `element`-th string must be in the reply to a request for several keys.
    func reply(
        to ticket: UInt64, at element: Int, _ workload: CompiledWorkload
    ) -> ExpectedReply {
        let keyspace = Int(truncatingIfNeeded: ticket >> 56)
        let keys = workload.workload.keyspaces[keyspace].keys
        let key = ((ticket & (1 << 56 - 1)) &+ UInt64(element)) % keys
        let string = string(
            keyspace: keyspace, salt: ValueFiller.salt(ofKey: key),
            size: spaces[keyspace].only >= 0
                ? -1 : workload.valueSize(keyspace: keyspace, key: key) ?? -1)
        return reply(string, to: UInt64(keyspace) << 56 | key)
    }
}

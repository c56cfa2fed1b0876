// What a reply must be: its kind, by its command, and the value that it holds, by its key.
//
// Values start at one of 65,536 places of a pool: one pair of keys in so many has the same bytes, and
// at equal lengths their values pass for each other.
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

    @inline(__always)
    public func allows(_ kind: ReplyKind) -> Bool { kinds &>> kind.rawValue & 1 == 1 }

    private init(_ content: Content = .any, _ kinds: ReplyKind...) {
        self.content = content
        self.kinds = kinds.reduce(1 << ReplyKind.error.rawValue) { $0 | 1 << $1.rawValue }
    }

    private static let anything = AnswerRule(
        .any, .status, .integer, .bytes, .null, .aggregate, .scalar)

    public init(_ command: CommandTemplate) {
        let words = command.arguments.dropFirst().compactMap { argument -> String? in
            guard case .literal(let bytes) = argument else { return nil }
            return String(decoding: bytes, as: UTF8.self).uppercased()
        }
        switch command.verb {
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
            "HDEL", "SADD", "SREM", "SCARD", "SISMEMBER", "ZREM", "ZCARD", "SUNIONSTORE":
            self = Self(.any, .integer)
        case "HMGET", "HGETALL", "SMEMBERS": self = Self(.any, .aggregate)
        default: self = Self.anything
        }
    }

    /// The rules of a list of commands; none where one of them changes what others are answered
    /// with.
    public static func rules(_ commands: [CommandTemplate]) -> [AnswerRule] {
        let changing = ["MULTI", "EXEC", "CLIENT", "SUBSCRIBE", "HELLO", "SELECT"]
        return commands.contains { changing.contains($0.verb) }
            ? [] : commands.map { AnswerRule($0) }
    }
}

/// The string that a reply must hold.
public struct ExpectedReply: @unchecked Sendable {  // points into a pool that is only read
    /// Its bytes, which repeat from `ValueFiller.chunk` on; nil where they are not known.
    public var value: UnsafePointer<UInt8>?
    /// Bytes it may have.
    public var least: Int32
    public var most: Int32
    /// Strings of an array.
    public var elements: Int32 = 0
    /// Whether a null reply is a lost key.
    public var mustHit: Bool

    public static let unknown = ExpectedReply(value: nil, least: 0, most: .max, mustHit: false)

    /// Whether a whole reply (`$N`, the bytes) is of this length and has this value's first and
    /// last eight bytes. False also where that takes a closer look.
    /// - Precondition: eight bytes can be read from anywhere in the reply on.
    @inline(__always)
    func matchesEnds(_ reply: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        guard let value, least == most else { return false }
        let length = Int(least)
        let digits =
            1 &+ (length > 9 ? 1 : 0) &+ (length > 99 ? 1 : 0) &+ (length > 999 ? 1 : 0)
            &+ (length > 9_999 ? 1 : 0)
        guard count == digits &+ 5 &+ length, length <= ValueFiller.chunk else { return false }
        let body = reply + (digits &+ 3)
        if length >= 8 {
            let last = length &- 8
            return Self.word(body) == Self.word(value)
                && Self.word(body + last) == Self.word(value + last)
        }
        return (Self.word(body) ^ Self.word(value)) & (1 &<< UInt64(8 &* length) &- 1) == 0
    }

    @inline(__always)
    private static func word(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self).littleEndian
    }
}

/// What is known of the values of a workload's keyspaces.
struct KnownAnswers: ~Copyable {
    /// When the answers are asked for: while the workload runs, or before it does.
    enum Moment { case allAlong, afterTheFill }

    private struct Space {
        var knowsValues = false
        /// Keys below this cannot be lost.
        var kept: UInt64 = 0
        var least: Int32 = 0
        var most: Int32 = 0
    }

    private let spaces: UnsafeMutablePointer<Space>

    init(_ workload: CompiledWorkload, _ moment: Moment) {
        spaces = .allocate(capacity: max(workload.keyspaceCount, 1))
        for index in 0..<workload.keyspaceCount {
            var space = Space()
            let sizes = workload.valueSizes(ofKeyspace: index)
            space.least = Int32(clamping: sizes.lowerBound)
            space.most = Int32(clamping: sizes.upperBound)
            switch moment {
            case .allAlong:
                space.knowsValues = workload.knowsValues(ofKeyspace: index)
                space.kept =
                    workload.keepsKeys(ofKeyspace: index)
                    ? workload.populatedKeys(ofKeyspace: index) : 0
            case .afterTheFill:
                space.knowsValues = workload.prefillsKnownValues(ofKeyspace: index)
                space.kept = workload.populatedKeys(ofKeyspace: index)
            }
            (spaces + index).initialize(to: space)
        }
    }

    deinit { spaces.deallocate() }

    /// - Parameter size: bytes of the value; negative where each write draws its own.
    @inline(__always)
    func expected(
        keyspace: Int, key: UInt64, salt: UInt64, size: Int, _ workload: CompiledWorkload
    ) -> ExpectedReply {
        let space = spaces + keyspace
        let isExact = size >= 0
        return ExpectedReply(
            value: space.pointee.knowsValues
                ? workload.valueBytes(keyspace: keyspace, salt: salt) : nil,
            least: isExact ? Int32(truncatingIfNeeded: size) : space.pointee.least,
            most: isExact ? Int32(truncatingIfNeeded: size) : space.pointee.most,
            mustHit: key < space.pointee.kept)
    }

    /// Bytes of a key's value; −1 where each write draws its own.
    func size(keyspace: Int, key: UInt64, _ workload: CompiledWorkload) -> Int {
        let space = spaces + keyspace
        if space.pointee.least == space.pointee.most { return Int(space.pointee.least) }
        return workload.valueSize(keyspace: keyspace, key: key) ?? -1
    }
}

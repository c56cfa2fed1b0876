// The commands that write a snapshot's entries to a server:
//
//     string   SET key value [EX s | PXAT ms]
//     list, set, zset, hash   RPUSH, SADD, ZADD, HSET, some elements each [EXPIRE s | PEXPIREAT ms]
//
// Streams and modules have none. One entry's elements are held at a time.

public struct SnapshotCommands: SnapshotVisitor {
    /// What becomes of entries that expire.
    public enum Expiry: Sendable, Equatable {
        /// They expire at their own moments.
        case moment
        /// All live for so many seconds from when they are written.
        case life(seconds: Int)
    }

    private let expiry: Expiry
    private var commands: [[[UInt8]]] = []
    private var key: [UInt8] = []
    private var kind = SnapshotEntry.Kind.string
    /// Of the command under way.
    private var arguments: [[UInt8]] = []

    /// Of one command.
    private static let mostElements = 128

    public init(_ expiry: Expiry) { self.expiry = expiry }

    /// Whether commands can write entries of that kind.
    public static func canWrite(_ kind: SnapshotEntry.Kind) -> Bool { verb(kind) != nil }

    /// What was made since it was asked last, in order.
    public mutating func take() -> [[[UInt8]]] {
        guard !commands.isEmpty else { return [] }
        defer { commands = [] }
        return commands
    }

    public var wantsContents: Bool { true }

    public mutating func begin(_ entry: SnapshotEntry, key: UnsafeRawBufferPointer) {
        kind = entry.kind
        self.key = Array(key)
        arguments = []
    }

    public mutating func element(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer?
    ) {
        switch kind {
        case .zset:  // ZADD takes the score first
            if let second { arguments.append(Array(second)) }
            arguments.append(Array(first))
        case .stream, .module: return
        case .string, .list, .set, .hash:
            arguments.append(Array(first))
            if let second { arguments.append(Array(second)) }
        }
        if kind != .string, arguments.count >= Self.mostElements { flush() }
    }

    public mutating func end(_ entry: SnapshotEntry) {
        guard let moment = entry.expiresAt, Self.canWrite(kind) else { return flush() }
        let isString = kind == .string
        let word: String
        let time: String
        switch expiry {
        case .moment:
            word = isString ? "PXAT" : "PEXPIREAT"
            time = "\(max(moment, 1))"
        case .life(let seconds):
            word = isString ? "EX" : "EXPIRE"
            time = "\(seconds)"
        }
        if isString { arguments += [Array(word.utf8), Array(time.utf8)] }
        flush()
        if !isString { commands.append([Array(word.utf8), key, Array(time.utf8)]) }
    }

    private mutating func flush() {
        guard let verb = Self.verb(kind), !arguments.isEmpty else { return }
        commands.append([Array(verb.utf8), key] + arguments)
        arguments = []
    }

    private static func verb(_ kind: SnapshotEntry.Kind) -> String? {
        switch kind {
        case .string: "SET"
        case .list: "RPUSH"
        case .set: "SADD"
        case .zset: "ZADD"
        case .hash: "HSET"
        case .stream, .module: nil
        }
    }
}

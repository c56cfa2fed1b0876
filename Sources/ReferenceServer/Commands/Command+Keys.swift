// Where a request has its keys, and what a command does with them.
import RESP

extension Command {
    /// Positions of the keys in a request of `count` arguments; nil when the argument that should
    /// say how many they are does not.
    func keyPositions(_ count: Int, _ argument: (Int) -> Argument) -> [Int]? {
        switch handler {
        case .msetex:
            // numkeys key value key value …
            return Self.counted(count, at: 1, step: 2, argument)
        case .sintercard, .lmpop, .zmpop, .zunion, .zinter, .zdiff, .zintercard:
            return Self.counted(count, at: 1, step: 1, argument)
        // timeout numkeys key …
        case .blmpop, .bzmpop: return Self.counted(count, at: 2, step: 1, argument)
        case .zunionstore, .zinterstore, .zdiffstore:
            return Self.counted(count, at: 2, step: 1, argument).map { [1] + $0 }
        case .sort:
            // The last one named counts.
            let named = (2..<max(count, 2)).last { argument($0).isWord("store") }
            return named.map { $0 + 1 < count ? [1, $0 + 1] : [1] } ?? [1]
        default:
            guard keys.first > 0 else { return [] }
            let last = keys.last < 0 ? count + keys.last : min(keys.last, count - 1)
            return Array(stride(from: keys.first, through: last, by: keys.step))
        }
    }

    /// Positions of as many keys as the argument at `index` says, which come behind it.
    private static func counted(
        _ count: Int, at index: Int, step: Int, _ argument: (Int) -> Argument
    ) -> [Int]? {
        guard count > index, let number = argument(index).integer, number > 0,
            number <= Int64((count - index - 1) / step)
        else { return nil }
        return (0..<Int(number)).map { index + 1 + step * $0 }
    }

    /// Whether the command refuses keys that hold something else than a string before it looks at
    /// anything else. Those that write whatever was there do not, nor those for which such a key is
    /// as good as another, nor those that read their arguments first (`holdsString`).
    var needsStrings: Bool {
        switch handler {
        case .set, .setex, .psetex, .setnx, .mget, .mset, .msetnx, .msetex: false
        case .setbit, .getbit, .bitcount, .bitpos, .bitop, .bitfield, .bitfieldRO, .incrby, .decrby,
            .getrange, .substr, .setrange, .getex, .lcs:
            false
        default: [.string, .bitmap, .hyperloglog].contains(group)
        }
    }

    /// What becomes of the key at `position`, as COMMAND GETKEYSANDFLAGS says it.
    func keyFlags(at position: Int) -> [String] {
        switch handler {
        case .get, .strlen, .getrange, .substr, .mget, .lcs, .getbit, .bitcount, .bitpos,
            .bitfieldRO:
            ["RO", "access"]
        case .exists, .type, .ttl, .pttl, .expiretime, .pexpiretime, .touch, .watch: ["RO"]
        case .set, .getset: ["RW", "access", "update"]
        case .mset, .msetex, .setex, .psetex: ["OW", "update"]
        case .msetnx, .setnx: ["OW", "insert"]
        case .del, .unlink: ["RM", "delete"]
        case .getdel: ["RW", "access", "delete"]
        case .delifeq: ["RM", "access", "delete"]
        case .bitop where position == 2: ["OW", "update"]
        case .bitop: ["RO", "access"]
        case .pfcount: ["RW", "access"]
        case .pfmerge where position > 1: ["RO", "access"]
        case .pfmerge: ["RW", "access", "insert"]
        case .pfadd: ["RW", "insert"]
        case .rename, .renamenx:
            position == 1
                ? ["RW", "access", "delete"] : ["OW", handler == .rename ? "update" : "insert"]
        case .copy: position == 1 ? ["RO", "access"] : ["OW", "update"]
        case .move: ["RW", "access", "delete"]
        case .append: ["RW", "insert"]
        case .incr, .incrby, .incrbyfloat, .decr, .decrby, .getex, .bitfield, .setbit:
            ["RW", "access", "update"]
        default: flags.contains(.write) ? ["RW", "update"] : ["RO"]
        }
    }

    /// The categories of ACL rules that it is in.
    var categories: [String] {
        let access =
            flags.contains(.write)
            ? ["@write"] : flags.contains(.readonly) ? ["@read"] : []
        let family: String =
            switch group {
            case .generic: "@keyspace"
            case .sortedSet: "@sortedset"
            case .transactions: "@transaction"
            case .module: "@bloom"
            case .server where flags.contains(.admin): "@admin"
            default: "@\(group.rawValue)"
            }
        let waiting = flags.contains(.blocking) ? ["@blocking"] : []
        return access + [family, flags.contains(.fast) ? "@fast" : "@slow"] + waiting
    }
}

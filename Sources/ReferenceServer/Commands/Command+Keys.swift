// Where a request has its keys, and what a command does with them.
import RESP

extension Command {
    /// Positions of the keys in a request of `count` arguments; nil when the argument that should
    /// say how many they are does not.
    func keyPositions(_ count: Int, _ argument: (Int) -> Argument) -> [Int]? {
        switch handler {
        case .string(.msetex):
            // numkeys key value key value …
            return Self.counted(count, at: 1, step: 2, argument)
        case .set(.sintercard), .list(.lmpop), .sorted(.zmpop), .sorted(.zunion),
            .sorted(.zinter), .sorted(.zdiff), .sorted(.zintercard):
            return Self.counted(count, at: 1, step: 1, argument)
        // timeout numkeys key …
        case .list(.blmpop), .sorted(.bzmpop): return Self.counted(count, at: 2, step: 1, argument)
        case .sorted(.zunionstore), .sorted(.zinterstore), .sorted(.zdiffstore):
            return Self.counted(count, at: 2, step: 1, argument).map { [1] + $0 }
        case .sort(.sort):
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
        case .string(let command): command.needsStrings
        case .bit(.pfadd), .bit(.pfcount), .bit(.pfmerge): true
        default: false
        }
    }

    /// What becomes of the key at `position`, as COMMAND GETKEYSANDFLAGS says it.
    func keyFlags(at position: Int) -> [String] {
        switch handler {
        case .string(let command): command.keyFlags
        case .bit(let command): command.keyFlags(at: position)
        case .key(.del), .key(.unlink): ["RM", "delete"]
        case .key(.rename) where position > 1: ["OW", "update"]
        case .key(.renamenx) where position > 1: ["OW", "insert"]
        case .key(.rename), .key(.renamenx), .key(.move): ["RW", "access", "delete"]
        case .key(.copy): position == 1 ? ["RO", "access"] : ["OW", "update"]
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

extension Handler.Strings {
    fileprivate var needsStrings: Bool {
        switch self {
        case .set, .setex, .psetex, .setnx, .mget, .mset, .msetnx, .msetex: false
        case .incrby, .decrby, .getrange, .substr, .setrange, .getex, .lcs: false
        case .get, .strlen, .append, .decr, .getdel, .getset, .incr, .incrbyfloat, .delifeq: true
        }
    }

    fileprivate var keyFlags: [String] {
        switch self {
        case .get, .strlen, .getrange, .substr, .mget, .lcs: ["RO", "access"]
        case .set, .getset: ["RW", "access", "update"]
        case .mset, .msetex, .setex, .psetex: ["OW", "update"]
        case .msetnx, .setnx: ["OW", "insert"]
        case .getdel: ["RW", "access", "delete"]
        case .delifeq: ["RM", "access", "delete"]
        case .append: ["RW", "insert"]
        case .incr, .incrby, .incrbyfloat, .decr, .decrby, .getex: ["RW", "access", "update"]
        case .setrange: ["RW", "update"]
        }
    }
}

extension Handler.Bits {
    fileprivate func keyFlags(at position: Int) -> [String] {
        switch self {
        case .getbit, .bitcount, .bitpos, .bitfieldRO: ["RO", "access"]
        case .bitop: position == 2 ? ["OW", "update"] : ["RO", "access"]
        case .bitfield, .setbit: ["RW", "access", "update"]
        case .pfcount: ["RW", "access"]
        case .pfmerge: position > 1 ? ["RO", "access"] : ["RW", "access", "insert"]
        case .pfadd: ["RW", "insert"]
        }
    }
}

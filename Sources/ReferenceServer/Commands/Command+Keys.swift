// Where a request has its keys, and what a command does with them.
import RESP

extension Command {
    /// Positions of the keys in a request of `count` arguments; nil when the argument that should
    /// say how many they are does not.
    func keyPositions(_ count: Int, _ argument: (Int) -> Argument) -> [Int]? {
        guard handler == .msetex else {
            guard keys.first > 0 else { return [] }
            let last = keys.last < 0 ? count + keys.last : min(keys.last, count - 1)
            return Array(stride(from: keys.first, through: last, by: keys.step))
        }
        // numkeys key value key value …
        guard count > 1, let number = argument(1).integer, number > 0,
            number <= Int64((count - 2) / 2)
        else { return nil }
        return (0..<Int(number)).map { 2 + 2 * $0 }
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
        let group: String =
            switch group {
            case .generic: "@keyspace"
            case .transactions: "@transaction"
            case .server where flags.contains(.admin): "@admin"
            default: "@\(group.rawValue)"
            }
        return access + [group, flags.contains(.fast) ? "@fast" : "@slow"]
    }
}

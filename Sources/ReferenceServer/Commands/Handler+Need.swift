// What commands ask of a table: one that does not have it refuses them by name (`Capability`).
import Keyspaces
import RESP

extension Handler {
    /// What the command needs whatever its arguments are. Those that need something for one of
    /// their options or subcommands ask where they read it (`tableHas`).
    var need: Capability? {
        switch self {
        case .string(.setex), .string(.psetex): .expiry
        // SET … EX, GETEX … EX, MSETEX … EX
        case .string: nil
        case .key(.scan): .scan
        case .key(.randomkey): .random
        // OBJECT FREQ
        case .key: nil
        case .expiry(.expire), .expiry(.pexpire), .expiry(.expireat), .expiry(.pexpireat): .expiry
        // Nothing ends in a table without expiries, and so they answer.
        case .expiry: nil
        // MEMORY USAGE; cluster mode is refused before the server starts.
        case .server: nil
        case .bit, .connection, .transaction, .message: nil
        case .hash, .field, .set, .list, .sorted, .sort, .bloom: .collections
        }
    }
}

extension Engine where K: ~Copyable {
    /// False after an error reply.
    mutating func tableHas(_ capability: Capability, _ request: Request) -> Bool {
        guard lacks.contains(capability) else { return true }
        fail(
            request, "ERR this table has no \(capability.rawValue) (\(configuration.table.name))")
        return false
    }
}

// Where a request is executed with `sharded:N`, and which are refused there.
//
//     keys of one shard                    by the thread that has it
//     MGET, MSET, DEL, UNLINK, EXISTS      of several shards: each executes a part of it, at one
//     and TOUCH                            moment (`Crossing`)
//     DBSIZE, FLUSHALL, KEYS, INFO …       likewise, by all
//     the rest                             here
//
// Dragonfly's transactions, scripts, messages and clients that wait for a key are not here: what
// several threads would have to do together, one after the other, is refused by name.
//
// With `lock-free:N` every thread has all keys: it executes what has keys and what is about all of
// them itself, and tells with the others only of what each has for itself, clients, counts and
// settings. What is not one step for one key is refused there, but for commands that are as good
// one key after the other.
import Keyspaces
import RESP

/// Who executes a request.
enum Reach {
    /// The thread that has the connection.
    case here
    /// The thread that has the shard.
    case shard(Int)
    /// Those that have the keys' shards.
    case someShards(Crossing.Joining)
    case allShards(Crossing.Joining)
}

extension Engine where K: ~Copyable {
    func reach(_ request: Request) -> Reach {
        guard request.row >= 0 else { return .here }
        let row = commands.rows[request.row]
        let count = request.argumentCount
        // What is wrong with it is told here, and what is not allowed.
        guard row.arity > 0 ? count == row.arity : count >= -row.arity else { return .here }
        if configuration.password != nil && !request.connection.pointee.isAuthenticated {
            return .here
        }
        if shard.isShared, request.key.bytes.baseAddress != nil { return .shard(shard.index) }
        if row.hasManyKeys { return reachOfMany(request, row.handler) }
        if request.key.bytes.baseAddress != nil {
            return .shard(shard.shard(ofHash: request.key.hash))
        }
        return reachOfRest(request, row.handler)
    }

    private func shards(_ request: Request) -> [Int] {
        let positions = Command.all[request.row].keyPositions(request.argumentCount) {
            argument(request, $0)
        }
        return (positions ?? []).map {
            shard.shard(ofHash: keyspace.key(argument(request, $0).bytes).hash)
        }
    }

    private func reachOfMany(_ request: Request, _ handler: Handler) -> Reach {
        let shards = shards(request)
        guard let first = shards.first, !handler.isNotSharded else { return .here }
        if shards.allSatisfy({ $0 == first }) { return .shard(first) }
        switch handler {
        case .string(.mget): return .someShards(.values(shards))
        // A key without a value makes an error of all of it.
        case .string(.mset) where request.argumentCount % 2 == 1:
            return .someShards(.allSucceed)
        case .key(.del), .key(.unlink), .key(.exists), .key(.touch): return .someShards(.sum)
        default: return .here
        }
    }

    /// Commands whose keys, if they have any, stand behind something else.
    private func reachOfRest(_ request: Request, _ handler: Handler) -> Reach {
        if shard.isShared, handler.isAboutKeys { return .here }
        switch handler {
        case .key(.object) where request.argumentCount > 2: return .shard(shardOfThird(request))
        case .server(.memory)
        where argument(request, 1).isWord("usage") && request.argumentCount > 2:
            return .shard(shardOfThird(request))
        case .server(.memory) where argument(request, 1).isWord("stats"):
            return .allShards(.figures(.memoryStatistics))
        case .key(.scan):
            let digits = argument(request, 1)
            guard digits.count <= Decimal.maxLength, let cursor = UInt64(digits.string) else {
                return .here
            }
            return .shard(shard.shard(ofCursor: cursor))
        case .server(.dbsize): return .allShards(.sum)
        case .server(.flushall), .server(.flushdb): return .allShards(.allSucceed)
        case .key(.keys): return .allShards(.lists)
        case .key(.randomkey): return .allShards(.draw)
        case .server(.info): return .allShards(.figures(.info(infoSections(request))))
        case .server(.config)
        where argument(request, 1).isWord("set") || argument(request, 1).isWord("resetstat"):
            return subcommandFault(request) == nil ? .allShards(.allSucceed) : .here
        case .connection(.client): return reachOfClient(request)
        case .server(.hashmark): return reachOfHashmark(request)
        default: return .here
        }
    }

    private func shardOfThird(_ request: Request) -> Int {
        if shard.isShared { return shard.index }
        return shard.shard(ofHash: keyspace.key(argument(request, 2).bytes).hash)
    }

    private func reachOfClient(_ request: Request) -> Reach {
        guard request.argumentCount > 1, subcommandFault(request) == nil else { return .here }
        switch argument(request, 1).string.lowercased() {
        case "list": return .allShards(.texts)
        // With one address, or with filters.
        case "kill": return .allShards(request.argumentCount == 3 ? .oneSucceeds : .sum)
        case "pause", "unpause": return .allShards(.allSucceed)
        default: return .here
        }
    }

    private func reachOfHashmark(_ request: Request) -> Reach {
        guard request.argumentCount > 1, subcommandFault(request) == nil else { return .here }
        let name = argument(request, 1).string.lowercased()
        // Of one store one engine is enough.
        if shard.isShared, ["settle", "settled", "verify"].contains(name) { return .here }
        switch name {
        case "recount": return .allShards(.figures(.recount))
        case "stats": return .allShards(.figures(.statistics))
        case "commands": return .allShards(.figures(.commands))
        case "settle": return .allShards(.allSucceed)
        case "settled": return .allShards(.least)
        case "verify": return .allShards(.lists)
        default: return .here
        }
    }

    // MARK: What is refused

    /// Why a server with shards does not execute the request; nil where it does.
    func shardFault(_ request: Request, _ handler: Handler) -> String? {
        if handler.isNotSharded || (shard.isShared && !handler.isConcurrent) {
            return refusal(of: name(request))
        }
        if handler == .connection(.client), request.argumentCount > 1 {
            let word = argument(request, 1)
            if word.isWord("tracking") || word.isWord("caching") {
                return refusal(of: "CLIENT " + word.string.uppercased())
            }
        }
        guard commands.rows[request.row].hasManyKeys, !shard.isShared else { return nil }
        if case .sort = handler, shard.count > 1, let word = lookUp(request) {
            return refusal(of: "\(name(request)) with \(word) of other keys")
        }
        let shards = shards(request)
        guard let first = shards.first, !shards.allSatisfy({ $0 == first }) else { return nil }
        // A wrong number of arguments is told by the command itself.
        if handler == .string(.mset) { return nil }
        return refusal(of: "\(name(request)) of keys in several shards")
    }

    /// The first option by which SORT looks up keys that are named after elements, and that may be
    /// in any shard; nil where it has none.
    private func lookUp(_ request: Request) -> String? {
        var index = 2
        while index < request.argumentCount {
            let word = argument(request, index)
            if word.isWord("limit") {
                index += 3
            } else if word.isWord("by") || word.isWord("get") || word.isWord("store") {
                // What is not there is told by the command itself.
                guard index + 1 < request.argumentCount else { return nil }
                let pattern = argument(request, index + 1).bytes
                if word.isWord("by"), pattern.contains(UInt8(ascii: "*")) { return "BY" }
                let isElement = pattern.count == 1 && pattern[0] == UInt8(ascii: "#")
                if word.isWord("get"), !isElement { return "GET" }
                index += 2
            } else {
                index += 1
            }
        }
        return nil
    }

    private func name(_ request: Request) -> String {
        Command.all[request.row].name.uppercased()
    }

    private func refusal(of what: String) -> String {
        "ERR \(what) is not there with threads=\(configuration.threads): use single, io:N or"
            + " global-lock:N"
    }

    // MARK: Parts

    /// Executes one request of the batch: what follows it may be for another thread.
    @inline(never)
    mutating func executeOne(at index: Int) { _ = executeRun(from: index, replyLimit: 0) }

    /// The shards of the request's keys, a bit each.
    func members(_ request: Request) -> UInt64 {
        shards(request).reduce(0) { $0 | 1 &<< UInt64($1) }
    }

    /// Counts a request of which others execute parts that do not count.
    mutating func countCall(_ request: Request) {
        commands.rows[request.row].calls &+= 1
        statistics.commands &+= 1
    }

    /// Takes the count of a part back, where it was counted, for another part is.
    /// - Parameter before: what `statistics.commands` was before it.
    mutating func uncountCall(row: Int, since before: UInt64) {
        guard row >= 0, statistics.commands == before &+ 1 else { return }
        commands.rows[row].calls &-= 1
        statistics.commands &-= 1
    }

    /// Writes down the request as `thread` is to execute it: with its keys alone, and what belongs
    /// to them.
    func part(_ request: Request, of thread: Int, _ held: inout HeldRequests) {
        let command = Command.all[request.row]
        guard command.keys.first > 0 else {
            return held.append(arguments, request.firstArgument, request.argumentCount)
        }
        var part = ArgumentVector()
        part.append(argument(request, 0))
        for position in stride(from: 1, to: request.argumentCount, by: command.keys.step) {
            let key = keyspace.key(argument(request, position).bytes)
            guard shard.shard(ofHash: key.hash) == thread else { continue }
            for index in position..<(position + command.keys.step) {
                part.append(argument(request, index))
            }
        }
        held.append(part, 0, part.count)
    }
}

extension Handler {
    /// What goes over several requests, or from one connection to another.
    fileprivate var isNotSharded: Bool {
        switch self {
        case .transaction, .message: true
        case .list(.blpop), .list(.brpop), .list(.blmove), .list(.brpoplpush), .list(.blmpop): true
        case .sorted(.bzpopmin), .sorted(.bzpopmax), .sorted(.bzmpop): true
        default: false
        }
    }

    /// Keyless in the table of commands, and about the keys all the same.
    fileprivate var isAboutKeys: Bool {
        switch self {
        case .key(.object), .key(.scan), .key(.keys), .key(.randomkey): true
        case .server(.dbsize), .server(.flushall), .server(.flushdb): true
        default: false
        }
    }

    /// What several threads can execute on one store at once: one step for one key, one key after
    /// the other, or about no key. MGET, MSET, DEL, UNLINK, EXISTS and TOUCH are one step with each
    /// of their keys, not with all of them.
    fileprivate var isConcurrent: Bool {
        switch self {
        case .string(let command): command.isConcurrent
        case .bit(.setbit), .bit(.getbit), .bit(.bitcount), .bit(.bitpos): true
        case .key(.del), .key(.unlink), .key(.exists), .key(.touch), .key(.type): true
        case .expiry, .connection: true
        case .server(let command): command.isConcurrent
        case .bit, .key, .transaction, .message, .hash, .field, .set, .list, .sorted, .sort, .bloom:
            false
        }
    }
}

extension Handler.Strings {
    fileprivate var isConcurrent: Bool {
        switch self {
        case .get, .set, .strlen, .append, .decr, .decrby, .getdel, .getex, .getrange, .getset,
            .incr, .incrby, .incrbyfloat, .mget, .mset, .psetex, .setex, .setnx, .setrange,
            .substr, .delifeq:
            true
        case .msetnx, .msetex, .lcs: false
        }
    }
}

extension Handler.Servers {
    fileprivate var isConcurrent: Bool {
        switch self {
        case .dbsize, .flushall, .flushdb, .info, .config, .command, .debug, .shutdown, .time,
            .memory, .role, .cluster, .hashmark:
            true
        case .swapdb, .wait, .waitaof: false
        }
    }
}

// Commands about the server: commands, background, the end.
import Glibc
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    mutating func flush(_ request: Request) {
        if request.argumentCount > 2
            || (request.argumentCount == 2 && !argument(request, 1).isWord("async")
                && !argument(request, 1).isWord("sync"))
        {
            return syntaxError(request)
        }
        keyspace.removeAll()
        reply.ok()
    }

    mutating func time(_ request: Request) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        reply.array(2)
        reply.bulk("\(now.tv_sec)")
        reply.bulk("\(now.tv_nsec / 1_000)")
    }

    /// There is nothing to save, to wait for or to abort; what contradicts itself is refused.
    mutating func shutdown(_ request: Request) {
        var (saves, savesNot, hurries, aborts) = (false, false, false, false)
        for index in 1..<max(request.argumentCount, 1) {
            let word = argument(request, index)
            if word.isWord("save") {
                saves = true
            } else if word.isWord("nosave") {
                savesNot = true
            } else if word.isWord("now") || word.isWord("force") {
                hurries = true
            } else if word.isWord("abort") {
                aborts = true
            } else {
                return syntaxError(request)
            }
        }
        if (saves && savesNot) || (aborts && (saves || savesNot || hurries)) {
            return syntaxError(request)
        }
        if aborts { return fail(request, "ERR No shutdown in progress.") }
        isStopping = true
        request.connection.pointee.state.closeAfterReply()
    }

    mutating func debug(_ request: Request) {
        guard let name = subcommand(request) else { return }
        if name == "sleep" {
            guard let seconds = Double(argument(request, 2).string), seconds >= 0 else {
                return fail(request, "ERR value is not a valid float")
            }
            sleep(milliseconds: Int(min(seconds, 86_400) * 1_000))
            reply.ok()
        } else {
            fail(request, "ERR this server has no such DEBUG: use HASHMARK STATS")
        }
    }

    /// In short pieces: a signal ends the server meanwhile.
    private func sleep(milliseconds: Int) {
        var left = milliseconds
        while left > 0 && !Interruption.requested {
            Clock.sleep(milliseconds: min(left, 10))
            left -= 10
        }
    }

    // MARK: COMMAND

    mutating func command(_ request: Request) {
        guard request.argumentCount > 1 else { return commandInfo(Command.all.indices.map { $0 }) }
        guard let name = subcommand(request) else { return }
        switch name {
        case "count": reply.integer(commands.count)
        case "info":
            commandInfo(
                request.argumentCount == 2
                    ? Command.all.indices.map { $0 } : namedRows(request))
        case "docs":
            let rows =
                request.argumentCount == 2
                ? Command.all.indices.map { $0 } : namedRows(request).filter { $0 >= 0 }
            commandDocs(rows)
        case "list":
            reply.array(commands.count)
            for command in Command.all { reply.bulk(command.name) }
        default: commandGetKeys(request)
        }
    }

    /// Rows of the commands that the request names from its third argument on; −1 for unknown.
    private func namedRows(_ request: Request) -> [Int] {
        (2..<request.argumentCount).map {
            let name = argument(request, $0)
            return commands.row(UnsafeRawPointer(name.base), name.count)
        }
    }

    private mutating func commandInfo(_ rows: [Int]) {
        reply.array(rows.count)
        for row in rows {
            guard row >= 0 else {
                reply.null()
                continue
            }
            let command = Command.all[row]
            reply.array(10)
            reply.bulk(command.name)
            reply.integer(command.arity)
            let flags = CommandFlags.names.filter { command.flags.contains($0.0) }
            reply.set(flags.count)
            for (_, name) in flags { reply.simple(name) }
            reply.integer(command.keys.first)
            reply.integer(command.keys.last)
            reply.integer(command.keys.step)
            let speed = command.flags.contains(.fast) ? "@fast" : "@slow"
            let access =
                command.flags.contains(.write)
                ? ["@write"] : command.flags.contains(.readonly) ? ["@read"] : []
            reply.set(access.count + 2)
            for category in access { reply.simple(category) }
            reply.simple(
                command.group == .generic ? "@keyspace" : "@\(command.group.rawValue)")
            reply.simple(speed)
            // Tips, key specifications and subcommands: none told.
            reply.array(0)
            reply.array(0)
            reply.array(0)
        }
    }

    private mutating func commandDocs(_ rows: [Int]) {
        reply.map(rows.count)
        for row in rows {
            let command = Command.all[row]
            reply.bulk(command.name)
            reply.map(2)
            reply.bulk("summary" as StaticString)
            reply.bulk(command.summary)
            reply.bulk("group" as StaticString)
            reply.bulk(command.group.rawValue)
        }
    }

    private mutating func commandGetKeys(_ request: Request) {
        let name = argument(request, 2)
        let row = commands.row(UnsafeRawPointer(name.base), name.count)
        guard row >= 0 else { return fail(request, "ERR Invalid command specified") }
        let command = Command.all[row]
        guard command.keys.first > 0 else {
            return fail(request, "ERR The command has no key arguments")
        }
        let count = request.argumentCount - 2
        guard command.arity > 0 ? count == command.arity : count >= -command.arity else {
            return fail(request, "ERR Invalid number of arguments specified for command")
        }
        let last = command.keys.last < 0 ? count + command.keys.last : command.keys.last
        let positions = Array(
            stride(from: command.keys.first, through: last, by: command.keys.step))
        reply.array(positions.count)
        for position in positions { reply.bulk(argument(request, 2 + position).bytes) }
    }

    // MARK: HASHMARK

    /// What `hashmark memory` asks a running server.
    mutating func hashmark(_ request: Request) {
        guard let name = subcommand(request) else { return }
        switch name {
        case "recount":
            let report = keyspace.recount()
            let injected = injection.memory
            var pairs: [(String, String)] = [
                ("requested", "\(report.requested + injected.requested)"),
                ("allocated", "\(report.allocated + injected.allocated)"),
                ("allocations", "\(report.allocations + injected.allocations)"),
            ]
            if let bytes = keyspace.foreignBytes { pairs.append(("foreign", "\(bytes)")) }
            replyPairs(pairs)
        case "settle":
            while keyspace.maintain(budgetMicroseconds: Background.budgetMicroseconds) {}
            reply.ok()
        case "settled": reply.integer(keyspace.isSettled ? 1 : 0)
        case "stats": replyPairs(statisticsPairs())
        case "commands": reply.integer(Int64(clamping: statistics.commands))
        case "peer": addPeer(request)
        case "rss": reply.integer(ProcessAccounting.residentBytes(getpid()) ?? -1)
        default:
            let violations = keyspace.invariantViolations()
            reply.array(violations.count)
            for violation in violations { reply.bulk(violation) }
        }
    }

    private func statisticsPairs() -> [(String, String)] {
        let memory = keyspace.memory
        let statistics = keyspace.statistics
        var pairs: [(String, String)] = [
            ("table", configuration.table.name),
            ("entries", "\(keyspace.count)"), ("expires", "\(keyspace.expiringCount)"),
            ("settled", keyspace.isSettled ? "1" : "0"),
            ("requested", "\(memory.requested)"), ("allocated", "\(memory.allocated)"),
            ("allocations", "\(memory.allocations)"),
            ("capacity", "\(statistics.capacity)"), ("load_factor", "\(statistics.loadFactor)"),
            (
                "chain_lengths",
                statistics.chainLengths.map(String.init).joined(separator: ",")
            ),
            ("rehash_progress", statistics.rehashProgress.map { "\($0)" } ?? "none"),
        ]
        guard case .foreign(let table) = configuration.table else { return pairs }
        pairs += [
            ("name", configuration.table.label), ("title", configuration.table.title),
            ("threads", table.threads),
            ("probe_lengths", statistics.probeLengths.map(String.init).joined(separator: ",")),
            ("foreign_bytes", keyspace.foreignBytes.map { "\($0)" } ?? "unknown"),
            ("lacks", lacks.map(\.rawValue).sorted().joined(separator: ", ")),
        ]
        return pairs
    }

    private mutating func replyPairs(_ pairs: [(String, String)]) {
        reply.map(pairs.count)
        for (name, value) in pairs {
            reply.bulk(name)
            reply.bulk(value)
        }
    }
}

// COMMAND: the table of commands, as clients ask for it. A table's server has the commands of its
// release and tells of no others.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    mutating func command(_ request: Request) {
        guard request.argumentCount > 1 else { return commandInfo(commands.all) }
        guard let name = subcommand(request) else { return }
        switch name {
        case "count": reply.integer(commands.all.count)
        case "info":
            commandInfo(request.argumentCount == 2 ? commands.all : namedRows(request))
        case "docs":
            commandDocs(
                request.argumentCount == 2
                    ? commands.all : namedRows(request).filter { $0 >= 0 })
        case "list": commandList(request)
        case "getkeys": commandGetKeys(request, withFlags: false)
        default: commandGetKeys(request, withFlags: true)
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
            guard row >= 0, !isRefused(row) else {
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
            let categories = command.categories
            reply.set(categories.count)
            for category in categories { reply.simple(category) }
            // Tips, key specifications and subcommands: none told.
            reply.array(0)
            reply.array(0)
            reply.array(0)
        }
    }

    /// Whether the command is about collections, and the table has none: who asks before a load is
    /// not to take it for one that works.
    private func isRefused(_ row: Int) -> Bool {
        lacks.contains(.collections) && Command.all[row].handler.need == .collections
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

    /// `COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern]`
    private mutating func commandList(_ request: Request) {
        var names = commands.all.map { Command.all[$0] }
        if request.argumentCount > 2 {
            guard request.argumentCount == 5, argument(request, 2).isWord("filterby") else {
                return syntaxError(request)
            }
            let (filter, value) = (argument(request, 3), argument(request, 4).string.lowercased())
            if filter.isWord("module") {
                names = value == "bf" ? names.filter { $0.group == .module } : []
            } else if filter.isWord("aclcat") {
                names = names.filter { $0.categories.contains("@" + value) }
            } else if filter.isWord("pattern") {
                let pattern = Array(value.utf8)
                names = names.filter {
                    GlobPattern.matches(pattern, Array($0.name.lowercased().utf8))
                }
            } else {
                return syntaxError(request)
            }
        }
        reply.array(names.count)
        for command in names { reply.bulk(command.name) }
    }

    private mutating func commandGetKeys(_ request: Request, withFlags: Bool) {
        let name = argument(request, 2)
        let row = commands.row(UnsafeRawPointer(name.base), name.count)
        guard row >= 0 else { return fail(request, "ERR Invalid command specified") }
        let command = Command.all[row]
        guard command.keys.first > 0 || command.flags.contains(.movableKeys) else {
            return fail(request, "ERR The command has no key arguments")
        }
        let count = request.argumentCount - 2
        guard command.arity > 0 ? count == command.arity : count >= -command.arity else {
            return fail(request, "ERR Invalid number of arguments specified for command")
        }
        let positions = command.keyPositions(count) { argument(request, 2 + $0) }
        guard let positions, !positions.isEmpty else {
            return fail(request, "ERR Invalid arguments specified for command")
        }
        reply.array(positions.count)
        for position in positions {
            if withFlags { reply.array(2) }
            reply.bulk(argument(request, 2 + position).bytes)
            guard withFlags else { continue }
            let flags = command.keyFlags(at: position)
            reply.set(flags.count)
            for flag in flags { reply.simple(flag) }
        }
    }
}

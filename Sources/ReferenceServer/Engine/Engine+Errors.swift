// Requests that are no commands, and the error replies that commands share.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// What is no command: an unknown name, a broken stream.
    @inline(never)
    mutating func executeOdd(_ request: Request) {
        if request.row != Request.protocolError, isForged(argument(request, 0)) {
            return abort(request)
        }
        if hasGates && !request.connection.pointee.isAuthenticated
            && configuration.password != nil && request.row != Request.protocolError
        {
            return fail("NOAUTH Authentication required.")
        }
        if request.row == Request.protocolError {
            fail(request.connection.pointee.failure?.message ?? "ERR Protocol error")
            request.connection.pointee.state.closeAfterReply()
            return
        }
        breakTransaction(request.connection)
        // Names and arguments are cut as real servers cut them, at 128 bytes.
        var arguments = ""
        for index in 1..<max(request.argumentCount, 1) {
            if arguments.utf8.count >= 128 { break }
            let room = 128 - arguments.utf8.count
            arguments += "'\(argument(request, index).string.prefix(room))' "
        }
        let name = argument(request, 0).string.prefix(128)
        fail("ERR unknown command '\(name)', with args beginning with: \(arguments)")
    }

    /// An error reply, counted for its command.
    @inline(never)
    mutating func fail(_ message: String) {
        statistics.errors &+= 1
        reply.error(message)
    }

    mutating func fail(_ request: Request, _ message: String) {
        if request.row >= 0 { commands.rows[request.row].failed &+= 1 }
        fail(message)
    }

    /// Of a request that was not executed.
    @inline(never)
    mutating func rejectArity(_ request: Request) {
        commands.rows[request.row].rejected &+= 1
        breakTransaction(request.connection)
        wrongArity(Command.all[request.row].name)
    }

    @inline(never)
    mutating func wrongArity(_ name: String) {
        fail(Self.arityFault(name))
    }

    private static func arityFault(_ name: String) -> String {
        "ERR wrong number of arguments for '\(name)' command"
    }

    mutating func syntaxError(_ request: Request) { fail(request, "ERR syntax error") }

    mutating func notAnInteger(_ request: Request) {
        fail(request, "ERR value is not an integer or out of range")
    }

    /// The number of a database, there or not; nil after an error reply.
    mutating func databaseNumber(_ request: Request, _ index: Int) -> Int32? {
        guard let number = argument(request, index).integer else {
            notAnInteger(request)
            return nil
        }
        guard let database = Int32(exactly: number) else {
            fail(
                request,
                "ERR value is out of range, value must between \(Int32.min) and \(Int32.max)")
            return nil
        }
        return database
    }

    /// What is wrong with the request's subcommand: the command has none of that name, or it takes
    /// another number of arguments. nil: nothing, or there are no subcommands.
    func subcommandFault(_ request: Request) -> String? {
        let command = Command.all[request.row]
        guard request.argumentCount > 1, !command.subcommands.isEmpty else { return nil }
        let word = argument(request, 1).string
        let name = word.lowercased()
        guard let arity = command.subcommands[name] else {
            return "ERR unknown subcommand '\(word.prefix(128))'."
                + " Try \(command.name.uppercased()) HELP."
        }
        let count = request.argumentCount
        let fits = arity > 0 ? count == arity : count >= -arity
        return fits ? nil : Self.arityFault("\(command.name)|\(name)")
    }

    /// The subcommand's name in lower case, when the command has it and it takes as many arguments;
    /// nil after an error reply, and after HELP, which is answered here for all commands.
    mutating func subcommand(_ request: Request) -> String? {
        if let fault = subcommandFault(request) {
            fail(request, fault)
            return nil
        }
        let command = Command.all[request.row]
        let name = argument(request, 1).string.lowercased()
        // Without a cluster CLUSTER tells that there is none, whatever it was asked.
        let isNone = command.handler == .server(.cluster) && !configuration.keyspace.cluster
        if name == "help" && !isNone {
            replyHelp(command)
            return nil
        }
        return name
    }
}

// Commands about the connection itself.
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    mutating func ping(_ request: Request) {
        switch request.argumentCount {
        case 1...2 where isListening(request.connection): replyPongToListener(request)
        case 1: reply.raw("+PONG\r\n")
        case 2: reply.bulk(argument(request, 1).bytes)
        default: wrongArity("ping")
        }
    }

    /// In RESP2 a subscriber gets messages alone, and this answer looks like one.
    private func isListening(_ connection: UnsafeMutablePointer<Connection>) -> Bool {
        reply.version == 2 && connection.pointee.session?.isSubscribed ?? false
    }

    private mutating func replyPongToListener(_ request: Request) {
        reply.array(2)
        reply.bulk("pong" as StaticString)
        if request.argumentCount == 2 {
            reply.bulk(argument(request, 1).bytes)
        } else {
            reply.bulk("" as StaticString)
        }
    }

    mutating func quit(_ request: Request) {
        reply.ok()
        request.connection.pointee.state.closeAfterReply()
    }

    mutating func reset(_ request: Request) {
        endSession(request.connection)
        request.connection.pointee.database = 0
        activate(0)
        request.connection.pointee.name.clear()
        request.connection.pointee.version = 2
        request.connection.pointee.isAuthenticated = false
        request.connection.pointee.replies = .all
        request.connection.pointee.recordsUse = true
        keyspace.recordsUse = true
        reply.version = 2
        reply.raw("+RESET\r\n")
    }

    // MARK: Requests that a browser was made to send

    /// A line of an HTTP request. What comes after it may be commands, written by somebody who can
    /// reach this server through a browser only (cross-protocol scripting).
    func isForged(_ name: Argument) -> Bool { name.isWord("post") || name.isWord("host:") }

    /// Closes the connection at once, without a reply, and says so, once a minute at most.
    mutating func abort(_ request: Request) {
        let connection = request.connection
        reply.truncate(to: 0)
        connection.pointee.state.closeAfterReply()
        connection.pointee.state.kill()
        summon(for: connection)
        guard warnings.isDue(nowNanoseconds) else { return }
        let peer = Socket.endpoints(connection.pointee.descriptor).peer
        ServerLog.warn(
            "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host:"
                + " commands to this server. This is likely due to an attacker attempting to use"
                + " Cross Protocol Scripting to compromise it. Connection from \(peer) aborted.")
    }

    // MARK: HELLO

    mutating func hello(_ request: Request) {
        var version = request.connection.pointee.version
        var index = 1
        if request.argumentCount > 1 {
            guard let wanted = argument(request, 1).integer else {
                return fail(
                    request, "ERR Protocol version is not an integer or out of range")
            }
            guard wanted == 2 || wanted == 3 else {
                return fail(request, "NOPROTO unsupported protocol version")
            }
            version = UInt8(wanted)
            index = 2
        }
        var name: Argument?
        while index < request.argumentCount {
            let option = argument(request, index)
            if option.isWord("setname"), index + 1 < request.argumentCount {
                name = argument(request, index + 1)
                index += 2
            } else if option.isWord("auth"), index + 2 < request.argumentCount {
                let user = argument(request, index + 1)
                guard authenticate(request, user, argument(request, index + 2)) else { return }
                index += 3
            } else {
                return fail(request, "ERR Syntax error in HELLO option '\(option.string)'")
            }
        }
        if configuration.password != nil && !request.connection.pointee.isAuthenticated {
            return fail(
                request,
                "NOAUTH HELLO must be called with the client already authenticated, otherwise the"
                    + " HELLO <proto> AUTH <user> <pass> option can be used to authenticate the"
                    + " client and select the RESP protocol version at the same time")
        }
        if let name {
            guard isPrintable(name) else { return invalidName(request, "Client names") }
            request.connection.pointee.name.set(name.bytes)
        }
        request.connection.pointee.version = version
        reply.version = version
        replyHello(request)
    }

    private mutating func replyHello(_ request: Request) {
        reply.map(7)
        let greeting = configuration.table.greeting
        reply.bulk("server" as StaticString)
        reply.bulk(greeting.server)
        reply.bulk("version" as StaticString)
        reply.bulk(greeting.version)
        reply.bulk("proto" as StaticString)
        reply.integer(Int(reply.version))
        reply.bulk("id" as StaticString)
        reply.integer(Int(request.connection.pointee.id))
        reply.bulk("mode" as StaticString)
        reply.bulk(configuration.mode)
        reply.bulk("role" as StaticString)
        reply.bulk("master" as StaticString)
        reply.bulk("modules" as StaticString)
        reply.array(0)
    }

    // MARK: Names that clients give themselves

    mutating func invalidName(_ request: Request, _ subject: String) {
        fail(
            request,
            "ERR \(subject) cannot contain spaces, newlines or special characters.")
    }

    func isPrintable(_ text: Argument) -> Bool {
        text.bytes.allSatisfy { (33...126).contains($0) }
    }
}

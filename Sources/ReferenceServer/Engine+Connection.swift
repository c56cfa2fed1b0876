// Commands about the connection itself.
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
    mutating func ping(_ request: Request) {
        switch request.argumentCount {
        case 1: reply.raw("+PONG\r\n")
        case 2: reply.bulk(argument(request, 1).bytes)
        default: wrongArity("ping")
        }
    }

    mutating func selectDatabase(_ request: Request) {
        guard let database = argument(request, 1).integer else { return notAnInteger(request) }
        guard database == 0 else { return fail(request, "ERR DB index is out of range") }
        reply.ok()
    }

    mutating func quit(_ request: Request) {
        reply.ok()
        request.connection.pointee.closesAfterReply = true
    }

    mutating func reset(_ request: Request) {
        request.connection.pointee.name.clear()
        request.connection.pointee.version = 2
        request.connection.pointee.isAuthenticated = false
        reply.version = 2
        reply.raw("+RESET\r\n")
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
        reply.bulk("server" as StaticString)
        // Drivers decide by this name what they may send: it names the protocol's family.
        reply.bulk("redis" as StaticString)
        reply.bulk("version" as StaticString)
        reply.bulk(ServerIdentity.compatibleVersion)
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

    // MARK: CLIENT

    mutating func client(_ request: Request) {
        let word = argument(request, 1)
        let count = request.argumentCount
        if word.isWord("id") {
            guard count == 2 else { return wrongArity("client|id") }
            reply.integer(Int(request.connection.pointee.id))
        } else if word.isWord("getname") {
            guard count == 2 else { return wrongArity("client|getname") }
            let name = request.connection.pointee.name
            if name.isEmpty { reply.null() } else { reply.bulk(name.string) }
        } else if word.isWord("setname") {
            guard count == 3 else { return wrongArity("client|setname") }
            guard isPrintable(argument(request, 2)) else {
                return invalidName(request, "Client names")
            }
            request.connection.pointee.name.set(argument(request, 2).bytes)
            reply.ok()
        } else if word.isWord("setinfo") {
            setInfo(request)
        } else if word.isWord("info") {
            guard count == 2 else { return wrongArity("client|info") }
            reply.verbatim(describe(request.connection) + "\n")
        } else if word.isWord("list") {
            clientList(request)
        } else if word.isWord("kill"), count > 2 {
            clientKill(request)
        } else if word.string.lowercased() == "no-evict" || word.string.lowercased() == "no-touch" {
            guard count == 3 else { return wrongArity("client|\(word.string.lowercased())") }
            replySwitch(request, argument(request, 2))
        } else if word.isWord("reply"), count == 3 {
            // Silent clients are not supported: what benchmarks need is the reply.
            guard argument(request, 2).isWord("on") else { return syntaxError(request) }
            reply.ok()
        } else if word.isWord("getredir"), count == 2 {
            reply.integer(-1)
        } else if word.isWord("tracking"), count == 3, argument(request, 2).isWord("off") {
            reply.ok()
        } else if word.isWord("unblock"), count == 3 || count == 4 {
            guard argument(request, 2).integer != nil else { return notAnInteger(request) }
            reply.integer(0)
        } else if word.isWord("help"), count == 2 {
            replyHelp(
                "CLIENT",
                [
                    "GETNAME", "    The name of this connection.",
                    "ID", "    The id of this connection.",
                    "INFO", "    About this connection.",
                    "KILL <option> ...", "    Closes connections by ADDR, LADDR, ID or SKIPME.",
                    "LIST", "    About all connections.",
                    "SETINFO <option> <value>", "    Sets the library's name or version.",
                    "SETNAME <name>", "    Sets the name of this connection.",
                ])
        } else {
            unknownSubcommand(request, "CLIENT")
        }
    }

    private mutating func replySwitch(_ request: Request, _ word: Argument) {
        if word.isWord("on") || word.isWord("off") { reply.ok() } else { syntaxError(request) }
    }

    /// All connections, or those of `ID id …`; all are of `TYPE normal`.
    private mutating func clientList(_ request: Request) {
        var wanted: Set<UInt64>?
        if request.argumentCount > 2 {
            let option = argument(request, 2)
            guard request.argumentCount > 3 else { return syntaxError(request) }
            if option.isWord("type"), request.argumentCount == 4 {
                let type = argument(request, 3).string.lowercased()
                guard ["normal", "master", "replica", "slave", "pubsub"].contains(type) else {
                    return fail(request, "ERR Unknown client type '\(type)'")
                }
                if type != "normal" { wanted = [] }
            } else if option.isWord("id") {
                var ids = Set<UInt64>()
                for index in 3..<request.argumentCount {
                    guard let id = argument(request, index).integer, id > 0 else {
                        return fail(request, "ERR Invalid client ID")
                    }
                    ids.insert(UInt64(id))
                }
                wanted = ids
            } else {
                return syntaxError(request)
            }
        }
        var lines = ""
        clients.visit { connection in
            if wanted?.contains(connection.pointee.id) ?? true {
                lines += describe(connection) + "\n"
            }
        }
        reply.verbatim(lines)
    }

    /// `CLIENT KILL addr`, or with options ID, ADDR, LADDR, TYPE, USER and SKIPME. The event loop
    /// closes those that are marked.
    private mutating func clientKill(_ request: Request) {
        var skipsSelf = true
        var tests: [(name: String, value: String)] = []
        let isOld = request.argumentCount == 3
        if isOld {
            tests = [("addr", argument(request, 2).string)]
            skipsSelf = false
        } else {
            guard request.argumentCount % 2 == 0 else { return syntaxError(request) }
            for index in stride(from: 2, to: request.argumentCount, by: 2) {
                let name = argument(request, index).string.lowercased()
                let value = argument(request, index + 1).string
                switch name {
                case "skipme": skipsSelf = value.lowercased() == "yes"
                case "id" where Int(value) ?? 0 <= 0:
                    return fail(request, "ERR client-id should be greater than 0")
                case "user" where value != "default":
                    return fail(request, "ERR No such user '\(value)'")
                case "id", "addr", "laddr", "type", "user": tests.append((name, value))
                default: return syntaxError(request)
                }
            }
        }
        var killed = 0
        clients.visit { connection in
            if skipsSelf && connection == request.connection { return }
            let ends = Socket.endpoints(connection.pointee.descriptor)
            for test in tests {
                switch test.name {
                case "id" where test.value != "\(connection.pointee.id)": return
                case "addr" where test.value != ends.peer: return
                case "laddr" where test.value != ends.local: return
                case "type" where test.value.lowercased() != "normal": return
                default: break
                }
            }
            connection.pointee.isKilled = true
            killed += 1
        }
        if killed > 0 { hasKilled = true }
        if isOld {
            if killed > 0 { reply.ok() } else { fail(request, "ERR No such client") }
        } else {
            reply.integer(killed)
        }
    }

    private mutating func setInfo(_ request: Request) {
        guard request.argumentCount == 4 else { return wrongArity("client|setinfo") }
        let attribute = argument(request, 2).string.lowercased()
        let value = argument(request, 3)
        guard attribute == "lib-name" || attribute == "lib-ver" else {
            return fail(request, "ERR Unrecognized option '\(argument(request, 2).string)'")
        }
        guard isPrintable(value) else { return invalidName(request, attribute) }
        if attribute == "lib-name" {
            request.connection.pointee.libraryName.set(value.bytes)
        } else {
            request.connection.pointee.libraryVersion.set(value.bytes)
        }
        reply.ok()
    }

    private mutating func invalidName(_ request: Request, _ subject: String) {
        fail(
            request,
            "ERR \(subject) cannot contain spaces, newlines or special characters.")
    }

    private func isPrintable(_ text: Argument) -> Bool {
        text.bytes.allSatisfy { (33...126).contains($0) }
    }

    /// A line of CLIENT LIST: the fields that clients read.
    private func describe(_ connection: UnsafeMutablePointer<Connection>) -> String {
        let c = connection.pointee
        let (peer, local) = Socket.endpoints(c.descriptor)
        let age = (nowNanoseconds &- c.createdAt) / 1_000_000_000
        let idle = (nowNanoseconds &- min(c.lastUsedAt, nowNanoseconds)) / 1_000_000_000
        let unsent = c.unsentEnd - c.unsentStart
        return "id=\(c.id) addr=\(peer) laddr=\(local) fd=\(c.descriptor) name=\(c.name.string)"
            + " age=\(age) idle=\(idle) flags=N db=0 sub=0 psub=0 ssub=0 multi=-1"
            + " watch=0 qbuf=\(c.inputEnd - c.inputStart) qbuf-free=\(c.inputCapacity - c.inputEnd)"
            + " argv-mem=0 multi-mem=0 rbs=0 rbp=0 obl=0 oll=0 omem=\(unsent)"
            + " tot-mem=\(MemoryLayout<Connection>.size + c.inputCapacity + c.unsentCapacity)"
            + " events=r cmd=NULL user=default redir=-1"
            + " resp=\(c.version) lib-name=\(c.libraryName.string)"
            + " lib-ver=\(c.libraryVersion.string)"
    }
}

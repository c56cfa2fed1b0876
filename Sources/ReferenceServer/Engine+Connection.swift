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
            } else {
                return fail(request, "ERR Syntax error in HELLO option '\(option.string)'")
            }
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
        reply.bulk("standalone" as StaticString)
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
            var lines = ""
            clients.visit { lines += describe($0) + "\n" }
            reply.verbatim(lines)
        } else {
            unknownSubcommand(request, "CLIENT")
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
            + " qbuf=\(c.inputEnd - c.inputStart) qbuf-free=\(c.inputCapacity - c.inputEnd)"
            + " obl=0 oll=0 omem=\(unsent) events=r cmd=NULL user=default redir=-1"
            + " resp=\(c.version) lib-name=\(c.libraryName.string)"
            + " lib-ver=\(c.libraryVersion.string)"
    }
}

// CLIENT: who is connected, what they call themselves, and how they are served.
import Keyspaces
import LinuxSystem
import RESP

extension Engine where K: ~Copyable {
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
        } else if word.isWord("pause") && count > 2 {
            clientPause(request)
        } else if word.isWord("unpause") {
            guard count == 2 else { return wrongArity("client|unpause") }
            pause.cancel()
            reply.ok()
        } else {
            clientMode(request, word.string.lowercased())
        }
    }

    /// The subcommands that set or tell how this connection is served.
    private mutating func clientMode(_ request: Request, _ name: String) {
        let count = request.argumentCount
        switch name {
        case "reply" where count == 3: clientReply(request, argument(request, 2))
        // Clients are never evicted here.
        case "no-evict": _ = clientSwitch(request, name)
        case "no-touch":
            guard let isOn = clientSwitch(request, name) else { return }
            request.connection.pointee.recordsUse = !isOn
            keyspace.recordsUse = !isOn
        case "tracking" where count > 2: clientTracking(request)
        case "trackinginfo" where count == 2:
            reply.map(3)
            reply.bulk("flags" as StaticString)
            reply.set(1)
            reply.bulk("off" as StaticString)
            reply.bulk("redirect" as StaticString)
            reply.integer(-1)
            reply.bulk("prefixes" as StaticString)
            reply.array(0)
        case "caching" where count == 3:
            fail(
                request,
                "ERR CLIENT CACHING can be called only when the client is in tracking mode with"
                    + " OPTIN or OPTOUT mode enabled")
        case "getredir" where count == 2: reply.integer(-1)
        // Redirections are for replicas; whoever understands them gets none.
        case "capa" where count > 2: reply.ok()
        default: clientOther(request, name)
        }
    }

    private mutating func clientOther(_ request: Request, _ name: String) {
        let (word, count) = (argument(request, 1), request.argumentCount)
        if word.isWord("unblock"), count == 3 || count == 4 {
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
                    "NO-EVICT (ON|OFF)", "    Accepted: clients are never evicted.",
                    "NO-TOUCH (ON|OFF)", "    Whether reads leave the keys' usage as it is.",
                    "PAUSE <timeout> [WRITE|ALL]", "    Holds requests back for so many ms.",
                    "REPLY (ON|OFF|SKIP)", "    Which commands are answered.",
                    "SETINFO <option> <value>", "    Sets the library's name or version.",
                    "SETNAME <name>", "    Sets the name of this connection.",
                    "TRACKING OFF", "    Accepted: there is no client-side caching.",
                    "UNPAUSE", "    Ends a pause.",
                ])
        } else {
            unknownSubcommand(request, "CLIENT")
        }
    }

    /// ON or OFF; nil after an error reply.
    private mutating func clientSwitch(_ request: Request, _ name: String) -> Bool? {
        guard request.argumentCount == 3 else {
            wrongArity("client|\(name)")
            return nil
        }
        let word = argument(request, 2)
        guard word.isWord("on") || word.isWord("off") else {
            syntaxError(request)
            return nil
        }
        reply.ok()
        return word.isWord("on")
    }

    private mutating func clientReply(_ request: Request, _ word: Argument) {
        let connection = request.connection
        if word.isWord("on") {
            connection.pointee.replies = .all
            reply.ok()
        } else if word.isWord("off") {
            connection.pointee.replies = .none
        } else if word.isWord("skip") {
            if connection.pointee.replies != .none { connection.pointee.replies = .skipsNext }
        } else {
            syntaxError(request)
        }
    }

    /// Client-side caching needs a table of who read what; a client that asks for it must not
    /// believe that it will be told.
    private mutating func clientTracking(_ request: Request) {
        guard argument(request, 2).isWord("off") else {
            return fail(request, "ERR client-side caching is not supported by this server")
        }
        reply.ok()
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

// CLIENT: who is connected, what they call themselves, and how they are served.
import Keyspaces
import LinuxSystem
import Quantities
import RESP

extension Engine where K: ~Copyable {
    mutating func client(_ request: Request) {
        let connection = request.connection
        guard let name = subcommand(request) else { return }
        switch name {
        case "id": reply.integer(Int(connection.pointee.id))
        case "getname":
            let name = connection.pointee.name
            if name.isEmpty { reply.null() } else { reply.bulk(name.string) }
        case "setname":
            guard isPrintable(argument(request, 2)) else {
                return invalidName(request, "Client names")
            }
            connection.pointee.name.set(argument(request, 2).bytes)
            reply.ok()
        case "setinfo": setInfo(request)
        case "info": reply.verbatim(describe(connection).line(command: "client|info"))
        case "list": clientList(request)
        case "kill": clientKill(request)
        case "pause": clientPause(request)
        case "unpause":
            pause.cancel()
            summonAll()
            reply.ok()
        case "unblock": clientUnblock(request)
        default: clientMode(request, name)
        }
    }

    /// The subcommands that set or tell how this connection is served.
    private mutating func clientMode(_ request: Request, _ name: String) {
        switch name {
        case "reply": clientReply(request, argument(request, 2))
        case "no-evict":
            guard let isOn = clientSwitch(request) else { return }
            request.connection.pointee.isNeverEvicted = isOn
        case "no-touch":
            guard let isOn = clientSwitch(request) else { return }
            request.connection.pointee.recordsUse = !isOn
            keyspace.recordsUse = !isOn
        case "tracking": clientTracking(request)
        case "trackinginfo": clientTrackingInfo(request)
        case "caching": clientCaching(request)
        case "getredir":
            reply.integer(request.connection.pointee.session?.tracking == nil ? -1 : 0)
        // Redirections are for replicas; whoever understands them gets none.
        default: reply.ok()
        }
    }

    /// ON or OFF; nil after an error reply.
    private mutating func clientSwitch(_ request: Request) -> Bool? {
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

    /// The filter that the request's arguments from its third on make; nil after an error reply.
    private mutating func clientFilter(
        _ request: Request, _ purpose: ClientFilter.Purpose
    ) -> ClientFilter? {
        do throws(ClientFilter.Refusal) {
            let words = (2..<request.argumentCount).map { argument(request, $0) }
            return try ClientFilter(words, purpose)
        } catch {
            fail(request, "ERR \(error.message)")
            return nil
        }
    }

    private mutating func clientList(_ request: Request) {
        guard let filter = clientFilter(request, .list) else { return }
        var lines = ""
        clients.visit { connection in
            let isSelf = connection.pointee.id == request.connection.pointee.id
            let description = describe(connection)
            guard !(isSelf && filter.skipsSelf), filter.chooses(description) else { return }
            let row = connection.pointee.lastRow
            lines += description.line(
                command: isSelf ? "client|list" : row < 0 ? "NULL" : Command.all[row].name)
        }
        reply.verbatim(lines)
    }

    /// `CLIENT KILL addr`, or with filters. The event loop closes those that are marked.
    private mutating func clientKill(_ request: Request) {
        let isOld = request.argumentCount == 3
        if isOld { return clientKillOne(request, argument(request, 2).string) }
        guard let filter = clientFilter(request, .kill) else { return }
        reply.integer(
            kill(
                connections { connection in
                    !(filter.skipsSelf
                        && connection.pointee.id == request.connection.pointee.id)
                        && filter.chooses(describe(connection))
                }))
    }

    private mutating func clientKillOne(_ request: Request, _ address: String) {
        let killed = kill(connections { describe($0).peer == address })
        if killed > 0 { reply.ok() } else { fail(request, "ERR No such client") }
    }

    private func connections(
        where chooses: (UnsafeMutablePointer<Connection>) -> Bool
    ) -> [UnsafeMutablePointer<Connection>] {
        var chosen: [UnsafeMutablePointer<Connection>] = []
        clients.visit { if chooses($0) { chosen.append($0) } }
        return chosen
    }

    /// Marks `chosen`; the event loop closes them. How many they are.
    private mutating func kill(_ chosen: [UnsafeMutablePointer<Connection>]) -> Int {
        for connection in chosen {
            connection.pointee.state.kill()
            // It takes nothing out of a key any more.
            if let session = connection.pointee.session { forgetWait(session) }
            summon(for: connection)
        }
        return chosen.count
    }

    private mutating func setInfo(_ request: Request) {
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

    private func describe(_ connection: UnsafeMutablePointer<Connection>) -> ClientDescription {
        let (peer, local) = Socket.endpoints(connection.pointee.descriptor)
        func seconds(since start: UInt64) -> UInt64 {
            Nanoseconds(nowNanoseconds - min(start, nowNanoseconds)).whole(.seconds)
        }
        return ClientDescription(
            connection: connection, peer: peer, local: local,
            isUnix: configuration.unixSocket.map { local == "\($0):0" } ?? false,
            age: seconds(since: connection.pointee.createdAt),
            idle: seconds(since: connection.pointee.lastUsedAt))
    }
}

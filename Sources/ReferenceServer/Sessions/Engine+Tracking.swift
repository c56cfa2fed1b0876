// CLIENT TRACKING, CACHING, TRACKINGINFO and GETREDIR: clients that cache what they read are told
// when it changes, by pushes of RESP3.
//
// What a client reads is remembered until it changes (or, with BCAST, nothing is: it hears of every
// key with one of its prefixes). Texts follow Redis 7 and Valkey, tracking.c and networking.c.
//
// Non-goal: REDIRECT, which is for clients that speak RESP2.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    mutating func clientTracking(_ request: Request) {
        let word = argument(request, 2)
        guard let wanted = parseTracking(request) else { return }
        if word.isWord("off") {
            if let session = request.connection.pointee.session {
                stopTracking(session)
                settle(session)
            }
            return reply.ok()
        }
        guard word.isWord("on") else { return syntaxError(request) }
        let session = request.connection.pointee.session
        if let fault = trackingFault(wanted, session?.tracking) { return fail(request, fault) }
        let tracker = self.session(request.connection)
        var tracking = wanted.tracking
        // What is asked for again adds to what there is.
        if let known = tracker.tracking?.prefixes {
            tracking.prefixes = known + wanted.prefixes
        }
        if tracking.prefixes?.isEmpty == true { tracking.prefixes = [[]] }
        tracker.tracking = tracking
        self.tracking.add(tracker)
        reply.ok()
    }

    private struct WantedTracking {
        var tracking = Tracking()
        var broadcasts = false
        var optsIn = false
        var optsOut = false
        var prefixes: [[UInt8]] = []
    }

    /// nil after an error reply.
    private mutating func parseTracking(_ request: Request) -> WantedTracking? {
        var wanted = WantedTracking()
        var index = 3
        while index < request.argumentCount {
            let word = argument(request, index)
            index += 1
            if word.isWord("bcast") {
                wanted.broadcasts = true
            } else if word.isWord("optin") {
                wanted.optsIn = true
            } else if word.isWord("optout") {
                wanted.optsOut = true
            } else if word.isWord("noloop") {
                wanted.tracking.leavesOutOwn = true
            } else if word.isWord("prefix"), index < request.argumentCount {
                wanted.prefixes.append(Array(argument(request, index).bytes))
                index += 1
            } else if word.isWord("redirect"), index < request.argumentCount {
                fail(
                    request,
                    "ERR CLIENT TRACKING REDIRECT is not supported by this server: speak RESP3"
                        + " (HELLO 3) on the connection that tracks")
                return nil
            } else {
                syntaxError(request)
                return nil
            }
        }
        if wanted.broadcasts { wanted.tracking.prefixes = wanted.prefixes }
        if wanted.optsIn { wanted.tracking.choice = .whatItNames }
        if wanted.optsOut { wanted.tracking.choice = .allButWhatItNames }
        return wanted
    }

    /// Why tracking cannot become what is wanted.
    private func trackingFault(_ wanted: WantedTracking, _ current: Tracking?) -> String? {
        if !wanted.prefixes.isEmpty && !wanted.broadcasts {
            return "ERR PREFIX option requires BCAST mode to be enabled"
        }
        if let current, (current.prefixes != nil) != wanted.broadcasts {
            return "ERR You can't switch BCAST mode on/off before disabling tracking for this"
                + " client, and then re-enabling it with a different mode."
        }
        if wanted.broadcasts && (wanted.optsIn || wanted.optsOut) {
            return "ERR OPTIN and OPTOUT are not compatible with BCAST"
        }
        if wanted.optsIn && wanted.optsOut {
            return "ERR You can't specify both OPTIN mode and OPTOUT mode"
        }
        let switches =
            (wanted.optsIn && current?.choice == .allButWhatItNames)
            || (wanted.optsOut && current?.choice == .whatItNames)
        if switches {
            return "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this"
                + " client, and then re-enabling it with a different mode."
        }
        return collision(wanted.prefixes, current?.prefixes ?? [])
    }

    /// Two prefixes of which one begins with the other.
    private func collision(_ prefixes: [[UInt8]], _ known: [[UInt8]]) -> String? {
        for (index, prefix) in prefixes.enumerated() {
            for other in known {
                if prefix.starts(with: other) || other.starts(with: prefix) {
                    return "ERR Prefix '\(text(prefix))' overlaps with an existing prefix"
                        + " '\(text(other))'. Prefixes for a single client must not overlap."
                }
            }
            for other in prefixes[(index + 1)...] {
                if prefix.starts(with: other) || other.starts(with: prefix) {
                    return "ERR Prefix '\(text(prefix))' overlaps with another provided prefix"
                        + " '\(text(other))'. Prefixes for a single client must not overlap."
                }
            }
        }
        return nil
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    mutating func stopTracking(_ session: ClientSession) {
        guard session.tracking != nil else { return }
        session.tracking = nil
        tracking.remove(session)
    }

    mutating func clientCaching(_ request: Request) {
        guard let session = request.connection.pointee.session,
            let choice = session.tracking?.choice
        else {
            return fail(
                request,
                "ERR CLIENT CACHING can be called only when the client is in tracking mode with"
                    + " OPTIN or OPTOUT mode enabled")
        }
        let word = argument(request, 2)
        if word.isWord("yes") {
            guard choice == .whatItNames else {
                return fail(
                    request,
                    "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
            }
        } else if word.isWord("no") {
            guard choice == .allButWhatItNames else {
                return fail(
                    request,
                    "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
            }
        } else {
            return syntaxError(request)
        }
        session.tracking?.isNamed = true
        reply.ok()
    }

    mutating func clientTrackingInfo(_ request: Request) {
        let tracking = request.connection.pointee.session?.tracking
        var flags = [tracking == nil ? "off" : "on"]
        if let tracking {
            if tracking.prefixes != nil { flags.append("bcast") }
            switch tracking.choice {
            case .all: break
            case .whatItNames:
                flags.append("optin")
                if tracking.isNamed { flags.append("caching-yes") }
            case .allButWhatItNames:
                flags.append("optout")
                if tracking.isNamed { flags.append("caching-no") }
            }
            if tracking.leavesOutOwn { flags.append("noloop") }
        }
        let prefixes = tracking?.prefixes ?? []
        reply.map(3)
        reply.bulk("flags" as StaticString)
        reply.set(flags.count)
        for flag in flags { reply.bulk(flag) }
        reply.bulk("redirect" as StaticString)
        reply.integer(tracking == nil ? -1 : 0)
        reply.bulk("prefixes" as StaticString)
        reply.array(prefixes.count)
        for prefix in prefixes { prefix.withUnsafeBytes { reply.bulk($0) } }
    }

    // MARK: Reads and changes

    /// Notes the keys that the request is going to read.
    mutating func remember(_ request: Request, _ session: ClientSession) {
        let command = Command.all[request.row]
        guard command.flags.contains(.readonly), session.tracking?.remembers == true,
            let positions = command.keyPositions(
                request.argumentCount, { argument(request, $0) })
        else { return }
        for position in positions {
            let bytes = argument(request, position).bytes
            tracking.remember(
                Array(bytes), readBy: request.connection.pointee.id, database: databases.active,
                wasThere: keyspace.type(of: keyspace.key(bytes)) != nil)
        }
    }

    /// - Parameter changer: whose command it was; nil: nobody's.
    mutating func invalidate(_ key: [UInt8], by changer: ClientSession?) {
        for session in tracking.takeReaders(of: key) {
            guard let tracking = session.tracking, tracking.prefixes == nil,
                session.connection.pointee.version > 2,
                !(tracking.leavesOutOwn && session === changer)
            else { continue }
            var bytes: [UInt8] = []
            PushEncoder.appendInvalidation(of: [key], to: &bytes)
            mail(bytes, to: session)
        }
        for session in tracking.followers {
            guard let tracking = session.tracking, session.connection.pointee.version > 2,
                !(tracking.leavesOutOwn && session === changer),
                tracking.prefixes?.contains(where: { key.starts(with: $0) }) == true
            else { continue }
            session.tracking?.note(key)
            announceMail(session)
        }
    }

    /// All keys are gone: a null for them.
    mutating func invalidateAll() {
        tracking.forgetKeys()
        for session in tracking.clients.values where session.connection.pointee.version > 2 {
            var bytes: [UInt8] = []
            PushEncoder.appendInvalidation(of: nil, to: &bytes)
            mail(bytes, to: session)
        }
    }

    /// Tells of keys that expired or were evicted, which no command said, and of surplus ones.
    mutating func sweepTracking() {
        let gone = total { $0.expiredCount } + total { $0.evictedCount }
        let active = databases.active
        for key in tracking.keysToLookAt(gone: gone) {
            activate(key.database)
            let isThere = key.bytes.withUnsafeBytes { keyspace.type(of: keyspace.key($0)) != nil }
            if !isThere { invalidate(key.bytes, by: nil) }
        }
        activate(active)
        for key in tracking.surplus { invalidate(key, by: nil) }
    }
}

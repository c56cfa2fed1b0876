// SUBSCRIBE and its kin, PUBLISH and PUBSUB.
//
// A message becomes bytes once for each protocol version, and waits with its receivers until their
// connections are visited (`mail`): a receiver may be with an I/O thread, and the publisher may
// receive it too, behind the reply to PUBLISH.
//
// Replies follow Redis 7 and Valkey, pubsub.c.
import Keyspaces
import RESP

extension Engine where K: ~Copyable {
    /// - Parameter name: as the reply says it.
    mutating func subscribe(
        _ request: Request, _ name: StaticString, _ kind: ChannelTable.Kind
    ) {
        if kind == .shard && configuration.keyspace.cluster && !namesOneSlot(request) {
            return fail(request, "CROSSSLOT Keys in request don't hash to the same slot")
        }
        let session = session(request.connection)
        for index in 1..<request.argumentCount {
            let channel = Array(argument(request, index).bytes)
            channels.add(channel, kind, session)
            replySubscription(name, channel, count(session, kind))
        }
    }

    private func namesOneSlot(_ request: Request) -> Bool {
        let slot = HashSlot.slot(of: argument(request, 1).bytes)
        for index in 1..<request.argumentCount
        where HashSlot.slot(of: argument(request, index).bytes) != slot {
            return false
        }
        return true
    }

    /// Without names, all of the kind: one reply for each, and one where there is none.
    mutating func unsubscribe(
        _ request: Request, _ name: StaticString, _ kind: ChannelTable.Kind
    ) {
        let session = request.connection.pointee.session
        var names: [[UInt8]] = []
        if request.argumentCount > 1 {
            for index in 1..<request.argumentCount {
                names.append(Array(argument(request, index).bytes))
            }
        } else if let session {
            names = subscriptions(session, kind)
        }
        for channel in names {
            if let session { channels.remove(channel, kind, session) }
            replySubscription(name, channel, count(session, kind))
        }
        if names.isEmpty { replySubscription(name, nil, count(session, kind)) }
        if let session { settle(session) }
    }

    private func subscriptions(
        _ session: ClientSession, _ kind: ChannelTable.Kind
    ) -> [[UInt8]] {
        switch kind {
        case .channel: session.channels
        case .pattern: session.patterns
        case .shard: session.shardChannels
        }
    }

    /// What the session has of the kind; channels and patterns count together.
    private func count(_ session: ClientSession?, _ kind: ChannelTable.Kind) -> Int {
        guard let session else { return 0 }
        return kind == .shard ? session.shardChannels.count : session.subscriptions
    }

    private mutating func replySubscription(
        _ name: StaticString, _ channel: [UInt8]?, _ count: Int
    ) {
        reply.push(3)
        reply.bulk(name)
        if let channel {
            channel.withUnsafeBytes { reply.bulk($0) }
        } else {
            reply.null()
        }
        reply.integer(count)
    }

    mutating func unsubscribeAll(_ session: ClientSession) {
        for name in session.channels { channels.remove(name, .channel, session) }
        for name in session.patterns { channels.remove(name, .pattern, session) }
        for name in session.shardChannels { channels.remove(name, .shard, session) }
    }

    // MARK: PUBLISH

    mutating func publish(_ request: Request) {
        let channel = Array(argument(request, 1).bytes)
        let message = Array(argument(request, 2).bytes)
        let listeners = channels.channels[channel] ?? []
        var receivers = listeners.count
        post([Array("message".utf8), channel, message], to: listeners)
        for pattern in channels.patterns where GlobPattern.matches(pattern.name, channel) {
            receivers += pattern.sessions.count
            post(
                [Array("pmessage".utf8), pattern.name, channel, message], to: pattern.sessions)
        }
        reply.integer(receivers)
    }

    mutating func publishToShard(_ request: Request) {
        let channel = Array(argument(request, 1).bytes)
        let listeners = channels.shards[channel] ?? []
        post(
            [Array("smessage".utf8), channel, Array(argument(request, 2).bytes)], to: listeners)
        reply.integer(listeners.count)
    }

    private mutating func post(_ parts: [[UInt8]], to sessions: [ClientSession]) {
        // By protocol version, made when the first receiver wants it.
        var spellings: [UInt8: [UInt8]] = [:]
        for session in sessions {
            let version = session.connection.pointee.version
            if let bytes = spellings[version] {
                mail(bytes, to: session)
                continue
            }
            var bytes: [UInt8] = []
            PushEncoder.append(parts, version: version, to: &bytes)
            spellings[version] = bytes
            mail(bytes, to: session)
        }
    }

    // MARK: PUBSUB

    mutating func pubsub(_ request: Request) {
        guard let name = subcommand(request) else { return }
        switch name {
        case "channels": replyChannels(request, Array(channels.channels.keys))
        case "shardchannels": replyChannels(request, Array(channels.shards.keys))
        case "numsub": replyCounts(request, channels.channels)
        case "shardnumsub": replyCounts(request, channels.shards)
        default: reply.integer(channels.patterns.count)
        }
    }

    private mutating func replyChannels(_ request: Request, _ names: [[UInt8]]) {
        guard request.argumentCount <= 3 else {
            return fail(request, Self.unknownPubsub(argument(request, 1).string))
        }
        var names = names
        if request.argumentCount == 3 {
            let pattern = Array(argument(request, 2).bytes)
            names = names.filter { GlobPattern.matches(pattern, $0) }
        }
        reply.array(names.count)
        for name in names { name.withUnsafeBytes { reply.bulk($0) } }
    }

    private static func unknownPubsub(_ word: String) -> String {
        "ERR unknown subcommand or wrong number of arguments for '\(word.prefix(128))'."
            + " Try PUBSUB HELP."
    }

    private mutating func replyCounts(_ request: Request, _ table: [[UInt8]: [ClientSession]]) {
        reply.array((request.argumentCount - 2) * 2)
        for index in 2..<max(request.argumentCount, 2) {
            let name = argument(request, index).bytes
            reply.bulk(name)
            reply.integer(table[Array(name)]?.count ?? 0)
        }
    }
}

// Who asked for the messages of which channels.

struct ChannelTable {
    typealias Name = [UInt8]

    struct Pattern {
        let name: Name
        var sessions: [ClientSession]
    }

    private(set) var channels: [Name: [ClientSession]] = [:]
    private(set) var shards: [Name: [ClientSession]] = [:]
    /// In the order in which they were first asked for.
    private(set) var patterns: [Pattern] = []

    /// The three kinds of subscriptions.
    enum Kind {
        case channel, pattern, shard
    }

    /// Nothing, when the session has it already.
    mutating func add(_ name: Name, _ kind: Kind, _ session: ClientSession) {
        switch kind {
        case .channel:
            guard !session.channels.contains(name) else { return }
            session.channels.append(name)
            channels[name, default: []].append(session)
        case .shard:
            guard !session.shardChannels.contains(name) else { return }
            session.shardChannels.append(name)
            shards[name, default: []].append(session)
        case .pattern:
            guard !session.patterns.contains(name) else { return }
            session.patterns.append(name)
            if let index = patterns.firstIndex(where: { $0.name == name }) {
                patterns[index].sessions.append(session)
            } else {
                patterns.append(Pattern(name: name, sessions: [session]))
            }
        }
    }

    mutating func remove(_ name: Name, _ kind: Kind, _ session: ClientSession) {
        switch kind {
        case .channel:
            session.channels.removeAll { $0 == name }
            Self.remove(session, name, from: &channels)
        case .shard:
            session.shardChannels.removeAll { $0 == name }
            Self.remove(session, name, from: &shards)
        case .pattern:
            session.patterns.removeAll { $0 == name }
            guard let index = patterns.firstIndex(where: { $0.name == name }) else { return }
            patterns[index].sessions.removeAll { $0 === session }
            if patterns[index].sessions.isEmpty { patterns.remove(at: index) }
        }
    }

    private static func remove(
        _ session: ClientSession, _ name: Name, from table: inout [Name: [ClientSession]]
    ) {
        table[name]?.removeAll { $0 === session }
        if table[name]?.isEmpty == true { table[name] = nil }
    }
}

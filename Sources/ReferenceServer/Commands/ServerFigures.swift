// What INFO, HASHMARK STATS and MEMORY STATS tell, as numbers that can be added up: a server whose
// keyspace is in shards has them from each.
//
// Of what happens at a time, the sum is of times that differ: peaks are each shard's own.
import Keyspaces
import RESP

/// Which of the replies is made of them.
enum FiguresReply: Equatable {
    /// The sections of INFO.
    case info([String])
    case memoryStatistics
    /// HASHMARK's subcommands of these names.
    case statistics, recount, commands
}

struct ServerFigures {
    var statistics = ServerStatistics()
    /// Of all databases.
    var memory = MemoryReport()
    var injected = MemoryReport()
    var foreignBytes: Int?
    /// Counted anew, where that was asked for.
    var recounted: MemoryReport?
    var expired = 0
    var evicted = 0
    var clients = 0
    var blockedClients = 0
    var trackingClients = 0
    var pubsubClients = 0
    var watchingClients = 0
    var channels = 0
    var patterns = 0
    var shardChannels = 0
    var trackedKeys = 0
    var trackedPrefixes = 0
    var activeIOThreads = 0
    /// Of each database with keys, by its number.
    var databases: [Int: (keys: Int, expires: Int)] = [:]
    /// The rows of the commands, in their order.
    var commands: [CommandIndex.Row] = []
    /// Of the active database: entries, those with an expiry, and the table's own.
    var entries = 0
    var expiring = 0
    var isSettled = true
    var active = MemoryReport()
    var table = KeyspaceStatistics()

    var usedMemory: Int {
        memory.allocated + injected.allocated + ServerStatistics.serverBytes
    }

    mutating func add(_ other: ServerFigures) {
        statistics.add(other.statistics)
        memory.add(other.memory)
        injected.add(other.injected)
        if let bytes = other.foreignBytes { foreignBytes = (foreignBytes ?? 0) + bytes }
        if let report = other.recounted {
            var sum = recounted ?? MemoryReport()
            sum.add(report)
            recounted = sum
        }
        expired += other.expired
        evicted += other.evicted
        clients += other.clients
        blockedClients += other.blockedClients
        trackingClients += other.trackingClients
        pubsubClients += other.pubsubClients
        watchingClients += other.watchingClients
        channels += other.channels
        patterns += other.patterns
        shardChannels += other.shardChannels
        trackedKeys += other.trackedKeys
        trackedPrefixes += other.trackedPrefixes
        activeIOThreads += other.activeIOThreads
        for (number, figures) in other.databases {
            let known = databases[number] ?? (keys: 0, expires: 0)
            databases[number] = (
                keys: known.keys + figures.keys, expires: known.expires + figures.expires
            )
        }
        for index in commands.indices { commands[index].add(other.commands[index]) }
        addTable(other)
    }

    /// Another engine tells of the keys and their memory.
    /// - Parameter expired: of those that expired, what this engine alone has counted.
    fileprivate mutating func leaveOutStore(expired: Int) {
        statistics.emptyKeyspaceBytes = 0
        statistics.peakBytes = 0
        (memory, active, foreignBytes) = (MemoryReport(), MemoryReport(), nil)
        (self.expired, evicted) = (expired, 0)
        databases = [:]
        (entries, expiring) = (0, 0)
    }

    private mutating func addTable(_ other: ServerFigures) {
        entries += other.entries
        expiring += other.expiring
        isSettled = isSettled && other.isSettled
        active.add(other.active)
        table.capacity += other.table.capacity
        table.loadFactor = table.capacity > 0 ? Double(entries) / Double(table.capacity) : 0
        Self.add(other.table.chainLengths, to: &table.chainLengths)
        Self.add(other.table.probeLengths, to: &table.probeLengths)
        // The one that has the most before it.
        if let progress = other.table.rehashProgress {
            table.rehashProgress = min(table.rehashProgress ?? progress, progress)
        }
        if let bytes = other.table.deadBytes { table.deadBytes = (table.deadBytes ?? 0) + bytes }
        if let bytes = other.table.copiedBytes {
            table.copiedBytes = (table.copiedBytes ?? 0) + bytes
        }
    }

    private static func add(_ counts: [Int], to sum: inout [Int]) {
        while sum.count < counts.count { sum.append(0) }
        for (index, count) in counts.enumerated() { sum[index] += count }
    }
}

extension MemoryReport {
    fileprivate mutating func add(_ other: MemoryReport) {
        requested += other.requested
        allocated += other.allocated
        allocations += other.allocations
    }
}

extension CommandIndex.Row {
    fileprivate mutating func add(_ other: CommandIndex.Row) {
        calls &+= other.calls
        rejected &+= other.rejected
        failed &+= other.failed
        timedCalls &+= other.timedCalls
        timedNanoseconds &+= other.timedNanoseconds
    }
}

extension Engine where K: ~Copyable {
    /// What the reply is made of.
    /// - Complexity: O(1) but for those that walk the table, `.statistics` and `.recount`.
    func figures(for kind: FiguresReply) -> ServerFigures {
        var figures = ServerFigures()
        figures.statistics = statistics
        figures.statistics.peakBytes = max(statistics.peakBytes, usedMemory)
        figures.memory = memoryOfAll
        figures.injected = injection.memory
        figures.foreignBytes = keyspace.foreignBytes
        if kind == .recount, tellsOfStore { figures.recounted = recountAll() }
        figures.expired =
            total { $0.expiredCount } - statistics.expiredBefore + statistics.expiredByCommand
        figures.evicted = total { $0.evictedCount } - statistics.evictedBefore
        addSessions(&figures)
        figures.activeIOThreads = activeIOThreads
        figures.databases[databases.active] = (
            keys: keyspace.count, expires: keyspace.expiringCount
        )
        for (number, other) in databases.others {
            figures.databases[number] = (
                keys: other.pointee.count, expires: other.pointee.expiringCount
            )
        }
        figures.commands = Command.all.indices.map { commands.rows[$0] }
        figures.entries = keyspace.count
        figures.expiring = keyspace.expiringCount
        figures.isSettled = keyspace.isSettled
        figures.active = keyspace.memory
        if kind == .statistics, tellsOfStore { figures.table = keyspace.statistics }
        if !tellsOfStore { figures.leaveOutStore(expired: statistics.expiredByCommand) }
        return figures
    }

    /// What all engines have in common, the first one tells of.
    private var tellsOfStore: Bool { !shard.isShared || shard.index == 0 }

    private func addSessions(_ figures: inout ServerFigures) {
        var (listening, watching) = (0, 0)
        clients.visit { connection in
            guard let session = connection.pointee.session else { return }
            if session.isSubscribed { listening += 1 }
            if !session.watched.isEmpty { watching += 1 }
        }
        figures.clients = clients.count
        figures.blockedClients = waits.count
        figures.trackingClients = tracking.clients.count
        figures.pubsubClients = listening
        figures.watchingClients = watching
        figures.channels = channels.channels.count
        figures.patterns = channels.patterns.count
        figures.shardChannels = channels.shards.count
        figures.trackedKeys = tracking.keyCount
        figures.trackedPrefixes = tracking.prefixCount
    }

    /// Replies with this server's own.
    mutating func tell(_ kind: FiguresReply) {
        let own = figures(for: kind)
        replyFigures(kind, own)
    }

    /// - Parameter figures: of this server, or of all its shards.
    mutating func replyFigures(_ kind: FiguresReply, _ figures: ServerFigures) {
        switch kind {
        case .info(let sections): replyInfo(sections, figures)
        case .memoryStatistics: replyMemoryStatistics(figures)
        case .statistics: replyPairs(statisticsPairs(figures))
        case .recount: replyRecount(figures)
        case .commands: reply.integer(Int64(clamping: figures.statistics.commands))
        }
    }
}

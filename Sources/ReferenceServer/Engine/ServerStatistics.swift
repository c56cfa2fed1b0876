// Counters of a server since its start or the last CONFIG RESETSTAT, and who it says it is.
import Quantities

struct ServerStatistics {
    var startedAtNanoseconds: UInt64 = 0
    /// What the table takes when it is empty.
    var emptyKeyspaceBytes = 0
    var peakBytes = 0

    var commands: UInt64 = 0
    var hits: UInt64 = 0
    var misses: UInt64 = 0
    var errors: UInt64 = 0
    var connections: UInt64 = 0
    var bytesRead: UInt64 = 0
    var bytesWritten: UInt64 = 0
    var reads: UInt64 = 0
    var writes: UInt64 = 0
    /// Removed by a command that gave them a time in the past.
    var expiredByCommand = 0
    /// The keyspace counts from its creation: what it had counted at the last reset.
    var expiredBefore = 0
    var evictedBefore = 0
    var rejectedConnections: UInt64 = 0
    /// Commands per second between the last two ticks of the background work.
    private(set) var commandsPerSecond: UInt64 = 0
    private var sampledAtNanoseconds: UInt64 = 0
    private var sampledCommands: UInt64 = 0

    /// What used_memory has besides the keyspace. Real servers report their own start-up
    /// allocations here, which do not vary with the entries; a constant keeps differences exact.
    static let serverBytes = 1024 * 1024

    mutating func sampleRate(nowNanoseconds: UInt64) {
        if sampledAtNanoseconds > 0, nowNanoseconds > sampledAtNanoseconds {
            let done = Double(commands &- sampledCommands)
            let span = Double(nowNanoseconds - sampledAtNanoseconds)
            commandsPerSecond = UInt64(done * Nanoseconds.perSecond / span)
        }
        sampledAtNanoseconds = nowNanoseconds
        sampledCommands = commands
    }

    /// Adds what another shard counted.
    mutating func add(_ other: ServerStatistics) {
        startedAtNanoseconds = min(startedAtNanoseconds, other.startedAtNanoseconds)
        emptyKeyspaceBytes += other.emptyKeyspaceBytes
        // Both have the server's own bytes in them, which there are once.
        peakBytes += max(other.peakBytes - Self.serverBytes, 0)
        commands &+= other.commands
        hits &+= other.hits
        misses &+= other.misses
        errors &+= other.errors
        connections &+= other.connections
        bytesRead &+= other.bytesRead
        bytesWritten &+= other.bytesWritten
        reads &+= other.reads
        writes &+= other.writes
        rejectedConnections &+= other.rejectedConnections
        commandsPerSecond &+= other.commandsPerSecond
    }

    mutating func reset(expired: Int, evicted: Int) {
        let old = self
        self = ServerStatistics()
        startedAtNanoseconds = old.startedAtNanoseconds
        emptyKeyspaceBytes = old.emptyKeyspaceBytes
        peakBytes = old.peakBytes
        expiredBefore = expired
        evictedBefore = evicted
    }
}

public enum ReferenceIdentity {
    /// What every release of Valkey gives as `redis_version`.
    public static let compatibleVersion = "7.2.4"
    public static let name = "hashmark"
}

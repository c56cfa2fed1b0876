// What happens at every tick of the background work, the coming of connections, and how event loops
// are called.
import Keyspaces
import LinuxSystem
import Transport

extension Engine where K: ~Copyable {
    mutating func tick(budgetMicroseconds: Int) {
        _ = keyspace.maintain(budgetMicroseconds: budgetMicroseconds)
        databases.maintain(budgetMicroseconds: budgetMicroseconds, now: keyspace.now)
        if tracking.isInUse { sweepTracking() }
        statistics.peakBytes = max(statistics.peakBytes, usedMemory)
        statistics.sampleRate(nowNanoseconds: nowNanoseconds)
    }

    /// Has the event loop of `connection` look at it at the end of its wake-up, or wake up for it.
    mutating func summon(for connection: UnsafeMutablePointer<Connection>) {
        summoned |= 1 &<< UInt64(connection.pointee.thread)
    }

    /// The same of all event loops.
    mutating func summonAll() { summoned = .max }

    /// Has the engine be that of one shard among `count`.
    mutating func takeShard(_ index: Int, of count: Int) {
        shard = ShardPlace(
            index: index, count: count, isPart: true, isShared: configuration.threads.isConcurrent)
        clients.number(from: index, by: count)
        setGates()
    }

    mutating func addConnection(_ stream: Stream) -> UnsafeMutablePointer<Connection> {
        statistics.connections &+= 1
        return clients.add(stream, nowNanoseconds: nowNanoseconds)
    }
}

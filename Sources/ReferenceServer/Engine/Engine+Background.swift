// What happens at every tick of the background work, and the coming of connections.
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

    mutating func addConnection(_ stream: Stream) -> UnsafeMutablePointer<Connection> {
        statistics.connections &+= 1
        return clients.add(stream, nowNanoseconds: nowNanoseconds)
    }
}

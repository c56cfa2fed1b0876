// What happens at every tick of the background work, and the coming of connections.
import Keyspaces
import LinuxSystem

extension Engine where K: ~Copyable {
    mutating func tick(budget_us: Int) {
        _ = keyspace.maintain(budgetMicroseconds: budget_us)
        statistics.peakBytes = max(statistics.peakBytes, usedMemory)
        statistics.sampleRate(now_ns: now_ns)
    }

    mutating func addConnection(_ descriptor: CInt) -> UnsafeMutablePointer<Connection> {
        statistics.connections &+= 1
        return clients.add(descriptor: descriptor, now_ns: now_ns)
    }
}

// A node that is away: none of its connections stands, or it has said nothing for a second to
// what it was sent. Clients do not wait for it but work on for the other nodes, and what is for it
// waits:
//
//     drawn ─► its queue (up to a bound, at which nothing more is drawn)  ─► it is back, or the map
//     sent before, and may be sent again ─► its urgent queue                 names another: sent
//                                                                         ─► out of patience: the
//                                                                            burst ends, or they
//                                                                            count as failed
//
// Patience is what a silent server gets (`LoadOptions.stallNanoseconds`): a failover takes less.
// What is drawn for such a node counts from then on, as if it had been sent: a closed loop would
// otherwise leave out what the failover cost.
import LinuxSystem
import Quantities
import RESP

extension RoutedWorker {
    /// So many requests, and bytes, lie at most in the queues of nodes that are away; a failover of
    /// ten seconds at tens of thousands a second fits.
    private static var mostWaiting: Int { 1 << 18 }
    private static var mostWaitingBytes: Int { 64 << 20 }
    /// The same for a node that was given up: they fail with the next look at it.
    private static var mostGivenUp: Int { 1 << 14 }

    /// Whether more may be drawn: queues of nodes that are away have a bound of their own.
    var hasRoom: Bool {
        guard delayed.count < queueLimit else { return false }
        guard hasAway else { return queued < queueLimit }
        var (requests, bytes) = (0, 0)
        for node in nodes where node.pointee.awaySince > 0 {
            let count = node.pointee.queue.count
            if node.pointee.isGivenUp && count >= Self.mostGivenUp { return false }
            requests &+= count
            bytes &+= node.pointee.queue.length
        }
        return queued &- requests < queueLimit && requests < Self.mostWaiting
            && bytes < Self.mostWaitingBytes
    }

    /// Requests that wait for nodes that are away.
    var waiting: UInt64 {
        var sum = 0
        for index in nodes.indices where nodes[index].pointee.awaySince > 0 {
            sum += waiting(for: index)
        }
        return UInt64(sum)
    }

    /// The same for the node at an address, away or not.
    func waiting(at address: SocketAddress) -> Int {
        nodes.firstIndex { $0.pointee.address == address }.map { waiting(for: $0) } ?? 0
    }

    /// Drawn for it, on their way to it, and to be sent to it again.
    private func waiting(for index: Int) -> Int {
        let node = nodes[index]
        var count = node.pointee.queue.count + node.pointee.outstanding
        for position in 0..<node.pointee.urgent.count
        where !node.pointee.urgent.requests[position].isAsking {
            count += 1
        }
        for item in delayed where item.request.slot >= 0 && slots[item.request.slot] == index {
            count += 1
        }
        return count
    }

    // MARK: going and coming

    /// A node is not there any more, or has been silent for too long.
    /// - Parameter moment: since when.
    @inline(never)
    mutating func goAway(_ index: Int, since moment: UInt64) {
        let node = nodes[index]
        guard node.pointee.awaySince == 0 else { return }
        node.pointee.awaySince = max(moment, 1)
        hasAway = true
        for token in node.pointee.connections where connections[token].pointee.holdsClient {
            connections[token].pointee.holdsClient = false
            freeClients &+= 1
        }
        for position in 0..<node.pointee.queue.count
        where node.pointee.queue.requests[position].intendedAt == 0 {
            let requests = node.pointee.queue.requests
            if requests[position].sentAt == 0 { requests[position].sentAt = burst.now }
        }
    }

    /// It answers, or its connections stand again.
    @inline(never)
    mutating func comeBack(_ index: Int) {
        let node = nodes[index]
        guard node.pointee.awaySince > 0 else { return }
        noteAway(index)
        node.pointee.awaySince = 0
        node.pointee.isGivenUp = false
        hasAway = nodes.contains { $0.pointee.awaySince > 0 }
        hasUrgent = true
    }

    /// Counts the time that requests have waited for a node until now.
    mutating func noteAway(_ index: Int) {
        let node = nodes[index]
        guard node.pointee.awaySince > 0, burst.now > burst.startedAt else { return }
        let waited = waiting(for: index)
        guard waited > 0 else { return }
        let time = burst.now &- max(node.pointee.awaySince, burst.startedAt)
        node.pointee.longestAway = max(node.pointee.longestAway, time)
        node.pointee.mostWaiting = max(node.pointee.mostWaiting, waited)
        if !burst.isPaced { burst.stalls.notePart(time) }
    }

    /// The same of all of them, at the end of a burst.
    mutating func noteAway() {
        guard hasAway else { return }
        for index in nodes.indices { noteAway(index) }
    }

    // MARK: patience

    /// Sees to it that nothing waits for a node for ever.
    mutating func tendAway() {
        for index in nodes.indices where nodes[index].pointee.awaySince > 0 && !burst.hasFailed {
            if nodes[index].pointee.isGivenUp {
                failWaiting(index)
            } else if burst.now &- nodes[index].pointee.awaySince > options.stallNanoseconds {
                losePatience(index)
            }
        }
    }

    private mutating func losePatience(_ index: Int) {
        guard waiting(for: index) > 0 else { return }
        noteAway(index)
        guard options.errorPolicy == .ignore else { return burst.fail(.lostNode(lost(index))) }
        let node = nodes[index]
        node.pointee.isGivenUp = true
        let seconds = Nanoseconds(options.stallNanoseconds).seconds
        for token in node.pointee.connections where connections[token].pointee.isOpen {
            lose(connections[token], .stalled(seconds: seconds))
        }
        failWaiting(index)
    }

    private func lost(_ index: Int) -> LostNode {
        let slots = self.slots
        return LostNode(
            address: nodes[index].pointee.address,
            slots: LostNode.ranges(HashSlot.count) { slots[$0] == index },
            seconds: Nanoseconds(options.stallNanoseconds).seconds, waited: waiting(for: index))
    }

    /// Nobody says anything any more: the node that has been silent for longest is the cause, where
    /// one was asked for anything.
    mutating func failStalled() {
        let asked = nodes.indices.filter { waiting(for: $0) > 0 }
        guard
            let silent = asked.min(by: {
                nodes[$0].pointee.lastByteAt < nodes[$1].pointee.lastByteAt
            })
        else {
            return burst.fail(.stalled(seconds: Nanoseconds(options.stallNanoseconds).seconds))
        }
        burst.fail(.lostNode(lost(silent)))
    }

    /// Counts what waits for a node that was given up as failed.
    private mutating func failWaiting(_ index: Int) {
        let node = nodes[index]
        let (queue, urgent) = (node.pointee.queue, node.pointee.urgent)
        guard queue.count + urgent.count > 0 else { return }
        let text =
            "NONODE \(node.pointee.address), which serves the slot, has been away for too long, "
            + "and no other node has taken it over"
        queued &-= queue.count
        burst.outstanding &+= queue.count
        for position in 0..<queue.count {
            burst.noteUnanswered(Int(queue.requests[position].command), text)
        }
        for position in 0..<urgent.count where !urgent.requests[position].isAsking {
            burst.noteUnanswered(Int(urgent.requests[position].command), text)
        }
        node.pointee.queue.removeAll()
        node.pointee.urgent.removeAll()
    }
}

// The nodes that there are: opened at the start, met by MOVED and ASK or in a new map, tried again
// while they are away, and left alone once they serve nothing.
//
// One map is asked for at a time, on a connection of its own that no request waits for:
//
//     wanted ─► connect, CLUSTER SLOTS ─► taken over: new nodes, queues of those that serve no more
import LinuxSystem
import Quantities
import RESP
import Transport

/// A map of the slots that is wanted, or on its way.
struct MapRefresh {
    /// What the poller tells its connection by.
    static var token: UInt64 { .max }

    var isWanted = false
    var stream: Stream?
    var received: [UInt8] = []
    /// Of the node that was asked.
    var host = ""
    var startedAt: UInt64 = 0
    var notBefore: UInt64 = 0
    /// Who is asked next.
    var turn = 0
    /// How the last connection ended.
    var lastLoss: LoadFailure.Reason?
    /// Since when no node that serves anything can be reached; 0 while one can.
    var awaySince: UInt64 = 0
}

extension RoutedWorker {
    /// A node that is away is tried again after so long, and maps are so far apart at least: a
    /// failover takes a second and more.
    static var reopenNanoseconds: UInt64 { Nanoseconds(100, .milliseconds).count }
    /// A node that is silent for so long, with requests on their way to it, may have been replaced.
    private static var silence: Nanoseconds { Nanoseconds(1, .seconds) }
    /// So long without a node is the end of the cluster, and not of a node.
    private static var awayNanoseconds: UInt64 { Nanoseconds(2, .seconds).count }
    /// Trying to reach a node holds up the others; it may not take more than a tenth of the time.
    private static var reopenFactor: UInt64 { 10 }

    // MARK: opening

    /// Opens the clients' connections to all nodes of a map.
    mutating func openAll(_ map: [SlotRange]) throws(LoadFailure.Reason) {
        take(map)
        for index in nodes.indices where serves(index) {
            do throws(LoadFailure.Reason) {
                try connect(index, options)
            } catch {
                // Reads have primaries as well.
                guard nodes[index].pointee.isReplica else {
                    throw Self.named(error, nodes[index].pointee.address)
                }
                nodes[index].pointee.retryAt = 1
            }
        }
    }

    /// The same with the node's address, which the session's is not.
    private static func named(
        _ reason: LoadFailure.Reason, _ address: SocketAddress
    ) -> LoadFailure.Reason {
        guard case .connect(let error) = reason else { return reason }
        return .program(
            "could not connect to node \(address) of the cluster: \(error.errno); is it running?")
    }

    /// Whether a node has slots that requests are sent to it for.
    private func serves(_ index: Int) -> Bool {
        let node = nodes[index].pointee
        return node.slots > 0 && (!node.isReplica || cluster.reads != .no)
    }

    /// Opens what a node lacks of a connection for each client.
    private mutating func connect(
        _ index: Int, _ options: LoadOptions
    ) throws(LoadFailure.Reason) {
        var options = options
        if cluster.reads != .no { options.prelude.append(["READONLY"]) }
        let node = nodes[index]
        let broken = node.pointee.connections.filter { !connections[$0].pointee.isOpen }
        let missing = max(clients - node.pointee.connections.count, 0)
        options.connections = broken.count + missing
        let streams = try OpenStreams.open(node.pointee.address, options).streams
        for (position, stream) in streams.enumerated() {
            let link = LoadConnection(stream, requests: 0)
            let token = position < broken.count ? broken[position] : connections.count
            if token < connections.count {
                connections[token].pointee.link = link
                connections[token].pointee.isOpen = true
            } else {
                let connection = UnsafeMutablePointer<RoutedConnection>.allocate(capacity: 1)
                connection.initialize(to: RoutedConnection(link, node: index, token: token))
                connections.append(connection)
                node.pointee.connections.append(token)
            }
            node.pointee.open += 1
            do throws(LoadFailure.Reason) {
                try watch(token)
            } catch {
                for stream in streams[(position + 1)...] { stream.close() }
                throw error
            }
        }
        node.pointee.retryAt = 0
        comeBack(index)
    }

    private mutating func watch(_ token: Int) throws(LoadFailure.Reason) {
        let connection = connections[token]
        do throws(SystemCallError) {
            try epoll.add(
                connection.pointee.link.stream.descriptor, .edges, token: UInt64(token))
        } catch {
            throw .system(error)
        }
        nodes[connection.pointee.node].pointee.idle.append(token)
    }

    /// The same within a burst: a node that cannot be reached is tried again later.
    private mutating func reconnect(_ index: Int) {
        var options = options
        options.stallNanoseconds = min(options.stallNanoseconds, Self.silence.count)
        let startedAt = Clock.monotonicNanoseconds()
        do throws(LoadFailure.Reason) {
            try connect(index, options)
            hasUrgent = true
        } catch {
            refresh.lastLoss = error
            refresh.isWanted = true
            let spent = Clock.monotonicNanoseconds() &- startedAt
            nodes[index].pointee.retryAt =
                burst.now &+ max(Self.reopenNanoseconds, Self.reopenFactor &* spent)
            if nodes[index].pointee.open == 0 { goAway(index, since: burst.now) }
        }
    }

    /// The node at an address, which is a new one if nobody has told of it.
    mutating func node(at address: SocketAddress) -> Int {
        let index = add(address)
        if nodes[index].pointee.connections.isEmpty && nodes[index].pointee.retryAt == 0 {
            reconnect(index)
        }
        return index
    }

    private mutating func add(_ address: SocketAddress) -> Int {
        if let index = nodes.firstIndex(where: { $0.pointee.address == address }) { return index }
        let node = UnsafeMutablePointer<RoutedNode>.allocate(capacity: 1)
        node.initialize(to: RoutedNode(address))
        nodes.append(node)
        return nodes.count - 1
    }

    // MARK: maps

    /// Takes a map over: what it does not name serves nothing any more.
    private mutating func take(_ map: [SlotRange]) {
        slots.update(repeating: -1, count: HashSlot.count)
        for node in nodes {
            node.pointee.slots = 0
            node.pointee.isReplica = false
            node.pointee.replicas.removeAll()
        }
        for range in map {
            let primary = add(.tcp(host: range.primary.host, port: range.primary.port))
            for slot in range.slots { slots[slot] = primary }
            nodes[primary].pointee.slots += range.slots.count
            for name in range.replicas {
                let replica = add(.tcp(host: name.host, port: name.port))
                nodes[replica].pointee.isReplica = true
                nodes[replica].pointee.slots += range.slots.count
                if !nodes[primary].pointee.replicas.contains(replica) {
                    nodes[primary].pointee.replicas.append(replica)
                }
            }
        }
    }

    /// What a burst does with a new map.
    private mutating func apply(_ map: [SlotRange]) {
        let before = Array(UnsafeBufferPointer(start: slots, count: HashSlot.count))
        take(map)
        met.refreshes &+= 1
        var losers: Set<Int> = []
        for slot in before.indices where before[slot] != slots[slot] {
            losers.insert(before[slot])
        }
        for index in nodes.indices where serves(index) {
            if nodes[index].pointee.connections.isEmpty { reconnect(index) }
        }
        for index in nodes.indices {
            // What waits for a node that is away may be long, and stays where it is.
            let isShort = nodes[index].pointee.queue.count < queueLimit
            if !serves(index) || losers.contains(index)
                || (nodes[index].pointee.retryAt > 0 && isShort)
            {
                reroute(index)
            }
        }
    }

    /// Takes what waits for a node to those that serve its slots now.
    private mutating func reroute(_ index: Int) {
        let node = nodes[index]
        guard node.pointee.queue.count + node.pointee.urgent.count > 0 else { return }
        noteAway(index)
        var (queue, urgent) = (RoutedBatch(), RoutedBatch())
        swap(&queue, &node.pointee.queue)
        swap(&urgent, &node.pointee.urgent)
        for position in 0..<queue.count {
            let request = queue.requests[position]
            let target = route(request.slot, learnt[Int(request.command)].effect)
            nodes[target].pointee.queue.append(queue.bytes + request.offset, request)
        }
        for position in 0..<urgent.count where !urgent.requests[position].isAsking {
            let request = urgent.requests[position]
            let target = route(request.slot, learnt[Int(request.command)].effect)
            push(urgent.bytes + request.offset, request, to: target)
        }
        queue.deallocate()
        urgent.deallocate()
    }

    // MARK: keeping house

    /// Tries again what is away, drops what has been replaced, and sees to a new map.
    mutating func tendNodes() {
        var isAway = true
        for index in nodes.indices {
            let node = nodes[index]
            let waits = node.pointee.queue.count + node.pointee.urgent.count > 0
            let retryAt = node.pointee.retryAt
            if retryAt > 0 && burst.now >= retryAt && (serves(index) || waits) {
                reconnect(index)
            }
            if serves(index) && node.pointee.retryAt == 0 { isAway = false }
            if node.pointee.outstanding > 0,
                burst.now &- node.pointee.lastByteAt > Self.silence.count
            {
                refresh.isWanted = true
                if serves(index) {
                    goAway(index, since: node.pointee.lastByteAt)
                } else {
                    abandon(node)
                }
            }
        }
        if hasAway { tendAway() }
        tendRefresh()
        guard isAway else {
            refresh.awaySince = 0
            return
        }
        if refresh.awaySince == 0 { refresh.awaySince = burst.now }
        if burst.now &- refresh.awaySince > Self.awayNanoseconds {
            burst.fail(refresh.lastLoss ?? .closed)
        }
    }

    /// A node that is silent and has lost its slots will not answer any more.
    private mutating func abandon(_ node: UnsafeMutablePointer<RoutedNode>) {
        for token in node.pointee.connections where connections[token].pointee.isOpen {
            guard connections[token].pointee.batch.count > 0 else { continue }
            lose(connections[token], .stalled(seconds: Self.silence.seconds))
        }
    }

    private mutating func tendRefresh() {
        if refresh.stream != nil {
            guard burst.now &- refresh.startedAt > Self.silence.count else { return }
            endRefresh()
            refresh.isWanted = true
        }
        guard refresh.isWanted && burst.now >= refresh.notBefore else { return }
        refresh.notBefore = burst.now &+ Self.reopenNanoseconds
        let away = nodes.filter { $0.pointee.retryAt > 0 || $0.pointee.awaySince > 0 }
            .map(\.pointee.address)
        var asked = nodes.filter { $0.pointee.slots > 0 }.map(\.pointee.address)
        asked += cluster.seeds
        // The others know first, and need not be waited for.
        asked.removeAll { away.contains($0) }
        if asked.isEmpty { asked = cluster.seeds }
        let address = asked[refresh.turn % asked.count]
        refresh.turn &+= 1
        var options = options
        options.stallNanoseconds = min(options.stallNanoseconds, Self.silence.count)
        do throws(LoadFailure.Reason) {
            let stream = try StreamOpening.open(address, options)
            ask(stream, address)
        } catch {
            return  // the next one is asked next time
        }
    }

    private mutating func ask(_ stream: Stream, _ address: SocketAddress) {
        let request = RequestEncoder.encode(ClusterSlots.request)
        do throws(SystemCallError) {
            try epoll.add(stream.descriptor, .reading, token: MapRefresh.token)
        } catch {
            stream.close()
            return
        }
        refresh.stream = stream
        refresh.startedAt = burst.now
        refresh.received.removeAll()
        if case .tcp(let host, _) = address { refresh.host = host }
        // It fits any socket buffer.
        guard case .bytes(request.count) = stream.send(request, request.count) else {
            return endRefresh()
        }
        refresh.isWanted = false
    }

    private mutating func endRefresh() {
        guard let stream = refresh.stream else { return }
        epoll.remove(stream.descriptor)
        stream.close()
        refresh.stream = nil
    }

    /// The next part of a map, which is taken over once it is whole.
    mutating func readMap() {
        guard let stream = refresh.stream else { return }
        switch stream.receive(into: buffer, LoopLimits.receiveBytes) {
        case .bytes(let count):
            refresh.received += UnsafeBufferPointer(start: buffer, count: count)
        case .wouldBlock: return
        case .closed, .failed:
            refresh.isWanted = true
            return endRefresh()
        }
        do throws(MalformedReply) {
            guard let reply = try ReplyDecoder.answer(in: refresh.received) else { return }
            endRefresh()
            // A node that is about to leave, or has just come, may not know.
            if let map = ClusterSlots.ranges(of: reply, askedOf: refresh.host), !map.isEmpty {
                apply(map)
            } else {
                refresh.isWanted = true
            }
        } catch {
            refresh.isWanted = true
            endRefresh()
        }
    }
}

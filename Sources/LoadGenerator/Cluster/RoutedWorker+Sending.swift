// From the source to a node's connection: drawing, the queue of the slot's node, and sending.
import LinuxSystem
import RESP
import SystemPackage
import Transport

extension RoutedWorker {
    /// The most that lies in queues: a node that is away must not make them grow without end, and
    /// what fills them otherwise are the starts of pipelines.
    var queueLimit: Int { 2 * burst.pipeline * (clients + nodes.count) }

    /// Draws requests and sends pipelines as long as clients are free; what is left at the end goes
    /// in shorter ones.
    mutating func drawAndSend() {
        guard !isDraining else { return }
        while freeClients > 0 && burst.budget > 0 && hasRoom && !burst.hasFailed {
            let count = source.ready(min(burst.pipeline, burst.budget))
            guard count > 0 else {
                // At its end, unless misses that are still on the way give it more to do.
                if burst.outstanding == 0 && queued == 0 { burst.budget = 0 }
                break
            }
            burst.budget &-= count
            draw(count, intendedAt: 0)
            sendFull()
        }
        guard queued > 0 && freeClients > 0 else { return }
        // Nothing more can be drawn now. What a node that is away holds up may be outstanding for
        // long, and the others do not wait for that.
        if burst.budget == 0 || burst.outstanding == 0 || hasAway { sendAll() }
    }

    /// Takes the next `count` requests from the source into the queues of their nodes.
    mutating func draw(_ count: Int, intendedAt: UInt64) {
        source.fill(&staging, count)
        var at = 0
        var index = 0
        while index < count {
            // What has no key goes along with what it belongs to.
            let last = index &+ burst.unit
            let home = burst.unit > 1 ? unitSlot(at, index, last) : -1
            while index < last {
                let command = Int(staging.commands[index])
                let known = learnt(of: command, at)
                let (length, slot) = RequestFrame.measure(staging.bytes + at, known.position)
                var request = RoutedRequest(
                    length: length, slot: slot >= 0 ? slot : home, command: staging.commands[index],
                    ticket: staging.tickets[index], expected: staging.expected[index])
                request.intendedAt = intendedAt
                let node = nodes[route(request.slot, known.effect)]
                if node.pointee.awaySince > 0 && intendedAt == 0 { request.sentAt = burst.now }
                node.pointee.queue.append(staging.bytes + at, request)
                queued &+= 1
                at &+= length
                index &+= 1
            }
        }
    }

    /// What is known of a command, of which the request at `at` of the last draw is one.
    @inline(__always)
    private mutating func learnt(of command: Int, _ at: Int) -> LearntCommand {
        if !learnt[command].isKnown { learn(command, staging.bytes + at) }
        return learnt[command]
    }

    @inline(never)
    private mutating func learn(_ command: Int, _ bytes: UnsafePointer<UInt8>) {
        let name = RequestFrame.arguments(bytes).first ?? []
        let verb = String(decoding: name, as: UTF8.self).uppercased()
        learnt[command] = LearntCommand(
            position: KeyPosition(of: verb), effect: CommandEffect(of: verb),
            isSet: verb == "SET", isKnown: true)
        if verb == "MULTI" { followsRedirects = false }
    }

    /// The slot of the first key among requests that belong together; −1 without one.
    private mutating func unitSlot(_ start: Int, _ first: Int, _ last: Int) -> Int {
        var at = start
        for index in first..<last {
            let known = learnt(of: Int(staging.commands[index]), at)
            let (length, slot) = RequestFrame.measure(staging.bytes + at, known.position)
            if slot >= 0 { return slot }
            at += length
        }
        return -1
    }

    /// The node that a request with a key of `slot` goes to; with −1 any that serves slots.
    @inline(__always)
    mutating func route(_ slot: Int, _ effect: CommandEffect) -> Int {
        guard slot >= 0, slots[slot] >= 0 else { return anyNode() }
        let owner = slots[slot]
        if cluster.reads != .no && effect == .reads { return reader(of: owner) }
        return owner
    }

    @inline(never)
    private mutating func anyNode() -> Int {
        for _ in nodes.indices {
            turn = (turn + 1) % nodes.count
            let node = nodes[turn]
            if node.pointee.slots > 0 && !node.pointee.isReplica && node.pointee.isThere {
                return turn
            }
        }
        return turn
    }

    /// A replica of `owner` that answers, in turn with the others and, if asked for, itself.
    @inline(never)
    private mutating func reader(of owner: Int) -> Int {
        let replicas = nodes[owner].pointee.replicas.filter { nodes[$0].pointee.isThere }
        let count = replicas.count + (cluster.reads == .all || replicas.isEmpty ? 1 : 0)
        turn = (turn + 1) % (count * nodes.count)
        let chosen = turn % count
        return chosen < replicas.count ? replicas[chosen] : owner
    }

    /// Sends the pipelines that are full.
    private mutating func sendFull() {
        for index in nodes.indices {
            while freeClients > 0 && nodes[index].pointee.queue.count >= burst.pipeline {
                guard dispatch(index) else { break }
            }
        }
    }

    /// Sends what there is, in pipelines of any length.
    mutating func sendAll() {
        for index in nodes.indices {
            while nodes[index].pointee.queue.count > 0 && (freeClients > 0 || burst.isPaced) {
                guard dispatch(index) else { break }
            }
        }
    }

    /// Sends the start of a node's queue.
    /// - Returns: false when none of its connections is free.
    private mutating func dispatch(_ index: Int) -> Bool {
        let node = nodes[index]
        guard node.pointee.awaySince == 0, let free = node.pointee.idle.popLast() else {
            return false
        }
        let connection = connections[free]
        if node.pointee.queue.count <= burst.pipeline && node.pointee.queue.isAtStart {
            swap(&connection.pointee.batch, &node.pointee.queue)
        } else {
            // Whole units: what belongs together follows on the same connection.
            var batch = connection.pointee.batch
            let count = min(burst.pipeline, node.pointee.queue.count)
            node.pointee.queue.move(first: count, to: &batch)
            connection.pointee.batch = batch
        }
        let count = connection.pointee.batch.count
        queued &-= count
        burst.outstanding &+= count
        send(connection)
        return true
    }

    /// Sends what was sent elsewhere before, as far as the nodes have free connections.
    mutating func sendUrgent() {
        hasUrgent = false
        for index in nodes.indices where nodes[index].pointee.urgent.count > 0 {
            guard nodes[index].pointee.awaySince == 0,
                let free = nodes[index].pointee.idle.popLast()
            else {
                hasUrgent = true
                continue
            }
            let connection = connections[free]
            swap(&connection.pointee.batch, &nodes[index].pointee.urgent)
            send(connection)
        }
    }

    /// Sends a connection's batch, whose requests are counted as outstanding already.
    private mutating func send(_ connection: UnsafeMutablePointer<RoutedConnection>) {
        freeClients &-= 1
        connection.pointee.holdsClient = true
        let requests = connection.pointee.batch.requests
        let count = connection.pointee.batch.count
        let node = nodes[connection.pointee.node]
        if node.pointee.outstanding == 0 { node.pointee.lastByteAt = burst.now }
        node.pointee.outstanding &+= count
        connection.pointee.answered = 0
        connection.pointee.link.sent = 0
        connection.pointee.link.firstReplyAt = 0
        let sentAt = Clock.monotonicNanoseconds()
        for index in 0..<count where requests[index].sentAt == 0 {
            requests[index].sentAt = sentAt
            let moment = requests[index].intendedAt
            if burst.isPaced && moment > 0 {
                let late = sentAt > moment ? sentAt &- moment : 1
                burst.openLoop.pointee.slip.record(late)
                burst.openLoop.pointee.endLag = sentAt > moment ? late : 0
            }
        }
        flush(connection)
    }

    mutating func flush(_ connection: UnsafeMutablePointer<RoutedConnection>) {
        let bytes = UnsafePointer(connection.pointee.batch.bytes)
        let length = connection.pointee.batch.length
        switch connection.pointee.link.send(bytes, length, &burst.bytesSent) {
        case nil: return
        case .closed?: lose(connection, .closed)
        case .broken(let errno)?: lose(connection, .broken(errno))
        }
    }
}

// Detours of a request, as the node that it was sent to tells them:
//
//     MOVED          the map is patched, a new one is asked for, and the request goes there
//     ASK            ASKING and the request go there, this once; the map stays
//     TRYAGAIN       again in a while, to whom the map names then
//     CLUSTERDOWN    the same, and a new map is asked for
//
// A broken connection is one as well, for requests that may be executed twice, or never left.
//
// A request on a detour stays outstanding, and keeps the moment of its first sending. Detours come
// to an end: what has taken many, or has waited as long as a server may be silent, is answered by
// what the last node said.
import LinuxSystem
import Quantities
import RESP

/// A request that waits before it is sent again.
struct DelayedRequest {
    let dueAt: UInt64
    let bytes: [UInt8]
    let request: RoutedRequest
}

extension RoutedWorker {
    /// More detours than any migration makes: nodes that name each other go on for ever.
    private static var mostDetours: UInt8 { 32 }
    /// A slot of one key is moved in less; doubled with every further attempt.
    private static var firstWait: UInt64 { Nanoseconds(1, .milliseconds).count }
    private static var longestWait: UInt64 { Nanoseconds(100, .milliseconds).count }
    /// They make it longer than that.
    private static var mostDoublings: UInt8 { 7 }
    private static var asking: [UInt8] { RequestEncoder.encode(["ASKING"]) }

    /// Follows an error reply that is a redirection. False where it is the request's answer.
    mutating func takesDetour(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ position: Int
    ) -> Bool {
        guard followsRedirects else { return false }
        let text = connection.pointee.link.errorText(in: buffer)
        guard let redirection = Redirection(text) else { return false }
        var request = connection.pointee.batch.requests[position]
        let bytes = UnsafePointer(connection.pointee.batch.bytes + request.offset)
        if request.sentAt &+ options.stallNanoseconds < burst.now { return false }
        let from = nodes[connection.pointee.node]
        switch redirection {
        case .moved(let slot, let name):
            guard request.attempts < Self.mostDetours else { return false }
            request.attempts += 1
            let target = node(at: address(of: name, toldBy: from))
            patch(slot, target)
            met.moved &+= 1
            push(bytes, request, to: target)
        case .ask(_, let name):
            guard request.attempts < Self.mostDetours else { return false }
            request.attempts += 1
            let target = node(at: address(of: name, toldBy: from))
            met.asked &+= 1
            let asking = Self.asking
            var before = RoutedRequest(
                length: asking.count, slot: -1, command: request.command, ticket: 0,
                expected: .unknown)
            before.isAsking = true
            before.sentAt = request.sentAt
            asking.withUnsafeBufferPointer { push($0.baseAddress!, before, to: target) }
            push(bytes, request, to: target)
        case .tryAgain:
            met.retried &+= 1
            delay(bytes, request)
        case .down:
            met.retried &+= 1
            refresh.isWanted = true
            delay(bytes, request)
        }
        from.pointee.redirected &+= 1
        connection.pointee.link.check = ReplyCheck()
        return true
    }

    private func address(
        of name: ClusterNode, toldBy node: UnsafeMutablePointer<RoutedNode>
    ) -> SocketAddress {
        if name.host.isEmpty, case .tcp(let host, _) = node.pointee.address {
            return .tcp(host: host, port: name.port)
        }
        return .tcp(host: name.host, port: name.port)
    }

    /// Makes a slot that node's, until the next map.
    private mutating func patch(_ slot: Int, _ target: Int) {
        refresh.isWanted = true
        guard slots[slot] != target else { return }
        if slots[slot] >= 0 { nodes[slots[slot]].pointee.slots -= 1 }
        slots[slot] = target
        nodes[target].pointee.slots += 1
        nodes[target].pointee.isReplica = false
    }

    /// Puts a request that is outstanding before all that a node is going to be sent.
    mutating func push(_ bytes: UnsafePointer<UInt8>, _ request: RoutedRequest, to target: Int) {
        hasUrgent = true
        nodes[target].pointee.urgent.append(bytes, request)
    }

    /// Lets a request wait, the longer the more often it has; its node is looked for then.
    mutating func delay(_ bytes: UnsafePointer<UInt8>, _ request: RoutedRequest) {
        var request = request
        let doublings = UInt64(request.waits)
        request.waits = min(request.waits + 1, Self.mostDoublings)
        let wait = min(Self.firstWait << doublings, Self.longestWait)
        delayed.append(
            DelayedRequest(
                dueAt: burst.now &+ wait,
                bytes: Array(UnsafeBufferPointer(start: bytes, count: request.length)),
                request: request))
    }

    /// Sends on what has waited long enough.
    mutating func releaseDelayed() {
        var waiting: [DelayedRequest] = []
        for item in delayed {
            guard item.dueAt <= burst.now else {
                waiting.append(item)
                continue
            }
            let target = route(item.request.slot, learnt[Int(item.request.command)].effect)
            item.bytes.withUnsafeBufferPointer { push($0.baseAddress!, item.request, to: target) }
        }
        delayed = waiting
    }

    // MARK: broken connections

    /// A connection is gone, and with it the replies to what is unanswered on it.
    @inline(never)
    mutating func lose(
        _ connection: UnsafeMutablePointer<RoutedConnection>, _ reason: LoadFailure.Reason
    ) {
        guard connection.pointee.isOpen else { return }
        let node = nodes[connection.pointee.node]
        epoll.remove(connection.pointee.link.stream.descriptor)
        connection.pointee.link.deallocate()
        connection.pointee.isOpen = false
        node.pointee.open -= 1
        defer {
            freeClient(connection)
            if node.pointee.open == 0 { goAway(connection.pointee.node, since: burst.now) }
        }
        node.pointee.idle.removeAll { $0 == connection.pointee.token }
        node.pointee.lost &+= 1
        if node.pointee.retryAt == 0 { node.pointee.retryAt = burst.now &+ Self.reopenNanoseconds }
        refresh.isWanted = true
        refresh.lastLoss = reason
        let batch = connection.pointee.batch
        guard batch.count > 0 else { return }
        for index in connection.pointee.answered..<batch.count {
            node.pointee.outstanding &-= 1
            let request = batch.requests[index]
            if request.isAsking { continue }
            let bytes = UnsafePointer(batch.bytes + request.offset)
            let hasLeft = request.offset < connection.pointee.link.sent
            let mayRepeat = { CommandEffect.mayRepeat(RequestFrame.arguments(bytes)) }
            if followsRedirects && (!hasLeft || mayRepeat()) {
                met.resent &+= 1
                delay(bytes, request)
            } else {
                giveUp(request, node.pointee.address)
            }
        }
        connection.pointee.batch.removeAll()
        connection.pointee.answered = 0
    }

    /// Nothing more is awaited on a connection: its client may go on.
    @inline(__always)
    mutating func freeClient(_ connection: UnsafeMutablePointer<RoutedConnection>) {
        guard connection.pointee.holdsClient else { return }
        connection.pointee.holdsClient = false
        freeClients &+= 1
    }

    /// Counts a request of which nobody knows whether it was executed.
    private mutating func giveUp(_ request: RoutedRequest, _ address: SocketAddress) {
        let command = Int(request.command)
        met.unanswered &+= 1
        let name = burst.labels[command].name
        burst.noteUnanswered(
            command,
            "NOREPLY the connection to \(address) broke before \(name) was answered; "
                + "it was not sent again, for it may have been executed")
    }
}

// `threads=sharded:N`: a thread's own requests, of which others have some of the keys.
//
//     batch   [ own ][ sent ][ own ][ sent ][ keyless ] …
//             └────────── a stretch ───────┘             sent first, then what is own is executed
//
// A stretch ends before a request that is about its connection or about several shards, because
// where the requests behind it go may depend on it. Replies go out in the order of the requests
// (`PendingReplies`).
//
// A connection that has very many requests with others is not parsed, nor read, until all of its
// replies have come. One that waits for several shards at once is held back, if what it asks for
// next is one shard's: what it has in the batch becomes input again, as for a slow reader.
import Keyspaces
import LinuxSystem
import RESP

extension EventServer where K: ~Copyable, P: ~Copyable {
    typealias DeskPointer = UnsafeMutablePointer<ShardDesk>

    /// Requests of a connection that others have when it has to wait: a batch's worth, to which at
    /// most one more comes. What their replies take is bounded so.
    private static var requestsElsewhereMax: Int { 64 }

    /// `executeBatch` for a server with shards.
    @inline(never)
    mutating func executeBatch(_ desk: DeskPointer) {
        shareMemory(desk)
        let count = engine.batchCount
        var start = 0
        while start < count {
            let end = route(desk, from: start, to: count)
            desk.pointee.sendParcels()
            engine.prefetch(from: start, end - start)
            start = execute(desk, from: start, to: end)
        }
        desk.pointee.routes.removeAll(keepingCapacity: true)
        owner?.pointee.state.unqueue()
        engine.removeBatch()
        shareMemory(desk)
    }

    /// Tells the other threads what this shard takes, and hears it of theirs, where there is a
    /// limit for all of them: what they said last may be a batch old.
    func shareMemory(_ desk: DeskPointer) {
        guard engine.configuration.maxMemory > 0, !engine.shard.isShared else { return }
        let own = engine.usedMemory - ServerStatistics.serverBytes
        desk.pointee.shards.publish(own, of: desk.pointee.thread)
        engine.bytesElsewhere = desk.pointee.shards.bytesElsewhere(desk.pointee.thread)
    }

    // MARK: Routes

    /// Decides about the requests from `start` on, and packs those that others execute.
    /// - Returns: the end of the stretch.
    private mutating func route(_ desk: DeskPointer, from start: Int, to count: Int) -> Int {
        var index = start
        // Whose requests wait from here on: they stand behind each other.
        var waiting: ConnectionPointer?
        while index < count {
            let request = engine.request(at: index)
            let connection = request.connection
            if connection == waiting || isHeldBack(connection) {
                waiting = connection
                note(.hold, desk, index)
                index += 1
                continue
            }
            guard case .shard(let shard) = engine.reach(request) else {
                if index > start { return index }
                note(.executeAlone, desk, index)
                return index + 1
            }
            if connection.pointee.crossings > 0 {
                // It must not overtake what it was sent after.
                connection.pointee.state.choke()
                continue
            }
            if shard == desk.pointee.thread || connection.pointee.state.closesAfterReply {
                note(.execute, desk, index)
            } else {
                pack(request, desk, index, shard)
            }
            index += 1
        }
        return index
    }

    /// Nothing more of it is executed, not even what is in the batch. What is choked for its many
    /// requests with others is no longer parsed, and that is enough.
    private func isHeldBack(_ connection: ConnectionPointer) -> Bool {
        connection.pointee.state.isChoked
            && (connection.pointee.hasUnsent || connection.pointee.crossings > 0)
    }

    private func note(_ route: ShardDesk.Route, _ desk: DeskPointer, _ index: Int) {
        assert(desk.pointee.routes.count == index)
        desk.pointee.routes.append(route)
    }

    private mutating func pack(
        _ request: Request, _ desk: DeskPointer, _ index: Int, _ shard: Int
    ) {
        let parcel = desk.pointee.parcel(for: shard, request.connection)
        let entry = parcel.contents.pointee.count
        parcel.contents.pointee.requests.append(
            engine.arguments, request.firstArgument, request.argumentCount)
        parcel.contents.pointee.count = entry + 1
        engine.forgetKey(ofRequest: index)
        note(.sent(parcel, entry: entry), desk, index)
    }

    // MARK: Execution

    /// Executes what is own of the requests from `start` to `end`, and notes who waits for the
    /// rest.
    /// - Returns: where to go on: after `end`, where its connection's requests behind it are held.
    private mutating func execute(_ desk: DeskPointer, from start: Int, to end: Int) -> Int {
        var index = start
        while index < end {
            let connection = engine.connection(ofRequest: index)
            passTurn(to: connection)
            switch desk.pointee.routes[index] {
            case .hold:
                index = holdAll(desk, connection, from: index)
                continue
            case .sent(let parcel, let entry):
                let place = expect(connection, isCrossing: false)
                (parcel.owners + entry).initialize(
                    to: Parcel.Owner(connection: connection, place: place))
                connection.pointee.lastUsedAt = engine.nowNanoseconds
                connection.pointee.lastRow = engine.request(at: index).row
                if connection.pointee.requestsElsewhere >= Self.requestsElsewhereMax {
                    connection.pointee.state.choke()
                }
            case .execute: executeHere(connection, index)
            case .executeAlone:
                let isSkipped = connection.pointee.state.closesAfterReply
                if isSkipped || !begin(desk, index) { executeHere(connection, index) }
            }
            index += 1
        }
        return index
    }

    /// Puts back what `connection` has in the batch from `index` on; none of it was sent.
    private mutating func holdAll(
        _ desk: DeskPointer, _ connection: ConnectionPointer, from index: Int
    ) -> Int {
        let next = hold(connection, from: index)
        for position in desk.pointee.routes.count..<max(next, desk.pointee.routes.count) {
            note(.hold, desk, position)
        }
        return next
    }

    private mutating func executeHere(_ connection: ConnectionPointer, _ index: Int) {
        let mark = engine.reply.count
        engine.executeOne(at: index)
        if connection.pointee.awaitsReplies {
            keepPending(connection, from: mark)
        } else if engine.reply.count >= Engine<K>.replyLimit {
            sendReply(connection)
        }
    }

    /// Moves replies from `mark` on behind those that `connection` awaits.
    private mutating func keepPending(_ connection: ConnectionPointer, from mark: Int) {
        guard engine.reply.count > mark, let pending = connection.pointee.pending else { return }
        let bytes = UnsafeRawBufferPointer(rebasing: engine.reply.bytes[mark...])
        pending.pointee.append(bytes)
        engine.reply.truncate(to: mark)
    }

    /// Notes that `connection` gets a reply from others, behind those that it has already.
    /// - Returns: its place; nil when the client does not want to know it.
    mutating func expect(_ connection: ConnectionPointer, isCrossing: Bool) -> Int? {
        let pending: UnsafeMutablePointer<PendingReplies>
        if let known = connection.pointee.pending {
            pending = known
        } else {
            pending = .allocate(capacity: 1)
            pending.initialize(to: PendingReplies())
            connection.pointee.pending = pending
        }
        // What was executed before it, and is not sent yet, goes out together with it.
        keepPending(connection, from: 0)
        let isRead = connection.pointee.replies == .all
        if connection.pointee.replies == .skips { connection.pointee.replies = .all }
        return pending.pointee.expect(isRead: isRead, isCrossing: isCrossing)
    }

    // MARK: Replies from others

    /// Takes the replies to requests of this thread's connections.
    mutating func unpack(_ parcel: Parcel, _ desk: DeskPointer) {
        for entry in 0..<parcel.contents.pointee.count {
            let owner = parcel.owners[entry]
            deliver(owner.connection, owner.place, parcel.reply(entry), isCrossing: false)
        }
        desk.pointee.keep(parcel)
    }

    mutating func deliver(
        _ connection: ConnectionPointer, _ place: Int?, _ reply: UnsafeRawBufferPointer,
        isCrossing: Bool
    ) {
        guard let pending = connection.pointee.pending else { return }
        pending.pointee.fill(place, reply, isCrossing: isCrossing)
        if connection.pointee.state.isClosed { return }
        passTurn(to: connection)
        pending.pointee.takeFirst { engine.reply.raw($0) }
        if engine.reply.count >= Engine<K>.replyLimit { sendReply(connection) }
        if connection.pointee.state.isClosed || !pending.pointee.isEmpty { return }
        if connection.pointee.state.isChoked { visitLater(connection) }
    }

    // MARK: Requests from others

    /// Executes the requests of `parcel`, and sends it back.
    mutating func execute(_ parcel: Parcel, _ desk: DeskPointer) {
        let contents = parcel.contents
        desk.pointee.represent(
            client: 0, version: contents.pointee.version, recordsUse: contents.pointee.recordsUse)
        shareMemory(desk)
        var done = 0
        runProxy(desk, contents.pointee.requests) { end in
            parcel.ends[done] = end
            done += 1
        }
        shareMemory(desk)
        parcel.fill(engine.reply.bytes)
        engine.reply.removeAll()
        desk.pointee.shards.post(.replies(parcel), to: parcel.sender)
    }

    /// Executes requests for the client that the proxy stands for; the replies are in the engine's
    /// buffer then.
    /// - Parameter told: the end of the replies so far, after each request.
    mutating func runProxy(
        _ desk: DeskPointer, _ requests: HeldRequests, _ told: (Int) -> Void
    ) {
        precondition(owner == nil && engine.batchCount == 0, "the batch is another's")
        let proxy = desk.pointee.proxy
        proxy.pointee.input.base = requests.base
        proxy.pointee.input.start = 0
        proxy.pointee.input.end = requests.count
        proxy.pointee.input.capacity = requests.count
        var isExhausted = false
        while !isExhausted {
            isExhausted = engine.enqueueUnpaused(proxy)
            engine.prefetch()
            for index in 0..<engine.batchCount {
                engine.executeOne(at: index)
                told(engine.reply.count)
            }
            proxy.pointee.state.unqueue()
            engine.removeBatch()
        }
        proxy.pointee.input.base = nil
    }
}

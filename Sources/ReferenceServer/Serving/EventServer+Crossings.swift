// `threads=sharded:N`: commands of several shards, from their parts to one reply (`Crossing`).
import Keyspaces
import LinuxSystem
import RESP

extension EventServer where K: ~Copyable, P: ~Copyable {
    /// Sends request `index` of the batch to those that execute parts of it.
    /// - Returns: false when it is for this thread alone.
    mutating func begin(_ desk: DeskPointer, _ index: Int) -> Bool {
        let request = engine.request(at: index)
        let shards = desk.pointee.shards
        let members: UInt64
        let joining: Crossing.Joining
        switch engine.reach(request) {
        case .here, .shard: return false
        case .someShards(let how):
            joining = how
            members = engine.members(request)
        case .allShards(let how):
            joining = how
            members = shards.all
        }
        let connection = request.connection
        let place = expect(connection, isCrossing: true)
        let crossing = Crossing(
            connection, origin: desk.pointee.thread, place: place, joining, members: members,
            threads: shards.count)
        if case .figures = joining {
            engine.countCall(request)
        } else {
            writeParts(crossing, request)
        }
        connection.pointee.lastUsedAt = engine.nowNanoseconds
        connection.pointee.lastRow = request.row
        shards.post(.crossing(crossing), to: 0)
        return true
    }

    private func writeParts(_ crossing: Crossing, _ request: Request) {
        var isCounted = true
        for thread in crossing.threads {
            let part = crossing.parts + thread
            engine.part(request, of: thread, &part.pointee.request)
            part.pointee.isCounted = isCounted
            isCounted = false
        }
    }

    /// On the first thread: calls those together that take part.
    func callTogether(_ crossing: Crossing, _ desk: DeskPointer) {
        for thread in crossing.threads {
            desk.pointee.shards.post(.meeting(crossing), to: thread)
        }
    }

    /// Waits for the others and executes this thread's part.
    mutating func attend(_ crossing: Crossing, _ desk: DeskPointer) {
        let (shards, thread) = (desk.pointee.shards, desk.pointee.thread)
        guard crossing.meet(thread, shards) else { return }
        readClock()
        let part = crossing.parts + thread
        if case .figures(let kind) = crossing.joining {
            part.pointee.figures = engine.figures(for: kind)
        } else {
            shareMemory(desk)
            desk.pointee.represent(
                client: crossing.client, version: crossing.version,
                recordsUse: crossing.recordsUse)
            let before = engine.statistics.commands
            runProxy(desk, part.pointee.request) { _ in }
            if !part.pointee.isCounted {
                engine.uncountCall(row: desk.pointee.proxy.pointee.lastRow, since: before)
            }
            part.pointee.reply = Array(engine.reply.bytes)
            part.pointee.keys = engine.keyspace.count
            engine.reply.removeAll()
            shareMemory(desk)
        }
        if crossing.finish() { shards.post(.crossed(crossing), to: crossing.origin) }
    }

    // MARK: One reply of several

    /// On the thread that began it.
    mutating func complete(_ crossing: Crossing) {
        passTurn(to: nil)
        engine.reply.version = crossing.version
        join(crossing)
        let reply = Array(engine.reply.bytes)
        engine.reply.removeAll()
        reply.withUnsafeBytes { bytes in
            deliver(crossing.connection, crossing.place, bytes, isCrossing: true)
        }
    }

    private mutating func join(_ crossing: Crossing) {
        switch crossing.joining {
        case .values(let shards):
            if !replyError(crossing) { joinValues(crossing, shards) }
        case .sum:
            if !replyError(crossing) {
                engine.reply.integer(crossing.replies.reduce(0) { $0 + $1.headNumber })
            }
        case .least:
            if !replyError(crossing) {
                engine.reply.integer(crossing.replies.map(\.headNumber).min() ?? 0)
            }
        case .allSucceed: if !replyError(crossing) { engine.reply.ok() }
        case .oneSucceeds:
            if crossing.replies.contains(where: { !$0.isError }) {
                engine.reply.ok()
            } else {
                _ = replyError(crossing)
            }
        case .lists:
            if !replyError(crossing) { joinLists(crossing) }
        case .texts:
            if !replyError(crossing) {
                engine.reply.verbatim(
                    crossing.replies.map { $0.text(version: crossing.version) }.joined())
            }
        case .draw: draw(crossing)
        case .figures(let kind): joinFigures(crossing, kind)
        }
    }

    /// Replies as the first part that failed.
    private mutating func replyError(_ crossing: Crossing) -> Bool {
        guard let error = crossing.replies.first(where: { $0.isError }) else { return false }
        error.bytes.withUnsafeBytes { engine.reply.raw($0) }
        return true
    }

    private mutating func joinValues(_ crossing: Crossing, _ shards: [Int]) {
        engine.reply.array(shards.count)
        var positions: [Int: Int] = [:]
        for shard in shards {
            let reply = PartReply(bytes: crossing.parts[shard].reply)
            let start = positions[shard] ?? reply.headEnd
            let end = reply.endOfReply(from: start)
            reply.bytes[start..<end].withUnsafeBytes { engine.reply.raw($0) }
            positions[shard] = end
        }
    }

    private mutating func joinLists(_ crossing: Crossing) {
        let replies = crossing.replies
        engine.reply.array(replies.reduce(0) { $0 + $1.headNumber })
        for reply in replies {
            reply.bytes[reply.headEnd...].withUnsafeBytes { engine.reply.raw($0) }
        }
    }

    /// Each entry of all shards is about as likely as another.
    private mutating func draw(_ crossing: Crossing) {
        let total = crossing.threads.reduce(0) { $0 + crossing.parts[$1].keys }
        var left = total > 0 ? Int.random(in: 0..<total) : 0
        for thread in crossing.threads {
            let part = crossing.parts + thread
            if left < part.pointee.keys {
                return part.pointee.reply.withUnsafeBytes { engine.reply.raw($0) }
            }
            left -= part.pointee.keys
        }
        engine.reply.null()
    }

    private mutating func joinFigures(_ crossing: Crossing, _ kind: FiguresReply) {
        var sum: ServerFigures?
        for thread in crossing.threads {
            guard let figures = crossing.parts[thread].figures else { continue }
            if sum == nil { sum = figures } else { sum?.add(figures) }
        }
        if let sum { engine.replyFigures(kind, sum) }
    }
}

/// The reply of a part, which is an error, an integer, a string or an array.
private struct PartReply {
    let bytes: [UInt8]

    var isError: Bool { bytes.first == UInt8(ascii: "-") }

    /// Behind the first line.
    var headEnd: Int { (bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1) + 1 }

    /// The number in the first line: an integer, a length or a count.
    var headNumber: Int {
        let digits = bytes.dropFirst().prefix { $0 != UInt8(ascii: "\r") }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    /// What the string says.
    func text(version: UInt8) -> String {
        // A verbatim string has its format in front.
        let start = headEnd + (version == 2 ? 0 : "txt:".utf8.count)
        return String(decoding: bytes[start...].dropLast(2), as: UTF8.self)
    }

    /// Where the reply that begins at `start` ends.
    func endOfReply(from start: Int) -> Int {
        bytes.withUnsafeBufferPointer { buffer -> Int in
            guard let base = buffer.baseAddress else { return start }
            var scanner = ReplyScanner()
            var end = start
            _ = scanner.scan(base, buffer.count, &end)
            return end
        }
    }
}

extension Crossing {
    /// The replies of the parts, by thread.
    fileprivate var replies: [PartReply] { threads.map { PartReply(bytes: parts[$0].reply) } }
}

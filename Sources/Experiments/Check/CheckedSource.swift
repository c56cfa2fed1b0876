// Where the requests of a check come from: a workload's or a trace's source, as the load loop has
// it, or a record of commands (RecordedRequests).
import LoadGenerator
import RESP
import Traces

/// A request that two servers get.
struct CheckedRequest {
    /// Its name first; never empty.
    var arguments: [[UInt8]]
    /// That it is for; nil: the one that the servers were given.
    var database: UInt64?
    /// What its source wants to know it by when it finds nothing.
    var ticket: UInt64?
    /// Its place in the record has nothing that can be sent.
    var isLeftOut = false
    /// A SELECT of the record: what follows it names its database itself.
    var isSelection = false
}

protocol CheckedSource: AnyObject {
    /// Why it broke off.
    var failure: TraceError? { get }

    /// The next requests of a connection, at most `count`; none at the end.
    func next(_ count: Int, for connection: Int) -> [CheckedRequest]

    /// The look-up with this ticket found nothing.
    func missed(_ ticket: UInt64)
}

/// What a load's source writes, taken apart again.
final class EncodedRequests<Source: RequestSource & ~Copyable>: CheckedSource {
    private let source: UnsafeMutablePointer<Source>
    private var batches: [RequestBatch] = []
    private let feed: TraceFeed?

    /// - Parameter feed: of a trace's source.
    init(_ source: consuming Source, connections: Int, pipeline: Int, feed: TraceFeed? = nil) {
        self.source = .allocate(capacity: 1)
        self.source.initialize(to: source)
        self.feed = feed
        for _ in 0..<connections { batches.append(RequestBatch(requests: pipeline)) }
    }

    deinit {
        _ = source.move()
        source.deallocate()
        for batch in batches { batch.deallocate() }
    }

    var failure: TraceError? { feed?.failure }

    func next(_ count: Int, for connection: Int) -> [CheckedRequest] {
        let ready = source.pointee.ready(count)
        guard ready > 0 else { return [] }
        source.pointee.fill(&batches[connection], ready)
        let batch = batches[connection]
        let wantsMisses = source.pointee.wantsMisses
        let commands = source.pointee.commands
        var requests: [CheckedRequest] = []
        var offset = 0
        for index in 0..<ready {
            let rest = UnsafeBufferPointer(
                start: UnsafePointer(batch.bytes) + offset, count: batch.length - offset)
            guard let (value, length) = try? ReplyDecoder.decode(rest),
                let words = value.elements, !words.isEmpty
            else { preconditionFailure("a source writes whole requests") }
            offset += length
            var request = CheckedRequest(arguments: words.map { Self.bytes($0) })
            if wantsMisses, commands[Int(batch.commands[index])].nullIsMiss {
                request.ticket = batch.tickets[index]
            }
            requests.append(request)
        }
        return requests
    }

    private static func bytes(_ value: RESPValue) -> [UInt8] {
        if case .bytes(let bytes) = value { return bytes }
        return []
    }

    func missed(_ ticket: UInt64) { source.pointee.missed(ticket) }
}

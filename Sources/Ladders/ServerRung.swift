// A server as a rung: a process that is asked over a socket, on one connection, turn by turn.
//
// What is sent is the block's own bytes, and what comes back is counted, or digested, as it is
// read. Its CPU time is that of its process, read around each stretch: what it does between two
// stretches is no request's.
import Experiments
import LinuxSystem
import LoadGenerator
import RunRecord
import StrictYAML
import Targets
import Workloads

final class ServerRung: Rung {
    private(set) var account = RungAccount()
    let server: RunningServer
    /// Requests of a turn.
    private let depth: Int
    private let feed = BlockFeed()
    private var load: (any Load)?

    init(_ server: RunningServer, depth: Int) {
        self.server = server
        self.depth = depth
    }

    func fill(_ fill: LadderFill, told: (Double) -> Void) throws(ExperimentFailure) {
        let workload = fill.workload
        let connection = try server.controlConnection()
        if workload.populatedKeys > 0 {
            try Fill.run(server, workload, seed: fill.seed, connections: 1, told: told)
        }
        try Fill.verify(server, connection, count: workload.populatedKeys)
        try Settling.wait(
            server, connection, .timing, milliseconds: workload.workload.settleMilliseconds)
        var options = LoadOptions(for: server)
        options.connections = 1
        options.pipeline = depth
        let feed = self.feed
        do throws(LoadFailure) {
            load = try SessionLoad(to: server.endpoint.address, options) { _ in
                BlockSource(feed)
            }
        } catch {
            throw ExperimentFailure(error, server)
        }
    }

    func run(
        _ block: RequestBlock, _ turns: Range<Int>, _ look: RungLook
    ) throws(ExperimentFailure) -> RungReading {
        guard let load else { preconditionFailure("a rung is filled before it runs") }
        let requests = block.count(of: turns)
        guard requests > 0 else { return RungReading(operations: 0, cpuNanoseconds: 0) }
        feed.give(block, turns, digestsReplies: look == .proved)
        let meter = ServerMeter(server)
        let sample: LoadSample
        do throws(LoadFailure) {
            sample = try load.run(.requests(UInt64(requests)), pace: nil)
        } catch {
            throw ExperimentFailure(error, server)
        }
        let cpu = meter.nanoseconds
        if let error = sample.errorKinds.first {
            throw ExperimentFailure(
                .invalid,
                "\(server.target.label) answered \(sample.errors) of \(requests) requests with "
                    + "errors, first \"\(error.firstText)\"; measure a server that has them",
                incident: server.incident(
                    .errors, count: Int(sample.errors), of: requests, error.firstText))
        }
        account.requests = feed.requests
        account.replies = feed.replies
        if look != .proved { account.sum &+= feed.replyBytes }
        return RungReading(
            operations: requests, cpuNanoseconds: cpu.map { UInt64(max($0, 0)) })
    }

    func rest() {}

    func stop() {
        load = nil
        server.stop()
    }
}

/// What a server is to be asked, and what it has answered: shared by the rung and the source that
/// the load generator owns, both on one thread.
private final class BlockFeed {
    private(set) var requests = StreamDigest()
    private(set) var replies = StreamDigest()
    private(set) var replyBytes: UInt64 = 0
    private var block: RequestBlock?
    private var next = 0
    private var digestsReplies = false

    func give(_ block: RequestBlock, _ turns: Range<Int>, digestsReplies: Bool) {
        self.block = block
        next = turns.lowerBound
        replyBytes = 0
        self.digestsReplies = digestsReplies
    }

    /// Writes the next turn's bytes; it has `count` requests.
    func take(_ batch: inout RequestBatch, _ count: Int) {
        guard let block, block.count(of: next..<next + 1) == count else {
            preconditionFailure("a server is asked whole turns")
        }
        let bytes = block.bytes(next..<next + 1)
        next += 1
        batch.length = 0
        batch.makeRoom(bytes.count)
        UnsafeMutableRawPointer(batch.bytes).copyMemory(
            from: bytes.baseAddress!, byteCount: bytes.count)
        batch.length = bytes.count
        requests.add(UnsafeRawBufferPointer(start: batch.bytes, count: bytes.count))
    }

    func received(_ bytes: UnsafeRawBufferPointer) {
        replyBytes &+= UInt64(bytes.count)
        if digestsReplies { replies.add(bytes) }
    }
}

/// The turns of a feed, as a load generator takes them.
private struct BlockSource: RequestSource, ~Copyable {
    let commands = [CommandLabel("request")]
    var wantsReplies: Bool { true }
    private let feed: BlockFeed

    init(_ feed: BlockFeed) { self.feed = feed }

    mutating func fill(_ batch: inout RequestBatch, _ count: Int) { feed.take(&batch, count) }

    mutating func received(_ bytes: UnsafeRawBufferPointer) { feed.received(bytes) }
}

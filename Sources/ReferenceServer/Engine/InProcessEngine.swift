// The engine without an event loop: bytes in, replies out, in the process of whoever asks. What a
// request costs here, beside what it costs in a server, is what parsing, dispatch and table cost
// without a kernel.
//
//     execute     turn = what one read brings of one connection
//                 enqueue ─► prefetch ─► executeRun ─► removeBatch     as in EventServer
//                 the turn's replies are told where a server would send them, and forgotten
//     rest        clock and rehash, as an event loop has them while nobody asks
//
// Behind a protocol, called once for many turns: the loop inside is specialised for the table, as
// that of a server is, and in the same module.
import Keyspaces
import LinuxSystem
import RESP
import Transport

/// The engine of a reference server with one connection that has no socket.
public protocol InProcessEngine: AnyObject {
    /// Commands that were executed.
    var commands: UInt64 { get }
    /// Entries of its keyspace.
    var entries: Int { get }

    /// Executes turns of requests that lie behind each other.
    /// - Parameters:
    ///   - input: all of them.
    ///   - ends: where each turn ends, in order; the first begins at `start`.
    ///   - told: hears of the replies what a server would send; nil: nobody asks.
    /// - Returns: the bytes of the replies.
    func execute(
        _ input: UnsafeMutableRawBufferPointer, from start: Int, ends: ArraySlice<Int>,
        told: ((UnsafeRawBufferPointer) -> Void)?
    ) -> Int

    /// Reads the clock, by which keys expire until the next call, and finishes a rehash.
    func rest()
}

extension ServerConfiguration {
    /// An engine as a server of this configuration has it; what is about sockets does not count.
    public func makeEngine() -> any InProcessEngine {
        var maker = EngineMaker(configuration: self)
        return table.withKeyspace(keyspace, &maker)
    }
}

private struct EngineMaker: KeyspaceVisitor {
    typealias Failure = Never

    let configuration: ServerConfiguration

    mutating func visit<K: Keyspace & ~Copyable>(
        _ keyspace: consuming K
    ) -> any InProcessEngine {
        SocketlessEngine(keyspace, configuration)
    }
}

private final class SocketlessEngine<K: Keyspace & ~Copyable>: InProcessEngine {
    private var engine: Engine<K>
    private let connection: UnsafeMutablePointer<Connection>
    private let background: Background

    init(_ keyspace: consuming K, _ configuration: ServerConfiguration) {
        var engine = Engine(keyspace, configuration, pollerName: "none")
        // Nobody would let it go.
        engine.canBlock = false
        connection = engine.addConnection(.plain(descriptor: -1))
        self.engine = engine
        var background = Background()
        background.start(hz: configuration.hz)
        self.background = background
        rest()
    }

    deinit {
        connection.deinitialize(count: 1)
        connection.deallocate()
    }

    var commands: UInt64 { engine.statistics.commands }
    var entries: Int { engine.keyspace.count }

    func rest() {
        let now = Clock.monotonicNanoseconds()
        engine.setTime(
            monotonicNanoseconds: now, unixMilliseconds: background.unixMilliseconds(now))
        while engine.keyspace.maintain(budgetMicroseconds: Background.budgetMicroseconds) {}
    }

    func execute(
        _ input: UnsafeMutableRawBufferPointer, from start: Int, ends: ArraySlice<Int>,
        told: ((UnsafeRawBufferPointer) -> Void)?
    ) -> Int {
        guard let base = input.baseAddress else { return 0 }
        return Self.run(&engine, connection, base, start, ends, told)
    }

    private static func run(
        _ engine: inout Engine<K>, _ connection: UnsafeMutablePointer<Connection>,
        _ base: UnsafeMutableRawPointer, _ start: Int, _ ends: ArraySlice<Int>,
        _ told: ((UnsafeRawBufferPointer) -> Void)?
    ) -> Int {
        var bytes = 0
        var start = start
        for end in ends {
            connection.pointee.input.base = base + start
            connection.pointee.input.start = 0
            connection.pointee.input.end = end &- start
            connection.pointee.input.capacity = end &- start
            while !engine.enqueue(connection) {
                bytes &+= executeBatch(&engine, connection, told)
            }
            if engine.batchCount > 0 { bytes &+= executeBatch(&engine, connection, told) }
            // The turn ends.
            bytes &+= send(&engine, told)
            start = end
        }
        connection.pointee.input.base = nil
        return bytes
    }

    @inline(__always)
    private static func executeBatch(
        _ engine: inout Engine<K>, _ connection: UnsafeMutablePointer<Connection>,
        _ told: ((UnsafeRawBufferPointer) -> Void)?
    ) -> Int {
        engine.prefetch()
        var bytes = 0
        var index = 0
        while index < engine.batchCount {
            index = engine.executeRun(from: index, replyLimit: Engine<K>.replyLimit)
            if engine.reply.count >= Engine<K>.replyLimit || engine.reply.endsWithReference {
                bytes &+= send(&engine, told)
            }
        }
        connection.pointee.state.unqueue()
        engine.removeBatch()
        return bytes
    }

    @inline(__always)
    private static func send(
        _ engine: inout Engine<K>, _ told: ((UnsafeRawBufferPointer) -> Void)?
    ) -> Int {
        let length = engine.reply.length
        if let told {
            if engine.reply.endsWithReference {
                let pieces = engine.reply.pieces
                for index in 0..<3 { told(pieces[index]) }
            } else {
                told(engine.reply.bytes)
            }
        }
        engine.reply.removeAll()
        return length
    }
}

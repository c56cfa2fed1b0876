// One thread, one epoll set: reads what a connection sent, executes it, answers, and spends what
// the ordered faults cost.
import Glibc
import LinuxSystem
import RESP

/// A client's connection: its input as it came, and what could not be sent yet.
final class Connection {
    let descriptor: CInt
    var input: UnsafeMutableRawPointer
    var capacity = 64 << 10
    var filled = 0
    var parser = RequestParser()
    var unsent: [UInt8] = []
    var version: UInt8 = 2
    var isClosing = false

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        input = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { input.deallocate() }

    func makeRoom() {
        guard capacity - filled < capacity / 2 else { return }
        capacity *= 2
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 64)
        larger.copyMemory(from: input, byteCount: filled)
        input.deallocate()
        input = larger
    }
}

struct Server: ~Copyable {
    var table = Table()
    var schedule: Schedule
    var replies = ReplyBuffer()
    var chase: Chase?
    var statistics = Statistics()
    private var epoll: Epoll
    private let listener: CInt
    let port: UInt16
    private let began = Clock.monotonicNanoseconds()
    private var connections: [UInt64: Connection] = [:]
    private var nextToken: UInt64 = 1
    /// CPU that was put off, in ns.
    private var owed = 0.0
    /// Of the current batch.
    private(set) var unixMilliseconds = Clock.unixMilliseconds()

    struct Statistics {
        var requests: UInt64 = 0
        var gets: UInt64 = 0
        var hits: UInt64 = 0
        var misses: UInt64 = 0
        var connections = 0
        var expired = 0
        var leaked = 0
    }

    /// What an idle turn spends at most before it looks for requests again, in ns.
    private static let idleTurn = 100_000.0

    init(_ options: Options) throws(SystemCallError) {
        let epoll = try Epoll(capacity: 256)
        let listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: options.port))
        try epoll.add(listener, .reading, token: 0)
        schedule = Schedule(options)
        self.epoll = epoll
        self.listener = listener
        port = Socket.localPort(listener)
    }

    /// What the server takes for entries, connections and what it lost.
    var usedBytes: Int {
        var bytes = Self.fixedBytes + table.bytes + statistics.leaked
        if chase != nil { bytes += Chase.bytes }
        for connection in connections.values {
            bytes += connection.capacity + connection.unsent.capacity
        }
        return bytes
    }
    /// The program itself: reply buffer, event buffer, argument vector.
    private static let fixedBytes = 512 << 10

    private var time: UInt64 { Clock.monotonicNanoseconds() - began }

    /// Serves until a fault or a signal ends the process.
    mutating func run() throws(SystemCallError) {
        var arguments = ArgumentVector()
        while true {
            try begin()
            let patience = owed > 0 ? 0 : schedule.idleMilliseconds(time: time)
            let count = try epoll.wait(milliseconds: patience)
            unixMilliseconds = Clock.unixMilliseconds()
            for index in 0..<count {
                let event = epoll.event(at: index)
                if event.token == 0 { try accept() } else { serve(event, &arguments) }
            }
            if count == 0 && owed > 0 { settleDebts() }
            schedule.recur(requests: statistics.requests, time: time)
        }
    }

    /// Sets up the faults whose time has come.
    private mutating func begin() throws(SystemCallError) {
        let due = schedule.begin(
            requests: statistics.requests, gets: statistics.gets, time: time)
        for order in due {
            switch order.fault {
            case .loseAll: table.removeAll()
            case .entryBytes: table.spare = Int(order.amount)
            case .misses: chase = Chase()
            case .helperThread: try Work.startThread(percent: order.amount)
            case .helperProcess: Work.startProcess(percent: order.amount)
            case .crash:
                Work.say("crashes as ordered")
                signal(SIGSEGV, SIG_DFL)
                raise(SIGSEGV)
            case .exit:
                Work.say("ends as ordered")
                Glibc.exit(CInt(order.amount))
            case .hang:
                Work.say("hangs as ordered")
                while true { pause() }
            default: break
            }
        }
    }

    private mutating func settleDebts() {
        let turn = min(owed, Self.idleTurn)
        Work.burn(nanoseconds: turn)
        owed -= turn
    }

    private mutating func accept() throws(SystemCallError) {
        while let descriptor = Socket.accept(from: listener) {
            statistics.connections += 1
            connections[nextToken] = Connection(descriptor)
            try epoll.add(descriptor, .edges, token: nextToken)
            nextToken += 1
        }
    }

    private mutating func close(_ token: UInt64, _ connection: Connection) {
        epoll.close(connection.descriptor)
        connections[token] = nil
    }

    // MARK: One connection

    private mutating func serve(_ event: ReadyEvent, _ arguments: inout ArgumentVector) {
        guard let connection = connections[event.token] else { return }
        if event.isWritable, !connection.unsent.isEmpty, !flush(connection) {
            return close(event.token, connection)
        }
        guard event.isReadable else { return }
        var isOpen = true
        var isFirst = true
        while isOpen {
            connection.makeRoom()
            let room = connection.capacity - connection.filled
            switch receive(connection.descriptor, into: connection.input + connection.filled, room)
            {
            case .bytes(let count) where count > 0:
                if isFirst { spendPerBatch() }
                isFirst = false
                connection.filled += count
                execute(connection, &arguments)
                isOpen = answer(connection) && !connection.isClosing
                // Less than there was room for: nothing is left to read.
                if isOpen && count < room && !event.endsInput { return }
            case .wouldBlock: return
            case .bytes, .failed: isOpen = false
            }
        }
        close(event.token, connection)
    }

    private mutating func spendPerBatch() {
        let cost = schedule[.batchTime]
        if cost > 0 { Work.burn(nanoseconds: cost) }
    }

    /// Executes what has come whole, and keeps the rest.
    private mutating func execute(
        _ connection: Connection, _ arguments: inout ArgumentVector
    ) {
        var position = 0
        replies.version = connection.version
        while !connection.isClosing {
            arguments.removeAll()
            switch connection.parser.next(
                connection.input + position, connection.filled - position, into: &arguments)
            {
            case .request(let length):
                position += length
                if arguments.count > 0 {
                    statistics.requests &+= 1
                    owed += schedule[.deferred]
                    execute(connection, arguments)
                }
                continue
            case .failed(let error):
                replies.error(error.message)
                connection.isClosing = true
            case .incomplete: break
            }
            break
        }
        connection.version = replies.version
        connection.filled -= position
        if connection.filled > 0 && position > 0 {
            memmove(connection.input, connection.input + position, connection.filled)
        }
    }

    /// Sends the replies, or keeps what the socket does not take; false when it is broken.
    private mutating func answer(_ connection: Connection) -> Bool {
        defer { replies.removeAll() }
        let bytes = replies.bytes
        guard bytes.count > 0 else { return true }
        guard connection.unsent.isEmpty else {
            connection.unsent += bytes
            return flush(connection)
        }
        switch send(connection.descriptor, bytes.baseAddress!, bytes.count) {
        case .bytes(let count):
            if count < bytes.count { connection.unsent += bytes.dropFirst(count) }
        case .wouldBlock: connection.unsent += bytes
        case .failed: return false
        }
        return true
    }

    private func flush(_ connection: Connection) -> Bool {
        while !connection.unsent.isEmpty {
            switch send(connection.descriptor, connection.unsent, connection.unsent.count) {
            case .bytes(let count): connection.unsent.removeFirst(count)
            case .wouldBlock: return true
            case .failed: return false
            }
        }
        return true
    }

    /// The most that it took: of the entries at any moment, of the rest as of now.
    var peakBytes: Int { usedBytes - table.bytes + table.peak }

    /// Clients that are connected.
    var clients: Int { connections.count }
}

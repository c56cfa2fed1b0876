// One thread's connections of a churn, each of them again and again:
//
//     connect ─► handshake ─► set-up commands and PING, sent together ─► their replies ─► close
//
// Handshakes of all connections go on side by side. With resumption a connection's next handshake
// takes up the session of its last one; the first is a whole one.
import LinuxSystem
import Quantities
import RESP
import SystemPackage
import Transport

struct HandshakeWorker: ~Copyable {
    private let address: SocketAddress
    private let options: LoadOptions
    private let resumes: Bool
    private let request: [UInt8]
    private let replies: Int
    private var ready: ReadySet
    private var slots: [Slot]
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    /// Connections that may yet be opened.
    private var left: UInt64
    private var deadline: UInt64 = .max
    private var open = 0
    /// Where the first connection went, and the others go.
    private var others: Connecting?
    private var heardAt: UInt64 = 0
    private(set) var done: UInt64 = 0
    private(set) var sample: LoadSample
    private var handshakes = HandshakeSample()
    private var traffic = TLSTraffic()

    /// A connection's place, which its successors take over.
    private struct Slot {
        var stream: Stream?
        /// When its connection stood; 0 before that.
        var stoodAt: UInt64 = 0
        var isHandshaking = false
        var sent = 0
        var received: [UInt8] = []
        var ticket: TLSTicket?
    }

    /// - Parameters:
    ///   - connections: this worker's share.
    ///   - limit: this worker's share of a number, or the whole time.
    init(
        _ address: SocketAddress, _ options: LoadOptions, connections: Int, _ limit: BurstLimit,
        resumes: Bool
    ) throws(LoadFailure.Reason) {
        let ready = try ReadySet(capacity: min(max(connections, 1), 1024))
        self.address = address
        self.options = options
        self.resumes = resumes
        let commands = options.prelude + [["PING"]]
        request = commands.flatMap { RequestEncoder.encode($0) }
        replies = commands.count
        self.ready = ready
        slots = [Slot](repeating: Slot(), count: connections)
        sample = LoadSample(commands: [HandshakeChurn.label])
        switch limit {
        case .requests(let count): left = count
        case .duration(let nanoseconds):
            left = .max
            deadline = Clock.monotonicNanoseconds() &+ nanoseconds
        }
    }

    /// Runs to the limit, or to a failure. `tick` is called some twenty times a second and says
    /// whether to go on.
    mutating func run(_ tick: (UInt64) -> Bool) throws(LoadFailure.Reason) {
        let cpuBefore = Clock.threadCPUNanoseconds()
        sample.startNanoseconds = Clock.monotonicNanoseconds()
        heardAt = sample.startNanoseconds
        defer { finish(cpuBefore) }
        for index in slots.indices where left > 0 { try begin(index) }
        while open > 0 {
            let events = try ready.wait()
            let now = Clock.monotonicNanoseconds()
            if events > 0 { heardAt = now }
            if now >= deadline { left = 0 }
            for event in 0..<events { try advance(ready.number(at: event)) }
            if now &- heardAt > options.stallNanoseconds {
                if slots.contains(where: { $0.stream != nil && $0.stoodAt == 0 }) {
                    throw .connect(SystemCallError("connect to", .timedOut, "\(address)"))
                }
                throw .stalled(seconds: Nanoseconds(options.stallNanoseconds).seconds)
            }
            if !tick(done) { left = 0 }
        }
    }

    private mutating func finish(_ cpuBefore: UInt64) {
        for index in slots.indices {
            close(index)
            slots[index].ticket?.free()
            slots[index].ticket = nil
        }
        sample.endNanoseconds = Clock.monotonicNanoseconds()
        sample.clientCPUNanoseconds = Clock.threadCPUNanoseconds() &- cpuBefore
        sample.commands[0].operations = done
        sample.commands[0].latency = handshakes.latency
        sample.handshakes = handshakes
        sample.encryptedTraffic = traffic
        sample.workers = 1
    }

    private mutating func begin(_ index: Int) throws(LoadFailure.Reason) {
        left -= 1
        let ticket = slots[index].ticket
        let stream: Stream
        if let others {
            stream = try StreamOpening.begin(others, address, options, ticket: ticket)
        } else {
            stream = try StreamOpening.begin(address, options, ticket: ticket)
            others = Connecting(likeThatOf: stream.descriptor, address)
        }
        slots[index].stream = stream
        slots[index].stoodAt = 0
        slots[index].isHandshaking = true
        slots[index].sent = 0
        slots[index].received.removeAll(keepingCapacity: true)
        open += 1
        try ready.add(stream, number: index)
        try advance(index)
    }

    /// Goes on as far as the peer lets it.
    private mutating func advance(_ index: Int) throws(LoadFailure.Reason) {
        // An event of the connection that was here before comes too late.
        guard let stream = slots[index].stream else { return }
        if slots[index].stoodAt == 0 {
            guard try StreamOpening.stands(stream, address) else { return }
            slots[index].stoodAt = Clock.monotonicNanoseconds()
        }
        if slots[index].isHandshaking {
            guard try StreamOpening.step(stream) else { return }
            slots[index].isHandshaking = false
            handshakes.add(
                from: slots[index].stoodAt, to: Clock.monotonicNanoseconds(),
                isResumed: stream.isResumed)
        }
        try send(stream, index)
        guard try receive(stream, index) else { return }
        if resumes, let ticket = stream.ticket {
            slots[index].ticket?.free()
            slots[index].ticket = ticket
        }
        close(index)
        done += 1
        if left > 0 { try begin(index) }
    }

    private mutating func send(_ stream: Stream, _ index: Int) throws(LoadFailure.Reason) {
        let sent = slots[index].sent
        guard sent < request.count else { return }
        let result = request.withUnsafeBytes {
            stream.send($0.baseAddress! + sent, $0.count - sent)
        }
        switch result {
        case .bytes(let count):
            slots[index].sent += count
            sample.bytesSent += UInt64(count)
        case .wouldBlock: break
        case .closed: throw .closed
        case .failed(let errno): throw StreamOpening.reason(stream, errno)
        }
    }

    /// - Returns: whether all replies are there.
    private mutating func receive(_ stream: Stream, _ index: Int) throws(LoadFailure.Reason) -> Bool
    {
        while true {
            let result = buffer.withUnsafeMutableBytes {
                stream.receive(into: $0.baseAddress!, $0.count)
            }
            switch result {
            case .bytes(let count):
                slots[index].received += buffer.prefix(count)
                sample.bytesReceived += UInt64(count)
                if count < buffer.count { return try isAnswered(slots[index].received) }
            case .wouldBlock: return false
            case .closed: throw .closed
            case .failed(let errno): throw StreamOpening.reason(stream, errno)
            }
        }
    }

    private func isAnswered(_ received: [UInt8]) throws(LoadFailure.Reason) -> Bool {
        var scanner = ReplyScanner()
        var position = 0
        var answered = 0
        while answered < replies {
            let begin = position
            let step = received.withUnsafeBufferPointer { bytes -> ReplyScanner.Step in
                guard let base = bytes.baseAddress else { return .needMore }
                return scanner.scan(base, bytes.count, &position)
            }
            switch step {
            case .needMore: return false
            case .malformed(let error): throw .malformed(error)
            case .reply(let kind):
                if kind == .push { continue }
                if kind == .error {
                    let line = received[begin..<position].dropFirst().prefix { $0 != 13 }
                    throw .refused(String(decoding: line, as: UTF8.self))
                }
                answered += 1
            }
        }
        return true
    }

    private mutating func close(_ index: Int) {
        guard let stream = slots[index].stream else { return }
        if let moved = stream.encryptedTraffic { traffic += moved }
        slots[index].stream = nil
        open -= 1
        stream.shutdown()
        ready.close(stream)
    }
}

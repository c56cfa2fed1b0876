// Streams to one server, ready for requests:
//
//     connect, connect, connect, … ─► those that stand: ClientHello ─► handshakes as answers come
//                                     (plain ones are there)           ─► set up, one by one
//
// Connections and handshakes go on side by side: one after the other, a thousand of them would take
// seconds, and the last would stand in line behind all others. All connections are begun before the
// first hello, as far as they may be begun at once: a server that has hellos to answer accepts no
// more meanwhile, and its backlog is short.
import LinuxSystem
import Quantities
import SystemPackage
import Transport

struct OpenStreams {
    let streams: [Stream]
    /// Nil of plain ones.
    let handshakes: HandshakeSample?

    /// Connections on the way at a time: what one wait can tell of. More would only stand before a
    /// backlog, which few servers have longer.
    private static let mostConnecting = 1024

    /// Opens as many as the options say.
    /// - Throws: the first failure; then all are closed.
    static func open(
        _ address: SocketAddress, _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> OpenStreams {
        var opening = OpenStreams.Opening(address, options)
        do throws(LoadFailure.Reason) {
            try opening.run()
            for stream in opening.streams { try StreamOpening.setUp(stream, options) }
        } catch {
            for stream in opening.streams { stream.close() }
            throw error
        }
        return OpenStreams(
            streams: opening.streams, handshakes: options.tls == nil ? nil : opening.sample)
    }

    private struct Opening {
        private enum Stage {
            case connecting, handshaking, done
        }

        let address: SocketAddress
        let options: LoadOptions
        /// All that were begun.
        private(set) var streams: [Stream] = []
        private(set) var sample = HandshakeSample()
        private var stages: [Stage] = []
        /// When each connection stood.
        private var stoodAt: [UInt64] = []
        private var connecting = 0
        private var done = 0
        /// Where the first one went, and the others go.
        private var others: Connecting?

        init(_ address: SocketAddress, _ options: LoadOptions) {
            self.address = address
            self.options = options
            streams.reserveCapacity(options.connections)
        }

        mutating func run() throws(LoadFailure.Reason) {
            let count = options.connections
            var ready = try ReadySet(capacity: min(max(count, 1), OpenStreams.mostConnecting))
            var heardAt = Clock.monotonicNanoseconds()
            while done < count {
                while streams.count < count && connecting < OpenStreams.mostConnecting {
                    try begin(&ready)
                }
                let events = try ready.wait()
                for event in 0..<events { try advance(ready.number(at: event)) }
                let now = Clock.monotonicNanoseconds()
                if events > 0 { heardAt = now }
                if now - heardAt > options.stallNanoseconds { throw silence }
                if done < count && Interruption.requested { throw .interrupted }
            }
        }

        /// Begins a connection. Its socket tells when it stands, also where that is at once.
        private mutating func begin(_ ready: inout ReadySet) throws(LoadFailure.Reason) {
            let index = streams.count
            let stream: Stream
            if let others {
                stream = try StreamOpening.begin(others, address, options)
            } else {
                stream = try StreamOpening.begin(address, options)
                others = Connecting(likeThatOf: stream.descriptor, address)
            }
            streams.append(stream)
            stages.append(.connecting)
            stoodAt.append(0)
            connecting += 1
            try ready.add(stream, number: index)
        }

        /// Goes on as far as the peer lets it.
        private mutating func advance(_ index: Int) throws(LoadFailure.Reason) {
            let stream = streams[index]
            if stages[index] == .connecting {
                guard try StreamOpening.stands(stream, address) else { return }
                connecting -= 1
                stoodAt[index] = Clock.monotonicNanoseconds()
                stages[index] = .handshaking
            }
            guard stages[index] == .handshaking, try StreamOpening.step(stream) else { return }
            stages[index] = .done
            done += 1
            guard stream.isEncrypted else { return }
            sample.add(
                from: stoodAt[index], to: Clock.monotonicNanoseconds(), isResumed: stream.isResumed)
        }

        /// Nothing has happened for too long.
        private var silence: LoadFailure.Reason {
            guard connecting == 0 else {
                return .connect(SystemCallError("connect to", .timedOut, "\(address)"))
            }
            let limit = Nanoseconds(options.stallNanoseconds)
            return .encryption(.silence(milliseconds: limit.milliseconds))
        }
    }
}

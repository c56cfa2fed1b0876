// Streams to one server, ready for requests: connected, encrypted where that is asked for, and with
// the set-up commands answered.
//
//     plain       connect, set up ─► connect, set up ─► …
//     encrypted   connect, ClientHello ─► connect, ClientHello ─► … ─► handshakes as answers come
//                                                                  ─► set up, one by one
//
// Handshakes go on side by side: one after the other, a thousand of them would take seconds, and
// the last would stand in line behind all others.
import Glibc
import LinuxSystem
import Quantities
import RESP
import SystemPackage
import Transport

struct OpenStreams {
    let streams: [Stream]
    /// Nil of plain ones.
    let handshakes: HandshakeSample?

    /// Opens as many as the options say.
    static func open(
        _ address: SocketAddress, _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> OpenStreams {
        var streams: [Stream] = []
        streams.reserveCapacity(options.connections)
        do throws(LoadFailure.Reason) {
            if options.tls != nil {
                let handshakes = try shakeHands(address, options, &streams)
                for stream in streams { try StreamOpening.setUp(stream, options) }
                return OpenStreams(streams: streams, handshakes: handshakes)
            }
            for _ in 0..<options.connections {
                let stream = try StreamOpening.begin(address, options)
                streams.append(stream)
                try StreamOpening.setUp(stream, options)
            }
            return OpenStreams(streams: streams, handshakes: nil)
        } catch {
            for stream in streams { stream.close() }
            throw error
        }
    }

    /// - Parameter streams: gets those that are open, also where this throws.
    private static func shakeHands(
        _ address: SocketAddress, _ options: LoadOptions, _ streams: inout [Stream]
    ) throws(LoadFailure.Reason) -> HandshakeSample {
        let count = options.connections
        var ready = try ReadySet(capacity: min(max(count, 1), 1024))
        var startedAt: [UInt64] = []
        for index in 0..<count {
            let stream = try StreamOpening.begin(address, options)
            streams.append(stream)
            try ready.add(stream, number: index)
            startedAt.append(Clock.monotonicNanoseconds())
            // Says hello; the answer takes its time.
            _ = try StreamOpening.step(stream)
        }
        var sample = HandshakeSample()
        var isDone = [Bool](repeating: false, count: count)
        var heardAt = Clock.monotonicNanoseconds()
        while sample.count < UInt64(count) {
            let events = try ready.wait()
            for event in 0..<events {
                let index = ready.number(at: event)
                guard !isDone[index], try StreamOpening.step(streams[index]) else { continue }
                isDone[index] = true
                sample.add(
                    from: startedAt[index], to: Clock.monotonicNanoseconds(),
                    isResumed: streams[index].isResumed)
            }
            let now = Clock.monotonicNanoseconds()
            if events > 0 { heardAt = now }
            if now - heardAt > options.stallNanoseconds {
                let limit = Nanoseconds(options.stallNanoseconds)
                throw .encryption(.silence(milliseconds: limit.milliseconds))
            }
            if Interruption.requested { throw .interrupted }
        }
        return sample
    }
}

enum StreamOpening {
    /// Connects; of an encrypted stream the handshake is still to come.
    /// - Parameter ticket: of an earlier connection that is to be taken up again.
    static func begin(
        _ address: SocketAddress, _ options: LoadOptions, ticket: TLSTicket? = nil
    ) throws(LoadFailure.Reason) -> Stream {
        let descriptor: CInt
        do throws(SystemCallError) {
            descriptor = try Socket.connect(to: address)
        } catch {
            throw .connect(error)
        }
        guard let tls = options.tls else { return .plain(descriptor: descriptor) }
        do throws(TLSFailure) {
            let context = try TLSContext.client(tls)
            return try context.connect(descriptor, host: address.host, ticket: ticket)
        } catch {
            Glibc.close(descriptor)
            throw .encryption(error)
        }
    }

    /// Goes on with the handshake; whether it is done.
    static func step(_ stream: Stream) throws(LoadFailure.Reason) -> Bool {
        do throws(TLSFailure) {
            return try stream.handshake()
        } catch {
            throw .encryption(error)
        }
    }

    /// Connects and waits for all that comes before requests.
    static func open(
        _ address: SocketAddress, _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> Stream {
        let stream = try begin(address, options)
        do throws(LoadFailure.Reason) {
            try finish(stream, options)
            try setUp(stream, options)
        } catch {
            stream.close()
            throw error
        }
        return stream
    }

    private static func finish(
        _ stream: Stream, _ options: LoadOptions
    ) throws(LoadFailure.Reason) {
        do throws(TLSFailure) {
            try stream.finishHandshake(
                milliseconds: Nanoseconds(options.stallNanoseconds).milliseconds)
        } catch {
            throw .encryption(error)
        }
    }

    /// The reply to one command on a connection of its own, which must not be an error.
    static func reply(
        to command: [String], of address: SocketAddress, _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> RESPValue {
        let stream = try open(address, options)
        defer { stream.close() }
        return try ask(stream, command, options)
    }

    /// Has the set-up commands answered.
    static func setUp(_ stream: Stream, _ options: LoadOptions) throws(LoadFailure.Reason) {
        for command in options.prelude { try ask(stream, command, options) }
    }

    /// What the failure of a stream says: TLS has words of its own.
    static func reason(_ stream: Stream, _ errno: Errno) -> LoadFailure.Reason {
        if let failure = stream.encryptionFailure { return .encryption(failure) }
        return .broken(errno)
    }

    /// Sends one command and waits for its reply, which must not be an error.
    @discardableResult
    private static func ask(
        _ stream: Stream, _ command: [String], _ options: LoadOptions
    ) throws(LoadFailure.Reason) -> RESPValue {
        let request = RequestEncoder.encode(command)
        // A set-up command fits any socket buffer.
        guard case .bytes(request.count) = stream.send(request, request.count) else {
            throw .closed
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            let result = chunk.withUnsafeMutableBytes {
                stream.receive(into: $0.baseAddress!, $0.count)
            }
            switch result {
            case .closed: throw .closed
            case .bytes(let count): received += chunk.prefix(count)
            case .wouldBlock:
                let limit = Nanoseconds(options.stallNanoseconds)
                guard stream.waitToReceive(milliseconds: limit.milliseconds) else {
                    throw .stalled(seconds: limit.seconds)
                }
                continue
            case .failed(let errno): throw reason(stream, errno)
            }
            let reply: RESPValue?
            do throws(MalformedReply) {
                reply = try ReplyDecoder.answer(in: received)
            } catch {
                throw .malformed(error)
            }
            guard let reply else { continue }
            if case .error(let text) = reply { throw .refused(text) }
            return reply
        }
    }
}

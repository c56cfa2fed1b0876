// One stream to a server, made ready for requests: connected, encrypted where that is asked for,
// and with the set-up commands answered. Many at once: OpenStreams.
import Glibc
import LinuxSystem
import Quantities
import RESP
import SystemPackage
import Transport

enum StreamOpening {
    /// Connects; of an encrypted stream the handshake is still to come.
    /// - Parameter ticket: of an earlier connection that is to be taken up again.
    static func begin(
        _ address: SocketAddress, _ options: LoadOptions, ticket: TLSTicket? = nil
    ) throws(LoadFailure.Reason) -> Stream {
        let descriptor: CInt
        do throws(SystemCallError) {
            // With a connection for every batch, the calls that a bound takes would be measured.
            let bound = Nanoseconds(options.stallNanoseconds).milliseconds
            descriptor = try Socket.connect(
                to: address, milliseconds: options.keepsConnections ? bound : nil)
        } catch {
            throw .connect(error)
        }
        return try stream(descriptor, address, options, ticket)
    }

    /// Begins to connect, and does not wait for it: see `stands`.
    /// - Parameter others: connects to where an earlier connection to the address went.
    static func begin(
        _ others: Connecting, _ address: SocketAddress, _ options: LoadOptions,
        ticket: TLSTicket? = nil
    ) throws(LoadFailure.Reason) -> Stream {
        let descriptor: CInt
        do throws(SystemCallError) {
            descriptor = try others.begin()
        } catch {
            throw .connect(error)
        }
        return try stream(descriptor, address, options, ticket)
    }

    /// Whether a connection stands that was begun.
    static func stands(
        _ stream: Stream, _ address: SocketAddress
    ) throws(LoadFailure.Reason) -> Bool {
        do throws(SystemCallError) {
            return try Connecting.isDone(stream.descriptor, to: address)
        } catch {
            throw .connect(error)
        }
    }

    /// The stream over a socket, which is closed where this throws.
    private static func stream(
        _ descriptor: CInt, _ address: SocketAddress, _ options: LoadOptions, _ ticket: TLSTicket?
    ) throws(LoadFailure.Reason) -> Stream {
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

// Servers for the load generator's tests: a real one, and ones that misbehave on purpose.
import Foundation
import LinuxSystem
import RESP
import Synchronization
import SystemPackage
import Testing

func freePort() -> UInt16 {
    let fd = try! Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
    defer { close(fd) }
    return Socket.localPort(fd)
}

/// A blocking client of a few lines, so that these tests check the generator with other code.
final class PlainClient {
    private let fd: CInt

    init(_ address: SocketAddress) throws { fd = try Socket.connect(to: address) }
    deinit { close(fd) }

    func ask(_ words: String...) throws -> RESPValue {
        let request = RequestEncoder.encode(words)
        _ = send(fd, request, request.count)
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            #expect(Socket.waitReadable(fd, milliseconds: 5_000))
            guard case .bytes(let count) = receive(fd, into: &chunk, chunk.count), count > 0 else {
                throw Errno.connectionReset
            }
            received += chunk.prefix(count)
            if let value = try ReplyDecoder.first(in: received) { return value }
        }
    }

    /// Calls that the server counted of one command.
    func calls(_ command: String) throws -> Int {
        let text = try ask("INFO", "commandstats").text ?? ""
        let line = text.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("cmdstat_\(command):calls=") }
        return line.flatMap { Int($0.split(separator: "=")[1].prefix { $0 != "," }) } ?? 0
    }
}

/// redis-server on a free port, killed with the value.
final class RedisServer {
    let port: UInt16
    let child: ChildProcess
    var address: SocketAddress { .tcp(host: "127.0.0.1", port: port) }

    init() throws {
        port = freePort()
        child = try ChildProcess([
            "redis-server", "--port", "\(port)", "--save", "", "--daemonize", "no",
        ])
        for _ in 0..<500 {
            if (try? PlainClient(address).ask("PING")) == .status("PONG") { return }
            Clock.sleep(milliseconds: 10)
        }
        throw Errno.connectionRefused
    }

    func client() throws -> PlainClient { try PlainClient(address) }
}

/// A server of a test's own making: a thread that accepts connections one after the other and
/// hands what they send to a closure, which returns the answer.
final class ScriptedServer: Sendable {
    let port: UInt16
    /// Everything each connection sent, in the order of their acceptance.
    private let streams = Mutex<[[UInt8]]>([])
    private let stopping = Atomic<Bool>(false)
    private let thread = Mutex<pthread_t?>(nil)
    private let listener: CInt

    var address: SocketAddress { .tcp(host: "127.0.0.1", port: port) }
    var received: [[UInt8]] { streams.withLock { $0 } }

    enum Answer {
        case bytes([UInt8])
        case hangUp
    }

    /// - Parameter answer: gets a connection's number, all it sent so far, and how much of that is
    ///   new.
    init(_ answer: @escaping @Sendable (Int, [UInt8], Int) -> Answer) throws {
        listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        port = Socket.localPort(listener)
        Thread.detachNewThread { [self] in serve(answer) }
    }

    func stop() { stopping.store(true, ordering: .relaxed) }

    private func serve(_ answer: (Int, [UInt8], Int) -> Answer) {
        var connections: [CInt] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
        while !stopping.load(ordering: .relaxed) {
            while let fd = Socket.accept(from: listener) {
                connections.append(fd)
                streams.withLock { $0.append([]) }
            }
            var isIdle = true
            for (index, fd) in connections.enumerated() where fd >= 0 {
                switch receive(fd, into: &chunk, chunk.count) {
                case .bytes(let count) where count > 0:
                    isIdle = false
                    let all = streams.withLock {
                        $0[index] += chunk.prefix(count)
                        return $0[index]
                    }
                    switch answer(index, all, count) {
                    case .bytes(let reply): _ = send(fd, reply, reply.count)
                    case .hangUp:
                        close(fd)
                        connections[index] = -1
                    }
                case .bytes, .failed:
                    close(fd)
                    connections[index] = -1
                case .wouldBlock: break
                }
            }
            if isIdle { usleep(200) }
        }
        for fd in connections where fd >= 0 { close(fd) }
        close(listener)
    }
}

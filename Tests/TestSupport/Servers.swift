// Servers for tests: a real one, and ones that misbehave on purpose.
import Foundation
import LinuxSystem
import Synchronization

/// A port that nothing listens on now.
public func freePort() -> UInt16 { try! FreePort.draw() }

/// redis-server on a free port, killed with the value.
public final class RedisServer: Sendable {
    public let port: UInt16
    public let child: ChildProcess
    public var address: SocketAddress { .tcp(host: "127.0.0.1", port: port) }
    /// As the verbs spell it.
    public var target: String { "tcp://127.0.0.1:\(port)" }

    public struct DidNotStart: Error {}

    /// - Parameter options: more of its command line.
    public convenience init(_ options: String...) throws { try self.init(options) }

    public init(_ options: [String]) throws {
        // Another program may take a free port before the server does; then the next one is tried.
        for _ in 0..<5 {
            let port = freePort()
            let child = try ChildProcess(
                ["redis-server", "--port", "\(port)", "--save", "", "--daemonize", "no"] + options)
            let deadline = Clock.monotonicNanoseconds() + 30_000_000_000
            while child.ending == nil && Clock.monotonicNanoseconds() < deadline {
                if Self.answersPing(.tcp(host: "127.0.0.1", port: port)) {
                    self.port = port
                    self.child = child
                    return
                }
                Clock.sleep(milliseconds: 10)
            }
            child.kill()
        }
        throw DidNotStart()
    }

    private static func answersPing(_ address: SocketAddress) -> Bool {
        guard let fd = try? Socket.connect(to: address) else { return false }
        defer { close(fd) }
        let request = Array("PING\r\n".utf8)
        guard case .bytes = send(fd, request, request.count),
            Socket.waitReadable(fd, milliseconds: 1_000)
        else { return false }
        // Anything is an answer: a server that asks for a password has started as well.
        var answer: UInt8 = 0
        guard case .bytes(1) = receive(fd, into: &answer, 1) else { return false }
        return true
    }
}

/// A server of a test's own making: a thread that accepts connections one after the other and
/// hands what they send to a closure, which returns the answer.
public final class ScriptedServer: Sendable {
    public let port: UInt16
    /// Everything each connection sent, in the order of their acceptance.
    private let streams = Mutex<[[UInt8]]>([])
    private let stopping = Atomic<Bool>(false)
    private let listener: CInt
    private let isDripping: Bool

    public var address: SocketAddress { .tcp(host: "127.0.0.1", port: port) }
    public var received: [[UInt8]] { streams.withLock { $0 } }

    public enum Answer {
        case bytes([UInt8])
        case hangUp
    }

    /// - Parameters:
    ///   - isDripping: answers go out a byte at a time, those of all connections by turns.
    ///   - answer: gets a connection's number, all it sent so far, and how much of that is new.
    public init(
        isDripping: Bool = false, _ answer: @escaping @Sendable (Int, [UInt8], Int) -> Answer
    ) throws {
        self.isDripping = isDripping
        listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        port = Socket.localPort(listener)
        Thread.detachNewThread { [self] in serve(answer) }
    }

    public func stop() { stopping.store(true, ordering: .relaxed) }

    private func serve(_ answer: (Int, [UInt8], Int) -> Answer) {
        var connections: [CInt] = []
        /// By connection, what is to drip.
        var pending: [ArraySlice<UInt8>] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        _ = fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK)
        while !stopping.load(ordering: .relaxed) {
            while let fd = Socket.accept(from: listener) {
                connections.append(fd)
                pending.append([])
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
                    case .bytes(let reply) where isDripping: pending[index] += reply
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
            for (index, fd) in connections.enumerated() where fd >= 0 {
                guard var byte = pending[index].popFirst() else { continue }
                isIdle = false
                _ = send(fd, &byte, 1)
            }
            if isIdle { usleep(200) }
        }
        for fd in connections where fd >= 0 { close(fd) }
        close(listener)
    }
}

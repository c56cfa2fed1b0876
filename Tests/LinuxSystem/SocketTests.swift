// Sockets: bytes cross, refusals say what was refused.
import Glibc
import LinuxSystem
import SystemPackage
import Testing

@Suite struct SocketTests {
    @Test(arguments: ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "localhost"])
    func bytesCrossATCPConnection(host: String) throws {
        let listener = try Socket.listen(on: .tcp(host: host, port: 0))
        defer { close(listener) }
        let address = SocketAddress.tcp(host: host, port: Socket.localPort(listener))
        try exchange(listener, address)
    }

    @Test func bytesCrossAUnixConnection() throws {
        let path = "/tmp/hashmark-test-\(getpid()).sock"
        defer { unlink(path) }
        let listener = try Socket.listen(on: .unix(path: path))
        defer { close(listener) }
        try exchange(listener, .unix(path: path))
    }

    private func exchange(_ listener: CInt, _ address: SocketAddress) throws {
        let client = try Socket.connect(to: address)
        defer { close(client) }
        #expect(Socket.waitReadable(listener, milliseconds: 1_000))
        let server = try #require(Socket.accept(from: listener))
        defer { close(server) }
        #expect(Socket.accept(from: listener) == nil)
        if case .tcp = address {
            #expect(Socket.isPeerLocal(client) && Socket.isPeerLocal(server))
        } else {
            #expect(!Socket.isPeerLocal(client))
        }
        #expect(!Socket.isPeerLocal(listener))

        var buffer = [UInt8](repeating: 0, count: 16)
        #expect(receive(server, into: &buffer, 16) == .wouldBlock)
        #expect(send(client, "hello", 5) == .bytes(5))
        #expect(Socket.waitReadable(server, milliseconds: 1_000))
        #expect(receive(server, into: &buffer, 16) == .bytes(5))
        #expect(String(decoding: buffer.prefix(5), as: UTF8.self) == "hello")
    }

    /// The first goes by its name, and the others to where it went.
    @Test func othersFollowTheFirst() throws {
        let listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        let address = SocketAddress.tcp(host: "localhost", port: Socket.localPort(listener))
        let first = try Socket.connect(to: address, milliseconds: 5_000)
        defer { close(first) }
        let others = try #require(Connecting(likeThatOf: first, address))
        let second = try others.begin()
        defer { close(second) }
        #expect(Socket.waitWritable(second, milliseconds: 5_000))
        #expect(try Connecting.isDone(second, to: address))
        #expect(Socket.endpoints(second).peer == Socket.endpoints(first).peer)
        close(listener)
        do {
            let third = try others.begin()
            defer { close(third) }
            #expect(Socket.waitWritable(third, milliseconds: 5_000))
            _ = try Connecting.isDone(third, to: address)
            Issue.record("connected to a closed port")
        } catch {
            #expect(error.errno == .connectionRefused)
            #expect(error.description.contains("localhost"))
        }
        do {
            _ = try Socket.connect(to: address, milliseconds: 5_000)
            Issue.record("connected to a closed port")
        } catch {
            #expect(error.errno == .connectionRefused)
        }
    }

    @Test func portsComeInPairs() throws {
        var all: Set<UInt16> = []
        for _ in 0..<20 {
            let port = try FreePort.draw(withOneAbove: 10_000)
            #expect(port >= 10_000 && port <= 55_535)
            #expect(all.insert(port).inserted && all.insert(port + 10_000).inserted)
            for port in [port, port + 10_000] {
                close(try Socket.listen(on: .tcp(host: "127.0.0.1", port: port)))
            }
        }
        for _ in 0..<20 {
            let port = try FreePort.draw()
            #expect(!all.contains(port))
        }
    }

    @Test func refusalsSayWhat() throws {
        let listener = try Socket.listen(on: .tcp(host: "127.0.0.1", port: 0))
        let address = SocketAddress.tcp(host: "127.0.0.1", port: Socket.localPort(listener))
        do {
            _ = try Socket.listen(on: address)
            Issue.record("a port was bound twice")
        } catch {
            #expect(error.errno == .addressInUse)
        }
        close(listener)
        do {
            _ = try Socket.connect(to: address)
            Issue.record("connected to a closed port")
        } catch {
            #expect(error.errno == .connectionRefused)
            #expect(error.description.contains("\(address)"))
        }
    }
}

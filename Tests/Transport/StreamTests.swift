// A stream over a pair of sockets: bytes cross, and what cannot move is told apart.
import Glibc
import SystemPackage
import Testing
import Transport

/// Both ends of a connection, as a poller's users have them: non-blocking.
private struct Pair {
    let near: Stream
    let far: Stream

    init() throws {
        var ends: [CInt] = [-1, -1]
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let result = socketpair(AF_UNIX, CInt(type), 0, &ends)
        try #require(result == 0)
        near = .plain(descriptor: ends[0])
        far = .plain(descriptor: ends[1])
    }
}

/// What `stream` has next, at most 16 bytes of it.
private func receive(_ stream: Stream) -> (result: StreamResult, text: String) {
    var buffer = [UInt8](repeating: 0, count: 16)
    let result = stream.receive(into: &buffer, buffer.count)
    guard case .bytes(let count) = result else { return (result, "") }
    return (result, String(decoding: buffer.prefix(count), as: UTF8.self))
}

@Suite struct StreamTests {
    @Test func bytesCross() throws {
        let pair = try Pair()
        defer {
            pair.near.close()
            pair.far.close()
        }
        #expect(receive(pair.far).result == .wouldBlock)
        let sent = pair.near.send("hello", 5)
        #expect(sent == .bytes(5))
        let received = receive(pair.far)
        #expect(received.result == .bytes(5))
        #expect(received.text == "hello")
        #expect(receive(pair.far).result == .wouldBlock)
    }

    @Test func piecesCrossAsOne() throws {
        let pair = try Pair()
        defer {
            pair.near.close()
            pair.far.close()
        }
        let (first, second) = (Array("one ".utf8), Array("two".utf8))
        let sent = first.withUnsafeBytes { first in
            second.withUnsafeBytes { second in
                let pieces: InlineArray<2, UnsafeRawBufferPointer> = [first, second]
                return pair.near.send(pieces)
            }
        }
        #expect(sent == .bytes(7))
        #expect(receive(pair.far).text == "one two")
    }

    /// A peer that does not read: bytes move until the socket is full, and none is lost.
    @Test func aFullSocketWouldBlock() throws {
        let pair = try Pair()
        defer {
            pair.near.close()
            pair.far.close()
        }
        let block = [UInt8](repeating: 1, count: 1 << 20)
        var sent = 0
        while case .bytes(let count) = pair.near.send(block, block.count) { sent += count }
        #expect(sent > 0)
        #expect(pair.near.send(block, block.count) == .wouldBlock)
        var buffer = block
        var received = 0
        while case .bytes(let count) = pair.far.receive(into: &buffer, buffer.count) {
            received += count
        }
        #expect(received == sent)
        guard case .bytes = pair.near.send(block, block.count) else {
            Issue.record("there is room again, but nothing is sent")
            return
        }
    }

    /// What came before the end is read first; the end stays.
    @Test func theEndIsToldWhenAllIsRead() throws {
        let pair = try Pair()
        defer { pair.near.close() }
        let sent = pair.far.send("bye", 3)
        #expect(sent == .bytes(3))
        // A plain stream has no word for it: nothing is seen before the descriptor is closed.
        pair.far.shutdown()
        #expect(receive(pair.near).text == "bye")
        #expect(receive(pair.near).result == .wouldBlock)
        pair.far.close()
        #expect(receive(pair.near).result == .closed)
        #expect(receive(pair.near).result == .closed)
    }

    /// And by no signal: the process is still there to see it.
    @Test func sendingToNobodyFails() throws {
        let pair = try Pair()
        defer { pair.near.close() }
        pair.far.close()
        let sent = pair.near.send("hello", 5)
        #expect(sent == .failed(.brokenPipe))
    }

    @Test func aDescriptorThatIsNoneFails() {
        let none = Stream.plain(descriptor: -1)
        #expect(none.descriptor == -1)
        #expect(receive(none).result == .failed(.badFileDescriptor))
        let sent = none.send("hello", 5)
        #expect(sent == .failed(.badFileDescriptor))
    }
}

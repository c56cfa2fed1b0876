// A second way to talk to the servers that the load generator's tests use.
import Glibc
import LinuxSystem
import RESP
import SystemPackage
import TestSupport
import Testing

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

extension RedisServer {
    func client() throws -> PlainClient { try PlainClient(address) }
}

// Both sides of an encrypted connection in one process, over pairs of sockets: what is agreed on,
// bytes in any pieces, and every way in which there is no connection.
import Foundation
import Glibc
import LinuxSystem
import SystemPackage
import TestSupport
import Testing
import Transport

/// Two ends of a pair of sockets, non-blocking.
private func sockets() throws -> (CInt, CInt) {
    var ends: [CInt] = [-1, -1]
    let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
    let result = socketpair(AF_UNIX, CInt(type), 0, &ends)
    try #require(result == 0)
    return (ends[0], ends[1])
}

private func clientOptions(authority: String? = Certificates.shared.authority) -> TLSOptions {
    var options = TLSOptions()
    options.authorities = authority
    return options
}

private func serverOptions(
    _ certificate: String = Certificates.shared.server
) -> TLSServerOptions {
    var options = TLSServerOptions(certificate: certificate, key: Certificates.shared.key)
    options.authorities = Certificates.shared.authority
    options.clients = .ignored
    return options
}

/// A client and a server whose bytes cross `relay`, if there is one.
private struct Ends {
    let client: Transport.Stream
    let server: Transport.Stream
    var relay: Relay?

    init(
        _ options: TLSOptions = clientOptions(),
        _ serverOptions: TLSServerOptions = serverOptions(), host: String = "localhost",
        isDripFed: Bool = false
    ) throws {
        let (near, far) = try sockets()
        var clientEnd = near
        if isDripFed {
            let (outer, inner) = try sockets()
            clientEnd = outer
            relay = Relay(inner, near)
        }
        client = try TLSContext.client(options).connect(clientEnd, host: host)
        server = try TLSContext.server(serverOptions).accept(far)
    }

    /// Moves both handshakes until both are done.
    func shakeHands() throws {
        var isDone = (client: false, server: false)
        for _ in 0..<100_000 {
            if !isDone.client { isDone.client = try client.handshake() }
            relay?.move()
            if !isDone.server { isDone.server = try server.handshake() }
            relay?.move()
            if isDone == (true, true) { return }
        }
        Issue.record("the handshake does not end")
    }

    func close() {
        client.close()
        server.close()
        relay?.close()
    }
}

/// Carries one byte at a time, both ways.
private struct Relay {
    let left: CInt
    let right: CInt

    init(_ left: CInt, _ right: CInt) {
        self.left = left
        self.right = right
    }

    func move() {
        move(left, right)
        move(right, left)
    }

    /// What the other end has no room for stays where it is.
    private func move(_ from: CInt, _ to: CInt) {
        guard Socket.waitWritable(to, milliseconds: 0) else { return }
        var byte: UInt8 = 0
        if case .bytes(1) = receive(from, into: &byte, 1) { _ = send(to, &byte, 1) }
    }

    func close() {
        Glibc.close(left)
        Glibc.close(right)
    }
}

/// Sends all of `bytes` from one end and returns what the other one got, in pieces of `room`.
private func carry(
    _ bytes: [UInt8], from: Transport.Stream, to: Transport.Stream, _ relay: Relay?,
    room: Int = 64 << 10
) throws -> [UInt8] {
    var sent = 0
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: room)
    for _ in 0..<1_000_000 where received.count < bytes.count {
        if sent < bytes.count {
            let result = bytes.withUnsafeBytes {
                from.send($0.baseAddress! + sent, $0.count - sent)
            }
            switch result {
            case .bytes(let count): sent += count
            case .wouldBlock: break
            default: Issue.record("sending came to \(result)")
            }
        }
        relay?.move()
        while true {
            let result = buffer.withUnsafeMutableBytes {
                to.receive(into: $0.baseAddress!, $0.count)
            }
            guard case .bytes(let count) = result else {
                #expect(result == .wouldBlock)
                break
            }
            received += buffer.prefix(count)
        }
    }
    return received
}

private func pattern(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

@Suite struct TLSTests {
    @Test func bothSidesAgree() throws {
        let ends = try Ends()
        defer { ends.close() }
        #expect(ends.client.encryption == nil)
        try ends.shakeHands()
        let summary = try #require(ends.client.encryption)
        #expect(summary.version == "TLSv1.3")
        #expect(summary.cipher.hasPrefix("TLS_"))
        #expect(summary.group != nil)
        #expect(summary.subject == "/CN=localhost")
        #expect(summary.expires?.hasSuffix("Z") == true)
        #expect(summary.doubt == nil)
        #expect(summary.library.hasPrefix("OpenSSL 3"))
        let kernelDoesIt = summary.kernelSends || summary.kernelReceives
        #expect(kernelDoesIt == (summary.kernelReason == nil))
        #expect(ends.server.encryption?.cipher == summary.cipher)
        #expect(ends.client.isEncrypted && !ends.client.isResumed)
    }

    /// Lengths around that of a record, in buffers smaller and larger than it; then nothing is
    /// left.
    @Test(arguments: [1, 16_383, 16_384, 16_385, 100_000, 3_000_000], [1_000, 64 << 10])
    func bytesCross(count: Int, room: Int) throws {
        let ends = try Ends()
        defer { ends.close() }
        try ends.shakeHands()
        let bytes = pattern(count)
        for (from, to) in [(ends.client, ends.server), (ends.server, ends.client)] {
            #expect(try carry(bytes, from: from, to: to, nil, room: room) == bytes)
            var byte: UInt8 = 0
            let rest = to.receive(into: &byte, 1)
            #expect(rest == .wouldBlock)
        }
    }

    /// One byte at a time, from the first of the handshake on.
    @Test func aDripFedStreamIsRead() throws {
        let ends = try Ends(isDripFed: true)
        defer { ends.close() }
        try ends.shakeHands()
        let bytes = pattern(2_000)
        #expect(try carry(bytes, from: ends.client, to: ends.server, ends.relay) == bytes)
        #expect(try carry(bytes, from: ends.server, to: ends.client, ends.relay) == bytes)
    }

    /// A batch is one record and pieces are joined; what went over the socket is counted.
    @Test func aBatchIsOneRecord() throws {
        let ends = try Ends()
        defer { ends.close() }
        try ends.shakeHands()
        let before = try #require(ends.client.encryptedTraffic)
        let bytes = pattern(4_000)
        #expect(try carry(bytes, from: ends.client, to: ends.server, nil) == bytes)
        let traffic = try #require(ends.client.encryptedTraffic).since(before)
        #expect(traffic.recordsSent == 1)
        // header, type and tag of TLS 1.3
        #expect(traffic.bytesSent == 4_000 + 22)
        let sent = bytes.withUnsafeBytes { bytes in
            let pieces: InlineArray<3, UnsafeRawBufferPointer> = [
                UnsafeRawBufferPointer(rebasing: bytes[..<10]),
                UnsafeRawBufferPointer(rebasing: bytes[10..<3_000]),
                UnsafeRawBufferPointer(rebasing: bytes[3_000...]),
            ]
            return ends.client.send(pieces)
        }
        #expect(sent == .bytes(4_000))
        #expect(try #require(ends.client.encryptedTraffic).since(before).recordsSent == 2)
        var buffer = [UInt8](repeating: 0, count: 8_000)
        let received = ends.server.receive(into: &buffer, buffer.count)
        #expect(received == .bytes(4_000))
        #expect(Array(buffer.prefix(4_000)) == bytes)
    }

    @Test func theEndIsToldWhenAllIsRead() throws {
        let ends = try Ends()
        try ends.shakeHands()
        let sent = ends.server.send("bye", 3)
        #expect(sent == .bytes(3))
        ends.server.close()
        var buffer = [UInt8](repeating: 0, count: 16)
        let received = ends.client.receive(into: &buffer, buffer.count)
        #expect(received == .bytes(3))
        for _ in 0..<2 {
            let end = ends.client.receive(into: &buffer, buffer.count)
            #expect(end == .closed)
        }
        ends.client.close()
    }

    /// And by no signal.
    @Test func sendingToNobodyFails() throws {
        let ends = try Ends()
        try ends.shakeHands()
        ends.server.close()
        let sent = ends.client.send("hello", 5)
        #expect(sent == .failed(.brokenPipe))
        ends.client.close()
    }

    /// With the ticket of the connection before, there is no certificate to verify again.
    @Test func sessionsAreTakenUp() throws {
        let context = try TLSContext.server(serverOptions())
        var ticket: TLSTicket?
        for isResumed in [false, true] {
            let (near, far) = try sockets()
            let client = try TLSContext.client(clientOptions()).connect(
                near, host: "localhost", ticket: ticket)
            let server = try context.accept(far)
            var isDone = (client: false, server: false)
            while isDone != (true, true) {
                if !isDone.client { isDone.client = try client.handshake() }
                if !isDone.server { isDone.server = try server.handshake() }
            }
            #expect(try carry([1], from: server, to: client, nil) == [1])
            #expect(client.isResumed == isResumed)
            ticket?.free()
            ticket = client.ticket
            #expect(ticket != nil)
            client.close()
            server.close()
        }
        ticket?.free()
    }

    private func failure(
        _ options: TLSOptions = clientOptions(), _ server: TLSServerOptions = serverOptions(),
        host: String = "localhost"
    ) throws -> TLSFailure? {
        let ends = try Ends(options, server, host: host)
        defer { ends.close() }
        do throws(TLSFailure) {
            for _ in 0..<20 {
                if try ends.client.handshake() { return nil }
                // Its own failure is the answer to ours.
                _ = try? ends.server.handshake()
            }
        } catch {
            #expect(!error.description.contains("\n"))
            return error
        }
        Issue.record("the handshake neither ends nor fails")
        return nil
    }

    @Test func certificatesAreVerified() throws {
        let files = Certificates.shared
        #expect(try failure() == nil)
        #expect(try failure(host: "127.0.0.1") == nil)
        let expired = try failure(clientOptions(), serverOptions(files.expired))
        #expect(expired?.cause.contains("has expired") == true, "\(expired as Any)")
        let own = try failure(clientOptions(), serverOptions(files.selfSigned))
        #expect(own?.cause.contains("self-signed") == true, "\(own as Any)")
        let other = try failure(clientOptions(), serverOptions(files.other))
        #expect(other?.cause.contains("another name") == true, "\(other as Any)")
        let address = try failure(host: "127.0.0.2")
        #expect(address?.cause.contains("another name") == true, "\(address as Any)")
        let unknown = try failure(clientOptions(authority: files.selfSigned))
        #expect(unknown?.cause.contains("not known here") == true, "\(unknown as Any)")
    }

    @Test func whatIsNotAskedForIsNotVerified() throws {
        let files = Certificates.shared
        var options = clientOptions()
        options.namesHost = false
        #expect(try failure(options, serverOptions(files.other)) == nil)
        options = clientOptions()
        options.serverName = "other.example"
        #expect(try failure(options, serverOptions(files.other)) == nil)
        options = clientOptions(authority: nil)
        options.verifiesChain = false
        let ends = try Ends(options, serverOptions(files.expired))
        defer { ends.close() }
        try ends.shakeHands()
        #expect(ends.client.encryption?.doubt != nil)
    }

    /// A peer that answers `bytes`, and then closes if it is to.
    private func failure(against bytes: String, closes: Bool = false) throws -> TLSFailure? {
        let (near, far) = try sockets()
        let client = try TLSContext.client(clientOptions()).connect(near, host: "localhost")
        defer { client.close() }
        do throws(TLSFailure) {
            if try client.handshake() { return nil }
            _ = send(far, bytes, bytes.utf8.count)
            if closes { Glibc.close(far) }
            if try client.handshake() { return nil }
        } catch {
            if !closes { Glibc.close(far) }
            return error
        }
        return nil
    }

    @Test func otherPeersAreTold() throws {
        let plain = try failure(against: "-ERR unknown command\r\n")
        #expect(plain?.cause.contains("does not speak TLS") == true, "\(plain as Any)")
        let gone = try failure(against: "", closes: true)
        #expect(gone?.cause.contains("closed") == true || gone?.cause.contains("broke") == true)
    }

    @Test func filesAreToldThatCannotBeRead() throws {
        var options = clientOptions(authority: "/nowhere/ca.crt")
        #expect(throws: TLSFailure.self) { try TLSContext.client(options) }
        options = clientOptions()
        options.ciphers = "nonsense"
        #expect(throws: TLSFailure.self) { try TLSContext.client(options) }
        var server = serverOptions()
        server.key = Certificates.shared.authority
        #expect(throws: TLSFailure.self) { try TLSContext.server(server) }
    }

    /// Whatever is named and is not there is told as that, and not as a certificate's fault.
    @Test func filesAreToldThatAreNotThere() throws {
        let folder = TemporaryFolder()
        let empty = folder.file("empty")
        try FileManager.default.createDirectory(
            atPath: empty, withIntermediateDirectories: true)
        func cause(_ change: (inout TLSOptions) -> Void) -> String? {
            var options = TLSOptions()
            change(&options)
            do throws(TLSFailure) {
                _ = try TLSContext.client(options)
                return nil
            } catch {
                return error.description
            }
        }
        let authority = Certificates.shared.authority
        for (text, words) in [
            (cause { $0.authorities = "/nowhere/a" }, "there is no file /nowhere/a with"),
            (cause { $0.authorities = empty }, "is a folder"),
            (cause { $0.authorityFolder = "/nowhere/b" }, "there is no folder /nowhere/b of"),
            (cause { $0.authorityFolder = authority }, "is a file"),
            (cause { $0.authorityFolder = empty }, "openssl rehash"),
            (cause { $0.certificate = "/nowhere/c" }, "there is no file /nowhere/c with"),
            (cause { $0.key = "/nowhere/d" }, "there is no file /nowhere/d with"),
        ] {
            #expect(text?.contains(words) == true, "\(text ?? "accepted")")
            #expect(text?.contains("; ") == true)
        }
        // By a certificate's hash OpenSSL finds it.
        let hashed = empty + "/1a2b3c4d.0"
        try FileManager.default.copyItem(atPath: authority, toPath: hashed)
        #expect(cause { $0.authorityFolder = empty } == nil)
    }

    /// A client without a certificate, where one is asked for: the refusal comes behind its side
    /// of the handshake.
    @Test func clientsShowTheirs() throws {
        var server = serverOptions()
        server.clients = .required
        var options = clientOptions()
        let refused = try Ends(options, server)
        #expect(throws: TLSFailure.self) { try refused.shakeHands() }
        var byte: UInt8 = 0
        _ = refused.client.receive(into: &byte, 1)
        let failure = refused.client.encryptionFailure
        #expect(failure?.remedy.contains("--cert") == true, "\(failure as Any)")
        refused.close()
        options.certificate = Certificates.shared.server
        options.key = Certificates.shared.key
        let ends = try Ends(options, server)
        defer { ends.close() }
        try ends.shakeHands()
        #expect(ends.server.encryption?.subject == "/CN=localhost")
    }
}

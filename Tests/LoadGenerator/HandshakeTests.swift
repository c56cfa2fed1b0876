// Handshakes of a load's connections: side by side, and never one behind the other.
import LinuxSystem
import LoadGenerator
import RESP
import Synchronization
import TestSupport
import Testing
import Transport

/// Connections that said something.
private final class Heard: Sendable {
    private let numbers = Mutex<Set<Int>>([])

    /// Adds one; how many there are then.
    func add(_ number: Int) -> Int {
        numbers.withLock { numbers -> Int in
            numbers.insert(number)
            return numbers.count
        }
    }
}

@Suite struct HandshakeTests {
    /// The server says nothing before it has heard all of them, and then hangs up on the last: who
    /// waits for an answer before the next hello waits for ever.
    @Test func allSayHelloBeforeOneIsAnswered() throws {
        let count = 8
        let heard = Heard()
        let server = try ScriptedServer { number, _, _ in
            heard.add(number) < count ? .bytes([]) : .hangUp
        }
        defer { server.stop() }
        var options = LoadOptions()
        options.connections = count
        options.tls = TLSOptions()
        options.tls?.verifiesChain = false
        let ping = RequestTemplate(RequestEncoder.encode(["PING"]), [CommandLabel("PING")])
        do throws(LoadFailure) {
            let session = try LoadSession(to: server.address, options) {
                TemplateSource(ping, range: nil, seed: 0, $0)
            }
            Issue.record("it is open, with \(session.commands)")
        } catch {
            #expect("\(error)".contains("in the TLS handshake"))
        }
        #expect(server.received.count == count)
        // A record of a handshake, each of them.
        #expect(server.received.allSatisfy { $0.first == 22 })
    }
}

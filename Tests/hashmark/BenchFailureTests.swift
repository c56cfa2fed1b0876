// Servers that misbehave while `hashmark bench` measures them: the run ends, says why in one line,
// and keeps what it has, marked partial.
import Foundation
import LinuxSystem
import RunRecord
import TestSupport
import Testing

/// How a server goes wrong after it has answered so many GETs.
enum Misbehaviour: String, CaseIterable, Sendable {
    case closes, garbage, stalls, errors, unasked

    /// What the message has to say.
    var words: String {
        switch self {
        case .closes: "closed the connection"
        case .garbage: "does not answer in RESP"
        case .stalls: "sent nothing for 1 s"
        case .errors: "replies were errors: LOADING"
        case .unasked: "a reply that nothing asked for"
        }
    }
}

/// A server that knows just enough: GET answers a value, CONFIG and INFO an error, PING and the
/// rest OK.
private func server(_ how: Misbehaviour, after good: Int) throws -> ScriptedServer {
    try ScriptedServer { connection, all, new in
        /// Requests end where the next begins; none of these holds a star elsewhere.
        func requests(_ bytes: ArraySlice<UInt8>) -> Int {
            bytes.count { $0 == UInt8(ascii: "*") }
        }
        let text = String(decoding: all.suffix(new), as: UTF8.self)
        // CONFIG GET and COMMAND INFO GET are no look-ups.
        guard text.contains("GET\r\n"), !text.contains("CO") else {
            let isPing = text.contains("PING")
            let reply = isPing ? "+PONG\r\n" : "-ERR unknown command\r\n"
            let count = max(1, requests(all.suffix(new)))
            return .bytes((0..<count).flatMap { _ in Array(reply.utf8) })
        }
        let count = requests(all.suffix(new))
        guard requests(all[...]) > good else {
            return .bytes((0..<count).flatMap { _ in Array("$3\r\nVXK\r\n".utf8) })
        }
        switch how {
        case .closes: return .hangUp
        case .garbage: return .bytes(Array("<html>no</html>\r\n".utf8))
        case .stalls: return .bytes([])
        case .errors:
            return .bytes((0..<count).flatMap { _ in Array("-LOADING the dataset\r\n".utf8) })
        case .unasked:
            return .bytes((0...count).flatMap { _ in Array("$3\r\nVXK\r\n".utf8) })
        }
    }
}

@Suite(.serialized) struct BenchFailureTests {
    @Test func aPeerThatClosesInTheHandshake() throws {
        let server = try ScriptedServer { _, _, _ in .hangUp }
        defer { server.stop() }
        let output = try Hashmark.run(
            "bench", "-p", "\(server.port)", "--tls", "--insecure", "-t", "get", "-r", "10", "-n",
            "10", "-q")
        #expect(output.ending == .exited(1))
        #expect(output.stderr.split(separator: "\n").count == 1, "\(output.stderr)")
        #expect(output.stderr.contains("handshake") && output.stderr.contains("; "))
    }

    @Test(arguments: Misbehaviour.allCases)
    func misbehaving(_ how: Misbehaviour) throws {
        let server = try server(how, after: 100)
        defer { server.stop() }
        let folder = TemporaryFolder()
        let output = try Hashmark.run(
            "bench", "-p", "\(server.port)", "-c", "3", "-r", "10", "-n", "2000", "-q", "-t", "get",
            "--stall-timeout", "1", "--json", folder.file("run.json"), "--hdr-log",
            folder.file("log"), seconds: 20)
        #expect(output.stderr.contains(how.words), "\(output.stderr)")
        #expect(output.stdout.hasPrefix("GET: "))
        let record = try RunRecord.read(folder.file("run.json"))
        #expect(try RecordSchema.violations(ofRecordAt: folder.file("run.json")) == [])
        let operations = try #require(
            record.results.first { $0.metric == "latency_ns/get/actual/p50" }?.histogram)
        #expect(!operations.isEmpty)
        let log = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
        #expect(log.contains("\nTag=GET-GET-actual,"))
        if how == .errors {
            // A server that answers errors has answered: the run is whole, and worth nothing.
            #expect(output.ending == .exited(3) && !record.partial)
            #expect(record.warnings.contains { $0.cause.contains("replies were errors") })
        } else {
            #expect(output.ending == .exited(1) && record.partial)
            #expect(output.stderr.contains("the last result is partial"))
        }
    }

    @Test func strictMakesErrorsInvalid() throws {
        let server = try server(.errors, after: 0)
        defer { server.stop() }
        let output = try Hashmark.run(
            "bench", "-p", "\(server.port)", "-c", "3", "-r", "10", "-n", "100", "-q", "-t", "get",
            "--strict")
        #expect(output.ending == .exited(3))
        #expect(output.stderr.contains("100 of 100 replies were errors"))
    }

    /// A record that cannot be written is said so before anything is measured.
    @Test func unwritableOutput() throws {
        let server = try RedisServer()
        let folder = TemporaryFolder()
        try "a file".write(toFile: folder.file("file"), atomically: true, encoding: .utf8)
        let output = try Hashmark.run(
            "bench", "-p", "\(server.port)", "-n", "100", "-q", "-t", "ping_mbulk", "--json",
            folder.file("file/run.json"))
        #expect(output.ending == .exited(1))
        #expect(output.stdout.isEmpty)
        #expect(output.stderr.contains("file/run.json"))
    }
}

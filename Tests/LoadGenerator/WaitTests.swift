// Writes that are waited for: two replies are one operation, however they are cut, and a wait that
// ends without what it asked for is an error.
import Foundation
import LoadGenerator
import TestSupport
import Testing
import Workloads

/// Ten keys, each request a SET with its wait.
private func workload(_ wait: DurabilityWait) throws -> CompiledWorkload {
    var keyspace = KeyspaceSpec(keys: 10, keySize: SizeSpec(.constant(8)))
    keyspace.valueSize = SizeSpec(.constant(4))
    var operation = OperationSpec(name: "durable", command: .set, weight: 1)
    operation.wait = wait
    return try CompiledWorkload(
        Workload(name: "w", keyspaces: [keyspace], operations: [operation]))
}

private func options(_ connections: Int, _ pipeline: Int) -> LoadOptions {
    var options = LoadOptions()
    options.connections = connections
    options.pipeline = pipeline
    return options
}

private let requests: UInt64 = 60

/// What comes of it on a server that answers every write and its wait with `reply`.
private func sample(
    _ wait: DurabilityWait, _ reply: String, isDripping: Bool = false, pipeline: Int = 1
) throws -> LoadSample {
    // The wait's last word ends a request.
    let end = Array("\r\n\(wait.milliseconds)\r\n".utf8)
    let server = try ScriptedServer(isDripping: isDripping) { _, all, new in
        // No request is cut: each batch is sent at once, and is shorter than any packet.
        let text = all.suffix(new)
        let count = text.indices.count { text[$0...].starts(with: end) }
        return .bytes((0..<count).flatMap { _ in Array(reply.utf8) })
    }
    defer { server.stop() }
    let workload = try workload(wait)
    var session = try LoadSession(to: server.address, options(2, pipeline)) {
        WorkloadSource(workload, seed: 1, $0)
    }
    return try session.run(.requests(requests))
}

@Suite(.serialized) struct WaitTests {
    private static let replica = DurabilityWait(replicas: 1, milliseconds: 100)
    private static let file = DurabilityWait(local: 1, replicas: 0, milliseconds: 100)

    @Test(arguments: [false, true], [1, 3])
    func twoRepliesAreOneOperation(isDripping: Bool, pipeline: Int) throws {
        for (wait, reply) in [
            (Self.replica, "+OK\r\n:1\r\n"), (Self.replica, "+OK\r\n:12\r\n"),
            (Self.file, "+OK\r\n*2\r\n:1\r\n:0\r\n"),
        ] {
            let sample = try sample(wait, reply, isDripping: isDripping, pipeline: pipeline)
            #expect(sample.commands.map(\.label.name) == ["durable", "prefill"])
            #expect(sample.operations == requests, "\(reply)")
            #expect(sample.errors == 0 && sample.answers.wrong == 0, "\(sample.errorKinds)")
            #expect(sample.latency.count == requests)
        }
    }

    @Test(arguments: [false, true])
    func whatIsNotReachedIsAnError(isDripping: Bool) throws {
        for (wait, reply, words) in [
            (Self.replica, "+OK\r\n:0\r\n", "WAIT 1 100 reached 0"),
            (Self.file, "+OK\r\n*2\r\n:0\r\n:7\r\n", "WAITAOF 1 0 100 reached 0 and 7"),
        ] {
            let sample = try sample(wait, reply, isDripping: isDripping)
            #expect(sample.operations == requests && sample.errors == requests)
            #expect(sample.errorKinds.map(\.kind) == ["UNDURABLE"])
            #expect(sample.errorKinds.map(\.count) == [requests])
            #expect(sample.errorKinds.map(\.firstText) == ["UNDURABLE \(words)"])
        }
    }

    /// A write that was refused is one error, whatever its wait says; so is a wait that is.
    @Test func aRefusalIsOneError() throws {
        for (reply, kind) in [
            ("-READONLY no writes\r\n:0\r\n", "READONLY"), ("+OK\r\n-ERR no waits\r\n", "ERR"),
        ] {
            let sample = try sample(Self.replica, reply)
            #expect(sample.operations == requests && sample.errors == requests)
            #expect(sample.errorKinds.map(\.kind) == [kind])
        }
    }

    /// A real server without replicas lets every wait run to its end.
    @Test func aRealServerIsAskedForBoth() throws {
        let server = try RedisServer()
        let workload = try workload(DurabilityWait(replicas: 1, milliseconds: 3))
        var session = try LoadSession(to: server.address, options(4, 2)) {
            WorkloadSource(workload, seed: 1, $0)
        }
        let sample = try session.run(.requests(requests))
        #expect(sample.operations == requests && sample.errors == requests)
        #expect(sample.errorKinds.map(\.firstText) == ["UNDURABLE WAIT 1 3 reached 0"])
        // The wait is in the latency.
        #expect(try #require(sample.latency.min) > 1_000_000)
        let client = try server.client()
        #expect(try client.calls("set") == Int(requests))
        #expect(try client.calls("wait") == Int(requests))
    }

    /// Whoever takes requests apart gets the write alone.
    @Test func waitsCanBeLeftOut() throws {
        let server = try RedisServer()
        let workload = try workload(Self.replica)
        var session = try LoadSession(to: server.address, options(1, 4)) {
            WorkloadSource(workload, seed: 1, sendsWaits: false, $0)
        }
        #expect(try session.run(.requests(requests)).errors == 0)
        #expect(try server.client().calls("wait") == 0)
    }
}

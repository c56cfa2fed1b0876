// Workloads on the wire: what a real server holds and counts after them.
import Foundation
import LoadGenerator
import RESP
import TestSupport
import Testing
import Workloads

private func options(_ connections: Int = 4, _ pipeline: Int = 8) -> LoadOptions {
    var options = LoadOptions()
    options.connections = connections
    options.pipeline = pipeline
    return options
}

private func command(_ text: String) throws -> CommandTemplate {
    guard case .success(let template) = CommandTemplate.parse(text) else {
        throw CocoaError(.coderInvalidValue)
    }
    return template
}

@Suite(.serialized) struct WorkloadSourceTests {
    /// Ten keys in a hundred are there; whoever misses one writes it, so at the end all are there
    /// that were asked for, but none of those that nobody writes.
    @Test(arguments: [1, 3])
    func missedKeysAreWritten(_ threads: Int) throws {
        let server = try RedisServer()
        var keyspace = KeyspaceSpec(keys: 100, keySize: SizeSpec(.constant(10)))
        keyspace.valueSize = SizeSpec(.uniform(least: 1, most: 50))
        keyspace.ttl = SizeSpec(.constant(500), binding: .write)
        keyspace.populated = 0.1
        keyspace.negativeLookups = 0.25
        keyspace.onMiss = .set
        let workload = try CompiledWorkload(
            Workload(
                name: "w", keyspaces: [keyspace],
                operations: [OperationSpec(command: .get, weight: 1)]))
        var fill = try LoadSession(to: server.address, options()) {
            PrefillSource(workload, seed: 1, $0)
        }
        _ = try fill.run(.requests(workload.populatedKeys))
        let client = try server.client()
        #expect(try client.ask("DBSIZE") == .integer(10))
        var settings = options()
        settings.threads = threads
        var session = try LoadSession(to: server.address, settings) {
            WorkloadSource(workload, seed: 1, $0)
        }
        let sample = try session.run(.requests(20_000))
        #expect(sample.operations == 20_000 && sample.errors == 0)
        #expect(try client.ask("DBSIZE") == .integer(100))
        let writes = sample.commands.first { $0.label.name == "on_miss" }?.operations ?? 0
        // each absent key once, or a few times where several connections missed it at a time
        #expect(writes >= 90 && writes < 600)
        let ratio = try #require(sample.hitRatio)
        #expect(abs(ratio - 0.75) < 0.03, "\(ratio)")
        for key in [0, 57, 99] {
            let name = String(repeating: "0", count: 10 - "\(key)".count) + "\(key)"
            let size = workload.valueSize(keyspace: 0, key: UInt64(key))
            #expect(try client.ask("STRLEN", name) == .integer(Int64(size ?? -1)))
        }
        #expect(try client.ask("TTL", "0000000099") != .integer(-1))
    }

    @Test func collectionsAreFilledAndUsed() throws {
        let server = try RedisServer()
        func space(_ name: String, _ prefill: String) throws -> KeyspaceSpec {
            var space = KeyspaceSpec(name: name, keys: 20, keySize: SizeSpec(.constant(6)))
            space.prefix = "\(name.first!):"
            space.members = SizeSpec(.uniform(least: 3, most: 9))
            space.memberSize = 5
            space.prefill = try command(prefill)
            return space
        }
        var hashes = try space("hashes", "HSET {key} {fields}")
        hashes.valueSize = SizeSpec(.constant(12))
        let operations = try [
            ("SISMEMBER {key} {member}", "sets"), ("SADD {key} {member}", "sets"),
            ("SUNIONSTORE union {key} {other_key}", "sets"), ("HGET {key} {member}", "hashes"),
            ("HSET {key} {member} {value}", "hashes"), ("ZADD {key} {score} {member}", "zsets"),
        ].map { try OperationSpec(command: command($0.0), weight: 1, keyspace: $0.1) }
        let workload = try CompiledWorkload(
            Workload(
                name: "w",
                keyspaces: [
                    space("sets", "SADD {key} {members}"), hashes,
                    space("zsets", "ZADD {key} {scored}"),
                ], operations: operations))
        var fill = try LoadSession(to: server.address, options()) {
            PrefillSource(workload, seed: 1, $0)
        }
        #expect(try fill.run(.requests(60)).errors == 0)
        var check = try LoadSession(to: server.address, options(1)) {
            ReadBackSource(workload, sample: 60, $0)
        }
        let found = try check.run(.requests(60))
        #expect(found.errors == 0 && found.misses == 0)
        let client = try server.client()
        func count(_ verb: String, _ prefix: String) throws -> [Int] {
            try (0..<20).map { key in
                guard
                    case .integer(let size) = try client.ask(
                        verb, "\(prefix):\(String(format: "%04d", key))")
                else { return -1 }
                return Int(size)
            }
        }
        let sizes = (0..<3).map { keyspace in
            (0..<20).map { workload.cardinality(keyspace: keyspace, key: $0) }
        }
        #expect(sizes.joined().allSatisfy { (3...9).contains($0) })
        #expect(try count("SCARD", "s") == sizes[0])
        #expect(try count("HLEN", "h") == sizes[1])
        #expect(try count("ZCARD", "z") == sizes[2])
        var session = try LoadSession(to: server.address, options()) {
            WorkloadSource(workload, seed: 1, $0)
        }
        let sample = try session.run(.requests(6_000))
        #expect(sample.errors == 0, "\(sample.errorKinds)")
        // all members were there already, and every one asked for is found
        #expect(try count("SCARD", "s") == sizes[0] && count("HLEN", "h") == sizes[1])
        #expect(try count("ZCARD", "z") == sizes[2] && sample.misses == 0)
        #expect(try client.ask("HGET", "h:0007", "m0002").text?.utf8.count == 12)
        #expect(try client.ask("ZSCORE", "z:0003", "m0002").text == "2")
        #expect(try client.calls("sunionstore") > 800)
    }

    @Test func runsOfKeysAreReadTogether() throws {
        let server = try RedisServer()
        var keyspace = KeyspaceSpec(keys: 50, keySize: SizeSpec(.uniform(least: 4, most: 9)))
        keyspace.prefix = "k:"
        keyspace.hashTags = 0
        keyspace.valueSize = SizeSpec(.constant(3))
        var scan = OperationSpec(command: try command("MGET {keys}"), weight: 1)
        scan.length = SizeSpec(.uniform(least: 1, most: 60), binding: .write)
        let workload = try CompiledWorkload(
            Workload(name: "w", keyspaces: [keyspace], operations: [scan]))
        var fill = try LoadSession(to: server.address, options()) {
            PrefillSource(workload, seed: 1, $0)
        }
        _ = try fill.run(.requests(50))
        var session = try LoadSession(to: server.address, options(1, 4)) {
            WorkloadSource(workload, seed: 1, $0)
        }
        let sample = try session.run(.requests(1_000))
        #expect(sample.errors == 0)
        let client = try server.client()
        let hits = try client.ask("INFO", "stats").text?.split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("keyspace_hits:") }.flatMap { Int($0.dropFirst(14)) }
        // 1 to 60, but no more than there are: every key of every run is there
        #expect(abs(Double(try #require(hits)) / 1_000 - 29.4) < 2)
        let misses = try client.ask("INFO", "stats").text?.contains("keyspace_misses:0")
        #expect(misses == true)
    }

    @Test func keysOfOneHashTagShareASlot() throws {
        let server = try RedisServer()
        var keyspace = KeyspaceSpec(keys: 1_000, keySize: SizeSpec(.constant(12)))
        keyspace.prefix = "u:"
        keyspace.hashTags = 10
        keyspace.valueSize = SizeSpec(.constant(1))
        let workload = try CompiledWorkload(
            Workload(
                name: "w", keyspaces: [keyspace],
                operations: [OperationSpec(command: .set, weight: 1)]))
        var fill = try LoadSession(to: server.address, options()) {
            PrefillSource(workload, seed: 1, $0)
        }
        _ = try fill.run(.requests(1_000))
        #expect(try server.client().ask("STRLEN", "u:{3}0000123") == .integer(1))
        #expect(try server.client().ask("STRLEN", "u:{0}0000990") == .integer(1))
    }
}

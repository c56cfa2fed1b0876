// `hashmark suite` and `replay` of writes that wait until they are durable: the wait is in the
// latency, what is not reached makes the run invalid, and what cannot be waited for is n/a.
import Foundation
import RunRecord
import TestSupport
import Testing

private func text(_ wait: String, replicas: Int, name: String) -> String {
    """
    schema: hashmark.workload/1
    name: \(name)
    keyspaces: [{keys: 500, key_size: 16, value_size: 20}]
    operations: [{name: set, command: "SET {key} {value}", wait: \(wait)}]
    load: {connections: 4, replicas: \(replicas)}
    phases: [prefill, {measure: {requests: 400}}]

    """
}

extension Timed {
    @Suite(.serialized) struct DurableVerbTests {
        private let folder = TemporaryFolder()

        private func write(_ text: String, _ name: String) throws -> String {
            let path = folder.file(name)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test func aReplicaIsWaitedFor() throws {
            let workload = try write(
                text("WAIT 1 5000", replicas: 1, name: "replicated"), "replicated.yaml")
            let suite = """
                schema: hashmark.suite/1
                name: waits
                targets: ["redis=exec:redis-server", ref:valkey-9.1]
                workloads: [\(workload)]
                replay: true
                memory: false

                """
            let json = folder.file("run.json")
            let output = try Hashmark.run(
                "suite", try write(suite, "waits.yaml"), "--out", folder.file("out"), "--json",
                json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(json)
            let rates = record.results.filter { $0.metric == Metric.throughput.id }
            let real = try #require(rates.first { $0.target == "redis" })
            #expect((real.value ?? 0) > 0)
            let id = Metric.latency(command: "set", timing: .actual, point: "p50").id
            #expect(record.results.contains { $0.metric == id && ($0.value ?? 0) > 0 })
            // In the same column, with the reason.
            let reference = try #require(rates.first { $0.target == "valkey-9.1" })
            #expect(reference.value == nil && reference.conditions == real.conditions)
            #expect(
                reference.reason
                    == "the reference server has neither replicas nor an append-only file")
            #expect(record.phases.contains { $0.name == "replicas" && $0.target == "redis" })
        }

        @Test func whatIsNotReachedMakesTheRunInvalid() throws {
            let json = folder.file("run.json")
            let path = try write(text("WAIT 2 2", replicas: 1, name: "asking"), "asking.yaml")
            let output = try Hashmark.run(
                "replay", path, "--target", "redis=exec:redis-server", "--no-memory", "--json",
                json, "--quiet")
            #expect(output.ending == .exited(3), "\(output.stderr)")
            #expect(output.stderr.contains("UNDURABLE WAIT 2 2 reached"), "\(output.stderr)")
            let record = try RunRecord.read(json)
            #expect(record.incidents.map(\.kind) == [.errors])
            #expect(record.incidents.first?.count == 400)
        }

        /// WAITAOF came with Redis 7.2: older servers are told apart from those whose file is off.
        @Test func aFileIsWaitedForWhereThereIsOne() throws {
            let json = folder.file("run.json")
            let path = try write(
                text("WAITAOF 1 0 5000", replicas: 0, name: "filed"), "filed.yaml")
            let output = try Hashmark.run(
                "replay", path, "--target", "off=exec:redis-server", "--target",
                "on=exec:redis-server --appendonly yes --appendfsync always", "--no-memory",
                "--json", json, "--quiet")
            let record = try RunRecord.read(json)
            let causes = record.warnings.filter { $0.target == "off" }.map(\.cause)
            if causes.contains(where: { $0.contains("it has no WAITAOF") }) {
                #expect(record.results.isEmpty, "\(output.stderr)")
            } else {
                #expect(output.ending == .exited(0), "\(output.stderr)")
                #expect(causes.contains { $0.contains("its append-only file is off") })
                #expect(record.results.contains { $0.target == "on" && ($0.value ?? 0) > 0 })
            }
        }

        @Test func whoTakesRequestsApartLeavesWaitsOut() throws {
            let json = folder.file("run.json")
            let path = try write(text("WAIT 1 9", replicas: 1, name: "apart"), "apart.yaml")
            let output = try Hashmark.run(
                "replay", path, "--target", "ref:valkey-9.1", "--check-against",
                "exec:redis-server", "--json", json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            #expect(
                try RunRecord.read(json).warnings.contains {
                    $0.cause.contains("apart's `WAIT 1 9` is left out here")
                })
        }
    }
}

// `hashmark replay` and `suite` of workloads in which something happens: loads beside, stalls, slow
// readers, a replica, and what a server cannot have.
import Foundation
import RunRecord
import TestSupport
import Testing

private let text = """
    schema: hashmark.workload/1
    name: scenario
    keyspaces:
      - {name: a, keys: 2000, key_size: 16, value_size: 64, prefix: "a:"}
      - {name: b, keys: 20, key_size: 16, value_size: 100000, prefix: "b:"}
    operations:
      - {name: get, command: "GET {key}", weight: 9, keyspace: a}
      - {name: set, command: "SET {key} {value}", weight: 1, keyspace: a}
    load: {connections: 4, arrival: {constant: {rate: 2000}}}
    overlays:
      - {name: large, operations: [{command: "GET {key}", keyspace: b}],
         load: {connections: 2, arrival: {constant: {rate: 100}}}}
      - {name: storm, operations: [{command: "GET {key}", keyspace: a}],
         load: {connections: 5}, from: 2500ms, for: 200ms, reconnect: true}
    phases:
      - prefill
      - measure:
          duration: 3s
          events:
            - {at: 500ms, command: DEBUG SLEEP 0.3, watch: 1s}
            - at: 1500ms
              slow_readers: {connections: 2, command: "GET b:00000000000000", requests: 50, for: 300ms}
              watch: 300ms
            - {at: 2s, command: BGSAVE, watch: 300ms}

    """

private func during(
    _ name: String, _ point: String, _ record: RunRecord, _ target: String
) -> RunRecord.Result? {
    let id = Metric.latency(command: "all", timing: .intended, point: point).id
    return record.results.first {
        $0.metric == id && $0.target == target && $0.conditions["during"] == .string(name)
    }
}

extension Timed {
    @Suite(.serialized) struct ScenarioVerbTests {
        private let folder = TemporaryFolder()

        private func write(_ text: String, _ name: String) throws -> String {
            let path = folder.file(name)
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }

        @Test func eventsHaveLatenciesOfTheirOwn() throws {
            let suite = """
                schema: hashmark.suite/1
                name: days
                targets: ["redis=exec:redis-server --enable-debug-command yes", ref:valkey-9.1]
                workloads: [\(try write(text, "scenario.yaml"))]
                replay: true
                memory: false

                """
            let output = try Hashmark.run(
                "suite", try write(suite, "days.yaml"), "--out", folder.file("out"), "--json",
                folder.file("run.json"), "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(folder.file("run.json"))
            // Only the server that slept was late, and only then.
            let stall = try #require(during("DEBUG SLEEP 0.3", "max", record, "redis")?.value)
            #expect(stall > 250_000_000)
            let quiet = try #require(during("quiet", "p50", record, "redis")?.value)
            #expect(quiet < stall / 2)
            for name in ["BGSAVE", "2 slow readers", "overlay storm"] {
                #expect(during(name, "p50", record, "redis")?.value != nil, "\(name)")
            }
            // What the reference server cannot have is told, with the reason.
            let missing = during("BGSAVE", "p99", record, "valkey-9.1")
            #expect(missing?.value == nil && missing?.reason == "the server has no BGSAVE")
            #expect(during("2 slow readers", "p50", record, "valkey-9.1")?.value != nil)
            let phases = record.phases.map(\.name)
            #expect(phases.contains("event: 2 slow readers") && phases.contains("event: BGSAVE"))
        }

        @Test func overlaysAreMeasuredBeside() throws {
            let json = folder.file("run.json")
            let output = try Hashmark.run(
                "replay", try write(text, "scenario.yaml"), "--target", "ref:valkey-9.1",
                "--no-memory", "--json", json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(json)
            let rates = record.results.filter { $0.metric == Metric.throughput.id }
            #expect(
                rates.map(\.workload) == ["scenario.large", "scenario.storm", "scenario"])
            let large = try #require(rates.first?.value)
            #expect(abs(large - 100) < 10, "\(large)")
            #expect(rates[0].conditions["beside"] == .string("scenario"))
            #expect(rates[1].conditions["keep_alive"] == .bool(false))
            #expect((rates[1].value ?? 0) > 0)
            let series = record.series.filter { $0.workload == "scenario.large" }
            #expect(series.count == 3 && series.allSatisfy { (25...31).contains($0.values.count) })
            let main = try #require(rates.last?.value)
            #expect(abs(main - 2_000) < 50, "\(main)")
        }

        @Test func aReplicaCopiesAllData() throws {
            let short = text.replacing(
                "{at: 2s, command: BGSAVE, watch: 300ms}",
                with: "{at: 2s, replica: attach, watch: 900ms}")
            let json = folder.file("run.json")
            let output = try Hashmark.run(
                "replay", try write(short, "replica.yaml"), "--target",
                "redis=exec:redis-server --enable-debug-command yes", "--target",
                "ref:valkey-9.1", "--no-memory", "--json", json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(json)
            #expect(during("replica", "p50", record, "redis")?.value != nil)
            #expect(
                during("replica", "p50", record, "valkey-9.1")?.reason
                    == "the reference server has no replication")
            #expect(record.phases.contains { $0.name == "event: replica" })
        }

        /// What a refused setting was to prepare is not measured as if it had been.
        @Test func aRefusedSetUpLeavesNoFigures() throws {
            let warmUp = "{duration: 300ms, events: [{at: 0ms, command: CONFIG SET no-such 1}]}"
            let unprepared = text.replacing(
                "  - measure:", with: "  - warm_up: \(warmUp)\n  - measure:")
            let json = folder.file("run.json")
            let output = try Hashmark.run(
                "replay", try write(unprepared, "unprepared.yaml"), "--target",
                "redis=exec:redis-server --enable-debug-command yes", "--no-memory", "--json",
                json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(json)
            let event = during("DEBUG SLEEP 0.3", "p99", record, "redis")
            #expect(event?.value == nil)
            #expect(
                event?.reason?.hasPrefix("its set-up was refused: CONFIG SET no-such 1: ") == true,
                "\(event?.reason ?? "")")
            #expect(!record.phases.contains { $0.name == "event: DEBUG SLEEP 0.3" })
            #expect(during("quiet", "p99", record, "redis")?.value != nil)
        }

        @Test func aClusterLosesANodeAndMovesSlots() throws {
            let text = """
                schema: hashmark.workload/1
                name: nodes
                keyspaces:
                  - {name: a, keys: 2000, key_size: 16, value_size: 64}
                operations:
                  - {name: get, command: "GET {key}", weight: 1}
                load: {connections: 4, arrival: {constant: {rate: 1000}}}
                phases:
                  - prefill
                  - measure:
                      duration: 8s
                      events:
                        - {at: 500ms, cluster: migrate_slots, watch: 1s}
                        - {at: 2s, cluster: failover, watch: 5s}

                """
            let json = folder.file("run.json")
            let output = try Hashmark.run(
                "replay", try write(text, "nodes.yaml"), "--target",
                "nodes=cluster:3*exec:redis-server --cluster-node-timeout 1000", "--target",
                "one=ref:valkey-9.1", "--no-memory", "--json", json, "--quiet")
            #expect(output.ending == .exited(0), "\(output.stderr)")
            let record = try RunRecord.read(json)
            #expect(during("slot migration", "p50", record, "nodes")?.value != nil)
            // A node is missed for a second before another is elected.
            let outage = try #require(during("failover", "max", record, "nodes")?.value)
            #expect(outage > 500_000_000, "\(outage)")
            for name in ["slot migration", "failover"] {
                let reason = during(name, "p99", record, "one")?.reason
                #expect(reason == "it is one server, and no cluster", "\(name)")
            }
        }

        @Test(arguments: [
            ("from: 2500ms, for: 200ms", "from: 2900ms, for: 200ms", "of a phase of 3000 ms"),
            ("name: storm", "name: large", "two overlays are named"),
            ("keyspace: b}]", "keyspace: c}]", "there is no keyspace `c`"),
            ("watch: 1s}", "replica: attach}", "with 2 of command, slow_readers, replica and"),
            ("command: BGSAVE, watch", "cluster: failure, watch", "`failure` is nothing that"),
            ("connections: 2, command", "connections: 0, command", "0 slow readers"),
        ])
        func mistakesAreTold(part: String, wrong: String, words: String) throws {
            let path = try write(text.replacing(part, with: wrong), "wrong.yaml")
            let output = try Hashmark.run("workload", "check", path)
            #expect(output.ending == .exited(1))
            #expect(
                (output.stdout + output.stderr).contains(words), "\(output.stdout)\(output.stderr)")
        }
    }
}

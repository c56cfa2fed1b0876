// `hashmark suite` on a suite of claims, end to end on small experiments.
import Foundation
import RunRecord
import TestSupport
import Testing

private func write(_ text: String, _ path: String) throws {
    try text.write(toFile: path, atomically: true, encoding: .utf8)
}

/// Bytes and rounds of two tables, and of a program that is not there.
private func smallClaims(_ folder: TemporaryFolder) throws -> String {
    try write(
        """
        schema: hashmark.workload/1
        name: small
        provenance: assumed
        keyspaces:
          - {keys: 5000, key_size: 16, value_size: 64, popularity: uniform}
        operations: [{name: get, command: "GET {key}"}]
        load: {connections: 2, pipeline: 16}
        """, folder.file("small.yaml"))
    try write(
        """
        schema: hashmark.claims/1
        name: small
        sources: {here: {cite: This test}}
        targets:
          - {label: old, target: 'ref:valkey-7.2'}
          - {label: new, target: 'ref:valkey-9.1'}
          - {label: probing, target: 'ref:f14'}
          - {label: gone, target: 'exec:no-such-server', optional: true}
        experiments:
          - name: bytes
            targets: [old, new, gone]
            memory: {key_size: 16, value_size: 64, entries: 20_000}
          - name: probes
            targets: [new, probing]
            memory: {key_size: 8, value_size: 8, entries: 3_072}
          - name: time
            targets: [old, new]
            rounds: {workload: \(folder.file("small.yaml")), rounds: 1}
        claims:
          - {id: less, says: It takes less., source: here, experiment: bytes,
             metric: memory_bytes_per_entry/reported, change: {from: old, to: new, max: -0.2}}
          - {id: much-less, says: It takes much less., source: here, experiment: bytes,
             metric: memory_bytes_per_entry/reported, change: {from: old, to: new, max: -0.9}}
          - {id: one-allocation, says: One allocation an entry., source: here, experiment: bytes,
             metric: allocations_per_entry, value: {of: new, min: 1, max: 1.05}}
          - {id: absent, says: So does the other., source: here, experiment: bytes,
             metric: memory_bytes_per_entry/reported, change: {from: old, to: gone, max: 0}}
          - {id: faster, says: It is faster., source: here, experiment: time,
             metric: server_cpu_ns_per_op, change: {from: old, to: new, max: 0}}
          - {id: few-probes, says: It reads few groups., source: here, experiment: probes,
             metric: probe_length, value: {of: probing, min: 1, max: 1.2}}
          - {id: no-probes, says: It has none., source: here, experiment: probes,
             metric: probe_length, value: {of: new, min: 1, max: 1}}
        """, folder.file("claims.yaml"))
    return folder.file("claims.yaml")
}

/// An experiment of every kind.
private let kinds = """
    schema: hashmark.claims/1
    name: kinds
    sources: {here: {cite: This test}}
    targets:
      - {label: one, target: 'ref:valkey-9.1?batch=1'}
      - {label: many, target: 'ref:valkey-9.1?batch=16'}
      - {label: old, target: 'ref:valkey-7.2'}
      - {label: redis, target: 'exec:redis-server', optional: true}
      - {label: heard, target: 'exec:redis-server', optional: true, monitored: true}
    experiments:
      - name: fields
        targets: [one, old]
        collection: {type: hash, entries: 50, members: 100, member_size: 8, value_size: 8}
      - {name: tables, targets: [one, many],
         tables: {key_size: 16, value_size: 64, entries: 2_000, rounds: 6}}
      - name: hashes
        targets: [one]
        rounds: {workload: sets-and-hashes, operation: hget, members: 40, entries: 100,
          rounds: 1, memory: true}
      - {name: filters, targets: [old],
         rounds: {workload: membership, operation: bf_exists, entries: 1, rounds: 1}}
      - {name: listened, targets: [redis, heard],
         rounds: {workload: get-16x64, entries: 2_000, rounds: 6}}
      - {name: huge, targets: [one], cpus: 100_000,
         rounds: {workload: get-16x64, entries: 10}}
    claims:
      - {id: smaller, says: S., source: here, experiment: fields,
         metric: memory_bytes_per_element/reported, change: {from: old, to: one, max: 0}}
      - {id: prefetched, says: P., source: here, experiment: tables,
         metric: table_cpu_ns_per_op/find, change: {from: one, to: many, min: -1, max: 9}}
      - {id: fields, says: F., source: here, experiment: hashes,
         metric: memory_bytes_per_entry/reported, value: {of: one, min: 1_600, max: 3_000}}
      - {id: filter, says: B., source: here, experiment: filters,
         metric: server_cpu_ns_per_op, value: {of: old, min: 0}, command: hashmark list}
      - {id: heard, says: H., source: here, experiment: listened,
         metric: server_cpu_ns_per_op, change: {from: redis, to: heard, min: 0.1}}
      - {id: huge, says: H., source: here, experiment: huge,
         metric: server_cpu_ns_per_op, value: {of: one, min: 0}, command: hashmark list}
    """

@Suite struct ClaimsVerbTests {
    @Test func everyClaimHasItsOutcome() throws {
        let folder = TemporaryFolder()
        let suite = try smallClaims(folder)
        let output = try Hashmark.run("suite", suite, "--out", folder.file("out"), "--quiet")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        #expect(output.stderr.contains("no-such-server"))
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(try RecordSchema.violations(ofRecordAt: folder.file("out/run.json")) == [])
        #expect(!record.partial)
        #expect(
            record.claims.map(\.id) == [
                "less", "much-less", "one-allocation", "absent", "faster", "few-probes",
                "no-probes",
            ])
        #expect(
            record.claims.map(\.outcome) == [
                .reproduced, .notReproduced, .reproduced, .notMeasurable, .notMeasurable,
                .reproduced, .notMeasurable,
            ])
        #expect(record.claims[0].measured! < -0.2 && record.claims[0].measured! > -0.5)
        #expect(record.claims[1].measured == record.claims[0].measured)
        #expect(record.claims[3].reason!.contains("not installed"))
        // One round gives no interval, and a timed figure without one shows nothing.
        #expect(record.claims[4].reason!.contains("6"))
        // Results are kept under the experiments' names.
        #expect(Set(record.results.map(\.workload)) == ["bytes", "probes", "time"])
        #expect(record.claims[6].reason!.contains("does not tell"))
        let page = try String(contentsOfFile: folder.file("out/index.html"), encoding: .utf8)
        for text in [output.stdout, page] {
            for word in ["much-less", "not reproduced", "not measurable here", "This test"] {
                #expect(text.contains(word), "\(word)")
            }
        }
    }

    /// Collections, tables alone, one operation of a workload, bytes beside rounds, a client that
    /// listens, and what takes more CPUs than any machine has.
    @Test func everyKindOfExperimentIsMeasured() throws {
        let folder = TemporaryFolder()
        try write(kinds, folder.file("kinds.yaml"))
        let output = try Hashmark.run(
            "suite", folder.file("kinds.yaml"), "--out", folder.file("out"), "--quiet")
        #expect(output.ending == .exited(0), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(try RecordSchema.violations(ofRecordAt: folder.file("out/run.json")) == [])
        let claims = Dictionary(uniqueKeysWithValues: record.claims.map { ($0.id, $0) })
        for id in ["smaller", "prefetched", "fields"] {
            #expect(claims[id]?.outcome == .reproduced, "\(String(describing: claims[id]))")
        }
        // No CPU time to the digit: but a listener is told of every request.
        #expect(claims["heard"]?.outcome != .notReproduced)
        #expect(claims["huge"]?.outcome == .notMeasurable)
        #expect(claims["huge"]?.reason?.contains("100000 CPUs") == true)
        #expect(output.stdout.contains("what would measure it: hashmark list"))
        #expect(!record.rounds.contains { $0.workload == "huge" })
        // Once servers have filters it has a figure, and until then a reason.
        let filter = try #require(claims["filter"])
        #expect(filter.outcome == .reproduced || filter.reason?.contains("lacks commands") == true)
    }

    /// What breaks off has no outcome but a reason; the rest is measured, and the exit code tells.
    @Test func anExperimentThatBreaksOffEndsNothingElse() throws {
        let folder = TemporaryFolder()
        try write(
            """
            schema: hashmark.claims/1
            name: broken
            sources: {here: {cite: This test}}
            targets:
              - {label: dead, target: 'exec:/bin/false'}
              - {label: alive, target: 'ref:valkey-9.1'}
            experiments:
              - {name: none, targets: [alive, dead],
                 memory: {key_size: 8, value_size: 8, entries: 1_000}}
              - {name: some, targets: [alive],
                 memory: {key_size: 8, value_size: 8, entries: 1_000}}
            claims:
              - {id: fits, says: F., source: here, experiment: none,
                 metric: memory_bytes_per_entry/reported, value: {of: alive, min: 0}}
              - {id: other, says: O., source: here, experiment: some,
                 metric: memory_bytes_per_entry/reported, value: {of: alive, min: 0}}
            """, folder.file("broken.yaml"))
        let output = try Hashmark.run(
            "suite", folder.file("broken.yaml"), "--out", folder.file("out"), "--quiet")
        #expect(output.ending == .exited(3), "\(output.stderr)")
        let record = try RunRecord.read(folder.file("out/run.json"))
        #expect(record.claims.map(\.outcome) == [.notMeasurable, .reproduced])
        // The figure is there, and of a part.
        #expect(record.results.contains { $0.workload == "none" && $0.value != nil })
        #expect(record.claims[0].measured == nil && record.claims[0].unmeasured != nil)
    }

    @Test func conditionsOfAClaimAreNotForTheCommandLine() throws {
        let folder = TemporaryFolder()
        let suite = try smallClaims(folder)
        let output = try Hashmark.run("suite", suite, "--entries", "10")
        #expect(output.ending == .exited(64) && output.stderr.contains("claims"))
        try write(
            String(contentsOfFile: suite, encoding: .utf8).replacing("max: 0}", with: "mox: 0}"),
            suite)
        let wrong = try Hashmark.run("suite", suite)
        #expect(wrong.ending == .exited(1))
        #expect(wrong.stderr.contains("claims.yaml:") && wrong.stderr.contains("did you mean"))
    }
}

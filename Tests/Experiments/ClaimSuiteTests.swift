// Suites of claims: the shipped one, what a good file means, and every way one can be wrong.
import Experiments
import Foundation
import RunRecord
import StrictYAML
import Testing
import Workloads

private let good = """
    schema: hashmark.claims/1
    name: c
    title: t
    sources: {s: {cite: Somebody, licence: l, url: 'https://x'}}
    targets:
      - {label: old, target: 'ref:valkey-7.2?cluster=1'}
      - {label: new, target: 'exec:a b', optional: true, monitored: true}
    experiments:
      - {name: bytes, targets: [old, new], memory: {key_size: 8B, value_size: 9, entries: 10, ttl: 5}}
      - {name: misses, targets: [new], counters: {workload: w, entries: 20, pipeline: 3, requests: 7}}
      - {name: cpu, targets: [old], rounds: {workload: v, entries: 1_000, pipeline: 4, rounds: 9}}
      - {name: sets, targets: [old], cpus: 3,
         collection: {type: set, entries: 5, members: 6, member_size: 7}}
      - {name: alone, targets: [old], tables: {key_size: 8, value_size: 0, entries: 9}}
      - {name: both, targets: [old, new],
         rounds: {workload: v, operation: get, members: 2, member_size: 3, connections: 4,
         memory: true}}
    claims:
      - {id: a, says: A., source: s, experiment: bytes, metric: memory_bytes_per_entry/rss,
         change: {from: old, to: new, min: -0.5, max: -0.25}, note: n}
      - {id: b, says: B., source: s, experiment: bytes, metric: memory_bytes_per_entry/rss,
         difference: {from: old, to: new, max: 3}}
      - {id: c, says: C., source: s, experiment: misses, metric: sim_ll_read_misses_per_op,
         value: {of: new, min: 1}}
      - {id: d, says: D., source: s, experiment: bytes, metric: memory_bytes_per_entry/requested,
         overhead: {of: old, min: 1, max: 2}}
      - {id: e, says: E., source: s, experiment: misses, metric: sim_ll_read_misses_per_op,
         change: {from: old, of: bytes, to: new, max: 0}, function: f, command: hashmark list}
      - {id: f, says: F., source: s, experiment: both, metric: throughput_ops_per_core_s,
         cost: {from: old, to: new, per_core_hour: 0.5, per_gb_hour: 0, operations: 1k,
         entries: 2M, max: 0}}

    """

private func problems(_ text: String) -> [FileProblem] {
    do {
        _ = try ClaimSuite(yaml: Array(text.utf8), file: "c.yaml")
        return []
    } catch {
        return error.problems
    }
}

@Suite struct ClaimSuiteTests {
    @Test func everyKeyIsRead() throws {
        let suite = try ClaimSuite(yaml: Array(good.utf8), file: "c.yaml")
        #expect(suite.name == "c" && suite.title == "t")
        #expect(suite.targets.map(\.label) == ["old", "new"])
        #expect(suite.targets.map(\.spelling) == ["ref:valkey-7.2?cluster=1", "exec:a b"])
        #expect(suite.targets.map(\.optional) == [false, true])
        var narrow = ClaimSuite.LoadSettings(workload: "v")
        (narrow.operation, narrow.members, narrow.memberSize) = ("get", 2, 3)
        narrow.connections = 4
        #expect(
            suite.experiments.map(\.measure) == [
                .memory(keySize: 8, valueSize: 9, entries: 10, ttlSeconds: 5),
                .counters(.init(workload: "w", entries: 20, pipeline: 3), requests: 7),
                .rounds(
                    .init(workload: "v", entries: 1_000, pipeline: 4), rounds: 9,
                    readsMemory: false),
                .collection(
                    .init(kind: .set, memberBytes: 7, valueBytes: 0), containers: 5, members: 6),
                .tables(keySize: 8, valueSize: 0, entries: 9, rounds: 11),
                .rounds(narrow, rounds: 6, readsMemory: true),
            ])
        #expect(
            suite.experiments.map(\.targets) == [
                ["old", "new"], ["new"], ["old"], ["old"], ["old"], ["old", "new"],
            ])
        #expect(suite.experiments.map(\.cpus) == [1, 1, 1, 3, 1, 1])
        #expect(suite.targets.map(\.monitored) == [false, true])
        #expect(
            suite.claims.map(\.quantity) == [
                .change, .difference, .value, .overhead, .change, .cost,
            ])
        let (apart, cost) = (suite.claims[4], suite.claims[5])
        #expect(apart.baselineWorkload == "bytes" && apart.workload == "misses")
        #expect(apart.function == "f" && apart.command == "hashmark list")
        #expect(
            cost.prices
                == .init(perCoreHour: 0.5, perGBHour: 0, operations: 1_000, entries: 2_000_000))
        #expect(cost.baselineWorkload == nil && suite.claims[0].prices == nil)
        #expect(suite.claims[0].expected == .init(min: -0.5, max: -0.25))
        #expect(suite.claims[0].baseline == "old" && suite.claims[0].target == "new")
        #expect(suite.claims[0].note == "n" && suite.claims[0].source == "Somebody, https://x")
        #expect(suite.claims[0].workload == "bytes" && suite.claims[0].outcome == nil)
        #expect(suite.claims[2].baseline == nil && suite.claims[2].expected == .init(min: 1))
    }

    @Test(arguments: [
        ("name: c\n", "nme: c\n", "did you mean `name`"),
        ("hashmark.claims/1", "hashmark.claims/2", "not `hashmark.claims/1`"),
        ("source: s, experiment: misses", "source: z, experiment: misses", "no source"),
        ("experiment: misses, metric", "experiment: missed, metric", "no experiment is called"),
        ("sim_ll_read_misses_per_op", "sim_ll_misses", "no metric is called"),
        ("value: {of: new, min: 1}", "value: {of: old, min: 1}", "has no target `old`"),
        ("value: {of: new, min: 1}", "value: {of: new}", "has no `min`"),
        ("value: {of: new, min: 1}", "value: {of: new, min: 2, max: 1}", "above max"),
        ("value: {of: new, min: 1}", "note: n", "claims 0 quantities"),
        ("overhead: {of: old, min: 1, max: 2}", "overhead: {from: old, min: 1}", "unknown key"),
        ("targets: [new]", "targets: [newer]", "no target is called"),
        ("entries: 10,", "entries: 0,", "is 0"),
        ("counters: {workload: w", "counters: {wrkload: w", "unknown key `wrkload`"),
        ("targets: [old], rounds:", "targets: [old], memory: {}, rounds:", "has memory and rounds"),
        ("type: set", "type: sets", "no collections of type `sets`"),
        ("members: 6, ", "", "has no `members`"),
        ("of: bytes, ", "of: byte, ", "no experiment is called `byte`"),
        ("from: old, of: bytes", "from: old, of: misses", "has no target `old`"),
        ("from: old, to: new, max: 3", "from: new, to: new, max: 3", "compared with itself"),
        ("per_gb_hour: 0, ", "", "has no `per_gb_hour`"),
        ("min: -0.5, max: -0.25}", "min: -0.5, max: -0.25}, function: f", "not told by function"),
        ("cpus: 3", "cpus: 0", "is 0"),
        ("label: new", "label: old", "two targets have the label `old`"),
        ("id: d", "id: c", "two claims have the id `c`"),
        ("name: cpu", "name: misses", "two experiments have the name `misses`"),
    ])
    func everyFaultHasItsLine(old: String, new: String, message: String) throws {
        #expect(good.contains(old), "\(old)")
        let found = problems(good.replacing(old, with: new, maxReplacements: 1))
        #expect(
            found.contains { "\($0)".contains(message) && $0.line != nil },
            "\(found.map { "\($0)" })")
    }

    @Test(arguments: ["claims", "rivals-claims"])
    func shippedSuitesAreSound(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let path = root.appending(path: "Workloads/suites/\(name).yaml").path
        guard case .claims(let suite) = try SuiteFile(file: path) else {
            Issue.record("\(name).yaml is no suite of claims")
            return
        }
        // Every experiment is there for a claim, every target for an experiment.
        #expect(Set(suite.claims.map(\.workload)) == Set(suite.experiments.map(\.name)))
        // What takes more CPUs than a small machine has says what would measure it.
        let large = Set(suite.experiments.filter { $0.cpus > 2 }.map(\.name))
        for claim in suite.claims where large.contains(claim.workload) {
            #expect(claim.command != nil, "\(claim.id)")
        }
        #expect(Set(suite.experiments.flatMap(\.targets)) == Set(suite.targets.map(\.label)))
        for experiment in suite.experiments {
            guard let load = experiment.measure.load else { continue }
            let file = root.appending(path: "Workloads/\(load.workload).yaml").path
            // What is made of the file, too.
            _ = try CompiledWorkload(load.narrowed(Workload(file: file)))
        }
    }

    @Test func theSchemaTellsTheKindsApart() throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "claims-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "s.yaml").path
        try good.write(toFile: path, atomically: true, encoding: .utf8)
        guard case .claims = try SuiteFile(file: path) else {
            Issue.record("a suite of claims was taken for another")
            return
        }
        try "schema: hashmark.suite/1\nname: s\ntargets: [ref:valkey-9.1]\nworkloads: [w]\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
        guard case .comparison = try SuiteFile(file: path) else {
            Issue.record("a suite was taken for one of claims")
            return
        }
        #expect(throws: FileProblems.self) { try SuiteFile(file: path + ".none") }
    }
}

// Suites that compare targets, as they are shipped and as nobody should write them; and the
// reference of workload and suite files.
import Experiments
import Foundation
import ShippedFiles
import StrictYAML
import Testing
import Workloads

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func shipped(_ name: String) throws -> Suite {
    guard case .comparison(let suite) = try SuiteFile(file: name, in: SearchPath([root.path]))
    else { throw NotAComparison() }
    return suite
}

private struct NotAComparison: Error {}

@Suite struct SuiteTests {
    @Test(arguments: ["bad-days", "fleet", "memory", "releases", "smoke"])
    func shippedSuitesNameFilesThatAreThere(name: String) throws {
        let suite = try shipped(name)
        let workloads = ShippedFiles.names(in: .workload)
        #expect(suite.name == name && !suite.title.isEmpty)
        #expect(!suite.workloads.isEmpty)
        #expect(suite.workloads.allSatisfy { workloads.contains($0) })
    }

    @Test func theFleetIsEveryWorkloadThatStandsForOne() throws {
        #expect(
            try shipped("fleet").workloads == [
                "twitter-c52-storage", "twitter-c25-tiny-read", "twitter-c12-write-heavy",
                "twitter-c15-dedup", "twitter-c22-counter-negative", "twitter-c14-delete-heavy",
                "twitter-c37-large-short-ttl", "fb-etc-2012", "fb-usr-2012", "fb-wildcard-2013",
                "meta-kvcache-202401", "rocksdb-zippydb-2020", "ycsb-a", "ycsb-b", "ycsb-c",
                "ycsb-d", "ycsb-e", "ycsb-f", "valkey-fleet-median", "tiny-8x8", "hot-key",
                "sets-and-hashes",
            ])
    }

    private func suite(_ workloads: String) throws(FileProblems) -> Suite {
        let text =
            "schema: hashmark.suite/1\nname: s\ntargets: [ref:valkey-9.1]\nworkloads: "
            + "[\(workloads)]\n"
        return try Suite(yaml: Array(text.utf8), file: "s.yaml")
    }

    @Test func workloadsMayHaveWeights() throws {
        let found = try suite("a, {workload: b, weight: 2.5, source: assumed}")
        #expect(found.workloads == ["a", "b"])
        #expect(found.weights == ["b": Suite.Weight(value: 2.5, source: "assumed")])
        #expect(try shipped("fleet").weights.count == 12)
    }

    @Test(arguments: [
        "{workload: b, weight: 2}", "{workload: b, source: assumed}",
        "{weight: 2, source: assumed}", "{workload: b, weight: 0, source: x}",
        "{workload: b, weight: x, source: x}", "{workload: b, wait: 1}", "[a]",
    ])
    func weightsThatAreRefused(workload: String) {
        #expect(throws: FileProblems.self) { try suite(workload) }
    }

    @Test func targetsMayBeForSomeWorkloads() throws {
        let text = """
            schema: hashmark.suite/1
            name: s
            targets: [ref:valkey-9.1, {target: ref:valkey-8.1, workloads: [b]}]
            workloads: [a, b]
            """
        let suite = try Suite(yaml: Array(text.utf8), file: "s.yaml")
        #expect(suite.targets[0].isFor("a") && suite.targets[0].isFor("b"))
        #expect(!suite.targets[1].isFor("a") && suite.targets[1].isFor("b"))
        #expect(suite.leastLoads == 3)
        let wrong = text.replacing("workloads: [b]}", with: "workloads: [c]}")
        let error = #expect(throws: FileProblems.self) {
            try Suite(yaml: Array(wrong.utf8), file: "s.yaml")
        }
        #expect(error?.problems.contains { $0.problem.contains("`c`, which is no") } == true)
    }

    @Test(arguments: ["-1", "0", "9223372036854775807", "1e300", "1e-300", "NaN", "inf", "1.5"])
    func numbersAreBounded(value: String) {
        for key in ["rounds", "entries"] {
            let text = """
                schema: hashmark.suite/1
                name: s
                targets: [ref:valkey-9.1]
                workloads: [get-16x64]
                \(key): \(value)
                """
            #expect(throws: FileProblems.self, "\(key): \(value)") {
                try Suite(yaml: Array(text.utf8), file: "s.yaml")
            }
        }
    }
}

@Suite struct ReferenceTests {
    /// Keys named in the first column of each section's tables.
    private func documentedKeys() throws -> [String: [String]] {
        let text = try String(
            contentsOf: root.appending(path: "Workloads/README.md"), encoding: .utf8)
        var keys: [String: [String]] = [:]
        var section: String?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") {
                let name = line.split(separator: "`")
                section = line.hasPrefix("### `") && name.count > 1 ? String(name[1]) : nil
            } else if let section, line.hasPrefix("| `") {
                keys[section, default: []].append(String(line.split(separator: "`")[1]))
            }
        }
        return keys
    }

    @Test func itNamesEveryKeyAndNoOther() throws {
        let workloads = FormatSection.allCases.map { ($0.rawValue, $0.keys) }
        let suites = SuiteSection.allCases.map { ($0.rawValue, $0.keys) }
        let sweeps = SweepSection.allCases.map { ($0.rawValue, $0.keys) }
        let sections = Dictionary(uniqueKeysWithValues: workloads + suites + sweeps)
        let documented = try documentedKeys()
        #expect(Set(documented.keys) == Set(sections.keys))
        for (section, keys) in sections {
            #expect(documented[section] == keys, "section \(section)")
        }
    }
}

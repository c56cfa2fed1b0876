// The files in Workloads/, and their reference.
import Foundation
import Testing
import Workloads

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func path(_ name: String) -> String {
    root.appending(path: "Workloads/\(name).yaml").path
}

@Test func theShippedWorkloadsAreFound() {
    let names = Workload.names(home: root.path)
    for name in ["hot-key", "tiny-8x8", "twitter-c52-storage", "valkey-fleet-median"] {
        #expect(names.contains(name))
        #expect(Workload.locate(name, home: root.path) == path(name))
    }
    #expect(Workload.locate("no-such", home: root.path) == "no-such")
    #expect(Workload.locate(path("hot-key"), home: "/") == path("hot-key"))
}

@Test(arguments: Workload.names(home: root.path))
func shippedWorkloadsMeetTheirSources(name: String) throws {
    let workload = try Workload(file: path(name))
    #expect(workload.name == name && !workload.title.isEmpty)
    #expect(!workload.sources.isEmpty && !workload.provenance.entries.isEmpty)
    #expect(!workload.expect.isEmpty && workload.expect.tolerance <= 0.05)
    for seed in [1, 2, 3] as [UInt64] {
        let description = try workload.describe(requests: 500_000, seed: seed)
        #expect(description.violations.isEmpty, "\(name), seed \(seed)")
        for row in description.rows where row.unit.isEmpty {
            if let requested = row.requested {
                // shares: five standard deviations of a sample of 500,000
                let spread = (requested * (1 - requested) / 500_000).squareRoot()
                #expect(abs(row.realised - requested) <= 5 * spread + 2e-6, "\(row.name)")
            }
        }
    }
    let compiled = try CompiledWorkload(workload)
    #expect(compiled.populatedKeys == workload.keyCount)
}

@Test(arguments: Workload.names(home: root.path))
func everyLineOfAShippedWorkloadHasAComment(name: String) throws {
    let text = try String(contentsOfFile: path(name), encoding: .utf8)
    var inProvenance = false
    for (number, line) in text.split(separator: "\n").enumerated() {
        // entries of `provenance` are comments by nature
        if line.first != " " { inProvenance = line.hasPrefix("provenance:") }
        #expect(inProvenance || line.contains("#"), "\(name).yaml:\(number + 1)")
    }
}

@Test func twitterCluster52IsAsPublished() throws {
    let workload = try Workload(file: path("twitter-c52-storage"))
    #expect(workload.keyspaces[0].popularity == .zipf(alpha: 1.2117, offset: 10))
    #expect(workload.provenance["keyspaces[0].value_size.quantiles.p50"].kind == .observed)
    #expect(workload.provenance["keyspaces[0].value_size.hot.quantiles.p60"].kind == .fitted)
    #expect(workload.provenance["keyspaces[0].key_size"].source == "yang-2020")
    let compiled = try CompiledWorkload(workload)
    #expect(abs(compiled.share(keyspace: 0, ofTop: 1) - 0.02176) < 1e-4)
    #expect(abs(compiled.share(keyspace: 0, ofTop: 2_000) - 0.76636) < 1e-4)
    // fewer keys: the same law, without the expectations that hang on their number
    let small = workload.scaled(toKeys: 20_000)
    #expect(small.keyCount == 20_000 && small.expect.requests.shareOfTop.isEmpty)
    #expect(try small.describe(requests: 100_000).rows.count > 40)
}

@Test func describeComparesThreeFigures() throws {
    let description = try Workload(file: path("valkey-fleet-median")).describe(requests: 100_000)
    let row = try #require(
        description.rows.first { $0.population == "keys" && $0.name == "value_size p50" })
    #expect(row.requested == 80 && row.expected == 80 && row.realised == 80)
    #expect(row.deviation == 0)
    let pair = try #require(
        description.rows.first { $0.population == "keys" && $0.name == "pair_size p50" })
    #expect(pair.expected == 100 && pair.realised == 96)
    var workload = try Workload(file: path("valkey-fleet-median"))
    workload.expect.keys.valueSize = [.percentile(50): 100]
    let wrong = try workload.describe(requests: 300_000)
    #expect(wrong.violations.map(\.name) == ["value_size p50"])
    let complaint = wrong.complaints(file: "w.yaml").map(\.description)
    #expect(
        complaint == [
            "w.yaml: keys value_size p50 is 80 B, 100 B is published (-20.0 %, tolerance 5.0 %): "
                + "correct the distribution, or `expect`"
        ])
    let lines = wrong.table.split(separator: "\n")
    #expect(
        lines.contains {
            $0.contains("value_size p50") && $0.hasSuffix("too far  observed olson-2025")
        })
}

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

@Test func theReferenceNamesEveryKeyAndNoOther() throws {
    let documented = try documentedKeys()
    #expect(Set(documented.keys) == Set(FormatSection.allCases.map(\.rawValue)))
    for section in FormatSection.allCases {
        #expect(documented[section.rawValue] == section.keys, "section \(section.rawValue)")
    }
}

@Test func everyKeyOfTheFormatIsRead() throws {
    // All of them at once: a key that the decoder knows but never asks for would go unnoticed.
    let text = """
        schema: hashmark.workload/1
        name: every.key-1
        title: t
        sources: {a: {cite: c, licence: l, url: u}}
        provenance: observed a (all of it)
        keyspaces:
          - {name: one, weight: 2, keys: 1_000, populated: 0.5, prefix: 'a:', key_size: 16,
             value_size: {quantiles: {p0: 1, p100: 1e3}, min: 2, max: 900, bind: write,
                          hot: {top: 0.1, uniform: {min: 5, max: 6}}},
             popularity: {zipf: {alpha: 0.99, offset: 1}},
             ttl: {discrete: [{value: none, weight: 1}, {value: 1d, weight: 2}], bind: key}, seed: 7}
          - {name: two, keys: 10, prefix: 'b:', popularity: uniform, value_size: {constant: 3},
             key_size: {uniform: {min: 4, max: 9}}}
        operations:
          - {name: g, command: 'GET {key}', weight: 0.5, keyspace: one}
          - {command: 'SET {key} {value} {expiry}'}
        load: {connections: 3, pipeline: 4}
        phases: [{prefill: {command: 'SET {key} {value} {expiry}', pipeline: 8}},
                 {verify: {sample: 9}}, {settle: {timeout: 5m}}, {warm_up: {requests: 10}},
                 {measure: {duration: 1500ms}}]
        expect: {tolerance: 0.1, keys: {key_size: 8, value_size: {p99.9: 4}, pair_size: {mean: 2}},
                 requests: {key_size: 1, value_size: 2, pair_size: 3, hottest_key_share: 0.1,
                            top_1_percent_share: 0.2, top_10_percent_share: 0.3}}
        """
    let workload = try Workload(yaml: Array(text.utf8), file: "every.yaml")
    let one = workload.keyspaces[0]
    #expect(one.name == "one" && one.weight == 2 && one.keys == 1_000 && one.populatedKeys == 500)
    #expect(one.prefix == "a:" && one.seed == 7 && one.keySize == SizeSpec(.constant(16)))
    #expect(
        one.valueSize
            == SizeSpec(
                .quantiles([.init(percent: 0, value: 1), .init(percent: 100, value: 1_000)]),
                least: 2, most: 900, binding: .write,
                hot: .init(top: 0.1, distribution: .uniform(least: 5, most: 6))))
    #expect(one.popularity == .zipf(alpha: 0.99, offset: 1))
    #expect(
        one.ttl
            == SizeSpec(
                .discrete([.init(value: 0, weight: 1), .init(value: 86_400, weight: 2)]),
                binding: .key))
    #expect(workload.keyspaces[1].keySize == SizeSpec(.uniform(least: 4, most: 9)))
    #expect(workload.operations.map(\.name) == ["g", "set"])
    #expect(workload.operations[0].keyspace == "one" && workload.operations[1].weight == 1)
    #expect(workload.load == LoadSpec(connections: 3, pipeline: 4))
    #expect(
        workload.phases == [
            .prefill(command: .set, pipeline: 8), .verify(sample: 9),
            .settle(timeoutMilliseconds: 300_000), .warmUp(.requests(10)),
            .measure(.milliseconds(1_500)),
        ])
    #expect(workload.expect.keys.valueSize == [.percentile(99.9): 4])
    #expect(workload.expect.requests.shareOfTop.count == 3)
    #expect(workload.provenance["keyspaces"].note == "all of it")
    #expect(workload.contentHash.hasPrefix("fnv1a64:") && workload.contentHash.count == 24)
}

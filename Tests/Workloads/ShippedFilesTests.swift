// The files in Workloads/, and their reference.
import Foundation
import Testing
import Workloads

private let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func path(_ name: String) -> String {
    root.appending(path: "Workloads/\(name).yaml").path
}

private func shippedSuite(_ name: String) throws -> Suite {
    guard case .comparison(let suite) = try SuiteFile(file: Suite.locate(name, home: root.path))
    else { throw NotAComparison() }
    return suite
}

private struct NotAComparison: Error {}

@Test func theShippedWorkloadsAreFound() {
    let names = Workload.names(home: root.path)
    let fleet = [
        "twitter-c52-storage", "twitter-c25-tiny-read", "twitter-c12-write-heavy",
        "twitter-c15-dedup", "twitter-c22-counter-negative", "twitter-c14-delete-heavy",
        "twitter-c37-large-short-ttl", "fb-etc-2012", "fb-usr-2012", "fb-wildcard-2013",
        "meta-kvcache-202401", "rocksdb-zippydb-2020", "ycsb-a", "ycsb-b", "ycsb-c", "ycsb-d",
        "ycsb-e", "ycsb-f", "valkey-fleet-median", "tiny-8x8", "hot-key", "sets-and-hashes",
    ]
    #expect((try? shippedSuite("fleet"))?.workloads == fleet)
    for name in fleet {
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
    let description = try workload.describe(requests: 300_000, seed: 2)
    let complaints = description.complaints(file: name).map(\.description)
    #expect(complaints.isEmpty, "\(complaints)")
    for fit in description.fits {
        switch fit.test {
        case .chiSquare: #expect(fit.value < 4, "\(name): \(fit)")
        // each key once, by evenly spread places: closer than chance
        case .distance where fit.name.hasSuffix("of keys"):
            #expect(fit.value < 0.01, "\(name): \(fit)")
        // few keys have most of the requests, each with one size
        case .distance: #expect(fit.value < 0.1, "\(name): \(fit)")
        }
    }
    let compiled = try CompiledWorkload(workload)
    #expect(compiled.populatedKeys <= workload.keyCount && compiled.populatedKeys > 0)
}

@Test(arguments: Workload.names(home: root.path))
func everyLineOfAShippedWorkloadHasAComment(name: String) throws {
    let text = try String(contentsOfFile: path(name), encoding: .utf8)
    let sources = try Workload(file: path(name)).sources.keys
    let kinds = ["observed", "fitted", "derived", "assumed"]
    var section = ""
    for (number, line) in text.split(separator: "\n").enumerated() {
        let place: Comment = "\(name).yaml:\(number + 1)"
        if line.first != " " { section = String(line.prefix { $0 != ":" }) }
        // entries of `provenance` are comments by nature
        if section == "provenance" { continue }
        let parts = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(parts.count == 2, place)
        guard ["keyspaces", "operations", "load", "phases", "expect"].contains(section),
            parts.count == 2, parts[0].contains(where: \.isNumber)
        else { continue }
        // a number says what kind it is of; one that was published or fitted, by whom or to what
        let words = parts[1].split { " :,;()".contains($0) }.map(String.init)
        let kind = try #require(words.firstIndex { kinds.contains($0) }, place)
        if words[kind] == "observed" || words[kind] == "fitted" {
            #expect(words.count > kind + 1 && sources.contains(words[kind + 1]), place)
        }
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
          - {name: one, weight: 2, keys: 1_000, populated: 0.5, prefix: 'a:', key_size: 26,
             hash_tags: 10, fill: {compressibility: 0.5}, negative_lookups: 0.25,
             churn: {share: 0.5, requests: 1_000}, on_miss: 'SET {key} {value}',
             prefill: 'SET {key} {value}',
             value_size: {quantiles: {p0: 1, p100: 1e3}, min: 2, max: 900, bind: write},
             popularity: {zipf: {alpha: 0.99, offset: 1}},
             ttl: {discrete: [{value: none, weight: 1}, {value: 1d, weight: 2}], bind: key,
                   jitter: 0.1}, seed: 7}
          - {name: two, keys: 10, prefix: 'b:', popularity: {hotspot: {keys: 0.1, requests: 0.5}},
             key_size: {uniform: {min: 5, max: 9}}, members: 5, member_size: 6,
             value_size: {constant: 3, hot: {top: 0.1, uniform: {min: 5, max: 6}}}}
          - {name: three, keys: 1_000, prefix: 'c:', popularity: ycsb_compat, key_size: 30,
             value_size: {joint: [{key_up_to: 20, normal: {mean: 100, deviation: 5}},
                                  {key_up_to: 40, lognormal: {median: 9, sigma: 0.5}}]}}
          - {name: four, keys: 1_000, prefix: 'd:', popularity: {gaussian: {deviation: 0.1}},
             key_size: 30, fill: digits,
             value_size: {mixture: [{weight: 1, gev: {location: 9, scale: 1, shape: 0.1}},
                                    {weight: 3, gpd: {location: 9, scale: 1, shape: -0.1}},
                                    {weight: 1, piecewise: [{from: 1, to: 5, weight: 1}]}],
                          max: 18}}
          - {name: five, keys: 1_000, prefix: 'e:', key_size: 30,
             popularity: {buckets: [{keys: 0.1, requests: 0.9}, {keys: 0.9, requests: 0.1}]}}
          - {name: six, keys: 1_000, prefix: 'f:', key_size: 30,
             popularity: {exponential: {keys: 0.857, requests: 0.95}}}
          - {name: seven, keys: 1_000, prefix: 'g:', key_size: 30, populated: 0.5,
             popularity: {latest: {alpha: 0.99}}}
          - {name: eight, keys: 1_000, prefix: 'h:', key_size: 30, popularity: sequential}
          - {name: nine, keys: 1_000, prefix: 'i:', key_size: 30,
             popularity: {keyrange: {ranges: 30, a: 14.18, b: -2.917, c: 0.0164, d: -0.08082,
                                     key_a: 0.002312, key_b: 0.3467}}}
        operations:
          - {name: g, command: 'GET {key}', weight: 0.5, keyspace: one, then: 'SET {key} {value}'}
          - {command: 'SET {key} {value} {expiry}', keyspace: one, keys: new}
          - {name: h, command: 'HSET {key} {member} {value}', keyspace: two}
          - {name: m, command: 'MGET {keys}', length: {uniform: {min: 1, max: 9}}, keyspace: five}
          - {name: other, command: 'GET {key}'}
          - {name: w, command: 'SET {key} {value}', keyspace: three}
          - {name: x, command: 'SET {key} {value}', keyspace: four}
        load: {connections: 3, pipeline: 4, streams: 2, seed: 9,
               arrival: {burst: {rate: 1_000, on: 100ms, off: 1s}}}
        phases: [{prefill: {command: 'SET {key} x', pipeline: 8}},
                 {verify: {sample: 9}}, {settle: {timeout: 5m}},
                 {warm_up: {steady: {window: 200ms, change: 0.1, timeout: 5s}}},
                 {measure: {duration: 1500ms, events: [{at: 500ms, command: CONFIG SET hz 20}]}},
                 {cool_down: {requests: 10}}]
        expect: {tolerance: 0.1, keys: {key_size: 8, value_size: {p99.9: 4}, pair_size: {mean: 2}},
                 requests: {key_size: 1, value_size: 2, pair_size: 3, hottest_key_share: 0.1,
                            top_1_percent_share: 0.2, top_10_percent_share: 0.3}, hit_ratio: 0.5}
        """
    let workload = try Workload(yaml: Array(text.utf8), file: "every.yaml")
    let one = workload.keyspaces[0]
    #expect(one.name == "one" && one.weight == 2 && one.keys == 1_000 && one.populatedKeys == 500)
    #expect(one.prefix == "a:" && one.seed == 7 && one.keySize == SizeSpec(.constant(26)))
    #expect(one.hashTags == 10 && one.fill == .compressible(0.5) && one.negativeLookups == 0.25)
    #expect(one.churn == ChurnSpec(share: 0.5, requests: 1_000))
    #expect(one.onMiss?.description == "SET {key} {value}" && one.prefill == one.onMiss)
    #expect(
        one.valueSize
            == SizeSpec(
                .quantiles([.init(percent: 0, value: 1), .init(percent: 100, value: 1_000)]),
                least: 2, most: 900, binding: .write))
    #expect(one.popularity == .zipf(alpha: 0.99, offset: 1))
    var ttl = SizeSpec(.discrete([.init(value: 0, weight: 1), .init(value: 86_400, weight: 2)]))
    ttl.jitter = 0.1
    #expect(one.ttl == ttl)
    let two = workload.keyspaces[1]
    #expect(two.keySize == SizeSpec(.uniform(least: 5, most: 9)))
    #expect(two.members == SizeSpec(.constant(5)) && two.memberSize == 6)
    #expect(two.popularity == .hotspot(keys: 0.1, requests: 0.5))
    #expect(
        two.valueSize
            == SizeSpec(
                .constant(3), hot: .init(top: 0.1, distribution: .uniform(least: 5, most: 6))))
    let joint = try #require(workload.keyspaces[2].valueSize)
    #expect(
        joint.byKeySize == [
            .init(upTo: 20, distribution: .formula(.normal(mean: 100, deviation: 5))),
            .init(upTo: 40, distribution: .formula(.lognormal(median: 9, sigma: 0.5))),
        ])
    #expect(joint.distribution == .formula(.lognormal(median: 9, sigma: 0.5)))
    #expect(workload.keyspaces[2].popularity == .ycsbCompatible)
    #expect(workload.keyspaces[3].fill == .digits)
    #expect(
        workload.keyspaces[3].valueSize?.distribution
            == .mixture([
                WeightedPart(weight: 1, .formula(.gev(location: 9, scale: 1, shape: 0.1))),
                WeightedPart(weight: 3, .formula(.gpd(location: 9, scale: 1, shape: -0.1))),
                WeightedPart(
                    weight: 1, .piecewise([WeightedRange(least: 1, most: 5, weight: 1)])),
            ]))
    #expect(
        workload.keyspaces[3...].map(\.popularity) == [
            .gaussian(deviation: 0.1),
            .buckets([
                PopularityBucket(keys: 0.1, requests: 0.9),
                PopularityBucket(keys: 0.9, requests: 0.1),
            ]),
            .exponential(keys: 0.857, requests: 0.95), .latest(alpha: 0.99, offset: 0),
            .sequential,
            .keyRanges(
                KeyRanges(
                    ranges: 30, a: 14.18, b: -2.917, c: 0.0164, d: -0.08082, keyA: 0.002312,
                    keyB: 0.3467)),
        ])
    #expect(workload.operations.map(\.name) == ["g", "set", "h", "m", "other", "w", "x"])
    #expect(workload.operations[0].keyspace == "one" && workload.operations[1].weight == 1)
    #expect(workload.operations[0].then?.verb == "SET" && workload.operations[1].keys == .new)
    #expect(
        workload.operations[3].length == SizeSpec(.uniform(least: 1, most: 9), binding: .write))
    #expect(workload.load.connections == 3 && workload.load.pipeline == 4)
    #expect(workload.load.streams == 2 && workload.load.seed == 9)
    #expect(
        workload.load.arrival == .burst(rate: 1_000, onMilliseconds: 100, offMilliseconds: 1_000))
    #expect(
        workload.phases == [
            .prefill(
                command: CommandTemplate([
                    .literal(Array("SET".utf8)), .key, .literal(Array("x".utf8)),
                ]), pipeline: 8), .verify(sample: 9), .settle(timeoutMilliseconds: 300_000),
            .warmUp(
                .steady(windowMilliseconds: 200, change: 0.1, timeoutMilliseconds: 5_000)),
            .measure(.milliseconds(1_500)), .coolDown(.requests(10)),
        ])
    #expect(
        workload.events == [
            ServerEvent(phase: "measure", atMilliseconds: 500, command: "CONFIG SET hz 20")
        ])
    #expect(workload.expect.hitRatio == 0.5)
    #expect(workload.expect.keys.valueSize == [.percentile(99.9): 4])
    #expect(workload.expect.requests.shareOfTop.count == 3)
    #expect(workload.provenance["keyspaces"].note == "all of it")
    #expect(workload.contentHash.hasPrefix("fnv1a64:") && workload.contentHash.count == 24)
}

@Test(arguments: ["fleet", "memory", "releases", "smoke"])
func shippedSuitesNameFilesThatAreThere(name: String) throws {
    let suite = try shippedSuite(name)
    #expect(suite.name == name && !suite.title.isEmpty)
    for workload in suite.workloads {
        #expect(Workload.locate(workload, home: root.path) == path(workload))
    }
}

@Test func otherSchedulesAreRead() throws {
    func arrival(_ text: String) throws -> ArrivalSpec {
        try Workload(
            yaml: Array(
                """
                schema: hashmark.workload/1
                name: w
                keyspaces: [{keys: 10, key_size: 4}]
                operations: [{command: 'GET {key}'}]
                load: {arrival: \(text)}
                phases: [measure]
                """.utf8), file: "w.yaml"
        ).load.arrival
    }
    #expect(try arrival("closed") == .closed)
    #expect(try arrival("{constant: {rate: 5}}") == .constant(rate: 5))
    #expect(try arrival("{poisson: {rate: 5e4}}") == .poisson(rate: 50_000))
    #expect(try arrival("{gpd: {rate: 5}}") == .gpd(rate: 5))
    #expect(try arrival("{trace: {file: /t.csv}}") == .trace(file: "/t.csv", speed: 1))
    #expect(try arrival("{trace: {file: t.csv, speed: 2.5}}") == .trace(file: "t.csv", speed: 2.5))
    #expect(
        try arrival("{sine: {mean: 4500, amplitude: 1000, period: 1d}}")
            == .sine(mean: 4_500, amplitude: 1_000, periodMilliseconds: 86_400_000))
}

// Every key of the workload format in one file: a key that the decoder knows but never asks for
// would go unnoticed elsewhere.
import Distributions
import Foundation
import Testing
import Workloads

private let text = """
    schema: hashmark.workload/1
    name: every.key-1
    title: t
    sources: {a: {cite: c, licence: l, url: u}}
    provenance: observed a (all of it)
    keyspaces:
      - {name: one, weight: 2, keys: 1k, populated: 0.5, prefix: 'a:', key_size: 26,
         hash_tags: 10, fill: {compressibility: 0.5}, negative_lookups: 0.25,
         churn: {share: 0.5, requests: 1_000}, on_miss: 'SET {key} {value}',
         prefill: 'SET {key} {value}',
         value_size: {quantiles: {p0: 1B, p100: 1k}, min: 2, max: 900, bind: write},
         popularity: {zipf: {alpha: 0.99, offset: 1}},
         ttl: {discrete: [{value: none, weight: 1}, {value: 1d, weight: 2}], bind: key,
               jitter: 0.1}, seed: 7}
      - {name: two, keys: 10, prefix: 'b:', popularity: {hotspot: {keys: 0.1, requests: 0.5}},
         key_size: {uniform: {min: 5, max: 9}}, members: 5, member_size: 6B,
         value_size: {constant: 3, hot: {top: 0.1, uniform: {min: 5, max: 6}}}}
      - {name: three, keys: 1_000, prefix: 'c:', popularity: ycsb_compat, key_size: 30,
         value_size: {joint: [{key_up_to: 20, normal: {mean: 100, deviation: 5}},
                              {key_up_to: 40b, lognormal: {median: 9B, sigma: 0.5}}]}}
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
      - {name: w, command: 'SET {key} {value}', keyspace: three, wait: WAITAOF 1 2 300}
      - {name: x, command: 'SET {key} {value}', keyspace: four}
    load: {connections: 3, pipeline: 4, streams: 2, replicas: 2, seed: 9,
           arrival: {burst: {rate: 1_000, on: 100ms, off: 1s}}}
    overlays:
      - {name: beside, operations: [{command: 'GET {key}', keyspace: one}],
         load: {connections: 1}, from: 100ms, for: 1s, reconnect: true}
      - {name: all, operations: [{command: 'SET {key} {value}', keyspace: one, weight: 2}]}
    phases: [{prefill: {command: 'SET {key} x', pipeline: 8}},
             {verify: {sample: 9}}, {settle: {timeout: 5m}},
             {warm_up: {steady: {window: 200ms, change: 0.1, timeout: 5s}}},
             {measure: {duration: 1500ms, events: [
               {at: 500ms, command: CONFIG SET hz 20}, {at: 1s, replica: attach, watch: 2s},
               {at: 1200ms, slow_readers: {connections: 2, command: GET b, requests: 3, for: 1s}},
               {at: 1300ms, cluster: failover}, {at: 1400ms, cluster: migrate_slots}]}},
             {cool_down: {requests: 10}}]
    expect: {tolerance: 0.1, keys: {key_size: 8, value_size: {p99.9: 4KiB}, pair_size: {mean: 2}},
             requests: {key_size: 1, value_size: 2, pair_size: 3, hottest_key_share: 0.1,
                        top_1_percent_share: 0.2, top_10_percent_share: 0.3}, hit_ratio: 0.5}
    """

@Suite struct EveryKeyTests {
    private let workload: Workload

    init() throws { workload = try Workload(yaml: Array(text.utf8), file: "every.yaml") }

    @Test func aKeyspace() {
        let one = workload.keyspaces[0]
        #expect(
            one.name == "one" && one.weight == 2 && one.keys == 1_000 && one.populatedKeys == 500)
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
        var ttl = SizeSpec(
            .discrete([.init(value: 0, weight: 1), .init(value: 86_400, weight: 2)]))
        ttl.jitter = 0.1
        #expect(one.ttl == ttl)
    }

    @Test func sizesAndPopularities() throws {
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
    }

    @Test func loadsBeside() throws {
        let (first, second) = (workload.overlays[0], workload.overlays[1])
        #expect(first.name == "beside" && first.operations[0].command.verb == "GET")
        #expect(first.load == LoadSpec(connections: 1) && first.reconnects)
        #expect(first.fromMilliseconds == 100 && first.lengthMilliseconds == 1_000)
        #expect(second.fromMilliseconds == 0 && second.lengthMilliseconds == nil)
        #expect(second.load == LoadSpec() && !second.reconnects)
        // As a workload of its own it has the keyspaces, and what the others do is not forgotten.
        let part = workload.overlay(0)
        #expect(part.name == "every.key-1.beside" && part.overlays.isEmpty)
        #expect(part.keyspaces == workload.keyspaces && part.findings().isEmpty)
        #expect(try CompiledWorkload(part).operations[0].name == "get")
    }

    @Test func countsAreNoSizes() {
        let wrong = text.replacing("members: 5,", with: "members: 5KiB,")
        let error = #expect(throws: WorkloadProblems.self) {
            try Workload(yaml: Array(wrong.utf8), file: "w.yaml")
        }
        #expect(error?.problems.contains { $0.problem.contains("not a count") } == true)
    }

    @Test func operationsLoadAndPhases() {
        #expect(workload.operations.map(\.name) == ["g", "set", "h", "m", "other", "w", "x"])
        #expect(workload.operations[0].keyspace == "one" && workload.operations[1].weight == 1)
        #expect(workload.operations[0].then?.verb == "SET" && workload.operations[1].keys == .new)
        #expect(
            workload.operations[3].length == SizeSpec(.uniform(least: 1, most: 9), binding: .write))
        #expect(workload.load.connections == 3 && workload.load.pipeline == 4)
        #expect(workload.load.streams == 2 && workload.load.seed == 9)
        #expect(workload.load.replicas == 2)
        #expect(
            workload.waits == [DurabilityWait(local: 1, replicas: 2, milliseconds: 300)])
        #expect(
            workload.load.arrival
                == .burst(rate: 1_000, onMilliseconds: 100, offMilliseconds: 1_000))
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
                ServerEvent(phase: "measure", atMilliseconds: 500, command: "CONFIG SET hz 20"),
                ServerEvent(
                    phase: "measure", atMilliseconds: 1_000, action: .replica,
                    watchMilliseconds: 2_000),
                ServerEvent(
                    phase: "measure", atMilliseconds: 1_200,
                    action: .slowReaders(
                        SlowReaders(
                            connections: 2, command: "GET b", requests: 3, milliseconds: 1_000))),
                ServerEvent(
                    phase: "measure", atMilliseconds: 1_300, action: .cluster(.failover)),
                ServerEvent(
                    phase: "measure", atMilliseconds: 1_400, action: .cluster(.migrateSlots)),
            ])
        #expect(
            workload.events.map(\.name) == [
                "CONFIG SET hz 20", "replica", "2 slow readers", "failover", "slot migration",
            ])
        #expect(workload.expect.hitRatio == 0.5)
        #expect(workload.expect.keys.valueSize == [.percentile(99.9): 4_096])
        #expect(workload.expect.requests.shareOfTop.count == 3)
        #expect(workload.provenance["keyspaces"].note == "all of it")
        #expect(workload.contentHash.hasPrefix("fnv1a64:") && workload.contentHash.count == 24)
    }
}

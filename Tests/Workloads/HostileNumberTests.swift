// Every numeric key of the format, with numbers that nobody should write: refused with a line and a
// remedy, or accepted, compiled and drawn from. What must not happen is a trap, which ends the
// tests.
import Foundation
import Testing
import Workloads

/// Files that together have every numeric key; a test holds them against the decoder.
private let maximal: [String] = [
    file(
        keyspace: """
            weight: 2
                populated: 0.5
                prefix: "u:"
                hash_tags: 10
                key_size: {uniform: {min: 20, max: 30}}
                value_size:
                  mixture:
                    - {weight: 1, constant: 10}
                    - {weight: 1, discrete: [{value: 5, weight: 1}, {value: 6, weight: 3}]}
                    - {weight: 1, piecewise: [{from: 1, to: 9, weight: 1}]}
                    - {weight: 1, quantiles: {p0: 1, p50: 20, p100: 400}}
                  min: 2
                  max: 5000
                  jitter: 0.1
                  hot: {top: 0.01, constant: 30}
                fill: {compressibility: 0.5}
                popularity: {zipf: {alpha: 1.1, offset: 10}}
                ttl: {uniform: {min: 100, max: 2000}}
                negative_lookups: 0.1
                seed: 7
            """,
        load: "replicas: 1, arrival: {burst: {rate: 100, on: 1s, off: 1s}}, seed: 3",
        phases: """
            - prefill: {pipeline: 8}
              - verify: {sample: 10}
              - settle: {timeout: 10s}
              - warm_up: {steady: {window: 100ms, change: 0.1, timeout: 10s}}
              - measure:
                  duration: 10s
                  events:
                    - {at: 1s, command: BGSAVE, watch: 2s}
                    - {at: 2s, slow_readers: {connections: 2, command: PING, requests: 3, for: 4s}}
              - cool_down: {requests: 10}
            """,
        expect: """
            overlays:
              - {name: o, operations: [{command: "GET {key}", weight: 2}], from: 1s, for: 2s,
                 load: {connections: 3, pipeline: 2, streams: 1}}
            expect:
              tolerance: 0.05
              hit_ratio: 0.9
              keys: {key_size: 25, value_size: {mean: 10, p50: 9}, pair_size: 40}
              requests: {hottest_key_share: 0.1, top_1_percent_share: 0.2, top_10_percent_share: 0.4}
            """),
    file(
        keyspace: """
            key_size: 16
                value_size:
                  joint: [{key_up_to: 20, gev: {location: 10, scale: 5, shape: 0.1}}]
                popularity: {buckets: [{keys: 0.1, requests: 0.9}, {keys: 0.9, requests: 0.1}]}
                ttl: 100s
                churn: {share: 0.5, requests: 1000}
            """, load: "arrival: {sine: {mean: 100, amplitude: 50, period: 1s}}"),
    file(
        keyspace: """
            key_size: 16
                value_size: 10
                popularity: {hotspot: {keys: 0.1, requests: 0.9}}
                ttl: 100s
            """, load: "arrival: {constant: {rate: 100}}"),
    file(
        keyspace: """
            key_size: 16
                value_size: 10
                popularity: {latest: {alpha: 1, offset: 0}}
                ttl: 100s
            """, load: "arrival: {trace: {file: t.csv, speed: 2}}"),
    file(
        keyspace: """
            key_size: 16
                value_size: 10
                popularity: {gaussian: {deviation: 0.1}}
                ttl: 100s
            """),
    file(
        keyspace: """
            key_size: 16
                value_size: 10
                popularity: {exponential: {keys: 0.8, requests: 0.9}}
                ttl: 100s
            """),
    file(
        keyspace: """
            key_size: 16
                value_size: 10
                popularity:
                  keyrange: {ranges: 30, a: 14.18, b: -2.917, c: 0.0164, d: -0.08082, key_a: 0.002312, key_b: 0.3467}
                ttl: 100s
            """),
    // curves apart: each description integrates them
    file(
        keyspace: """
            key_size: 16
                value_size:
                  mixture:
                    - {weight: 2, normal: {mean: 100, deviation: 10}}
                    - {weight: 1, lognormal: {median: 50, sigma: 1.5}}
                    - {weight: 1, gpd: {location: 1, scale: 10, shape: 0.2}}
                ttl: 100s
            """),
    """
    schema: hashmark.workload/1
    name: w
    keyspaces:
      - name: sets
        keys: 1000
        key_size: 16
        members: {constant: 20}
        member_size: 8
    operations:
      - {name: add, command: "SADD {key} {members}", weight: 1}
      - {name: has, command: "SISMEMBER {key} {member}", weight: 2}
    phases:
      - prefill: {command: "SADD {key} {members}"}
      - measure: {duration: 10s}
    """,
]

private func file(
    keyspace: String, load: String = "streams: 2",
    phases: String = """
    - prefill
      - measure: {duration: 10s}
    """, expect: String = ""
) -> String {
    """
    schema: hashmark.workload/1
    name: w
    keyspaces:
      - name: keys
        keys: 1000
        \(keyspace)
    operations:
      - {name: get, command: "GET {key}", weight: 3}
      - {name: set, command: "SET {key} {value} {expiry}", weight: 1}
    load: {connections: 2, pipeline: 2, \(load)}
    phases:
      \(phases)
    \(expect)
    """
}

/// A number at its place in a file, with the key in front of it.
private struct Place {
    let range: Range<String.Index>
    let key: String
}

private func numbers(_ text: String) -> [Place] {
    text.matches(of: /([a-z_0-9.]+): (-?[0-9][0-9.]*(?:ms|s|d)?)(?=[,}\]\s])/).map {
        Place(range: $0.output.2.startIndex..<$0.output.2.endIndex, key: String($0.output.1))
    }
}

private let hostile = [
    "-1", "0", "1", "9223372036854775807", "1e300", "1e-300", "NaN", "nan", ".nan", "inf", ".inf",
    "-.inf", "1e300s", "1e-300s", "-1s", "9223372036854775807s", "9007199254740992", "1e-12",
    "1e10",
]

private func workload(_ text: String) throws(WorkloadProblems) -> Workload {
    try Workload(yaml: Array(text.utf8), file: "w.yaml")
}

@Suite struct HostileNumberTests {
    @Test func theFilesAreSoundAndHaveEveryNumericKey() throws {
        for text in maximal {
            do {
                _ = try workload(text).describe(requests: 100)
            } catch {
                Issue.record("\(error)\n\(text)")
            }
        }
        let found = Set(maximal.flatMap { numbers($0).map(\.key) })
        // what has words, lists and mappings alone
        let others: Set<String> = [
            "schema", "name", "title", "sources", "provenance", "keyspaces", "operations", "load",
            "phases", "expect", "cite", "licence", "url", "prefix", "fill", "popularity", "churn",
            "on_miss", "prefill", "joint", "bind", "hot", "buckets", "zipf", "hotspot", "latest",
            "gaussian", "exponential", "keyrange", "uniform", "sequential", "ycsb_compat",
            "command", "keyspace", "then", "length", "arrival", "closed", "constant", "poisson",
            "gpd", "burst", "sine", "trace", "file", "format", "skip_bad", "steady", "events",
            "verify", "settle", "warm_up", "measure", "cool_down", "normal", "lognormal", "gev",
            "quantiles",
            "discrete", "piecewise", "mixture", "members", "keys", "requests", "value_size",
            "key_size", "pair_size", "operations", "overlays", "slow_readers", "replica",
            "reconnect", "load", "wait", "cluster",
        ]
        for section in FormatSection.allCases {
            for key in section.keys where !others.contains(key) {
                #expect(found.contains(key), "\(section).\(key) is in no file")
            }
        }
    }

    @Test(arguments: maximal.indices)
    func aHostileNumberIsRefusedOrRuns(index: Int) {
        let text = maximal[index]
        for place in numbers(text) {
            for value in hostile {
                var changed = text
                changed.replaceSubrange(place.range, with: value)
                do {
                    let description = try workload(changed).describe(requests: 200)
                    #expect(!description.table.isEmpty)
                } catch {
                    let isClear = error.problems.allSatisfy {
                        $0.line != nil && !$0.problem.isEmpty && !$0.remedy.isEmpty
                    }
                    #expect(isClear, "\(place.key): \(value): \(error)")
                }
            }
        }
    }

    @Test func numbersNobodyCouldMeanAreRefused() {
        let plain = maximal[0]
        for place in numbers(plain) {
            for value in ["1e300", "NaN", "inf", "-1e300", "9223372036854775807"] {
                var changed = plain
                changed.replaceSubrange(place.range, with: value)
                #expect(throws: WorkloadProblems.self, "\(place.key): \(value)") {
                    try workload(changed)
                }
            }
        }
    }
}

/// The range that a refusal says is one that holds: neither of its ends is refused for its range,
/// and none is negative where a negative number means nothing.
@Suite struct AdvisedRangeTests {
    private static let signed: Set<String> = [
        "mean", "location", "shape", "a", "b", "c", "d",
    ]

    /// The ends that a refusal of `value` at a place says.
    private func ends(_ text: String, _ place: Place, _ value: String) -> (String, String)? {
        var changed = text
        changed.replaceSubrange(place.range, with: value)
        do {
            _ = try workload(changed)
            return nil
        } catch {
            let refusal = error.problems.first { $0.problem.contains("out of range") }
            let match = refusal?.remedy.firstMatch(
                of: /use (?:0, or )?([-0-9.e+]+) to ([-0-9.e+]+)/)
            return match.map { (String($0.output.1), String($0.output.2)) }
        }
    }

    @Test(arguments: maximal.indices) func saidRangesHold(index: Int) throws {
        let text = maximal[index]
        var asked = 0
        for place in numbers(text) {
            let isTime = text[place.range].last.map { "sd".contains($0) } == true
            for value in isTime ? ["1e300s", "1e-300s"] : ["1e300", "-1e300", "1e-300"] {
                guard let (least, most) = ends(text, place, value) else { continue }
                asked += 1
                #expect(
                    Self.signed.contains(place.key) || !least.hasPrefix("-"),
                    "\(place.key): \(value): \(least)")
                for end in [least, most] {
                    let again = ends(text, place, isTime ? "\(end)s" : end)
                    #expect(again == nil, "\(place.key): \(value): \(end)")
                }
            }
        }
        #expect(asked > 5)
    }
}

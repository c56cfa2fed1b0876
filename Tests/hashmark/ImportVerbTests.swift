// `hashmark capture --from` of other tools' configurations: CacheBench's and
// redis-benchmarks-specification's, made by the tests.
import Distributions
import Foundation
import TestSupport
import Testing
import Workloads

@Suite struct ImportVerbTests {
    private let folder = TemporaryFolder()

    private func write(_ text: String, _ name: String) throws -> String {
        try TraceFiles.write(Array(text.utf8), folder, name)
    }

    private func imported(_ path: String) throws -> (workload: Workload, stderr: String) {
        let output = try Hashmark.run("capture", "--from", path)
        #expect(output.ending == .exited(0), "\(output.stderr)")
        return (
            try Workload(yaml: Array(output.stdout.utf8), file: "stdout"), output.stderr
        )
    }

    @Test func cacheBenchsConfigurationsAreImported() throws {
        _ = try write(
            #"{"valSizeRange": [1, 100, 1000], "valSizeRangeProbability": [0.25, 0.75]}"#,
            "sizes.json")
        _ = try write(
            #"{"popularityBuckets": [900, 100], "popularityWeights": [1, 3]}"#, "pop.json")
        let path = try write(
            """
            // a comment of theirs
            {
              "cache_config" : {"cacheSizeMB" : 100},
              "test_config" : {
                "numOps" : 1000, "numKeys" : 1000,
                "poolDistributions" : [{
                  "keySizeRange" : [20, 40], "keySizeRangeProbability" : [0.5, 0.5],
                  "valSizeDistFile" : "sizes.json", "popDistFile" : "pop.json",
                  "getRatio" : 0.7, "setRatio" : 0.2, "delRatio" : 0.05, "loneGetRatio" : 0.05,
                  "addChainedRatio" : 0.1, "ttlSecsRange" : [60, 3600]
                }, {"getRatio": 1}]
              }
            }
            """, "config.json")
        let (workload, stderr) = try imported(path)
        let space = workload.keyspaces[0]
        #expect(workload.name == "config" && space.keys == 1_000)
        #expect(
            space.keySize.distribution
                == .discrete([.init(value: 20, weight: 0.5), .init(value: 40, weight: 0.5)]))
        #expect(
            space.valueSize?.distribution
                == .piecewise([
                    WeightedRange(least: 1, most: 100, weight: 0.25),
                    WeightedRange(least: 101, most: 1_000, weight: 0.75),
                ]))
        // The hottest first.
        #expect(
            space.popularity
                == .buckets([
                    PopularityBucket(keys: 0.1, requests: 0.75),
                    PopularityBucket(keys: 0.9, requests: 0.25),
                ]))
        #expect(space.ttl?.distribution == .uniform(least: 60, most: 3_600))
        #expect(workload.operations.map(\.name) == ["get", "lone_get", "set", "delete"])
        #expect(workload.operations[1].keys == .lone)
        #expect(workload.operations.map(\.weight) == [0.7, 0.05, 0.2, 0.05])
        #expect(stderr.contains("left out: other pools: 1") && stderr.contains("chained items"))
    }

    private func specification(_ client: String, preload: String? = nil) -> String {
        let filler =
            preload.map {
                "  preload_tool:\n    tool: memtier_benchmark\n    arguments: '\($0)'\n"
            } ?? ""
        return """
            version: 0.4
            name: memtier_benchmark-1Mkeys-string
            dbconfig:
              configuration-parameters: {save: '""'}
            \(filler)tested-commands: [get]
            clientconfig:
              run_image: redislabs/memtier_benchmark:edge
              tool: memtier_benchmark
              arguments: '\(client)'
            """
    }

    @Test func specificationsAreImported() throws {
        let path = try write(
            specification(
                #""--pipeline" "10" --ratio=1:4 -c 25 -t 4 --key-pattern R:Z --key-zipf-exp 1.2 "#
                    + "--key-minimum 1 --key-maximum 1000 --test-time 7 --hide-histogram",
                preload: #""--data-size" "100" --ratio 1:0 --key-pattern P:P -n allkeys"#),
            "suite.yml")
        let (workload, _) = try imported(path)
        let space = workload.keyspaces[0]
        #expect(workload.name == "memtier_benchmark-1Mkeys-string")
        #expect(space.keys == 1_000 && space.prefix == "memtier-")
        #expect(space.keySize == SizeSpec(.constant(12), binding: .key))
        #expect(space.valueSize == SizeSpec(.constant(100), binding: .key))
        #expect(space.popularity == .zipf(alpha: 1.2, offset: 0))
        #expect(workload.operations.map(\.weight) == [1, 4])
        #expect(workload.load.connections == 100 && workload.load.pipeline == 10)
        #expect(workload.phases.contains(.measure(.milliseconds(7_000))))
    }

    @Test func commandsAreImported() throws {
        let path = try write(
            specification(
                #"--command="HSET __key__ field __data__" --command-ratio 3 "#
                    + #"--command="HGET __key__ field" --command-key-pattern=P --key-prefix k:"#),
            "commands.yml")
        let (workload, stderr) = try imported(path)
        #expect(workload.operations.map(\.name) == ["hset", "hget"])
        #expect(workload.operations[0].command.description == "HSET {key} field {value}")
        #expect(workload.operations.map(\.weight) == [3, 1])
        #expect(workload.keyspaces[0].popularity == .sequential)
        #expect(workload.keyspaces[0].prefix == "k:")
        #expect(!workload.phases.contains { $0.name == "prefill" })
        #expect(stderr.contains("left out: a fill"))
    }

    @Test(arguments: [
        ("--ratio 1", "--ratio 1 is none"), ("--data-size x", "--data-size x is none"),
        ("--command=\"ZADD __key__ x__key__ m\"", "has no counterpart"),
        ("--key-minimum 5 --key-maximum 1", "is below --key-minimum"),
        ("--pipeline 0", "--pipeline 0 is out of range"),
    ])
    func mistakesHaveTheirLine(client: String, words: String) throws {
        let path = try write(specification(client), "wrong.yml")
        let output = try Hashmark.run("capture", "--from", path)
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("wrong.yml:9: "), "\(output.stderr)")
        #expect(output.stderr.contains(words), "\(output.stderr)")
    }

    @Test func aDistributionThatIsNoneIsSaid() throws {
        let path = try write(
            """
            {"test_config": {"numKeys": 10, "getRatio": 1,
              "valSizeRange": [1, 2, 3], "valSizeRangeProbability": [1]}}
            """, "config.json")
        let output = try Hashmark.run("capture", "--from", path)
        #expect(output.ending == .exited(1))
        #expect(output.stderr.contains("config.json:2: 3 sizes of valSizeRange and 1"))
        let refused = try Hashmark.run("capture", "--from", path, "--keys", "5")
        #expect(refused.ending == .exited(64))
    }

    /// Numbers that no count, share or time has: one line each, which names what they are of.
    @Test(arguments: [
        ("numKeys", "1e300"), ("numKeys", "-1"), ("numKeys", "18446744073709551616"),
        ("numKeys", "NaN"), ("getRatio", "1e300"), ("getRatio", "-1"), ("getRatio", "1e999"),
        ("valSizeRange", "[1, 1e19]"), ("valSizeRange", "[-9223372036854775809, 1]"),
        ("valSizeRangeProbability", "[1e308]"), ("ttlSecsRange", "[1, 1e30]"),
        ("ttlSecsRange", "[1e19, 1e20]"), ("popularityBuckets", "[1e308, 1e308]"),
        ("popularityWeights", "[1e308, 1]"),
    ])
    func numbersBeyondRangeAreSaid(key: String, value: String) throws {
        var fields = [
            "numKeys": "10", "getRatio": "1", "valSizeRange": "[1, 2]",
            "valSizeRangeProbability": "[1]", "popularityBuckets": "[1, 2]",
            "popularityWeights": "[1, 2]",
        ]
        fields[key] = value
        let body = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }
        let path = try write("{\"test_config\": {\(body.joined(separator: ", "))}}", "big.json")
        let output = try Hashmark.run("capture", "--from", path)
        #expect(output.ending == .exited(1), "\(output.ending)")
        #expect(output.stderr.split(separator: "\n").count == 1, "\(output.stderr)")
        // Of a range and its shares together, whichever is wrong.
        let name = key.replacing("Probability", with: "").replacing("Weights", with: "")
        #expect(output.stderr.contains(name), "\(output.stderr)")
    }
}

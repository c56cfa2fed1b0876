// Samples to distributions of the format: how close, how short, and that what is written is read.
import Distributions
import Experiments
import Foundation
import TestSupport
import Testing
import Workloads

/// The shares of sizes that a distribution of the format has, by drawing from it as a file would.
private func table(_ fitted: FittedDistribution) throws -> [Int] {
    var keyspace = KeyspaceSpec(keys: 100_000, keySize: SizeSpec(.constant(16)))
    keyspace.valueSize = SizeSpec(fitted.distribution)
    let workload = try CompiledWorkload(
        Workload(
            name: "fit", keyspaces: [keyspace],
            operations: [OperationSpec(command: .set, weight: 1)]))
    return (0..<100_000).map { workload.valueSize(keyspace: 0, key: $0)! }
}

private func drawn(_ count: Int, _ draw: (inout Xoshiro256PlusPlus) -> Double) -> [Int] {
    var random = Xoshiro256PlusPlus(seed: 11)
    return (0..<count).map { _ in Int(draw(&random).rounded()) }
}

/// Lognormal, generalised Pareto, two modes, steps, and sizes of a few bytes.
private let samples: [(name: String, sizes: [Int])] = [
    (
        "lognormal",
        drawn(50_000) {
            let normal = (-2 * log(1 - $0.nextUnit())).squareRoot() * cos(2 * .pi * $0.nextUnit())
            return min(230 * exp(1.1 * normal), 1e6)
        }
    ),
    (
        "pareto",
        drawn(50_000) { 15 + 214.476 / 0.348238 * (pow(1 - $0.nextUnit(), -0.348238) - 1) }
    ),
    (
        "modes",
        drawn(20_000) { $0.nextUnit() < 0.3 ? 20 + 8 * $0.nextUnit() : 4e3 + 900 * $0.nextUnit() }
    ),
    (
        "steps",
        drawn(40_000) {
            let u = $0.nextUnit()
            return u < 0.4 ? 27 : u < 0.45 ? 0 : u < 0.8 ? 64 + 40 * $0.nextUnit() : 400
        }
    ),
    ("small", drawn(30_000) { 40 * $0.nextUnit() }),
    ("few", drawn(500) { 1 + 1e5 * $0.nextUnit() }),
]

@Suite struct CaptureFitTests {
    @Test(arguments: samples.map(\.name))
    func percentilesFollowASample(name: String) throws {
        let sample = samples.first { $0.name == name }!.sizes
        let fitted = try #require(FittedDistribution(sample))
        let realised = try table(fitted)
        let distance = kolmogorovDistance(sample, realised)
        #expect(distance < 0.01, "\(name): \(distance)")
        #expect(abs(distance - fitted.distance) < 0.004, "it says \(fitted.distance)")
        let mean = Double(realised.reduce(0, +)) / Double(realised.count)
        #expect(abs(mean / fitted.sampleMean - 1) < 0.03, "\(name): \(mean)")
        #expect(realised.min()! >= sample.min()! && realised.max()! <= sample.max()!)
        if case .quantiles(let points) = fitted.distribution { #expect(points.count <= 50) }
    }

    @Test func fewValuesAreListed() throws {
        #expect(FittedDistribution([]) == nil)
        #expect(FittedDistribution([7, 7, 7])?.distribution == .constant(7))
        let fitted = try #require(FittedDistribution([0, 0, 0, 300]))
        #expect(
            fitted.distribution
                == .discrete([
                    WeightedValue(value: 0, weight: 0.75), WeightedValue(value: 300, weight: 0.25),
                ]))
        #expect(fitted.distance < 1e-9)
    }

    @Test(arguments: [(0.6, 0.0), (0.99, 0), (1.2, 10), (1.4, 100)])
    func popularityIsFound(alpha: Double, offset: Double) throws {
        let zipf = Zipf(count: 50_000, alpha: alpha, offset: offset)
        var random = Xoshiro256PlusPlus(seed: 5)
        var counts = [Int](repeating: 0, count: 50_000)
        for _ in 0..<2_000_000 { counts[Int(zipf.draw(&random))] += 1 }
        let fitted = FittedPopularity(counts: counts)
        guard case .zipf(let found, let flattened) = fitted.popularity else {
            Issue.record("\(fitted)")
            return
        }
        #expect(try #require(fitted.distance) < 0.01)
        // The laws agree where requests are, whatever their parameters.
        let law = Zipf(count: 50_000, alpha: found, offset: flattened)
        for top: UInt64 in [1, 50, 500, 5_000, 25_000] {
            #expect(abs(law.share(ofTop: top) - zipf.share(ofTop: top)) < 0.015, "\(top)")
        }
    }

    @Test func uniformPopularityStaysUniform() {
        var random = Xoshiro256PlusPlus(seed: 5)
        var counts = [Int](repeating: 0, count: 20_000)
        for _ in 0..<20_000 { counts[Int(random.next() % 20_000)] += 1 }
        #expect(FittedPopularity(counts: counts).popularity == .uniform)
    }

    private func captured(keys: UInt64 = 5_000) throws -> CapturedWorkload {
        var captured = CapturedWorkload(
            name: "a b", cite: "a \"test\"", keys: keys,
            keySize: try #require(FittedDistribution(drawn(9_000) { 20 + 30 * $0.nextUnit() })),
            operations: [
                .init("get", command: "GET {key}", perSecond: 812.25, isLookUp: true),
                .init(
                    "set", command: "SET {key} {value} {expiry}", perSecond: 200, isLookUp: false),
            ])
        captured.valueSize = FittedDistribution(samples[0].sizes)
        captured.ttl = FittedDistribution([0, 300, 300, 86_400])
        return captured
    }

    @Test func whatIsWrittenIsRead() throws {
        var captured = try captured()
        let plain = try Workload(yaml: Array(captured.yaml().utf8), file: "captured")
        #expect(plain.name == "a-b" && plain.keyspaces.count == 1)
        #expect(plain.keyspaces[0].valueSize?.distribution == captured.valueSize?.distribution)
        #expect(plain.operations.map(\.weight) == [812.25, 200])
        #expect(plain.provenance["keyspaces.value_size"].kind == .fitted)
        captured.missShare = 0.25
        captured.leftOut = ["incr, 3 %"]
        let text = captured.yaml()
        let missing = try Workload(yaml: Array(text.utf8), file: "captured")
        #expect(text.contains("# Not in this file: incr, 3 %"))
        #expect(missing.keyspaces.map(\.name) == ["keys", "absent"])
        #expect(missing.keyspaces[1].populatedKeys == 1)
        #expect(missing.operations.map(\.name) == ["get", "get_absent", "set"])
        #expect(abs(missing.operations[1].weight - 812.25 / 4) < 0.01)
        _ = try CompiledWorkload(missing)
    }

    /// Keys shorter than their number's digits are raised, and the file stays valid.
    @Test func shortKeysAreRaised() throws {
        var captured = try captured(keys: 10_000_000)
        for sizes in [[3], [3, 5], Array(3...40)] {
            captured.keySize = try #require(FittedDistribution(sizes))
            let workload = try Workload(yaml: Array(captured.yaml().utf8), file: "captured")
            _ = try CompiledWorkload(workload)
        }
    }

    @Test func mergedFilesKeepTheirShares() throws {
        var one = try captured()
        one.name = "one"
        var two = try captured(keys: 1_000)
        two.name = "one"
        two.missShare = 0.5
        two.operations[0].perSecond = 2_000
        let files = [("1.yaml", Array(one.yaml().utf8)), ("2.yaml", Array(two.yaml().utf8))]
        let text = try WorkloadMerge.merge(files, name: "fleet")
        let fleet = try Workload(yaml: Array(text.utf8), file: "fleet")
        _ = try CompiledWorkload(fleet)
        #expect(fleet.keyspaces.map(\.name) == ["one.keys", "one-2.keys", "one-2.absent"])
        #expect(fleet.keyspaces.map(\.prefix) == ["a", "b", "b-"])
        #expect(fleet.operations.map(\.weight) == [812.25, 200, 1_000, 1_000, 200])
        #expect(fleet.provenance["keyspaces.value_size"].kind == .fitted)
        #expect(fleet.keyspaces[0].valueSize?.distribution == one.valueSize?.distribution)
        // A fleet can be merged into another.
        let again = try WorkloadMerge.merge([("f", Array(text.utf8)), files[0]], name: "all")
        #expect(try Workload(yaml: Array(again.utf8), file: "all").keyspaces.count == 4)
    }
}

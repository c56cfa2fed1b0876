// Every distribution of sizes against its closed form.
import Distributions
import Foundation
import TestSupport
import Testing
import Workloads

/// 200,000 sizes of a distribution, drawn at random places.
private func draw(_ distribution: Distribution, seed: UInt64 = 3) throws -> [Int] {
    var keyspace = KeyspaceSpec(keys: 10, keySize: SizeSpec(.constant(8)))
    keyspace.valueSize = SizeSpec(distribution, binding: .write)
    let workload = try CompiledWorkload(
        Workload(
            name: "w", keyspaces: [keyspace], operations: [OperationSpec(command: .set, weight: 1)])
    )
    var generator = RequestGenerator(workload, seed: seed, worker: 0)
    return (0..<200_000).map { _ in generator.next().valueSize }
}

private let forms: [(ClosedForm, Double)] = [
    // the published fits, with their means in closed form: Γ terms computed independently
    (.gev(location: 30.7984, scale: 8.20449, shape: 0.078688), 36.2),
    (.gpd(location: 15, scale: 214.476, shape: 0.348238), 15 + 214.476 / (1 - 0.348238)),
    (.gpd(location: 0, scale: 25.45, shape: 0.2615), 25.45 / (1 - 0.2615)),
    // shapes at and below 0
    (.gev(location: 100, scale: 10, shape: 0), 100 + 10 * 0.577_215_664_9),
    (.gpd(location: 5, scale: 40, shape: 0), 45),
    (.gpd(location: 5, scale: 40, shape: -0.4), 5 + 40 / 1.4),
    (.lognormal(median: 36.65, sigma: 0.5614), 36.65 * exp(0.5614 * 0.5614 / 2)),
    (.lognormal(median: 1_000, sigma: 1.5), 1_000 * exp(1.5 * 1.5 / 2)),
    (.normal(mean: 126.7, deviation: 22.1), 126.7),
]

@Test(arguments: forms.indices)
func formulasFit(index: Int) throws {
    let (form, mean) = forms[index]
    let distribution = Distribution.mixture([WeightedPart(weight: 1, .formula(form))])
    let sample = try draw(distribution)
    let fit = GoodnessOfFit.kolmogorov(sample) { form.cumulative(Double($0) + 0.5) }
    #expect(fit < 1.95, "\(form)")
    // quantiles are the inverse of the distribution function, in both tails too
    for below in [1e-9, 1e-4, 0.01, 0.3, 0.5, 0.9] {
        let low = form.cumulative(form.quantile(below, 1 - below))
        let high = 1 - form.cumulative(form.quantile(1 - below, below))
        #expect(abs(low / below - 1) < 1e-6 && abs(high / below - 1) < 1e-5, "\(below) of \(form)")
    }
    let spec = SizeSpec(distribution)
    var keyspace = KeyspaceSpec(keys: 1_000_000, keySize: SizeSpec(.constant(8)))
    keyspace.valueSize = spec
    let description = try Workload(
        name: "w", keyspaces: [keyspace], operations: [OperationSpec(command: .set, weight: 1)]
    ).describe(requests: 1_000)
    let row = try #require(
        description.rows.first { $0.population == "keys" && $0.name == "value_size mean" })
    // a heavy tail's largest values are one key in a million: 2 %
    #expect(abs((row.requested ?? 0) / mean - 1) < 0.01, "\(form): \(row.requested ?? 0)")
    #expect(abs(row.realised / mean - 1) < 0.02, "\(form): \(row.realised)")
}

@Test func mixturesWeighTheirParts() throws {
    let small = [2: 0.3, 7: 0.1]
    let tail = ClosedForm.gpd(location: 15, scale: 200, shape: 0.3)
    let sample = try draw(
        .mixture([
            WeightedPart(
                weight: 0.4,
                .discrete(small.map { WeightedValue(value: Double($0.key), weight: $0.value) })),
            WeightedPart(weight: 0.5, .formula(tail)),
            WeightedPart(weight: 0.1, .mixture([WeightedPart(weight: 3, .constant(50_000))])),
        ]))
    let counts = [2, 7, 50_000].map { size in sample.count { $0 == size } }
    let rest = sample.count - counts.reduce(0, +)
    #expect(GoodnessOfFit.chiSquare(counts + [rest], [0.3, 0.1, 0.1, 0.5]) < 4)
    let middle = sample.filter { $0 > 7 && $0 != 50_000 }
    #expect(GoodnessOfFit.kolmogorov(middle) { tail.cumulative(Double($0) + 0.5) } < 1.95)
}

@Test func piecewiseRangesAreEvenInside() throws {
    let ranges = [
        WeightedRange(least: 0, most: 9, weight: 5),
        WeightedRange(least: 1_000, most: 1_003, weight: 3),
        WeightedRange(least: 50, most: 50, weight: 2),
    ]
    let sample = try draw(.piecewise(ranges))
    let values = Array(0...9) + [1_000, 1_001, 1_002, 1_003, 50]
    let shares = [Double](repeating: 0.05, count: 10) + [Double](repeating: 0.075, count: 4) + [0.2]
    let counts = values.map { value in sample.count { $0 == value } }
    #expect(counts.reduce(0, +) == sample.count)
    #expect(GoodnessOfFit.chiSquare(counts, shares) < 4)
}

@Test func jitterSpreadsEvenly() throws {
    var keyspace = KeyspaceSpec(keys: 10, keySize: SizeSpec(.constant(8)))
    keyspace.valueSize = SizeSpec(.constant(1))
    var ttl = SizeSpec(.discrete([.init(value: 1_000, weight: 1), .init(value: 5_000, weight: 1)]))
    ttl.binding = .write
    ttl.jitter = 0.1
    keyspace.ttl = ttl
    let workload = try CompiledWorkload(
        Workload(
            name: "w", keyspaces: [keyspace], operations: [OperationSpec(command: .set, weight: 1)])
    )
    var generator = RequestGenerator(workload, seed: 1, worker: 0)
    let sample = (0..<100_000).map { _ in generator.next().ttlSeconds }
    #expect(sample.allSatisfy { (900...1_100).contains($0) || (4_500...5_500).contains($0) })
    let fit = GoodnessOfFit.kolmogorov(sample) { seconds in
        let x = Double(seconds) + 0.5
        return 0.5 * min(1, max(0, (x - 900) / 200)) + 0.5 * min(1, max(0, (x - 4_500) / 1_000))
    }
    #expect(fit < 1.95)
}

@Test func valueSizesGoByKeySizes() throws {
    var keyspace = KeyspaceSpec(
        keys: 100_000, keySize: SizeSpec(.uniform(least: 10, most: 49)))
    var spec = SizeSpec(.constant(3))
    spec.byKeySize = [
        .init(upTo: 19, distribution: .uniform(least: 100, most: 199)),
        .init(upTo: 39, distribution: .constant(7)),
    ]
    keyspace.valueSize = spec
    let shape = Workload(
        name: "w", keyspaces: [keyspace], operations: [OperationSpec(command: .set, weight: 1)])
    let workload = try CompiledWorkload(shape)
    var classes = [0, 0, 0]
    for key in 0..<100_000 as Range<UInt64> {
        let size = workload.keySize(keyspace: 0, key: key)
        let value = try #require(workload.valueSize(keyspace: 0, key: key))
        switch size {
        case ...19:
            #expect((100...199).contains(value))
            classes[0] += 1
        case ...39:
            #expect(value == 7)
            classes[1] += 1
        default:
            #expect(value == 3)
            classes[2] += 1
        }
    }
    // even places: closer than chance
    #expect(abs(classes[0] - 25_000) < 50 && abs(classes[1] - 50_000) < 50)
    let row = try #require(
        try shape.describe(requests: 1_000).rows.first {
            $0.population == "keys" && $0.name == "value_size mean"
        })
    let expected = 0.25 * 149.5 + 0.5 * 7 + 0.25 * 3
    #expect(abs((row.requested ?? 0) / expected - 1) < 0.001)
    #expect(abs(row.realised / expected - 1) < 0.003)
}

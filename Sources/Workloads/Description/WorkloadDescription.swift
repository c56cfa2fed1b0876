// What a workload turns out to be: a sample's means, percentiles, popularity shares, mix and times
// to live beside what was asked for, and beside what the source of the workload published.
//
// Two populations, which published tables confuse at their cost: every key once ("keys", what
// memory holds) and every request once ("requests", what the network carries).
//
// Requested values are computed from the distributions, not sampled: means by integration,
// percentiles by bisection, shares by exact sums. With a hot class, requests weigh it by its exact
// share of the popularity.
import Distributions

public struct WorkloadDescription: Sendable {
    public struct Row: Sendable, Equatable {
        /// `keys` or `requests`.
        public let population: String
        /// `value_size p50`, `share of get`, …
        public let name: String
        /// B, s, or empty for a share.
        public let unit: String
        /// Computed from the file's distributions; nil where there is no closed form.
        public let requested: Double?
        /// Published by the file's source (`expect`).
        public let expected: Double?
        public let realised: Double

        /// Relative deviation from `expected`.
        public var deviation: Double? {
            expected.map { $0 == 0 ? realised : (realised - $0) / $0 }
        }
    }

    public let workload: String
    public let contentHash: String
    public let requests: Int
    public let seed: UInt64
    public let tolerance: Double
    public let rows: [Row]
    let provenanceMap: ProvenanceMap

    /// How far the sample is from what was requested.
    public struct Fit: Sendable, Equatable {
        public enum Test: Sendable {
            /// A normal deviate; above 4 is no accident.
            case chiSquare
            /// The largest distance between the distribution functions, 0 … 1.
            case distance
        }

        public let name: String
        public let test: Test
        public let value: Double
    }

    public let fits: [Fit]

    /// Rows further from their expectation than the workload's tolerance.
    public var violations: [Row] {
        rows.filter { row in
            guard let expected = row.expected else { return false }
            // the last digit of the realised value must not decide
            let slack = 1 + 1e-9
            let limit = min(tolerance, Expectations.shareTolerance) * slack
            if row.name == "hit_ratio" { return abs(row.realised - expected) > limit }
            // a rare event's share in a sample says less than the law it is drawn by
            if row.unit.isEmpty, let law = row.requested {
                return abs(law / expected - 1) > limit
            }
            return abs(row.deviation ?? 0) > tolerance * slack
        }
    }

    /// Percentiles that are always shown.
    static let percentiles: [Double] = [1, 25, 50, 75, 90, 95, 99, 99.9]
    /// Keys looked at: all of them up to this many, then an even selection, because sizes go by
    /// evenly spread places and a million of them resolves p99.9 to a thousand values.
    static let keySample: UInt64 = 1_000_000

    /// Draws `requests` requests with `seed`.
    /// - Parameter advance: hears now and then which share of them is drawn.
    /// - Complexity: O(requests + keys up to a million); some 0.2 s for a million.
    public init(
        _ compiled: CompiledWorkload, requests: Int = 1_000_000, seed: UInt64 = 1,
        _ advance: (Double) -> Void = { _ in }
    ) {
        let workload = compiled.workload
        self.workload = workload.name
        self.contentHash = workload.contentHash
        self.requests = requests
        self.seed = seed
        tolerance = workload.expect.tolerance
        provenanceMap = workload.provenance
        var rows: [Row] = []
        let keys = SampledSizes(keysOf: compiled)
        rows += keys.rows("keys", compiled, workload.expect.keys)
        let drawn = SampledRequests(compiled, count: requests, seed: seed, advance)
        rows += drawn.sizes.rows("requests", compiled, workload.expect.requests)
        rows += drawn.popularityRows(compiled)
        rows += drawn.mixRows(compiled)
        rows += drawn.hitRatioRows(compiled)
        rows += drawn.ttlRows(compiled)
        self.rows = rows
        fits =
            keys.fits("keys", compiled) + drawn.sizes.fits("requests", compiled)
            + drawn.fits(compiled)
    }
}

extension Workload {
    /// Compiles it, draws a sample and sets it beside what was requested and expected.
    /// - Parameter advance: hears now and then which share of the sample is drawn.
    public func describe(
        requests: Int = 1_000_000, seed: UInt64 = 1, _ advance: (Double) -> Void = { _ in }
    ) throws(WorkloadProblems) -> WorkloadDescription {
        WorkloadDescription(try CompiledWorkload(self), requests: requests, seed: seed, advance)
    }
}

/// Counts of sizes; statistics of a multiset.
struct SizeTally {
    private var counts: [Int: Int] = [:]
    private(set) var count = 0
    private var sum = 0.0

    /// Sizes with their numbers, `zeros` sizes of 0 added.
    func with(zeros: Int = 0) -> [(key: Int, value: Int)] {
        counts.map { (key: $0.key, value: $0.value) } + (zeros > 0 ? [(key: 0, value: zeros)] : [])
    }

    mutating func add(_ size: Int) {
        counts[size, default: 0] += 1
        count += 1
        sum += Double(size)
    }

    func value(_ statistic: SizeStatistic) -> Double {
        switch statistic {
        case .mean: sum / Double(max(1, count))
        case .percentile(let percent): Double(percentile(percent))
        }
    }

    /// Smallest size with at least this share of the sizes at or below it.
    private func percentile(_ percent: Double) -> Int {
        let needed = percent / 100 * Double(count)
        var below = 0
        for (size, number) in counts.sorted(by: { $0.key < $1.key }) {
            below += number
            // 0.1 % of a million is not exactly a thousand
            if Double(below) >= needed - 1e-6 { return size }
        }
        return 0
    }
}

/// Key, value and pair sizes of a population.
struct SampledSizes {
    var keySize = SizeTally()
    var valueSize = SizeTally()
    var pairSize = SizeTally()
    let hasValues: Bool

    init(hasValues: Bool) { self.hasValues = hasValues }

    /// Every key once, keyspaces by their number of keys; an even selection of very many.
    init(keysOf compiled: CompiledWorkload) {
        let workload = compiled.workload
        self.init(hasValues: workload.keyspaces.contains { $0.valueSize != nil })
        let stride = max(1, workload.keyCount / WorkloadDescription.keySample)
        var random = Xoshiro256PlusPlus(seed: 0)
        for index in 0..<compiled.keyspaceCount {
            var rank: UInt64 = 0
            while rank < workload.keyspaces[index].keys {
                add(compiled, index, rank, &random)
                rank += stride
            }
        }
    }

    mutating func add(
        _ compiled: CompiledWorkload, _ keyspace: Int, _ rank: UInt64,
        _ random: inout Xoshiro256PlusPlus
    ) {
        let key = compiled.keyspaces[keyspace].keySize(ofRank: rank)
        keySize.add(key)
        guard hasValues else { return }
        let value = compiled.keyspaces[keyspace].valueSize(
            ofRank: rank, keySize: key, or: random.next())
        valueSize.add(value)
        pairSize.add(key + value)
    }

    /// Distances from the requested distributions. Of requests they are no test: a few keys, each
    /// with one size, take a good part of them.
    func fits(_ population: String, _ compiled: CompiledWorkload) -> [WorkloadDescription.Fit] {
        let byRequest = population == "requests"
        func fit(_ name: String, _ tally: SizeTally, _ field: (KeyspaceSpec) -> SizeSpec?)
            -> WorkloadDescription.Fit
        {
            let requested = RequestedSizes(compiled, byRequest: byRequest, field)
            return WorkloadDescription.Fit(
                name: "\(name) of \(population)", test: .distance,
                value: GoodnessOfFit.distance(tally.with()) { requested.cumulative($0) })
        }
        var fits = [fit("key_size", keySize, \.keySize)]
        if hasValues { fits.append(fit("value_size", valueSize, \.valueSize)) }
        return fits
    }

    func rows(
        _ population: String, _ compiled: CompiledWorkload, _ expected: Expectations.Population
    ) -> [WorkloadDescription.Row] {
        let byRequest = population == "requests"
        var rows: [WorkloadDescription.Row] = []
        func append(
            _ name: String, _ tally: SizeTally, _ expected: Expectations.Size,
            _ requested: RequestedSizes?
        ) {
            let shown: [SizeStatistic] =
                [.mean] + WorkloadDescription.percentiles.map { .percentile($0) }
            let extra = expected.keys.filter { !shown.contains($0) }.sorted()
            for statistic in shown + extra {
                rows.append(
                    WorkloadDescription.Row(
                        population: population, name: "\(name) \(statistic.name)", unit: "B",
                        requested: requested?.value(statistic), expected: expected[statistic],
                        realised: tally.value(statistic)))
            }
        }
        append(
            "key_size", keySize, expected.keySize,
            RequestedSizes(compiled, byRequest: byRequest, \.keySize))
        if hasValues {
            append(
                "value_size", valueSize, expected.valueSize,
                RequestedSizes(compiled, byRequest: byRequest, \.valueSize))
            append("pair_size", pairSize, expected.pairSize, nil)
        }
        return rows
    }
}

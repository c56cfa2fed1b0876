// The figures that sources publish, written down once more here, and what each file realises: means
// and percentiles within 5 %, popularity shares within 2 %, hit ratios within two points.
//
// The files state their expectations themselves, and are held against those (ShippedFilesTests);
// this keeps a slip in a file from passing for its own expectation.
import Foundation
import Testing
import Workloads

private struct Published: Sendable {
    let file: String
    /// `keys value_size p50`: population and row of a description.
    let row: String
    let value: Double

    init(_ file: String, _ row: String, _ value: Double) {
        (self.file, self.row, self.value) = (file, row, value)
    }

    /// Several statistics of one size: `mean p50 …` with their values.
    static func size(_ file: String, _ size: String, _ figures: [(String, Double)]) -> [Published] {
        figures.map { Published(file, "\(size) \($0.0)", $0.1) }
    }
}

private let percentiles = ["p1", "p25", "p50", "p75", "p90", "p95", "p99", "p99.9"]

/// Percentiles in the order above.
private func measured(_ file: String, _ size: String, _ values: [Double]) -> [Published] {
    zip(percentiles, values).map { Published(file, "\(size) \($0)", $1) }
}

private let twitter: [Published] =
    // Yang et al., OSDI 2020, statistics of March 2020: mean key size, miss ratio of production
    [
        Published("twitter-c52-storage", "keys key_size mean", 20),
        Published("twitter-c25-tiny-read", "keys key_size mean", 49),
        Published("twitter-c12-write-heavy", "keys key_size mean", 44),
        Published("twitter-c15-dedup", "keys key_size mean", 18),
        Published("twitter-c22-counter-negative", "keys key_size mean", 54),
        Published("twitter-c14-delete-heavy", "keys key_size mean", 96),
        Published("twitter-c37-large-short-ttl", "keys key_size mean", 72),
        Published("twitter-c52-storage", "requests hit_ratio", 1 - 0.0189),
        Published("twitter-c25-tiny-read", "requests hit_ratio", 1 - 0.0002),
        Published("twitter-c12-write-heavy", "requests hit_ratio", 1 - 0.0058),
        Published("twitter-c22-counter-negative", "requests hit_ratio", 1 - 0.875),
        Published("twitter-c14-delete-heavy", "requests hit_ratio", 1 - 0.1218),
        Published("twitter-c37-large-short-ttl", "requests hit_ratio", 1 - 0.5938),
    ]
    // paper-benchmark-cxl, results/twitter_trace_working_sets.md: per object, then per access
    + measured(
        "twitter-c52-storage", "keys value_size", [17, 27, 215, 334, 527, 664, 1_016, 1_610])
    + measured(
        "twitter-c52-storage", "requests value_size", [27, 27, 27, 402, 748, 1_009, 1_410, 2_118])
    + measured("twitter-c25-tiny-read", "keys value_size", [1, 17, 17, 17, 94, 120, 389, 1_069])
    + measured("twitter-c25-tiny-read", "requests value_size", [1, 1, 1, 1, 60, 258, 971, 1_425])
    + measured(
        "twitter-c12-write-heavy", "keys value_size", [6, 6, 6, 42, 5_629, 8_629, 22_757, 45_148])
    + measured("twitter-c15-dedup", "keys value_size", [30, 106, 108, 109, 109, 109, 109, 109])
    + measured(
        "twitter-c14-delete-heavy", "keys value_size",
        [21, 66, 1_118, 1_328, 1_432, 1_532, 1_759, 3_021])
    + measured(
        "twitter-c14-delete-heavy", "requests value_size",
        [21, 911, 1_257, 1_363, 1_458, 1_534, 1_834, 3_070])
    + measured(
        "twitter-c37-large-short-ttl", "keys value_size",
        [248, 940, 1_440, 4_230, 7_484, 14_290, 70_934, 120_197])
    + measured(
        "twitter-c37-large-short-ttl", "requests value_size",
        [287, 586, 1_254, 3_265, 6_596, 13_409, 66_454, 84_531])
    + measured(
        "twitter-c15-dedup", "requests value_size", [30, 106, 108, 109, 109, 109, 109, 109])
    + [
        Published("twitter-c52-storage", "keys value_size mean", 234),
        Published("twitter-c25-tiny-read", "keys value_size mean", 41),
        Published("twitter-c12-write-heavy", "keys value_size mean", 1_501),
        Published("twitter-c15-dedup", "keys value_size mean", 101),
        Published("twitter-c14-delete-heavy", "keys value_size mean", 845),
        Published("twitter-c37-large-short-ttl", "keys value_size mean", 4_550),
    ]

private let facebook: [Published] =
    // Atikoglu et al., SIGMETRICS 2012
    Published.size(
        "fb-etc-2012", "keys key_size", [("mean", 36.2), ("p1", 19), ("p50", 33.8), ("p99", 76.3)])
    + Published.size(
        "fb-etc-2012", "keys value_size",
        [("mean", 194), ("p50", 39), ("p75", 214), ("p90", 520), ("p99", 1_899), ("p99.9", 4_972)])
    + [
        Published("fb-etc-2012", "requests top_1_percent_share", 0.55),
        Published("fb-etc-2012", "requests hit_ratio", 0.814),
        Published("fb-etc-2012", "requests share of get", 30.0 / 31),
        Published("fb-usr-2012", "keys value_size mean", 2),
        Published("fb-usr-2012", "requests hit_ratio", 0.982),
        // Nishtala et al., NSDI 2013
        Published("fb-wildcard-2013", "requests hit_ratio", 1 - 0.0176),
    ]
    + Published.size(
        "fb-wildcard-2013", "keys value_size",
        [
            ("mean", 1_110), ("p5", 77), ("p25", 102), ("p50", 169), ("p75", 363), ("p95", 3_650),
            ("p99", 18_300),
        ])
    + [
        // Cao et al., FAST 2020
        Published("rocksdb-zippydb-2020", "keys key_size mean", 47.9),
        Published("rocksdb-zippydb-2020", "keys value_size mean", 42.9),
        Published("rocksdb-zippydb-2020", "requests top_1_percent_share", 0.5),
        Published("rocksdb-zippydb-2020", "requests share of get", 0.78),
    ]

private let meta: [Published] =
    // paper-benchmark-cxl, results/meta_trace_working_sets.md, January 2024
    measured("meta-kvcache-202401", "keys value_size", [8, 9, 25, 67, 585, 2_582, 12_305, 420_582])
    + measured(
        "meta-kvcache-202401", "requests value_size",
        [8, 12, 47, 249, 1_563, 4_301, 21_013, 90_638])
    + [
        Published("meta-kvcache-202401", "keys value_size mean", 1_376),
        Published("meta-kvcache-202401", "requests hit_ratio", 1 - 0.293),
        Published("meta-kvcache-202401", "requests share of get", 0.789),
        // CacheLib, hit_ratio/kvcache_reg
        Published("meta-kvcache-202401", "requests top_1_percent_share", 0.7239),
        Published("meta-kvcache-202401", "requests top_10_percent_share", 0.866),
    ]

private let others: [Published] = [
    // Olson, QCon 2025
    Published("valkey-fleet-median", "keys key_size mean", 16),
    Published("valkey-fleet-median", "keys value_size p50", 80),
    Published("valkey-fleet-median", "keys pair_size p50", 100),
    // Chen et al., FAST 2020
    Published("hot-key", "keys key_size mean", 8), Published("hot-key", "keys value_size mean", 8),
    Published("hot-key", "requests top_1_percent_share", 0.9),
    // Cooper et al., SoCC 2010
    Published("ycsb-a", "keys value_size mean", 1_000),
    Published("ycsb-a", "requests share of read", 0.5),
    Published("ycsb-b", "requests share of read", 0.95),
    Published("ycsb-c", "requests share of read", 1),
    Published("ycsb-d", "requests share of insert", 0.05),
    Published("ycsb-e", "requests share of scan", 0.95),
    Published("ycsb-f", "requests share of read_modify_write", 0.5),
]

private let files = Dictionary(grouping: twitter + facebook + meta + others, by: \.file)

@Test(arguments: files.keys.sorted())
func filesRealiseWhatTheirSourcesPublish(file: String) throws {
    let workload = try Workload(file: file)
    let rows = try workload.describe(requests: 500_000, seed: 11).rows
    for figure in files[file]! {
        let row = try #require(
            rows.first { "\($0.population) \($0.name)" == figure.row }, "\(figure.row)")
        if figure.row.hasSuffix("hit_ratio") {
            #expect(abs(row.realised - figure.value) <= 0.02, "\(figure): \(row.realised)")
        } else if row.unit.isEmpty {
            let share = row.requested ?? row.realised
            #expect(abs(share / figure.value - 1) <= 0.02, "\(figure): \(share)")
        } else {
            #expect(abs(row.realised / figure.value - 1) <= 0.05, "\(figure): \(row.realised)")
        }
    }
}

/// Percentiles per access are of look-ups that return a value. Where other requests are for keys of
/// other sizes, those alone are drawn here.
@Test(arguments: [
    ("twitter-c12-write-heavy", [6, 6, 6, 42, 6_371, 9_532, 24_832, 46_066] as [Double]),
    ("twitter-c22-counter-negative", [19, 19, 19, 19, 19, 19, 19, 19]),
])
func lookUpsFetchWhatIsPublished(file: String, published: [Double]) throws {
    let workload = try CompiledWorkload(Workload(file: file))
    var generator = RequestGenerator(workload, seed: 3, worker: 0)
    var sizes: [Int] = []
    while sizes.count < 300_000 {
        let request = generator.next()
        let space = Int(request.keyspace)
        guard workload.operations[Int(request.operation)].access == .read,
            request.key < workload.workload.keyspaces[space].populatedKeys,
            let size = workload.valueSize(keyspace: space, key: request.key)
        else { continue }
        sizes.append(size)
    }
    sizes.sort()
    let shares = [0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999]
    for (share, value) in zip(shares, published) {
        let found = Double(sizes[Int((share * Double(sizes.count)).rounded(.up)) - 1])
        #expect(abs(found / value - 1) <= 0.05, "\(file), \(share): \(found), not \(value)")
    }
}

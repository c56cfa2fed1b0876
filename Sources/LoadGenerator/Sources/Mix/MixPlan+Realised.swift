// What a mix turned out to be, beside what was asked for: commands, keys and sizes in classes, with
// the probability that such counts come from such shares.
//
// The requests of a run are a function of its seed, so they are drawn again for this: nothing is
// counted while a server is measured. Of several workers each has its part of them, which is about
// what it sent. Key sizes are a function of the key, so their distribution is over keys and not
// over requests (a popular key has one size): they are looked up for an even selection of all keys.
import Distributions
import Workloads

/// One distribution, requested against realised.
public struct RealisedDistribution: Sendable {
    public struct Class: Sendable {
        public var name: String
        /// Shares of all draws.
        public var requested: Double
        public var realised: Double
    }

    /// `commands`, `keys`, `key_sizes` or `value_sizes`.
    public var name: String
    /// Draws, or keys looked at.
    public var count: UInt64
    public var classes: [Class]
    /// Of χ²: how likely a distribution as far off as this one is; nil where chance has no part in
    /// it or there is one class alone.
    public var pValue: Double?

    init(_ name: String, _ names: [String], _ shares: [Double], _ counts: [UInt64], tested: Bool) {
        self.name = name
        let total = counts.reduce(0, +)
        count = total
        classes = zip(names, zip(shares, counts)).map {
            Class(
                name: $0, requested: $1.0,
                realised: total > 0 ? Double($1.1) / Double(total) : 0)
        }
        pValue = tested ? GoodnessOfFit.chiSquareP(counts: counts, shares: shares) : nil
    }
}

extension MixPlan {
    /// Keys whose sizes are looked up.
    private static let keySample: UInt64 = 1 << 16
    /// Requests that are drawn again at most: a tenth of a second, and enough to see any mistake.
    private static let mostDraws: UInt64 = 1 << 20

    /// What the sources of a session drew.
    /// - Parameters:
    ///   - workload: the one that they were given, with the seed.
    ///   - workers: how many they were.
    ///   - requests: that they wrote, all together.
    public func realised(
        _ workload: CompiledWorkload, seed: UInt64, workers: Int, requests: UInt64
    ) -> [RealisedDistribution] {
        let keyClasses = KeyClasses(drawnPopularity, keys: keys)
        let values = SizeBins(valueSizes.segments)
        let writes = commands.map { Self.known[$0.name] == true }
        var commandCounts = [UInt64](repeating: 0, count: commands.count)
        var keyCounts = [UInt64](repeating: 0, count: keyClasses.count)
        var valueCounts = [UInt64](repeating: 0, count: values.count)
        let each = min(requests, Self.mostDraws) / UInt64(max(workers, 1))
        for worker in 0..<max(workers, 1) {
            var generator = RequestGenerator(workload, seed: seed, worker: worker, of: workers)
            for _ in 0..<each {
                let request = generator.next()
                let command = Int(request.operation)
                commandCounts[command] += 1
                keyCounts[keyClasses.index(ofKey: request.key, rank: request.rank)] += 1
                if writes[command] { valueCounts[values.index(of: request.valueSize)] += 1 }
            }
        }
        var list = [
            RealisedDistribution(
                "commands", commands.map(\.name), shares, commandCounts, tested: true),
            RealisedDistribution(
                "keys", keyClasses.names, keyClasses.shares, keyCounts,
                tested: popularity != .sequential),
            realisedKeySizes(workload),
        ]
        if valueCounts.contains(where: { $0 > 0 }) {
            list.append(
                RealisedDistribution(
                    "value_sizes", values.names, values.shares, valueCounts, tested: true))
        }
        return list
    }

    private func realisedKeySizes(_ workload: CompiledWorkload) -> RealisedDistribution {
        let sizes = SizeBins(keySizes.segments)
        var counts = [UInt64](repeating: 0, count: sizes.count)
        let step = max(1, keys / Self.keySample)
        for key in stride(from: 0, to: keys, by: UInt64.Stride(step)) {
            counts[sizes.index(of: workload.keySize(keyspace: 0, key: key))] += 1
        }
        return RealisedDistribution("key_sizes", sizes.names, sizes.shares, counts, tested: true)
    }
}

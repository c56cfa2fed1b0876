// What a mix turned out to be, beside what was asked for: commands, keys and sizes in classes, with
// the probability that such counts come from such shares.
//
// Commands, keys and value sizes are counted as they are drawn, warm-up and repetitions included.
// Key sizes are a function of the key, so their distribution is over keys and not over requests (a
// popular key has one size): they are looked up for an even selection of all keys.
import Distributions

/// Counts of one worker's source, or of several.
public struct MixTally: Sendable {
    var commands: [UInt64]
    var keys: [UInt64]
    var valueSizes: [UInt64]

    mutating func add(_ other: MixTally) {
        for index in commands.indices { commands[index] += other.commands[index] }
        for index in keys.indices { keys[index] += other.keys[index] }
        for index in valueSizes.indices { valueSizes[index] += other.valueSizes[index] }
    }
}

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

    /// What the sources of a session turned out to draw.
    /// - Parameters:
    ///   - seed: the one that the sources were given.
    ///   - tallies: of all of them.
    public func realised(seed: UInt64, _ tallies: [MixTally]) -> [RealisedDistribution] {
        guard var total = tallies.first else { return [] }
        for more in tallies.dropFirst() { total.add(more) }
        let classes = KeyClasses(distribution, keys: keys)
        let values = SizeClasses(valueSizes)
        var list = [
            RealisedDistribution(
                "commands", commands.map(\.name), shares, total.commands, tested: true),
            RealisedDistribution(
                "keys", classes.names, classes.shares, total.keys,
                tested: distribution != .sequential),
        ]
        let sizes = SizeClasses(keySizes)
        var counts = [UInt64](repeating: 0, count: sizes.count)
        let sizer = KeySizer(keySizes, seed: seed)
        let step = max(1, keys / Self.keySample)
        for key in stride(from: 0, to: keys, by: UInt64.Stride(step)) {
            counts[sizes.index(of: sizer.size(of: key))] += 1
        }
        list.append(
            RealisedDistribution("key_sizes", sizes.names, sizes.shares, counts, tested: true))
        if total.valueSizes.contains(where: { $0 > 0 }) {
            list.append(
                RealisedDistribution(
                    "value_sizes", values.names, values.shares, total.valueSizes, tested: true))
        }
        return list
    }
}

// Classes that drawn keys are counted in: by key number where all are alike, by popularity rank
// where some are more popular.
//
//     uniform, sequential   up to 64 stretches of 2^shift keys
//     others                rank classes 1, 2-3, 4-7, 8-15 …, each twice the last
public struct KeyClasses: Sendable {
    /// Stretches of key numbers: enough to see where keys are left out.
    private static let stretches: UInt64 = 64

    public let count: Int
    private let shift: UInt64
    private let isByRank: Bool
    private let keys: UInt64
    private let popularity: Popularity

    public init(_ popularity: Popularity, keys: UInt64) {
        self.keys = keys
        self.popularity = popularity
        isByRank = popularity.hasHotKeys
        if isByRank {
            shift = 0
            count = Self.rankClass(keys - 1) + 1
        } else {
            var shift: UInt64 = 0
            while (keys - 1) >> shift >= Self.stretches { shift += 1 }
            self.shift = shift
            count = Int((keys - 1) >> shift) + 1
        }
    }

    /// The class of a key that was drawn.
    public func index(ofKey key: UInt64, rank: UInt64) -> Int {
        isByRank ? Self.rankClass(rank) : Int(truncatingIfNeeded: key >> shift)
    }

    /// Ranks 0, 1…2, 3…6, …: the binary logarithm of rank + 1.
    private static func rankClass(_ rank: UInt64) -> Int { 63 - (rank + 1).leadingZeroBitCount }

    /// Where each class begins, and where the last one ends.
    private var bounds: [UInt64] {
        (0...count).map { index in
            min(keys, isByRank ? (1 << UInt64(index)) - 1 : UInt64(index) << shift)
        }
    }

    public var names: [String] {
        let bounds = bounds
        let what = isByRank ? "rank" : "key"
        return zip(bounds, bounds.dropFirst()).map { from, to in
            let first = isByRank ? from + 1 : from  // ranks are spoken of from 1
            let last = isByRank ? to : to - 1
            return first == last ? "\(what) \(first)" : "\(what) \(first)-\(last)"
        }
    }

    /// The share of the requests that each class should get.
    public var shares: [Double] {
        let sampler = PopularitySampler(popularity, keys: keys)
        var below: [Double] = []
        for bound in bounds { below.append(sampler.share(ofTop: bound)) }
        return zip(below, below.dropFirst()).map { $1 - $0 }
    }
}

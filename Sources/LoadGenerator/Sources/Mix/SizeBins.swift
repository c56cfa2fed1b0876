// Sizes in at most sixteen bins of about equal share: what realised sizes are counted in. (An
// allocator's size classes are another thing: Keyspaces has them.)
//
//     thresholds  [ 64 | 128 | 1024 ]      bin of a size = thresholds below it
//     bins        0…64  65…128  129…1024  above
import Distributions

struct SizeBins: ~Copyable {
    /// Enough to see a wrong shape, few enough to count in a few ns.
    private static let most = 16

    /// Upper ends of all bins but the last, rising.
    private let thresholds: UnsafeMutablePointer<Int>
    private let thresholdCount: Int
    /// What each bin should get.
    let shares: [Double]
    let names: [String]
    var count: Int { thresholdCount + 1 }

    init(_ segments: [SizeSegment]) {
        let table = SizeTable(segments)
        let last = table.quantile(1)
        var ends: [Int] = []
        for part in 1..<Self.most {
            let end = table.quantile(Double(part) / Double(Self.most))
            if end != ends.last && end < last { ends.append(end) }
        }
        let below = [0] + ends.map { table.cumulative($0) } + [1]
        shares = zip(below, below.dropFirst()).map { $1 - $0 }
        let starts = [Int(table.smallest.rounded())] + ends.map { $0 + 1 }
        names = zip(starts, ends + [last]).map { $0 == $1 ? "\($0)" : "\($0)-\($1)" }
        thresholdCount = ends.count
        thresholds = .allocate(capacity: max(ends.count, 1))
        thresholds.initialize(from: ends, count: ends.count)
    }

    deinit { thresholds.deallocate() }

    /// - Complexity: O(bins), no branch but the loop's.
    @inline(__always)
    func index(of size: Int) -> Int {
        var index = 0
        for place in 0..<thresholdCount { index &+= size > thresholds[place] ? 1 : 0 }
        return index
    }
}

// Weighted choice among k alternatives in O(1): one random word, one table line.
//
// The unit square is cut into k columns of equal width; each column holds at most two alternatives,
// its own below a threshold and an alias above. The high half of random × k names the column, the
// low half is uniform in it and is compared with the threshold, so that one word serves both.
//
// Credits: Walker (1977); Vose, "A linear algorithm for generating random numbers with a given
// distribution" (IEEE TSE 17(9), 1991).

public struct AliasTable: ~Copyable, @unchecked Sendable {
    @usableFromInline struct Column {
        @usableFromInline var threshold: UInt64
        @usableFromInline var alias: UInt32
    }

    public let count: Int
    /// Written in `init` alone.
    @usableFromInline let columns: UnsafeMutablePointer<Column>

    /// - Parameter weights: at least one, none negative, their sum positive and finite.
    public init(weights: [Double]) {
        let total = weights.reduce(0, +)
        precondition(!weights.isEmpty && weights.count < 1 << 32)
        precondition(weights.allSatisfy { $0 >= 0 } && total > 0 && total.isFinite)
        count = weights.count
        columns = .allocate(capacity: count)
        var scaled = weights.map { $0 / total * Double(weights.count) }
        var small: [Int] = []
        var large: [Int] = []
        for (index, weight) in scaled.enumerated() {
            columns.advanced(by: index).initialize(
                to: Column(threshold: .max, alias: UInt32(index)))
            if weight < 1 { small.append(index) } else { large.append(index) }
        }
        while let low = small.popLast(), let high = large.last {
            // 2^64 does not fit a word: a weight that rounds up to 1 keeps the column to itself
            let threshold = scaled[low] * 0x1p64
            columns[low].threshold = threshold >= 0x1p64 ? .max : UInt64(threshold)
            columns[low].alias = UInt32(high)
            scaled[high] -= 1 - scaled[low]
            if scaled[high] < 1 {
                large.removeLast()
                small.append(high)
            }
        }
        // what is left in either list has weight 1 but for rounding, and keeps its column
    }

    deinit { columns.deallocate() }

    /// The alternative that a uniform 64-bit word chooses.
    /// - Complexity: O(1). - Allocations: none.
    @inlinable @inline(__always)
    public func choose(_ word: UInt64) -> Int {
        let (column, place) = word.multipliedFullWidth(by: UInt64(truncatingIfNeeded: count))
        let index = Int(truncatingIfNeeded: column)
        let entry = columns[index]
        return place < entry.threshold ? index : Int(truncatingIfNeeded: entry.alias)
    }
}

// How much memory a table will take at worst while it grows, before it is made.
//
// Found on a small table of the same plan rather than written down: bytes per entry repeat with
// every doubling, so the most that one takes between two doublings, both arrays of a rehash
// included, holds for all larger ones. A resize at once ends before anybody can look: the array
// that it had beside the new one is the smaller, so less than what the table grew by.

import Keyspaces

public struct Footprint {
    /// Two doublings of chained and of bucket tables lie in between.
    private static let sampled = 8_192..<32_768
    private static let step = 256
    private static let digits = 5
    /// Tables, directories and trees of 16,384 slots, which a sample of that size would overrate.
    private static let slotBytes = 16 << 20
    /// The two pointers per entry of 7.2's slot lists.
    private static let slotBytesPerEntry = 16.0
    /// More than any machine has, and little enough for sums over all tables.
    private static let most = 0x1p56

    private struct Kind: Hashable {
        var table: String
        var keySize: Int
    }

    private let plan: BenchPlan
    private var peaks: [Kind: Double] = [:]

    public init(_ plan: BenchPlan) { self.plan = plan }

    /// Bytes of `table` on its way to `entries`.
    public mutating func peakBytes(
        _ table: TableSpecification, _ entries: Int, keySize: Int
    ) -> Int {
        let kind = Kind(table: table.label, keySize: keySize)
        let perEntry = peaks[kind] ?? sample(table, keySize)
        peaks[kind] = perEntry
        let slots = plan.cluster ? Double(entries) * Self.slotBytesPerEntry : 0
        let bytes = min(Double(entries) * perEntry + slots, Self.most)
        return Int(bytes) + (plan.cluster ? Self.slotBytes : 0)
    }

    /// The same with what is there besides while a table is measured in rounds: which keys it holds
    /// while they change.
    mutating func measuredBytes(
        _ table: TableSpecification, _ entries: Int, keySize: Int
    ) -> Int {
        let churning = plan.turnovers.isEmpty ? 0 : entries * ChurnKeys.bytesPerEntry
        return peakBytes(table, entries, keySize: keySize) + churning
    }

    private func sample(_ table: TableSpecification, _ keySize: Int) -> Double {
        var single = plan
        single.cluster = false
        let measured = single.make(table)
        // Shorter keys are not as many.
        let feed = KeyFeed(width: max(keySize, Self.digits), count: Self.step)
        var worst = 0.0
        while measured.entries < Self.sampled.upperBound {
            feed.fill(measured.entries..<(measured.entries + Self.step))
            let before = measured.bytes
            _ = measured.insert(feed, Self.step)
            let unseen = table.resizesAtOnce ? max(measured.bytes - before, 0) : 0
            if measured.entries >= Self.sampled.lowerBound {
                worst = max(worst, Double(measured.bytes + unseen) / Double(measured.entries))
            }
        }
        return worst
    }
}

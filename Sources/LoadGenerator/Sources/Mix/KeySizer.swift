// The size of a key: a function of the key, so that it is the same in every request and in the
// population.
import Distributions

struct KeySizer: ~Copyable {
    private let table: SizeTable
    private let salt: UInt64

    /// - Parameter seed: of the run.
    init(_ segments: [SizeSegment], seed: UInt64) {
        table = SizeTable(segments)
        var seeds = SplitMix64(seed: seed)
        salt = seeds.next()
    }

    @inline(__always)
    func size(of key: UInt64) -> Int {
        // SplitMix64's output function: unrelated numbers for neighbouring keys.
        var numbers = SplitMix64(seed: key ^ salt)
        return table.size(at: Double(numbers.next() >> 11) * 0x1p-53)
    }
}

// Keys of a slice, spelled before the clock starts: zero-padded decimals, one after the other.
//
// The feed is read in order, which the processor's own prefetcher covers; its 16 bytes per
// operation are the only thing in the measured loop that is not the table's.

import Distributions
import Glibc
import Keyspaces

final class KeyFeed {
    let width: Int
    let count: Int
    private let storage: UnsafeMutableRawPointer

    init(width: Int, count: Int) {
        self.width = width
        self.count = count
        storage = .allocate(byteCount: width * count, alignment: 64)
    }

    deinit { storage.deallocate() }

    @inline(__always)
    func key(_ i: Int) -> Bytes { Bytes(start: storage + i &* width, count: width) }

    func spell(_ number: Int, at i: Int) {
        let digits = (storage + i * width).assumingMemoryBound(to: UInt8.self)
        var rest = number
        for place in stride(from: width - 1, through: 0, by: -1) {
            digits[place] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }

    /// Keys `range`, in order.
    func fill(_ range: Range<Int>) {
        for (i, number) in range.enumerated() { spell(number, at: i) }
    }

    /// Uniform draws: `hitPercent` in a hundred of the keys below `entries`, the others of as many
    /// keys above.
    func fill(uniform entries: Int, hitPercent: Int, _ random: inout Xoshiro256PlusPlus) {
        for i in 0..<count {
            let isHit = Int.random(in: 0..<100, using: &random) < hitPercent
            let number = Int.random(in: 0..<entries, using: &random)
            spell(isHit ? number : entries + number, at: i)
        }
    }

    /// Spells what a slice of `operation` on a table of `entries` needs; returns how many keys.
    func fill(
        for operation: Operation, _ entries: Int, _ draw: inout Xoshiro256PlusPlus
    ) -> Int {
        switch operation {
        case .find(let percent, _): fill(uniform: entries, hitPercent: percent, &draw)
        case .update: fill(uniform: entries, hitPercent: 100, &draw)
        case .churn: return fill(distinct: entries, &draw)
        case .insert, .iterate, .scan, .random: break
        }
        return count
    }

    /// Different keys, uniformly drawn in strides (a permutation would not fit the slice).
    func fill(distinct entries: Int, _ random: inout Xoshiro256PlusPlus) -> Int {
        let used = min(count, entries)
        let step = entries / used
        for i in 0..<used { spell(i * step + Int.random(in: 0..<step, using: &random), at: i) }
        // In random order: Fisher and Yates, on whole keys.
        withUnsafeTemporaryAllocation(byteCount: width, alignment: 1) { spare in
            let spare = spare.baseAddress!
            for i in stride(from: used - 1, to: 0, by: -1) {
                let j = Int.random(in: 0...i, using: &random)
                memcpy(spare, storage + i * width, width)
                memcpy(storage + i * width, storage + j * width, width)
                memcpy(storage + j * width, spare, width)
            }
        }
        return used
    }

    /// Digits that `entries` and as many missing keys need.
    static func fits(_ entries: Int, width: Int) -> Bool {
        String(entries * 2).utf8.count <= width
    }
}

// Keys of a slice, spelled before the clock starts: zero-padded decimals, one after the other.
//
// The feed is read in order, which the processor's own prefetcher covers; its bytes are the only
// thing in the measured loop that is not the table's.

import Distributions
import Keyspaces

final class KeyFeed {
    let width: Int
    /// Keys that it has room for.
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

    private func spell(_ number: Int, at i: Int) {
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

    /// Keys that the table holds, those at the places `range`.
    func fill(held range: Range<Int>, _ keys: KeySource) {
        for (i, place) in range.enumerated() { spell(keys.held(place), at: i) }
    }

    /// `used` draws of keys that the table holds.
    func fill(
        held pattern: AccessPattern, _ keys: KeySource, _ used: Int,
        _ random: inout Xoshiro256PlusPlus
    ) {
        let draw = keys.draw(pattern)
        for i in 0..<used { spell(keys.held(draw.next(&random)), at: i) }
    }

    /// `used` draws, of which exactly `hitPercent` in a hundred are below the entries and the
    /// others of as many keys above, in random order: whatever the draws, they read the same.
    private func fill(
        _ lookup: Lookup, _ keys: KeySource, _ used: Int, _ random: inout Xoshiro256PlusPlus
    ) {
        let draw = keys.draw(lookup.pattern)
        var hits = (used * lookup.hitPercent + 50) / 100
        for i in 0..<used {
            let left = UInt64(used - i)
            let isHit = Int(random.next().multipliedFullWidth(by: left).high) < hits
            if isHit { hits -= 1 }
            let number = draw.next(&random)
            spell(isHit ? number : keys.entries + number, at: i)
        }
    }

    /// Erases and inserts, turn by turn; returns how many keys.
    private func fill(churning keys: ChurnKeys, _ used: Int) -> Int {
        let pairs = max(used / 2, 1)
        for i in 0..<pairs {
            let next = keys.next()
            spell(next.leaves, at: 2 * i)
            spell(next.comes, at: 2 * i + 1)
        }
        return 2 * pairs
    }

    /// Spells what a slice of `operation` needs, about `used` keys; returns how many.
    func fill(
        for operation: Operation, _ keys: KeySource, _ used: Int,
        _ random: inout Xoshiro256PlusPlus
    ) -> Int {
        switch operation {
        case .find(let lookup): fill(lookup, keys, used, &random)
        case .update: fill(held: .uniform, keys, used, &random)
        case .churn: return fill(churning: keys.churning, used)
        case .insert, .iterate, .scan, .random: break
        }
        return used
    }

    /// Digits that `entries` and as many missing keys need.
    static func fits(_ entries: Int, width: Int) -> Bool {
        String(entries * 2).utf8.count <= width
    }
}

// Draws the keys of a `KeyDistribution`, each with its class (see `KeyClasses`).
import Glibc

public struct KeySampler: Sendable {
    @usableFromInline enum Kind: Sendable { case uniform, zipf, hot, sequential, gaussian }

    @usableFromInline let kind: Kind
    @usableFromInline let keys: UInt64
    @usableFromInline let zipf: Zipf
    @usableFromInline let scramble: KeyScramble
    @usableFromInline let hotKeys: UInt64
    /// Share of the requests for hot keys, as a 64-bit fraction.
    @usableFromInline let hotShare: UInt64
    @usableFromInline let shift: UInt64
    @usableFromInline var next: UInt64

    /// - Parameters:
    ///   - keys: how many, numbered from 0; at least one.
    ///   - seed: of the order of popularity: the same on every worker.
    ///   - first: where keys in turn begin.
    public init(_ distribution: KeyDistribution, keys: UInt64, seed: UInt64, first: UInt64) {
        self.keys = keys
        shift = KeyClasses(distribution, keys: keys).shift
        // The same permutation on every worker: they share popular keys.
        scramble = KeyScramble(count: keys, seed: seed)
        next = first
        var zipf = Zipf(count: 1, alpha: 0)
        var (hotKeys, hotShare): (UInt64, UInt64) = (0, 0)
        switch distribution {
        case .uniform: kind = .uniform
        case .sequential: kind = .sequential
        case .gaussian: kind = .gaussian
        case .zipf(let alpha, let offset):
            kind = .zipf
            zipf = Zipf(count: keys, alpha: alpha, offset: offset)
        case .hot(let requests, let share):
            kind = .hot
            hotKeys = KeyDistribution.hotKeys(share, of: keys)
            hotShare = UInt64(requests * 0x1p64)
        }
        self.zipf = zipf
        self.hotKeys = hotKeys
        self.hotShare = hotShare
    }

    /// A key and its class.
    /// - Complexity: O(1). - Allocations: none.
    @inlinable @inline(__always)
    public mutating func draw(_ random: inout Xoshiro256PlusPlus) -> (key: UInt64, class: Int) {
        let key: UInt64
        switch kind {
        case .uniform: key = random.next().multipliedFullWidth(by: keys).high
        case .zipf: return ranked(zipf.draw(&random))
        case .hot:
            let isHot = random.next() < hotShare || hotKeys == keys
            let place = random.next()
            return ranked(
                isHot
                    ? place.multipliedFullWidth(by: hotKeys).high
                    : hotKeys &+ place.multipliedFullWidth(by: keys &- hotKeys).high)
        case .sequential:
            key = next
            next = key &+ 1 == keys ? 0 : key &+ 1
        case .gaussian: key = gaussian(&random)
        }
        return (key, Int(truncatingIfNeeded: key &>> shift))
    }

    @inlinable @inline(__always)
    func ranked(_ rank: UInt64) -> (key: UInt64, class: Int) {
        (scramble.key(ofRank: rank), KeyClasses.rankClass(rank))
    }

    /// Box and Muller's transform; what falls off the ends (0.3 %) is drawn again.
    @usableFromInline
    func gaussian(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        while true {
            let radius = (-2 * log1p(-random.nextUnit())).squareRoot()
            let z = radius * cos(2 * .pi * random.nextUnit())
            let x = Double(keys) * (0.5 + z / 6)
            if x >= 0 && x < Double(keys) { return min(UInt64(x), keys &- 1) }
        }
    }
}

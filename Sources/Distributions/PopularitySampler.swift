// Popularities ready to draw from.
//
// The two that most workloads use, uniform and Zipf, are drawn in line, Zipf over few keys from a
// table; the others sit behind a pointer and a call:
//
//     PopularitySampler  kind, keys, Zipf ─ one pointer ─► RarePopularity  runs, alias table, curve
//
// A struct with a kind rather than an enum with payloads, and the rest apart: matching a payload,
// or handing a large struct to a call, copies it, and a draw would spend more time on that than on
// drawing.
import Glibc

/// A popularity with its number of keys.
public struct PopularitySampler: ~Copyable, @unchecked Sendable {
    @usableFromInline enum Kind: UInt8, Sendable { case uniform, zipf, table, rare }

    /// Up to as many keys have a table: 16 B each, so that it stays in a second-level cache, where
    /// a look-up takes a fraction of Zipf's logarithms.
    private static let tableKeys: UInt64 = 1 << 16

    @usableFromInline let kind: Kind
    @usableFromInline let keys: UInt64
    /// Of one key where the kind is another.
    @usableFromInline let zipf: Zipf
    /// Of one alternative where the kind is another.
    @usableFromInline let table: AliasTable
    @usableFromInline let rare: UnsafeMutablePointer<RarePopularity>

    public init(_ popularity: Popularity, keys: UInt64) {
        self.keys = keys
        var weights = [1.0]
        switch popularity {
        case .uniform, .sequential:
            kind = .uniform
            zipf = Zipf(count: 1, alpha: 0)
        case .zipf(let alpha, let offset), .latest(let alpha, let offset):
            zipf = Zipf(count: keys, alpha: alpha, offset: offset)
            kind = keys <= Self.tableKeys ? .table : .zipf
            if kind == .table {
                weights = (0..<keys).map { pow(Double($0 + 1) + offset, -alpha) }
            }
        default:
            kind = .rare
            zipf = Zipf(count: 1, alpha: 0)
        }
        table = AliasTable(weights: weights)
        rare = .allocate(capacity: 1)
        rare.initialize(to: RarePopularity(popularity, keys: keys))
    }

    deinit {
        rare.deinitialize(count: 1)
        rare.deallocate()
    }

    /// A rank.
    /// - Complexity: O(1). - Allocations: none.
    @inlinable @inline(__always)
    public func draw(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        switch kind {
        case .uniform: return random.next().multipliedFullWidth(by: keys).high
        case .zipf: return zipf.draw(&random)
        case .table: return UInt64(truncatingIfNeeded: table.choose(random.next()))
        case .rare:
            // A copy: a generator whose address a call knows cannot be kept in registers.
            var copy = random
            defer { random = copy }
            return RarePopularity.draw(rare, &copy)
        }
    }

    /// Share of requests that the `top` most popular keys get; exact.
    public func share(ofTop top: UInt64) -> Double {
        let top = min(top, keys)
        return switch kind {
        case .uniform: Double(top) / Double(keys)
        case .zipf, .table: zipf.share(ofTop: top)
        case .rare: rare.pointee.share(ofTop: top)
        }
    }

    /// Whether `rank` is among the keys that `prefixes(ofTop:)` names.
    public func isAmong(_ prefixes: [UInt64], _ rank: UInt64) -> Bool {
        prefixes.count == 1 ? rank < prefixes[0] : rare.pointee.isAmong(prefixes, rank)
    }

    /// The `top` most popular keys, as the first so many ranks of each run (of everything where
    /// ranks are by popularity throughout).
    public func prefixes(ofTop top: UInt64) -> [UInt64] {
        kind == .rare ? rare.pointee.prefixes(ofTop: top) : [top]
    }
}

/// Buckets, curves and key ranges.
@usableFromInline struct RarePopularity: ~Copyable {
    /// Ranks `start` ..< `start + count`.
    private struct Run {
        var start: UInt64
        var count: UInt64
        var share: Double
    }

    private enum Kind: UInt8 { case none, buckets, gaussian, exponential, keyRanges, ycsb }

    private let kind: Kind
    private let popularity: Popularity
    private let keys: UInt64
    /// YCSB's items; of one key where the kind is another.
    private let zipf: Zipf
    /// Of buckets and ranges.
    private let choice: AliasTable
    private let runs: UnsafeMutablePointer<Run>
    private let runCount: Int
    /// Quantiles of the half bell curve, in ranks.
    private let bell: SizeTable
    /// Exponential: −log₂ e ÷ γ, and the share of the untruncated curve that lies within the keys.
    private let stretch: Double
    private let reach: Double
    /// Key ranges: 1 ÷ keyA and 1 ÷ keyB.
    private let power: (inverseA: Double, inverseB: Double)

    /// YCSB's ScrambledZipfianGenerator counts this many items (its ζ is 26.46902820178302).
    static let ycsbItems: UInt64 = 10_000_000_000
    static let ycsbAlpha = 0.99

    init(_ popularity: Popularity, keys: UInt64) {
        self.keys = keys
        self.popularity = popularity
        var zipf = Zipf(count: 1, alpha: 0)
        var list: [Run] = []
        var bell: [SizeSegment] = [.constant(0, 0, 1)]
        var (stretch, reach) = (0.0, 0.0)
        var power = (inverseA: 0.0, inverseB: 0.0)
        switch popularity {
        case .uniform, .sequential, .zipf, .latest: kind = .none
        case .ycsbCompatible:
            kind = .ycsb
            zipf = Zipf(count: max(keys, Self.ycsbItems), alpha: Self.ycsbAlpha)
        case .buckets(let buckets):
            kind = .buckets
            list = Self.runs(buckets.map(\.keys), buckets.map(\.requests), keys)
        case .gaussian(let deviation):
            kind = .gaussian
            bell = Self.halfBell(deviation * Double(keys), keys)
        case .exponential(let share, let requests):
            kind = .exponential
            let gamma = -log1p(-requests) / (share * Double(keys))
            stretch = -0.693_147_180_559_945_3 / gamma  // ln 2
            reach = -expm1(-gamma * Double(keys))
        case .keyRanges(let spec):
            kind = .keyRanges
            let shares = spec.shares
            let widths = [Double](repeating: 1 / Double(shares.count), count: shares.count)
            list = Self.runs(widths, shares, keys)
            power = (1 / spec.keyA, 1 / spec.keyB)
        }
        self.zipf = zipf
        (self.stretch, self.reach, self.power) = (stretch, reach, power)
        self.bell = SizeTable(bell, clamp: 0...Double(keys))
        choice = AliasTable(weights: list.isEmpty ? [1] : list.map(\.share))
        runCount = list.count
        runs = .allocate(capacity: max(1, list.count))
        runs.initialize(from: list, count: list.count)
    }

    deinit { runs.deallocate() }

    /// Adjacent runs of at least one key each.
    private static func runs(_ keys: [Double], _ shares: [Double], _ count: UInt64) -> [Run] {
        let total = keys.reduce(0, +)
        var start: UInt64 = 0
        var sum = 0.0
        return keys.indices.map { index in
            sum += keys[index]
            let left = UInt64(keys.count - 1 - index)
            let edge = UInt64((sum / total * Double(count)).rounded())
            let end = left == 0 ? count : min(max(edge, start + 1), count - min(count, left))
            defer { start = max(end, start) }
            return Run(start: start, count: max(end, start + 1) - start, share: shares[index])
        }
    }

    /// Places of a half bell curve of this deviation, cut off at `keys`: even strips, and towards
    /// the cut-off octaves, because the tail is as curved as the rest and ever longer.
    private static func halfBell(_ deviation: Double, _ keys: UInt64) -> [SizeSegment] {
        let last = Double(keys)
        // what is cut off: both tails of the whole bell
        let beyond = 2 * Normal.cumulative(-last / deviation)
        let strips = 1_024
        var above = (1...strips).reversed().map { Double($0) / Double(strips) }
        while above.last! > 0x1p-48 { above.append(above.last! / 2) }
        let edges = above.map { share -> (place: Double, rank: Double) in
            let tail = beyond + (1 - beyond) * share
            let rank = tail >= 1 ? 0 : -deviation * Normal.quantile(tail / 2)
            return (1 - share, min(max(rank, 0), last))
        }
        var segments = zip(edges, edges.dropFirst()).map { edge, next in
            SizeSegment(
                lower: edge.place, upper: next.place, shape: .linear, first: edge.rank,
                second: next.rank - edge.rank)
        }
        segments.append(.constant(edges.last!.rank, edges.last!.place, 1))
        return segments
    }

    /// A rank.
    @inline(never) @usableFromInline
    static func draw(
        _ sampler: UnsafeMutablePointer<RarePopularity>, _ random: inout Xoshiro256PlusPlus
    ) -> UInt64 {
        let keys = sampler.pointee.keys
        switch sampler.pointee.kind {
        case .buckets:
            let run = sampler.pointee.runs + sampler.pointee.choice.choose(random.next())
            return run.pointee.start
                &+ random.next().multipliedFullWidth(by: run.pointee.count).high
        case .gaussian:
            return min(UInt64(sampler.pointee.bell.value(at: unit(random.next()))), keys &- 1)
        case .exponential:
            // inverse of the truncated curve
            let place = 1 - unit(random.next()) * sampler.pointee.reach
            return min(UInt64(max(0, sampler.pointee.stretch * logarithmOfTwo(place))), keys &- 1)
        case .keyRanges:
            let run = sampler.pointee.runs + sampler.pointee.choice.choose(random.next())
            // (u/a)^(1/b), u in (0, 1]; what falls beyond the range's end starts again at its front
            let (inverseA, inverseB) = sampler.pointee.power
            let place = powerOfTwo(
                logarithmOfTwo((1 - unit(random.next())) * inverseA) * inverseB)
            return run.pointee.start &+ UInt64(place.rounded(.up) - 1) % run.pointee.count
        case .ycsb:
            let item = sampler.pointee.zipf.draw(&random)
            // YCSB hashes all items; the first ones are left apart here, the rest fall anywhere
            return item < keys ? item : random.next().multipliedFullWidth(by: keys).high
        case .none:
            preconditionFailure("PopularitySampler draws these itself")
        }
    }

    /// Share of requests that the `top` most popular keys get; exact.
    func share(ofTop top: UInt64) -> Double {
        switch popularity {
        case .uniform, .sequential, .zipf, .latest:
            preconditionFailure("PopularitySampler knows these itself")
        case .ycsbCompatible:
            let rest = 1 - zipf.share(ofTop: keys)
            return zipf.share(ofTop: top) + rest * Double(top) / Double(keys)
        case .buckets:
            let total = (0..<runCount).reduce(0) { $0 + runs[$1].share }
            return (0..<runCount).reduce(0) { sum, index in
                let run = runs[index]
                let inside = top <= run.start ? 0 : min(top - run.start, run.count)
                return sum + run.share / total * Double(inside) / Double(run.count)
            }
        case .gaussian(let deviation):
            let sigma = deviation * Double(keys)
            return (2 * Normal.cumulative(Double(top) / sigma) - 1)
                / (2 * Normal.cumulative(Double(keys) / sigma) - 1)
        case .exponential:
            return -expm1(Double(top) / stretch * 0.693_147_180_559_945_3) / reach
        case .keyRanges:
            let prefixes = prefixes(ofTop: top)
            return (0..<runCount).reduce(0) {
                $0 + runs[$1].share * mass(prefixes[$1], of: runs[$1].count)
            }
        }
    }

    /// Whether `rank` is among the keys that `prefixes(ofTop:)` names.
    func isAmong(_ prefixes: [UInt64], _ rank: UInt64) -> Bool {
        let index = (0..<runCount).last { runs[$0].start <= rank } ?? 0
        return rank - runs[index].start < prefixes[index]
    }

    /// The `top` most popular keys, as the first so many ranks of each run (of everything where
    /// ranks are by popularity throughout).
    func prefixes(ofTop top: UInt64) -> [UInt64] {
        guard case .keyRanges = popularity else { return [top] }
        // The lowest density that at most `top` keys exceed, by bisection of its logarithm.
        var (low, high) = (-200.0, 0.0)
        for _ in 0..<80 {
            let middle = (low + high) / 2
            let count = (0..<runCount).reduce(0) { $0 + denser(than: exp(middle), $1) }
            if count > top { low = middle } else { high = middle }
        }
        return (0..<runCount).map { denser(than: exp(high), $0) }
    }

    /// Ranks of a run whose share of all requests is above `density`; shares descend.
    private func denser(than density: Double, _ index: Int) -> UInt64 {
        let run = runs[index]
        var (low, high) = (UInt64(0), run.count)
        while low < high {
            let middle = (low + high) / 2
            let own = mass(middle + 1, of: run.count) - mass(middle, of: run.count)
            if run.share * own > density { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Share of a key range of `size` keys that its first `count` ones get, those included that
    /// started again at the front.
    private func mass(_ count: UInt64, of size: UInt64) -> Double {
        let (a, b) = (1 / power.inverseA, 1 / power.inverseB)
        let end = pow(1 / a, 1 / b)
        var sum = 0.0
        var start = 0.0
        // far out the curve is flat over a whole range: the rest is spread evenly
        while start < end {
            if start > 64 * Double(size) {
                return sum + (1 - a * pow(start, b)) * Double(count) / Double(size)
            }
            let last = min(start + Double(count), end)
            sum += a * (pow(last, b) - (start > 0 ? pow(start, b) : 0))
            start += Double(size)
        }
        return sum
    }
}

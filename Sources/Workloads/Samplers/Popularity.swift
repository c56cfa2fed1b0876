// Which key a request is for: a rank, 0 the most popular.
import Statistics

/// How requests spread over the keys of a keyspace.
public enum Popularity: Equatable, Sendable {
    /// Every key alike.
    case uniform
    /// P(rank r) ∝ (r + offset)^−alpha, r = 1 …
    case zipf(alpha: Double, offset: Double)
}

/// A popularity with its number of keys, ready to draw.
///
/// A struct with a kind rather than an enum with payloads: matching a payload copies it, and a draw
/// would spend a tenth of its time on that.
public struct PopularitySampler: Sendable {
    private enum Kind: UInt8, Sendable { case uniform, zipf }

    private let kind: Kind
    private let keys: UInt64
    /// Of one key where the kind is another.
    private let zipf: Zipf

    public init(_ popularity: Popularity, keys: UInt64) {
        self.keys = keys
        switch popularity {
        case .uniform:
            kind = .uniform
            zipf = Zipf(count: 1, alpha: 0)
        case .zipf(let alpha, let offset):
            kind = .zipf
            zipf = Zipf(count: keys, alpha: alpha, offset: offset)
        }
    }

    /// - Complexity: O(1). - Allocations: none.
    @inline(__always)
    public func draw(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        switch kind {
        case .uniform: random.next().multipliedFullWidth(by: keys).high
        case .zipf: zipf.draw(&random)
        }
    }

    /// Share of requests that the `top` most popular keys get; exact.
    public func share(ofTop top: UInt64) -> Double {
        switch kind {
        case .uniform: Double(min(top, keys)) / Double(keys)
        case .zipf: zipf.share(ofTop: top)
        }
    }
}

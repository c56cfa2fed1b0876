// Which key a request is for, as `--key-dist` says it: the few shapes that fit in a word.
//
// `Popularity` has more, and draws ranks; this draws keys. Where both have a shape they share its
// law, and a seed means the numbers that it always meant on either side.
import Quantities

public enum KeyDistribution: Hashable, Sendable {
    case uniform
    /// P(rank r) ∝ (r + offset)^−alpha; ranks are scattered over the keys.
    case zipf(alpha: Double, offset: Double)
    /// This share of the requests goes to that share of the keys, evenly inside and outside.
    case hot(requests: Double, keys: Double)
    /// Every key in turn; each worker through a part of its own.
    case sequential
    /// Around the middle key, a sixth of the range wide (memtier's default), cut off at the ends.
    case gaussian

    /// `uniform`, `zipf:0.99`, `zipf:1.2,10`, `hot:90/10`, `sequential`, `gaussian`.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = (parts.count == 2 ? parts[1] : "")
            .split(whereSeparator: { $0 == "," || $0 == "/" }).map { Double($0) }
        switch (parts.first, numbers.count) {
        case ("uniform", 0): self = .uniform
        case ("sequential", 0): self = .sequential
        case ("gaussian", 0): self = .gaussian
        case ("zipf", 1...2):
            guard let alpha = numbers[0], alpha >= 0, alpha <= 10,
                let offset = numbers.count == 2 ? numbers[1] : 0, offset >= 0, offset <= 1e15
            else { return nil }
            self = .zipf(alpha: alpha, offset: offset)
        case ("hot", 2):
            guard let requests = numbers[0], let keys = numbers[1], requests > 0, requests < 100,
                keys > 0, keys < 100
            else { return nil }
            self = .hot(requests: requests / 100, keys: keys / 100)
        default: return nil
        }
    }

    /// How many keys are hot.
    static func hotKeys(_ share: Double, of keys: UInt64) -> UInt64 {
        min(keys, max(1, UInt64((Double(keys) * share).rounded())))
    }
}

extension KeyDistribution: LosslessStringConvertible {
    /// As the flag takes it.
    public var description: String {
        switch self {
        case .uniform: "uniform"
        case .zipf(let alpha, let offset):
            "zipf:\(alpha.plainText)" + (offset == 0 ? "" : ",\(offset.plainText)")
        case .hot(let requests, let keys):
            "hot:\((requests * 100).plainText)/\((keys * 100).plainText)"
        case .sequential: "sequential"
        case .gaussian: "gaussian"
        }
    }
}

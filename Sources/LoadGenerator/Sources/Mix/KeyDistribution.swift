// Which key a request is for, as `--key-dist` says it.
import Glibc
import Quantities
import Statistics
import Workloads

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
    public init(_ text: String) throws(MixProblem) {
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
            else { throw Self.problem(text) }
            self = .zipf(alpha: alpha, offset: offset)
        case ("hot", 2):
            guard let requests = numbers[0], let keys = numbers[1], requests > 0, requests < 100,
                keys > 0, keys < 100
            else { throw Self.problem(text) }
            self = .hot(requests: requests / 100, keys: keys / 100)
        default: throw Self.problem(text)
        }
    }

    /// How many keys are hot.
    static func hotKeys(_ share: Double, of keys: UInt64) -> UInt64 {
        min(keys, max(1, UInt64((Double(keys) * share).rounded())))
    }

    private static func problem(_ text: String) -> MixProblem {
        MixProblem(
            "'\(text)' is no distribution of keys",
            "write uniform, zipf:0.99, zipf:EXPONENT,OFFSET, hot:90/10 (90 % of the requests on "
                + "10 % of the keys), sequential or gaussian")
    }
}

extension KeyDistribution: CustomStringConvertible {
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

/// Draws key numbers, each with its class (see `KeyClasses`).
struct KeySampler: Sendable {
    private enum Kind: Sendable { case uniform, zipf, hot, sequential, gaussian }

    private let kind: Kind
    private let keys: UInt64
    private let zipf: Zipf
    private let scramble: KeyScramble
    private let hotKeys: UInt64
    /// Share of the requests for hot keys, as a 64-bit fraction.
    private let hotShare: UInt64
    private let shift: UInt64
    private var next: UInt64

    init(_ distribution: KeyDistribution, keys: UInt64, seed: UInt64, _ place: WorkerPlace) {
        self.keys = keys
        shift = KeyClasses(distribution, keys: keys).shift
        // The same permutation on every worker: they share popular keys.
        scramble = KeyScramble(count: keys, seed: seed)
        next = place.part(of: keys).lowerBound
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

    @inline(__always)
    mutating func draw(_ random: inout Xoshiro256PlusPlus) -> (key: UInt64, class: Int) {
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

    @inline(__always)
    private func ranked(_ rank: UInt64) -> (key: UInt64, class: Int) {
        (scramble.key(ofRank: rank), KeyClasses.rankClass(rank))
    }

    /// Box and Muller's transform; what falls off the ends (0.3 %) is drawn again.
    private func gaussian(_ random: inout Xoshiro256PlusPlus) -> UInt64 {
        while true {
            let radius = (-2 * log1p(-random.nextUnit())).squareRoot()
            let z = radius * cos(2 * .pi * random.nextUnit())
            let x = Double(keys) * (0.5 + z / 6)
            if x >= 0 && x < Double(keys) { return min(UInt64(x), keys &- 1) }
        }
    }
}

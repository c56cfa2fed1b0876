// Which keys look-ups are for: popularities over the keys that a table holds.

import Distributions

/// A popularity by its word: `uniform`, `zipf:0.99`, `hot:90/10`.
public struct AccessPattern: Hashable, Sendable, CustomStringConvertible {
    let popularity: Popularity
    public let description: String

    public static let uniform = AccessPattern(.uniform, "uniform")

    /// Nil of what is no popularity of keys that are drawn.
    public init?(_ text: String) {
        guard let popularity = Popularity(word: text), popularity != .sequential else { return nil }
        self.init(popularity, popularity.word ?? text)
    }

    private init(_ popularity: Popularity, _ word: String) {
        self.popularity = popularity
        description = word
    }

    public static func == (one: AccessPattern, other: AccessPattern) -> Bool {
        one.description == other.description
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}

/// Draws from the keys 0 ..< `entries`.
final class KeyDraw {
    private let sampler: PopularitySampler
    /// Popular keys are no neighbours.
    private let scramble: KeyScramble

    init(_ pattern: AccessPattern, entries: Int, seed: UInt64) {
        let keys = UInt64(max(entries, 1))
        sampler = PopularitySampler(pattern.popularity, keys: keys)
        scramble = KeyScramble(
            count: keys, seed: seed, isIdentity: pattern.popularity.isOrdered)
    }

    func next(_ random: inout Xoshiro256PlusPlus) -> Int {
        Int(scramble.key(ofRank: sampler.draw(&random)))
    }
}

/// The keys of one table: which it holds, and which of them come next.
final class KeySource {
    let entries: Int
    private let seed: UInt64
    /// One or two.
    private var draws: [(pattern: AccessPattern, draw: KeyDraw)] = []
    private var churn: ChurnKeys?

    /// - Parameter seed: the same for every table, so that tables of as many entries get the same
    ///   keys.
    init(entries: Int, seed: UInt64) {
        self.entries = entries
        self.seed = seed
    }

    func draw(_ pattern: AccessPattern) -> KeyDraw {
        if let known = draws.first(where: { $0.pattern == pattern }) { return known.draw }
        let made = KeyDraw(pattern, entries: entries, seed: seed)
        draws.append((pattern, made))
        return made
    }

    var churning: ChurnKeys {
        if let churn { return churn }
        let made = ChurnKeys(entries: entries, seed: seed)
        churn = made
        return made
    }

    /// The i-th of the keys that the table holds.
    func held(_ i: Int) -> Int { churn?.held(i) ?? i }
}

/// Which keys a table holds while entries are erased and others inserted: of twice as many keys as
/// it has entries, one half. A uniformly drawn one leaves, and one of the others comes in.
final class ChurnKeys {
    /// The keys that are held, then those that are not.
    private var keys: [Int]
    private let entries: Int
    private var random: Xoshiro256PlusPlus
    /// Pairs of an erase and an insert so far.
    private(set) var pairs = 0

    /// Bytes for each entry.
    static let bytesPerEntry = 2 * MemoryLayout<Int>.size

    init(entries: Int, seed: UInt64) {
        let count = max(entries, 1)
        self.entries = count
        keys = Array(0..<2 * count)
        random = Xoshiro256PlusPlus(seed: seed)
    }

    func held(_ i: Int) -> Int { keys[i] }

    /// The next pair.
    func next() -> (leaves: Int, comes: Int) {
        let bound = UInt64(entries)
        let i = Int(random.next().multipliedFullWidth(by: bound).high)
        let j = entries + Int(random.next().multipliedFullWidth(by: bound).high)
        keys.swapAt(i, j)
        pairs += 1
        return (keys[j], keys[i])
    }
}

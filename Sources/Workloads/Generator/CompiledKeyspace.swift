// One keyspace's tables.
import Distributions

/// Ids in an order of their own: `base` + the scrambled rank.
struct ScrambledRange {
    let scramble: KeyScramble
    let base: UInt64
    /// All ones where sizes hang on the id, not on a rank.
    let homeMask: UInt64
}

struct CompiledKeyspace: ~Copyable {
    let popularity: PopularitySampler
    let scramble: KeyScramble
    /// Keys by popularity, one-hit wonders, keys that nobody writes (`KeySource.range`): chosen by
    /// index, not by a branch that mixes of them would mispredict.
    let ranges: UnsafeMutablePointer<ScrambledRange>
    /// Keys that the prefill writes.
    let populated: UInt64
    let keys: BoundSize
    let values: BoundSize
    let ttls: BoundSize
    /// Members of a key; 0 for strings.
    let members: BoundSize
    let memberSize: Int
    let filler: ValueFiller
    let churn: ChurnSpec?
    let keyCount: UInt64
    /// One-hit wonders have the ids from `keyCount` on; keys that nobody writes the same number of
    /// ids as keys after them.
    let loneCount: UInt64
    var missingBase: UInt64 { keyCount &+ loneCount }
    /// Hash tags and their digits; 0 for none.
    let hashTags: UInt64
    let tagDigits: Int
    let prefix: UnsafeMutablePointer<UInt8>
    let prefixCount: Int
    /// Where the sequences of places start (`Place`).
    let shifts: (UInt64, UInt64, UInt64)

    /// - Parameter loneKeys: ids for one-hit wonders.
    init(_ spec: KeyspaceSpec, loneKeys: UInt64) {
        keyCount = spec.keys
        var ranks = spec.keys
        // ages: of the keys that are there, not of those that are still to come
        if case .latest = spec.popularity { ranks = max(1, spec.populatedKeys) }
        popularity = PopularitySampler(spec.popularity, keys: ranks)
        populated = spec.populatedKeys
        // Streams of one seed: 0 the scramble, 1 to 3 the places.
        var seeds = SplitMix64(seed: spec.seed)
        let isOrdered = spec.popularity.isOrdered
        scramble = KeyScramble(count: spec.keys, seed: seeds.next(), isIdentity: isOrdered)
        shifts = (seeds.next(), seeds.next(), seeds.next())
        loneCount = loneKeys
        let lone = KeyScramble(count: max(1, loneKeys), seed: seeds.next())
        ranges = .allocate(capacity: 3)
        for (index, range) in [
            ScrambledRange(scramble: scramble, base: 0, homeMask: 0),
            ScrambledRange(scramble: lone, base: keyCount, homeMask: .max),
            ScrambledRange(scramble: scramble, base: keyCount &+ loneCount, homeMask: .max),
        ].enumerated() {
            (ranges + index).initialize(to: range)
        }
        members = BoundSize(spec.members ?? SizeSpec(.constant(0)), keys: spec.keys)
        memberSize = spec.memberSize
        filler = spec.fill == .letters ? .shared : ValueFiller(spec.fill)
        churn = spec.churn
        hashTags = spec.hashTags
        tagDigits = spec.hashTags > 0 ? "\(spec.hashTags - 1)".count : 0
        keys = BoundSize(spec.keySize, keys: spec.keys)
        values = BoundSize(spec.valueSize ?? SizeSpec(.constant(0)), keys: spec.keys)
        ttls = BoundSize(spec.ttl ?? SizeSpec(.constant(0)), keys: spec.keys)
        let bytes = Array(spec.prefix.utf8)
        prefixCount = bytes.count
        prefix = .allocate(capacity: max(1, bytes.count))
        prefix.initialize(from: bytes, count: bytes.count)
    }

    deinit {
        prefix.deallocate()
        ranges.deallocate()
    }

    @inline(__always)
    func keySize(ofRank rank: UInt64) -> Int {
        keys.size(rank, at: Place.keySize(rank, shifts.0))
    }

    /// The rank that a key's sizes hang on: its own where it has one, its id else.
    @inline(__always)
    func rank(ofKey key: UInt64) -> UInt64 { key < keyCount ? scramble.rank(ofKey: key) : key }

    /// `word` counts where each write draws its own size; `keySize` where sizes go by that.
    @inline(__always)
    func valueSize(ofRank rank: UInt64, keySize: Int, or word: UInt64) -> Int {
        valueSize(
            ofRank: rank, keySize: keySize,
            at: values.isPerKey ? Place.valueSize(rank, shifts.1) : word)
    }

    /// The same of a keyspace whose values' sizes hang on the key.
    @inline(__always)
    func valueSize(ofRank rank: UInt64, keySize: Int) -> Int {
        valueSize(ofRank: rank, keySize: keySize, at: Place.valueSize(rank, shifts.1))
    }

    @inline(__always)
    private func valueSize(ofRank rank: UInt64, keySize: Int, at place: UInt64) -> Int {
        values.classCount == 0
            ? values.size(rank, at: place) : values.size(keySize: keySize, at: place)
    }

    /// Members of the key of this rank, read off at the places of times to live, which collections
    /// seldom have.
    @inline(__always)
    func cardinality(ofRank rank: UInt64) -> Int {
        members.size(rank, at: Place.timeToLive(rank, shifts.2))
    }

    @inline(__always)
    func ttlSeconds(ofRank rank: UInt64, or word: UInt64) -> Int {
        ttls.size(rank, at: ttls.isPerKey ? Place.timeToLive(rank, shifts.2) : word)
    }
}

/// A `SizeSpec` compiled: the common distribution, others for the most popular keys or by key size.
struct BoundSize: ~Copyable {
    /// The common one, then the hot one: chosen by index, not by a branch that half of the requests
    /// would mispredict. Classes of key sizes follow.
    private let tables: UnsafeMutablePointer<SizeTable>
    private let limits: UnsafeMutablePointer<Int>
    let classCount: Int
    /// Ranks below this are hot.
    let hotKeys: UInt64
    let isPerKey: Bool
    /// Twice the jitter; 0 for none.
    private let jitter: Double
    private let least: Double

    init(_ spec: SizeSpec, keys: UInt64) {
        classCount = spec.byKeySize.count
        tables = .allocate(capacity: 2 + classCount)
        tables.initialize(to: spec.table(spec.distribution))
        (tables + 1).initialize(to: spec.table(spec.hot?.distribution ?? .constant(0)))
        limits = .allocate(capacity: max(1, classCount))
        for (index, entry) in spec.byKeySize.enumerated() {
            (tables + 2 + index).initialize(to: spec.table(entry.distribution))
            (limits + index).initialize(to: entry.upTo)
        }
        hotKeys = spec.hotKeys(of: keys)
        isPerKey = spec.binding == .key
        jitter = 2 * spec.jitter
        least = 1 - spec.jitter
    }

    deinit {
        tables.deinitialize(count: 2 + classCount)
        tables.deallocate()
        limits.deallocate()
    }

    /// The size at a place given as a 64-bit fraction.
    @inline(__always)
    func size(_ rank: UInt64, at word: UInt64) -> Int {
        jittered(tables[rank < hotKeys ? 1 : 0].size(atWord: word), word)
    }

    /// The same by the size of the key. A call would copy `self` first, so there is none.
    @inline(__always)
    func size(keySize: Int, at word: UInt64) -> Int {
        var index = 0
        while index < classCount && keySize > limits[index] { index &+= 1 }
        return jittered(tables[index < classCount ? 2 + index : 0].size(atWord: word), word)
    }

    @inline(__always)
    private func jittered(_ size: Int, _ word: UInt64) -> Int {
        if jitter == 0 { return size }
        // the word's upper bits chose the size; multiplied they say nothing about it any more
        let factor = least + jitter * unit(word &* 0x9e37_79b9_7f4a_7c15)
        return Int(Double(size) * factor + 0.5)
    }
}

extension SizeSpec {
    /// Keys of the hot class: at least one when there is such a class.
    func hotKeys(of keys: UInt64) -> UInt64 {
        hot.map { max(1, UInt64((Double(keys) * $0.top).rounded())) } ?? 0
    }
}

// One keyspace's tables.
import Statistics

struct CompiledKeyspace: ~Copyable {
    let popularity: PopularitySampler
    let scramble: KeyScramble
    /// Keys that the prefill writes.
    let populated: UInt64
    let keys: BoundSize
    let values: BoundSize
    let ttls: BoundSize
    let prefix: UnsafeMutablePointer<UInt8>
    let prefixCount: Int
    /// Where the sequences of places start (`Place`).
    let shifts: (UInt64, UInt64, UInt64)

    init(_ spec: KeyspaceSpec) {
        popularity = PopularitySampler(spec.popularity, keys: spec.keys)
        populated = spec.populatedKeys
        // Streams of one seed: 0 the scramble, 1 to 3 the places.
        var seeds = SplitMix64(seed: spec.seed)
        scramble = KeyScramble(count: spec.keys, seed: seeds.next())
        shifts = (seeds.next(), seeds.next(), seeds.next())
        keys = BoundSize(spec.keySize, keys: spec.keys)
        values = BoundSize(spec.valueSize ?? SizeSpec(.constant(0)), keys: spec.keys)
        ttls = BoundSize(spec.ttl ?? SizeSpec(.constant(0)), keys: spec.keys)
        let bytes = Array(spec.prefix.utf8)
        prefixCount = bytes.count
        prefix = .allocate(capacity: max(1, bytes.count))
        prefix.initialize(from: bytes, count: bytes.count)
    }

    deinit { prefix.deallocate() }

    @inline(__always)
    func keySize(ofRank rank: UInt64) -> Int {
        keys.size(rank, at: Place.keySize(rank, shifts.0))
    }

    /// `word` counts where each write draws its own size.
    @inline(__always)
    func valueSize(ofRank rank: UInt64, or word: UInt64) -> Int {
        values.size(rank, at: values.isPerKey ? Place.valueSize(rank, shifts.1) : word)
    }

    @inline(__always)
    func ttlSeconds(ofRank rank: UInt64, or word: UInt64) -> Int {
        ttls.size(rank, at: ttls.isPerKey ? Place.timeToLive(rank, shifts.2) : word)
    }
}

/// A `SizeSpec` compiled: the common distribution, and another for the most popular keys.
struct BoundSize: ~Copyable {
    /// The common one, then the hot one: chosen by index, not by a branch that half of the requests
    /// would mispredict.
    private let tables: UnsafeMutablePointer<SizeTable>
    /// Ranks below this are hot.
    let hotKeys: UInt64
    let isPerKey: Bool

    init(_ spec: SizeSpec, keys: UInt64) {
        tables = .allocate(capacity: 2)
        tables.initialize(to: spec.table(spec.distribution))
        (tables + 1).initialize(to: spec.table(spec.hot?.distribution ?? .constant(0)))
        hotKeys = spec.hotKeys(of: keys)
        isPerKey = spec.binding == .key
    }

    deinit {
        tables.deinitialize(count: 2)
        tables.deallocate()
    }

    /// The size at a place given as a 64-bit fraction.
    @inline(__always)
    func size(_ rank: UInt64, at word: UInt64) -> Int {
        tables[rank < hotKeys ? 1 : 0].size(at: unit(word))
    }
}

extension SizeSpec {
    /// Keys of the hot class: at least one when there is such a class.
    func hotKeys(of keys: UInt64) -> UInt64 {
        hot.map { max(1, UInt64((Double(keys) * $0.top).rounded())) } ?? 0
    }
}

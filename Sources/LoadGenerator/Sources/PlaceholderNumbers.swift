// The numbers that placeholders of a command become: drawn or counted up, on one worker.
//
//     group 0       `__rand_int__`: every occurrence a number of its own
//     groups 1…9    `__rand_1st__` … `__rand_9th__`: one number for all occurrences in a command
import Distributions

struct PlaceholderNumbers: ~Copyable {
    static let groups = 10
    /// In the order of the groups; all twelve characters long, as the digits that replace them.
    static let names =
        ["__rand_int__", "__rand_1st__", "__rand_2nd__", "__rand_3rd__"]
        + (4...9).map { "__rand_\($0)th__" }
    static let length = 12

    private let range: UInt64
    private let isSequential: Bool
    private var random: Xoshiro256PlusPlus
    /// Counting up: the next number of each group.
    private let counters: UnsafeMutablePointer<UInt64>
    /// What groups 1 to 9 are in the request being written.
    private let shared: UnsafeMutablePointer<UInt64>

    /// - Parameters:
    ///   - range: numbers are below this.
    ///   - seed: of the whole run; each worker's numbers derive from it and its place.
    ///   - isSequential: numbers count up, each group on its own. Worker `i` of `n` begins at `i/n`
    ///     of the range, so `range` requests meet every number once.
    init(range: UInt64, seed: UInt64, isSequential: Bool, _ place: WorkerPlace) {
        self.range = range
        self.isSequential = isSequential
        var seeds = SplitMix64(seed: seed)
        for _ in 0..<place.index { _ = seeds.next() }
        random = Xoshiro256PlusPlus(seed: seeds.next())
        counters = .allocate(capacity: Self.groups)
        counters.initialize(repeating: place.part(of: range).lowerBound, count: Self.groups)
        shared = .allocate(capacity: Self.groups)
        shared.initialize(repeating: 0, count: Self.groups)
    }

    deinit {
        counters.deallocate()
        shared.deallocate()
    }

    /// Draws what groups 1 to 9 are in the next request.
    @inline(__always)
    mutating func drawShared() {
        for group in 1..<Self.groups { shared[group] = draw(group) }
    }

    /// The number for one occurrence.
    @inline(__always)
    mutating func number(_ group: Int) -> UInt64 { group == 0 ? draw(0) : shared[group] }

    /// Uniform in 0..<range, by the upper half of a product (bias below range / 2^64).
    @inline(__always)
    private mutating func draw(_ group: Int) -> UInt64 {
        if isSequential {
            let value = counters[group]
            counters[group] = value &+ 1 == range ? 0 : value &+ 1
            return value
        }
        return random.next().multipliedFullWidth(by: range).high
    }
}

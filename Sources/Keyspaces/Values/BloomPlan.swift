// What a Bloom filter is to be, and the arithmetic of its sizes, as valkey-bloom has them.
//
//     filter i of a chain    capacity c·xⁱ, error rate e·tⁱ: all together stay below e/(1 − t)
//     its bits               ⌈−n·ln e / (8 ln²2)⌉ bytes, k = round(bits/n · ln 2) hash functions
//     what it counts for     48 + 8 per place of the vector + 208 per filter + the bytes of bits
//
// That count is what BF.INFO tells and what is held against the limit; what an allocator gives for
// it is told by the slab.
//
// Credits: B. Bloom (1970); P. Almeida and others, "Scalable Bloom Filters" (2007); the sizes are
// those of valkey-bloom 1.0 and of the crate bloomfilter 3.0 (Frank Denis).
import Glibc

/// Why a filter could not be made or grow.
public enum BloomFault: Error, Sendable {
    /// It does not scale, and has taken as many items as it was made for.
    case isFull
    case exceedsLimit
    case errorRateVanishes
    case capacityOverflows
    case scaleExceedsLimit
    case scaleErrorRateVanishes
}

/// The parameters of a filter; those of valkey-bloom's settings by default.
public struct BloomPlan: Equatable, Sendable {
    /// Items of the first filter of the chain.
    public var capacity: Int64 = 100
    /// Of the first filter, as a fraction; above 0, below 1.
    public var errorRate = 0.01
    /// By what the error rate of each further filter is multiplied; above 0, below 1.
    public var tightening = 0.5
    /// By what the capacity of each further filter is multiplied; 0: there is none.
    public var expansion: UInt32 = 2
    /// The keys of the two hash functions, four words; nil: they are drawn.
    public var seed: [UInt64]?

    public init() {}

    public var isScaling: Bool { expansion > 0 }

    /// Bytes that a filter may count for (bf.bloom-memory-usage-limit).
    static let limit = 128 << 20

    private static let ln2 = 0.693_147_180_559_945_309_417
    /// Above every limit, and far from the end of the integers.
    private static let endless = 1e15

    /// Bytes of the bits of a filter.
    static func bitBytes(_ capacity: Int64, _ errorRate: Double) -> Int {
        let bytes = Double(capacity) * log(errorRate) / (-8 * (ln2 * ln2))
        return Int(min(bytes, endless).rounded(.up))
    }

    /// Hash functions of a filter with so many bits.
    static func hashes(_ capacity: Int64, bits: Int) -> Int {
        max(Int((Double(bits) / Double(capacity) * ln2).rounded()), 1)
    }

    /// What a filter of a chain counts for.
    static func filterBytes(_ capacity: Int64, _ errorRate: Double) -> Int {
        BloomChain.filterSize + BloomChain.stateSize + bitBytes(capacity, errorRate)
    }

    /// What a chain counts for besides its filters, with a vector of so many places.
    static func chainBytes(places: Int) -> Int { BloomChain.size + 8 * places }

    /// Places of the vector of so many filters: it begins with one, goes on with four and doubles.
    private static func places(_ filters: Int) -> Int {
        var places = filters == 1 ? 1 : 4
        while places < filters { places *= 2 }
        return places
    }

    /// The error rate of the filter at `index` of the chain; nil where no number is so small.
    func errorRate(ofFilter index: Int) -> Double? {
        let rate = errorRate * pow(tightening, Double(index))
        return rate > Double.leastNormalMagnitude ? rate : nil
    }

    /// Why there can be no such filter; nil when there can.
    public var fault: BloomFault? {
        let bytes = Self.chainBytes(places: 1) + Self.filterBytes(capacity, errorRate)
        return bytes > Self.limit ? .exceedsLimit : nil
    }

    /// Items that a filter that scales takes before it meets a limit; or, on the way to at least
    /// `wanted` of them, how many there are then, if it meets none.
    /// - Complexity: O(filters)
    public func scaledCapacity(upTo wanted: Int64? = nil) throws(BloomFault) -> Int64 {
        var (next, total): (Int64, Int64) = (capacity, 0)
        var (filters, bytes) = (0, 0)
        while total < wanted ?? Int64.max {
            guard let rate = errorRate(ofFilter: filters) else {
                guard wanted != nil else { return total }
                throw .scaleErrorRateVanishes
            }
            let size = Self.filterBytes(next, rate)
            guard Self.chainBytes(places: Self.places(filters + 1)) + bytes + size <= Self.limit
            else {
                guard wanted != nil else { return total }
                throw .scaleExceedsLimit
            }
            bytes += size
            filters += 1
            total = total.addingReportingOverflow(next).overflow ? Int64.max : total + next
            let (product, overflow) = next.multipliedReportingOverflow(by: Int64(expansion))
            guard !overflow else { throw .capacityOverflows }
            next = product
        }
        return total
    }
}

// Bytes of values: letters, never digits, so that no server can store a value as a number; and
// different from write to write, so that nothing is measured on one line of cache.
//
// A pool of random lower-case letters is copied from a place that the salt names. Such letters carry
// 4.7 bits a byte: the values compress to about 60 %, as text does.
import Statistics

public final class ValueFiller: @unchecked Sendable {
    /// One pool serves all: written once, read only.
    public static let shared = ValueFiller()

    /// A start for each salt: enough that writes of a run differ, small enough for a second-level
    /// cache (a pool that missed it would be measured with the load generator).
    static let starts = 1 << 16
    /// Longest single copy.
    static let chunk = 1 << 16
    private let pool: UnsafeMutablePointer<UInt8>

    private init() {
        pool = .allocate(capacity: Self.starts + Self.chunk)
        var random = Xoshiro256PlusPlus(seed: 0)
        for index in 0..<(Self.starts + Self.chunk) {
            pool[index] = 0x61 &+ UInt8(random.next().multipliedFullWidth(by: 26).high)
        }
    }

    /// The salt of a prefilled key's value, so that a verification knows its bytes.
    @inline(__always)
    public static func salt(ofKey key: UInt64) -> UInt64 {
        // the golden ratio's multiples are far apart in the upper bits, which name the start
        (key &+ 1) &* 0x9e37_79b9_7f4a_7c15
    }

    /// Writes `count` bytes of the value with this salt.
    /// - Complexity: O(count). - Allocations: none.
    @inline(__always)
    public func fill(_ target: UnsafeMutablePointer<UInt8>, count: Int, salt: UInt64) {
        let start = pool + Int(truncatingIfNeeded: salt >> 48)
        var done = 0
        while done < count {
            let part = min(Self.chunk, count &- done)
            (target + done).update(from: start, count: part)
            done &+= part
        }
    }
}

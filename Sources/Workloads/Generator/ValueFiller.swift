// Bytes of values, from a pool that is written once; a value is the stretch of it that its salt
// names, so writes of a run differ and nothing is measured on one line of cache.
//
//     letters          random lower-case letters: 4.7 bits a byte, so compressed to about 60 %, as
//                      text is; never a number, so that no server can store one in its place
//     digits           1 … 9: numbers, for keys that are counted up
//     compressibility  random bytes and runs of one letter in turn, every 64 bytes; no digits
//
// How much smaller a compressor makes the last kind is calibrated with zlib (a test does it over):
// a run costs it about three bytes, which are taken off the random part.
import Distributions

public enum FillKind: Sendable, Equatable {
    case letters, digits
    /// The share of a value's bytes that compression saves, 0 … 0.9.
    case compressible(Double)
}

public final class ValueFiller: @unchecked Sendable {
    /// Letters. One pool serves all: written once, read only.
    public static let shared = ValueFiller(.letters)

    /// A start for each salt: enough that writes of a run differ, small enough for a second-level
    /// cache (a pool that missed it would be measured with the load generator).
    static let starts = 1 << 16
    /// Longest single copy: from here on a value's bytes repeat.
    public static let chunk = 1 << 16
    /// Of the compressible kind: a random part and a run.
    static let block = 64
    /// What a run costs a compressor (a match's length and distance).
    private static let runCost = 3.0
    let pool: UnsafeMutablePointer<UInt8>

    public init(_ kind: FillKind) {
        let size = Self.starts + Self.chunk
        pool = .allocate(capacity: size)
        var random = Xoshiro256PlusPlus(seed: 0)
        func below(_ bound: UInt64) -> UInt8 {
            UInt8(random.next().multipliedFullWidth(by: bound).high)
        }
        switch kind {
        case .letters: for index in 0..<size { pool[index] = 0x61 &+ below(26) }
        case .digits: for index in 0..<size { pool[index] = 0x31 &+ below(9) }
        case .compressible(let saved):
            let random = max(0, Double(Self.block) * (1 - saved) - (saved > 0 ? Self.runCost : 0))
            // a fraction of a byte: some blocks have one more
            var owed = 0.0
            var index = 0
            while index < size {
                owed += random
                let part = min(Int(owed), size - index)
                owed -= owed.rounded(.down)
                for offset in 0..<part {
                    let byte = below(246)  // all bytes but the ten digits
                    pool[index + offset] = byte < 0x30 ? byte : byte &+ 10
                }
                for offset in part..<min(Self.block, size - index) { pool[index + offset] = 0x61 }
                index += Self.block
            }
        }
    }

    deinit { pool.deallocate() }

    /// The salt of a prefilled key's value, so that a verification knows its bytes.
    @inline(__always)
    public static func salt(ofKey key: UInt64) -> UInt64 {
        // the golden ratio's multiples are far apart in the upper bits, which name the start
        (key &+ 1) &* 0x9e37_79b9_7f4a_7c15
    }

    /// Where in the pool the value with this salt begins.
    @inline(__always)
    public static func start(ofSalt salt: UInt64) -> Int { Int(truncatingIfNeeded: salt &>> 48) }

    /// Writes `count` bytes of the value with this salt.
    /// - Complexity: O(count). - Allocations: none.
    @inline(__always)
    public func fill(_ target: UnsafeMutablePointer<UInt8>, count: Int, salt: UInt64) {
        Self.copy(pool, target, count: count, salt: salt)
    }

    @inline(__always)
    static func copy(
        _ pool: UnsafeMutablePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>, count: Int,
        salt: UInt64
    ) {
        let start = pool + start(ofSalt: salt)
        var done = 0
        while done < count {
            let part = min(chunk, count &- done)
            (target + done).update(from: start, count: part)
            done &+= part
        }
    }
}

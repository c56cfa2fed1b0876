// The hash of a key, seeded; which function is an axis of every experiment.
//
// Index designs take places from one end, mostly the low bits, and tags from the other, so a
// function must mix into both.
//
// `wide` folds 64×64-bit products: two multiplications for a key of up to 16 bytes. It is not
// resistant to chosen keys and no server ships it; it is here to show what of a look-up is hashing.
// Credits: the fold is the one of wyhash (Wang Yi) and rapidhash; own arrangement and constants'
// positions, so values agree with neither.
import Distributions

/// Which function maps a key to 64 bits.
public enum HashFunction: Sendable, Equatable {
    /// SipHash-1-2, what the real servers use.
    case siphash
    /// A fast wide-multiply hash.
    case wide
    /// For tests: SipHash cut to its low and high bits, the middle zero, so that few distinct
    /// buckets and tags occur.
    case colliding(lowBits: Int, highBits: Int)

    /// The spelling in a target's query (`hash=siphash|wide`); nil for anything else.
    public init?(_ name: String) {
        switch name {
        case "siphash": self = .siphash
        case "wide": self = .wide
        default: return nil
        }
    }
}

public struct KeyHasher: Sendable {
    private let function: HashFunction
    private let k0: UInt64
    private let k1: UInt64

    /// - Parameter seed: expanded to the 16 bytes that the function wants (SplitMix64).
    public init(_ function: HashFunction, seed: UInt64) {
        self.function = function
        var words = SplitMix64(seed: seed)
        k0 = words.next()
        k1 = words.next()
    }

    /// - Allocations: none.
    @inline(__always)
    public func hash(_ bytes: Bytes) -> UInt64 {
        switch function {
        case .siphash:
            return SipHash12.hash(bytes, k0, k1)
        case .wide:
            return wide(bytes)
        case .colliding(let low, let high):
            let hash = SipHash12.hash(bytes, k0, k1)
            let lowPart = low >= 64 ? hash : hash & ((1 << UInt64(low)) - 1)
            let highPart = high <= 0 ? 0 : hash & ~(UInt64.max >> UInt64(high))
            return lowPart | highPart
        }
    }

    /// Both halves of the 128-bit product, combined.
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    /// Odd constants with about as many ones as zeros in every byte (fractional digits of e and π).
    private static let m0: UInt64 = 0xb7e1_5162_8aed_2a6b
    private static let m1: UInt64 = 0x243f_6a88_85a3_08d3

    private func wide(_ bytes: Bytes) -> UInt64 {
        guard let base = bytes.baseAddress else { return Self.fold(k0 ^ Self.m0, k1 ^ Self.m1) }
        let count = bytes.count
        var state = k0
        var a: UInt64 = 0
        var b: UInt64 = 0
        if count >= 8 {
            // All but the last 1…16 bytes in pairs of words; the last two words may overlap them.
            var offset = 0
            while count &- offset > 16 {
                state = Self.fold(word(base, offset) ^ Self.m0, word(base, offset &+ 8) ^ state)
                offset &+= 16
            }
            a = word(base, max(count &- 16, 0))
            b = word(base, count &- 8)
        } else if count >= 4 {
            a = UInt64(base.loadUnaligned(as: UInt32.self))
            b = UInt64(base.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self))
        } else if count > 0 {
            // First, middle and last byte cover one to three.
            a = UInt64(base.load(as: UInt8.self))
            b =
                UInt64(base.load(fromByteOffset: count &>> 1, as: UInt8.self)) &<< 8
                | UInt64(base.load(fromByteOffset: count &- 1, as: UInt8.self))
        }
        let mixed = Self.fold(a ^ Self.m0 ^ state, b ^ k1)
        return Self.fold(mixed ^ UInt64(truncatingIfNeeded: count) ^ Self.m1, k1 ^ Self.m0)
    }

    private func word(_ base: UnsafeRawPointer, _ offset: Int) -> UInt64 {
        base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    }
}

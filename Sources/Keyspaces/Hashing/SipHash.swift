// SipHash-1-2: one compression round per word, two at the end, as Redis and Valkey use it for keys;
// and SipHash-1-3, as Rust's bloomfilter hashes items with it.
//
// Not SipHash-2-4 of the paper: both servers trade rounds for speed, and a faithful cost per
// operation needs theirs. Reads whole words, never beyond the key.
//
// Credits: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (2012).

public struct SipHash12 {
    fileprivate var v0: UInt64
    fileprivate var v1: UInt64
    fileprivate var v2: UInt64
    fileprivate var v3: UInt64

    fileprivate init(_ k0: UInt64, _ k1: UInt64) {
        // The paper's initialisation constants: "somepseudorandomlygeneratedbytes".
        v0 = k0 ^ 0x736f_6d65_7073_6575
        v1 = k1 ^ 0x646f_7261_6e64_6f6d
        v2 = k0 ^ 0x6c79_6765_6e65_7261
        v3 = k1 ^ 0x7465_6462_7974_6573
    }

    fileprivate mutating func round() {
        v0 &+= v1
        v1 = v1 &<< 13 | v1 &>> 51
        v1 ^= v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 &+= v3
        v3 = v3 &<< 16 | v3 &>> 48
        v3 ^= v2
        v0 &+= v3
        v3 = v3 &<< 21 | v3 &>> 43
        v3 ^= v0
        v2 &+= v1
        v1 = v1 &<< 17 | v1 &>> 47
        v1 ^= v2
        v2 = v2 &<< 32 | v2 &>> 32
    }

    /// - Allocations: none.
    public static func hash(_ bytes: Bytes, _ k0: UInt64, _ k1: UInt64) -> UInt64 {
        var state = SipHash12(k0, k1)
        let count = bytes.count
        var last = UInt64(truncatingIfNeeded: count) &<< 56
        if let base = bytes.baseAddress {
            let whole = count & ~7
            var offset = 0
            while offset < whole {
                let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
                state.v3 ^= word
                state.round()
                state.v0 ^= word
                offset &+= 8
            }
            while offset < count {
                let byte = base.load(fromByteOffset: offset, as: UInt8.self)
                last |= UInt64(byte) &<< UInt64(truncatingIfNeeded: (offset & 7) &* 8)
                offset &+= 1
            }
        }
        state.v3 ^= last
        state.round()
        state.v0 ^= last
        state.v2 ^= 0xff
        state.round()
        state.round()
        return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
    }
}

/// SipHash-1-3, with a third round at the end.
public enum SipHash13 {
    /// The hash of a byte string as Rust feeds one to a hasher: its length in eight bytes, and then
    /// itself. - Allocations: none.
    public static func hash(_ bytes: Bytes, _ k0: UInt64, _ k1: UInt64) -> UInt64 {
        var state = SipHash12(k0, k1)
        let count = bytes.count
        state.absorb(UInt64(truncatingIfNeeded: count))
        var last = UInt64(truncatingIfNeeded: count &+ 8) &<< 56
        if let base = bytes.baseAddress {
            let whole = count & ~7
            for offset in stride(from: 0, to: whole, by: 8) {
                let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                state.absorb(word.littleEndian)
            }
            for offset in whole..<count {
                let byte = base.load(fromByteOffset: offset, as: UInt8.self)
                last |= UInt64(byte) &<< UInt64(truncatingIfNeeded: (offset & 7) &* 8)
            }
        }
        state.absorb(last)
        state.v2 ^= 0xff
        for _ in 0..<3 { state.round() }
        return state.v0 ^ state.v1 ^ state.v2 ^ state.v3
    }
}

extension SipHash12 {
    fileprivate mutating func absorb(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }
}

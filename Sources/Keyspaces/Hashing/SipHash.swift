// SipHash-1-2: one compression round per word, two at the end, as Redis and Valkey use it for keys.
//
// Not SipHash-2-4 of the paper: both servers trade rounds for speed, and a faithful cost per
// operation needs theirs. Reads whole words, never beyond the key.
//
// Credits: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (2012).

public struct SipHash12 {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    private init(_ k0: UInt64, _ k1: UInt64) {
        // The paper's initialisation constants: "somepseudorandomlygeneratedbytes".
        v0 = k0 ^ 0x736f_6d65_7073_6575
        v1 = k1 ^ 0x646f_7261_6e64_6f6d
        v2 = k0 ^ 0x6c79_6765_6e65_7261
        v3 = k1 ^ 0x7465_6462_7974_6573
    }

    private mutating func round() {
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

// The hash functions against their papers' vectors, a plain reference, and chance.
import Keyspaces
import Testing

@Suite struct HashingTests {
    /// SipHash-c-d written down from the paper, byte by byte, with other data structures than ours.
    static func reference(
        _ c: Int, _ d: Int, _ message: [UInt8], _ k0: UInt64, _ k1: UInt64
    ) -> UInt64 {
        var v: [UInt64] = [
            k0 ^ 0x736f_6d65_7073_6575, k1 ^ 0x646f_7261_6e64_6f6d,
            k0 ^ 0x6c79_6765_6e65_7261, k1 ^ 0x7465_6462_7974_6573,
        ]
        func rotate(_ x: UInt64, _ n: UInt64) -> UInt64 { x << n | x >> (64 - n) }
        func mix(_ a: Int, _ b: Int, _ n: UInt64) {
            v[a] &+= v[b]
            v[b] = rotate(v[b], n) ^ v[a]
        }
        func round() {
            mix(0, 1, 13)
            v[0] = rotate(v[0], 32)
            mix(2, 3, 16)
            mix(0, 3, 21)
            mix(2, 1, 17)
            v[2] = rotate(v[2], 32)
        }
        var padded = message
        while padded.count % 8 != 7 { padded.append(0) }
        padded.append(UInt8(truncatingIfNeeded: message.count))
        for start in stride(from: 0, to: padded.count, by: 8) {
            let octets = padded[start..<start + 8]
            let word = octets.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            v[3] ^= word
            for _ in 0..<c { round() }
            v[0] ^= word
        }
        v[2] ^= 0xff
        for _ in 0..<d { round() }
        return v[0] ^ v[1] ^ v[2] ^ v[3]
    }

    static let k0: UInt64 = 0x0706_0504_0302_0100
    static let k1: UInt64 = 0x0f0e_0d0c_0b0a_0908

    @Test func theReferenceGivesThePapersVectors() {
        // SipHash-2-4, key 00 01 … 0f: the empty message, and the paper's 15-byte example.
        #expect(Self.reference(2, 4, [], Self.k0, Self.k1) == 0x726f_db47_dd0e_0e31)
        #expect(Self.reference(2, 4, Array(0..<15), Self.k0, Self.k1) == 0xa129_ca61_49be_45e5)
    }

    @Test func sipHashMatchesTheReferenceAtEveryLengthAndAlignment() {
        var random = Random(seed: 3)
        let bytes = (0..<200).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for length in 0..<130 {
            for offset in [0, 1, 3, 8] {
                let message = Array(bytes[offset..<offset + length])
                let hash = bytes.withUnsafeBytes {
                    SipHash12.hash(Bytes(rebasing: $0[offset..<offset + length]), Self.k0, Self.k1)
                }
                #expect(hash == Self.reference(1, 2, message, Self.k0, Self.k1))
            }
        }
    }

    /// As Rust hashes a byte string, its length comes first.
    @Test func sipHash13MatchesTheReferenceAtEveryLength() {
        var random = Random(seed: 4)
        let bytes = (0..<100).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for length in 0..<70 {
            let message = Array(bytes[1..<1 + length])
            let fed = [UInt8(length)] + [UInt8](repeating: 0, count: 7) + message
            let hash = bytes.withUnsafeBytes {
                SipHash13.hash(Bytes(rebasing: $0[1..<1 + length]), Self.k0, Self.k1)
            }
            #expect(hash == Self.reference(1, 3, fed, Self.k0, Self.k1))
        }
    }

    @Test(arguments: [HashFunction.siphash, .wide])
    func everyByteOfKeyAndSeedMatters(_ function: HashFunction) {
        let hasher = KeyHasher(function, seed: 7)
        for length in 0..<70 {
            var seen: Set<UInt64> = []
            var key = [UInt8](repeating: 0x61, count: length)
            seen.insert(key.withUnsafeBytes { hasher.hash($0) })
            seen.insert(key.withUnsafeBytes { KeyHasher(function, seed: 8).hash($0) })
            for i in 0..<length {
                key[i] ^= 0x10
                seen.insert(key.withUnsafeBytes { hasher.hash($0) })
                key[i] ^= 0x10
            }
            #expect(seen.count == length + 2, "length \(length)")
        }
    }

    /// Buckets come from the low bits and tags from the top byte: both must be uniform over keys as
    /// benchmarks use them. χ² with 255 degrees of freedom stays under 350 but once in 30,000
    /// times.
    @Test(arguments: [HashFunction.siphash, .wide], [8, 16, 20])
    func lowBitsAndTopByteAreUniform(_ function: HashFunction, _ width: Int) {
        let hasher = KeyHasher(function, seed: 1)
        let key = DecimalKey(width: width)
        var low = [Int](repeating: 0, count: 256)
        var top = low
        let keys = 100_000
        for i in 0..<keys {
            let hash = hasher.hash(key.spell(i))
            low[Int(hash & 255)] += 1
            top[Int(hash >> 56)] += 1
        }
        let expected = Double(keys) / 256
        for counts in [low, top] {
            let chiSquare = counts.reduce(0.0) { sum, count in
                sum + (Double(count) - expected) * (Double(count) - expected) / expected
            }
            #expect(chiSquare < 350)
        }
    }

    @Test func collidingHashesAreFew() {
        let hasher = KeyHasher(.colliding(lowBits: 1, highBits: 1), seed: 1)
        var hashes: Set<UInt64> = []
        for i in 0..<200 {
            hashes.insert(Array("\(i)".utf8).withUnsafeBytes { hasher.hash($0) })
        }
        #expect(hashes.count == 4)
    }
}

// Hash slots: CRC-16 against its published values, hash tags.
import Distributions
import RESP
import Testing

@Suite struct HashSlotTests {
    static func slot(_ key: String) -> Int {
        Array(key.utf8).withUnsafeBytes { HashSlot.slot(of: $0) }
    }

    /// The polynomial division, bit by bit.
    static func reference(_ bytes: [UInt8]) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            crc ^= UInt16(byte) << 8
            for _ in 0..<8 { crc = crc & 0x8000 != 0 ? crc << 1 ^ 0x1021 : crc << 1 }
        }
        return crc
    }

    @Test func crcIsXmodem() {
        #expect(Array("123456789".utf8).withUnsafeBytes { HashSlot.crc16($0) } == 0x31c3)
        var random = SplitMix64(seed: 9)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(bytes.withUnsafeBytes { HashSlot.crc16($0) } == Self.reference(bytes))
        }
    }

    /// The examples of the cluster specification.
    @Test func hashTags() {
        #expect(Self.slot("{user1000}.following") == Self.slot("{user1000}.followers"))
        #expect(Self.slot("foo{}{bar}") == Int(Self.reference(Array("foo{}{bar}".utf8))) & 16383)
        #expect(Self.slot("foo{{bar}}zap") == Self.slot("{bar"))
        #expect(Self.slot("foo{bar}{zap}") == Self.slot("bar"))
        #expect(Self.slot("foo{bar") == Int(Self.reference(Array("foo{bar".utf8))) & 16383)
        #expect(Self.slot("") == 0)
    }
}

// Hash slots of cluster mode: CRC-16 of the key's hash tag, modulo 16,384.
//
// The tag is what lies between the first '{' and the first '}' after it; without such a pair, or
// with nothing between, it is the whole key. Keys that share a tag share a slot.
//
// Credits: the Redis cluster specification (Salvatore Sanfilippo); the CRC is XMODEM's (polynomial
// 0x1021, initial value 0, no reflection), check value 0x31C3 for "123456789".

public enum HashSlot {
    public static var bits: Int { 14 }
    /// Slots of a cluster.
    public static var count: Int { 1 << bits }

    /// The slot of a key. - Allocations: none.
    public static func slot(of key: UnsafeRawBufferPointer) -> Int {
        Int(crc16(tag(of: key))) & (count - 1)
    }

    private static func tag(of key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let open = key.firstIndex(of: UInt8(ascii: "{")) else { return key }
        let rest = key[(open &+ 1)...]
        guard let close = rest.firstIndex(of: UInt8(ascii: "}")), close > open &+ 1 else {
            return key
        }
        return UnsafeRawBufferPointer(rebasing: key[(open &+ 1)..<close])
    }

    /// CRC-16/XMODEM: polynomial 0x1021, from 0.
    public static func crc16(_ bytes: UnsafeRawBufferPointer) -> UInt16 {
        var crc: UInt16 = 0
        for byte in bytes {
            // Four bits at a time: a table of 16 words is one cache line and half.
            crc = crc &<< 4 ^ nibble(UInt8(crc &>> 12) ^ byte &>> 4)
            crc = crc &<< 4 ^ nibble(UInt8(crc &>> 12) ^ byte & 15)
        }
        return crc
    }

    /// The remainder of a nibble: the polynomial's multiples are sums of its shifts.
    private static func nibble(_ value: UInt8) -> UInt16 {
        let v = UInt16(value & 15)
        return v ^ v &<< 5 ^ v &<< 12
    }
}

// The checksum of RDB files: CRC-64 with Jones' polynomial, bits reflected, from 0. Eight bytes at
// a time by eight tables (slicing, after Kounavis and Berry).

struct CRC64 {
    private(set) var value: UInt64 = 0

    /// Jones' 0xad93d23594c935a9, its bits in reverse.
    private static let polynomial: UInt64 = 0x95ac_9329_ac4b_c9b5

    /// Place `256 × n + byte`: what a byte that `n` others follow does to the sum.
    private static let tables: [UInt64] = {
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var sum = UInt64(byte)
            for _ in 0..<8 { sum = sum >> 1 ^ (sum & 1 == 1 ? polynomial : 0) }
            tables[byte] = sum
        }
        for place in 256..<8 * 256 {
            let before = tables[place - 256]
            tables[place] = before >> 8 ^ tables[Int(before & 0xff)]
        }
        return tables
    }()

    /// - Complexity: O(count). - Allocations: none.
    mutating func add(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        var sum = value
        let raw = UnsafeRawPointer(bytes)
        Self.tables.withUnsafeBufferPointer { tables in
            var place = 0
            while place &+ 8 <= count {
                let word = raw.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                let rest = sum ^ word.littleEndian
                // Two halves, which the processor looks up side by side.
                var low = tables[1_792 &+ Int(truncatingIfNeeded: rest & 0xff)]
                var high = tables[768 &+ Int(truncatingIfNeeded: rest &>> 32 & 0xff)]
                low ^= tables[1_536 &+ Int(truncatingIfNeeded: rest &>> 8 & 0xff)]
                high ^= tables[512 &+ Int(truncatingIfNeeded: rest &>> 40 & 0xff)]
                low ^= tables[1_280 &+ Int(truncatingIfNeeded: rest &>> 16 & 0xff)]
                high ^= tables[256 &+ Int(truncatingIfNeeded: rest &>> 48 & 0xff)]
                low ^= tables[1_024 &+ Int(truncatingIfNeeded: rest &>> 24 & 0xff)]
                high ^= tables[Int(truncatingIfNeeded: rest &>> 56)]
                sum = low ^ high
                place &+= 8
            }
            while place < count {
                sum = sum >> 8 ^ tables[Int((sum ^ UInt64(bytes[place])) & 0xff)]
                place &+= 1
            }
        }
        value = sum
    }
}

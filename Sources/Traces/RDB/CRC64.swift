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
                var rest = sum ^ word.littleEndian
                sum = 0
                var table = 7 * 256
                while table >= 0 {
                    sum ^= tables[table &+ Int(rest & 0xff)]
                    rest &>>= 8
                    table &-= 256
                }
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

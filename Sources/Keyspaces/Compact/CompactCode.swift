// Length codes: one byte that says how many bytes of the body are a record's, and where the record
// itself lies.
//
//     4 … 127     the record lies in the body and has so many bytes
//     128 … 254   it has 128 + 4·(code − 128) bytes or up to three fewer, and lies in the dense
//                 vector of that size; the body holds | index 30 b | bytes fewer 2 b |
//     255         it lies in the slab behind its length: | record's bytes u64 | record |; the body
//                 holds the address, 8 bytes
//
// 128 favours reads: larger records in bodies would cost writes more copying than a look-up saves.

enum CompactCode {
    static let firstLong = 128
    static let boxed: UInt8 = 255
    /// Steps of the classes of long records.
    static let step = 4
    /// Classes of long records, and the longest that has one.
    static let longClasses = 255 - firstLong
    static let longMax = firstLong + (longClasses - 1) * step
    /// Bytes before a record in the slab.
    static let boxHeader = 8

    static let referenceSize = 4
    static let addressSize = 8
    private static let indexBits: UInt32 = 30
    /// Records that a class can refer to.
    static let indexLimit = 1 << Int(indexBits)

    /// The class of a record from `firstLong` to `longMax` bytes.
    static func longClass(_ size: Int) -> Int { (size - firstLong + step - 1) / step }
    static func longSize(_ longClass: Int) -> Int { firstLong + longClass * step }

    static func isLong(_ code: UInt8) -> Bool { Int(code) >= firstLong && code != boxed }
    static func longClass(of code: UInt8) -> Int { Int(code) - firstLong }

    /// Bytes in the body.
    @inline(__always)
    static func length(_ code: UInt8) -> Int {
        let length = Int(code)
        if length < firstLong { return length }
        return code == boxed ? addressSize : referenceSize
    }

    /// The sum of the lengths of the first `count` of 28 codes, eight at a time in a register.
    static func lengthsGeneric(_ codes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        var sum = 0
        var place = 0
        while place < count {
            // The last four lie at the end of their cache line.
            let word =
                place == 24
                ? UInt64(codes.load(fromByteOffset: place, as: UInt32.self).littleEndian)
                : codes.loadUnaligned(fromByteOffset: place, as: UInt64.self).littleEndian
            let bytes = UInt64(truncatingIfNeeded: min(count &- place, 8))
            let mask = bytes == 8 ? UInt64.max : (1 &<< (bytes &* 8)) &- 1
            sum &+= sumOfLengths(word & mask)
            place &+= 8
        }
        return sum
    }

    private static func sumOfLengths(_ codes: UInt64) -> Int {
        let low7: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
        let ones: UInt64 = 0x0101_0101_0101_0101
        let large = codes &>> 7 & ones
        // The top bit of each byte that is 255: all others have a zero in their complement.
        let rest = ~codes
        let last = ~((rest & low7) &+ low7 | rest | low7)
        let own: UInt64 = codes & ~(large &* 0xff)
        let referred: UInt64 = (large &<< 2) &+ (last &>> 5)
        let lengths: UInt64 = own | referred
        // Pairs of bytes, then their sum in the top 16 bits.
        let pairs: UInt64 = 0x00ff_00ff_00ff_00ff
        let sums = (lengths & pairs) &+ (lengths &>> 8 & pairs)
        return Int(truncatingIfNeeded: (sums &* 0x0001_0001_0001_0001) &>> 48)
    }

    // MARK: References

    /// Where a long record lies: which of its class, and how many bytes of the class it leaves.
    struct Reference {
        var index: Int
        var unused: Int

        init(index: Int, unused: Int) {
            self.index = index
            self.unused = unused
        }

        @inline(__always)
        init(at address: UnsafeMutableRawPointer) {
            let bits = address.loadUnaligned(as: UInt32.self)
            index = Int(bits & ((1 &<< CompactCode.indexBits) &- 1))
            unused = Int(bits &>> CompactCode.indexBits)
        }

        func write(to address: UnsafeMutableRawPointer) {
            let bits =
                UInt32(truncatingIfNeeded: index)
                | UInt32(truncatingIfNeeded: unused) &<< CompactCode.indexBits
            address.storeBytes(of: bits, as: UInt32.self)
        }
    }

    /// The record in the slab whose address the body holds.
    @inline(__always)
    static func box(at address: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        address.loadUnaligned(as: UnsafeMutableRawPointer.self)
    }
}

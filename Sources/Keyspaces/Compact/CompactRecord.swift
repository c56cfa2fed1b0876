// A record: an entry's key and value with what belongs to them, as few bytes as will do.
//
//     | flags u8 | use 24 b | [expiry 6 or 14] | [key's length] | key | value |
//       └ bit 0        has an expiry
//         bit 1        the value is a number: the fewest bytes of its two's complement, none for 0
//         bits 2 – 7   the key's length up to 62; 63: one more byte, 63 less than the length, or
//                      255 and then four bytes of it
//
//     expiry           Unix ms in 48 bits; all ones: outside of these, in the eight bytes behind
//
// The value goes to the record's end, wherever its length is kept (`CompactCode`).

import Glibc

struct CompactRecord {
    static let headerSize = 4
    static let shortTimeSize = 6
    static let longTimeSize = 14
    /// Longest key whose length is in the flags, and the longest whose length is one more byte.
    static let shortKeyMax = 62
    static let middleKeyMax = shortKeyMax + 255

    let address: UnsafeMutableRawPointer
    /// All of its bytes.
    let count: Int

    private var flags: UInt8 { address.load(as: UInt8.self) }
    var hasTime: Bool { flags & 1 != 0 }
    var isInteger: Bool { flags & 2 != 0 }

    var usage: UInt32 {
        get { address.loadUnaligned(as: UInt32.self).littleEndian &>> 8 }
        nonmutating set {
            let word = newValue &<< 8 | UInt32(flags)
            address.storeBytes(of: word.littleEndian, as: UInt32.self)
        }
    }

    // MARK: Expiry

    private static let shortTimeLimit: UInt64 = 1 << 48 - 1

    static func timeSize(_ time: Int64?) -> Int {
        guard let time else { return 0 }
        return UInt64(bitPattern: time) < shortTimeLimit ? shortTimeSize : longTimeSize
    }

    private var shortTime: UInt64 {
        let low = address.loadUnaligned(fromByteOffset: Self.headerSize, as: UInt32.self)
        let high = address.loadUnaligned(fromByteOffset: Self.headerSize + 4, as: UInt16.self)
        return UInt64(low.littleEndian) | UInt64(high.littleEndian) &<< 32
    }

    private var timeSize: Int {
        guard hasTime else { return 0 }
        return shortTime < Self.shortTimeLimit ? Self.shortTimeSize : Self.longTimeSize
    }

    /// Unix ms; nil: none.
    var time: Int64? {
        guard hasTime else { return nil }
        let short = shortTime
        if short < Self.shortTimeLimit { return Int64(truncatingIfNeeded: short) }
        let offset = Self.headerSize + Self.shortTimeSize
        return address.loadUnaligned(fromByteOffset: offset, as: Int64.self).littleEndian
    }

    /// Puts a time where there is one of the same size; false, and nothing changed, elsewhere.
    func setTime(_ time: Int64) -> Bool {
        guard hasTime, timeSize == Self.timeSize(time) else { return false }
        _ = Self.writeTime(time, to: address + Self.headerSize)
        return true
    }

    /// - Returns: bytes written.
    fileprivate static func writeTime(_ time: Int64, to address: UnsafeMutableRawPointer) -> Int {
        let bits = UInt64(bitPattern: time)
        let size = timeSize(time)
        let short = size == shortTimeSize ? bits : shortTimeLimit
        let low = UInt32(truncatingIfNeeded: short)
        let high = UInt16(truncatingIfNeeded: short &>> 32)
        address.storeBytes(of: low.littleEndian, as: UInt32.self)
        address.storeBytes(of: high.littleEndian, toByteOffset: 4, as: UInt16.self)
        if size == longTimeSize {
            address.storeBytes(
                of: time.littleEndian, toByteOffset: shortTimeSize, as: Int64.self)
        }
        return size
    }

    // MARK: Key and value

    /// Bytes of a key's length besides the flags.
    static func keyLengthSize(_ count: Int) -> Int {
        if count <= shortKeyMax { return 0 }
        return count <= middleKeyMax ? 1 : 5
    }

    @inline(__always)
    var key: Bytes {
        let start = Self.headerSize &+ timeSize
        let short = Int(flags &>> 2)
        if short <= Self.shortKeyMax { return Bytes(start: address + start, count: short) }
        return longKey(start)
    }

    private func longKey(_ start: Int) -> Bytes {
        let more = Int(address.load(fromByteOffset: start, as: UInt8.self))
        let base = Self.shortKeyMax + 1
        if more < 255 { return Bytes(start: address + (start + 1), count: base + more) }
        let count = address.loadUnaligned(fromByteOffset: start + 1, as: UInt32.self)
        return Bytes(start: address + (start + 5), count: Int(count.littleEndian))
    }

    @inline(__always)
    func hasKey(_ other: Bytes) -> Bool {
        let key = key
        guard key.count == other.count, let base = other.baseAddress else {
            return key.count == other.count
        }
        return memcmp(key.baseAddress.unsafelyUnwrapped, base, key.count) == 0
    }

    /// The bytes of the value as they are kept, of a number, too.
    @inline(__always)
    var value: Bytes {
        let key = key
        let start = key.baseAddress.unsafelyUnwrapped + key.count
        return Bytes(start: start, count: count &- (start - UnsafeRawPointer(address)))
    }

    var number: Int64? { isInteger ? Self.number(value) : nil }

    @inline(__always)
    var view: ValueView {
        let value = value
        return isInteger ? .integer(Self.number(value)) : .bytes(value)
    }

    private static func number(_ bytes: Bytes) -> Int64 {
        guard !bytes.isEmpty else { return 0 }
        var bits: UInt64 = 0
        for index in 0..<bytes.count {
            bits |= UInt64(bytes[index]) &<< UInt64(truncatingIfNeeded: index &* 8)
        }
        let unused = Int64(truncatingIfNeeded: 64 &- bytes.count &* 8)
        return (Int64(bitPattern: bits) &<< unused) &>> unused
    }
}

/// What a record is to hold; its bytes are somebody else's, and not where it is written.
struct CompactEntry {
    var key: Bytes
    /// Unused where there is a number.
    var value: Bytes
    var number: Int64?
    /// Unix ms; nil: none.
    var time: Int64?
    var usage: UInt32

    /// What `record` holds, with another expiry.
    init(_ record: CompactRecord, time: Int64?) {
        key = record.key
        value = record.value
        number = record.number
        self.time = time
        usage = record.usage
    }

    init(key: Bytes, value: Bytes, number: Int64?, time: Int64?, usage: UInt32) {
        self.key = key
        self.value = value
        self.number = number
        self.time = time
        self.usage = usage
    }

    private static func numberSize(_ number: Int64) -> Int {
        if number == 0 { return 0 }
        let magnitude = number ^ (number &>> 63)
        // One bit of sign.
        return (64 &- magnitude.leadingZeroBitCount &+ 1 &+ 7) &>> 3
    }

    /// Bytes of the record.
    var size: Int {
        let head = CompactRecord.headerSize + CompactRecord.timeSize(time)
        let keySize = CompactRecord.keyLengthSize(key.count) + key.count
        return head + keySize + (number.map { Self.numberSize($0) } ?? value.count)
    }

    func write(to address: UnsafeMutableRawPointer) {
        let length = min(key.count, CompactRecord.shortKeyMax + 1)
        var flags = UInt32(truncatingIfNeeded: length) &<< 2
        if time != nil { flags |= 1 }
        if number != nil { flags |= 2 }
        address.storeBytes(of: (usage &<< 8 | flags).littleEndian, as: UInt32.self)
        var end = address + CompactRecord.headerSize
        if let time { end += CompactRecord.writeTime(time, to: end) }
        end += writeKeyLength(to: end)
        end += Self.write(key, to: end)
        guard let number else {
            _ = Self.write(value, to: end)
            return
        }
        for index in 0..<Self.numberSize(number) {
            let byte = UInt8(truncatingIfNeeded: number &>> Int64(index &* 8))
            end.storeBytes(of: byte, toByteOffset: index, as: UInt8.self)
        }
    }

    private func writeKeyLength(to address: UnsafeMutableRawPointer) -> Int {
        let size = CompactRecord.keyLengthSize(key.count)
        if size == 1 {
            let more = key.count - CompactRecord.shortKeyMax - 1
            address.storeBytes(of: UInt8(truncatingIfNeeded: more), as: UInt8.self)
        } else if size == 5 {
            address.storeBytes(of: UInt8.max, as: UInt8.self)
            let count = UInt32(truncatingIfNeeded: key.count).littleEndian
            address.storeBytes(of: count, toByteOffset: 1, as: UInt32.self)
        }
        return size
    }

    private static func write(_ bytes: Bytes, to address: UnsafeMutableRawPointer) -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        memcpy(address, base, bytes.count)
        return bytes.count
    }
}

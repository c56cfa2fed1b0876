// Numbers out of bytes that may be damaged or end anywhere: whatever is not there reads as 0, and
// says so once at the end. No arithmetic here traps.

struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    /// Of the next byte; never past the end.
    private(set) var position: Int
    /// Something that was asked for was not there.
    private(set) var isDamaged = false

    init(_ bytes: UnsafeRawBufferPointer, at position: UInt64 = 0) {
        self.bytes = bytes
        self.position = bytes.count
        if position <= UInt64(bytes.count) {
            self.position = Int(position)
        } else {
            isDamaged = true
        }
    }

    var isAtEnd: Bool { position >= bytes.count }
    var remaining: UInt64 { UInt64(bytes.count - position) }

    private mutating func number<N: FixedWidthInteger>(_: N.Type) -> N {
        let size = MemoryLayout<N>.size
        guard bytes.count - position >= size else {
            isDamaged = true
            position = bytes.count
            return 0
        }
        defer { position += size }
        return N(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: N.self))
    }

    mutating func u8() -> UInt8 { number(UInt8.self) }
    mutating func u16() -> UInt16 { number(UInt16.self) }
    mutating func u32() -> UInt32 { number(UInt32.self) }
    mutating func u64() -> UInt64 { number(UInt64.self) }

    mutating func skip(_ count: UInt64) {
        guard count <= remaining else {
            isDamaged = true
            position = bytes.count
            return
        }
        position += Int(count)
    }

    /// The next `count` bytes; none where they are not all there.
    mutating func take(_ count: UInt64) -> UnsafeRawBufferPointer {
        let start = position
        skip(count)
        guard !isDamaged else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(rebasing: bytes[start..<position])
    }

    /// LEB128; bits above the 64th are lost.
    mutating func unsignedLEB() -> UInt64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = u8()
            if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
            shift &+= 7
            if byte & 0x80 == 0 || isDamaged { return value }
        }
    }

    mutating func signedLEB() -> Int64 {
        var (value, shift): (UInt64, UInt64) = (0, 0)
        while true {
            let byte = u8()
            if shift < 64 { value |= UInt64(byte & 0x7f) << shift }
            shift &+= 7
            if byte & 0x80 == 0 || isDamaged {
                if byte & 0x40 != 0 && shift < 64 { value |= UInt64.max << shift }
                return Int64(bitPattern: value)
            }
        }
    }

    /// Up to a zero byte, which is passed over.
    mutating func string() -> UnsafeRawBufferPointer {
        let rest = bytes[position...]
        guard let end = rest.firstIndex(of: 0) else {
            isDamaged = true
            position = bytes.count
            return UnsafeRawBufferPointer(start: nil, count: 0)
        }
        defer { position = end + 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    }
}

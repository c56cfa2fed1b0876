// One entry of a listpack before it is written: its form and its size (pictures in `Listpack`).

import RESP

/// A string as a listpack will have it.
struct PackedEntry {
    let bytes: Bytes
    /// The integer that it spells.
    let integer: Int64?
    private let payload: Int
    /// Bytes of the entry, its back-length included.
    let size: Int

    init(_ bytes: Bytes) { self.init(bytes, Decimal.parse(bytes)) }

    init(_ integer: Int64) { self.init(Bytes(start: nil, count: 0), integer) }

    /// A member as it was read somewhere.
    init(_ view: ValueView) {
        switch view {
        case .bytes(let bytes): self.init(bytes)
        case .integer(let integer): self.init(integer)
        }
    }

    private init(_ bytes: Bytes, _ integer: Int64?) {
        self.bytes = bytes
        self.integer = integer
        if let integer {
            payload = Self.integerSize(integer)
        } else {
            let header = bytes.count < 64 ? 1 : bytes.count < 4_096 ? 2 : 5
            payload = header + bytes.count
        }
        size = payload + Self.backLengthSize(payload)
    }

    private static func integerSize(_ value: Int64) -> Int {
        switch value {
        case 0...127: 1
        case -4_096...4_095: 2
        case Int64(Int16.min)...Int64(Int16.max): 3
        case -8_388_608...8_388_607: 4
        case Int64(Int32.min)...Int64(Int32.max): 5
        default: 9
        }
    }

    static func backLengthSize(_ size: Int) -> Int {
        if size < 128 { return 1 }
        if size < 1 << 14 { return 2 }
        if size < 1 << 21 { return 3 }
        return size < 1 << 28 ? 4 : 5
    }

    func write(to target: UnsafeMutableRawPointer) {
        if let integer { write(integer, target) } else { writeText(target) }
        var rest = payload
        var position = size - 1
        while position >= payload {
            let isFirst = position == payload
            let bits = UInt8(truncatingIfNeeded: rest & 127)
            target.storeBytes(
                of: isFirst ? bits : bits | 128, toByteOffset: position, as: UInt8.self)
            rest >>= 7
            position -= 1
        }
    }

    private func write(_ value: Int64, _ target: UnsafeMutableRawPointer) {
        func encoding(_ byte: UInt8) { target.storeBytes(of: byte, as: UInt8.self) }
        switch payload {
        case 1: encoding(UInt8(value))
        case 2:
            let bits = UInt16(truncatingIfNeeded: value) & 0x1fff
            encoding(0xc0 | UInt8(bits >> 8))
            target.storeBytes(of: UInt8(bits & 255), toByteOffset: 1, as: UInt8.self)
        case 3:
            encoding(0xf1)
            target.storeBytes(of: Int16(value), toByteOffset: 1, as: Int16.self)
        case 4:
            encoding(0xf2)
            let bits = UInt32(truncatingIfNeeded: value)
            target.storeBytes(
                of: UInt16(truncatingIfNeeded: bits), toByteOffset: 1, as: UInt16.self)
            target.storeBytes(
                of: UInt8(truncatingIfNeeded: bits >> 16), toByteOffset: 3, as: UInt8.self)
        case 5:
            encoding(0xf3)
            target.storeBytes(of: Int32(value), toByteOffset: 1, as: Int32.self)
        default:
            encoding(0xf4)
            target.storeBytes(of: value, toByteOffset: 1, as: Int64.self)
        }
    }

    private func writeText(_ target: UnsafeMutableRawPointer) {
        let count = bytes.count
        if count < 64 {
            target.storeBytes(of: 0x80 | UInt8(count), as: UInt8.self)
            (target + 1).copyMemory(from: bytes)
        } else if count < 4_096 {
            target.storeBytes(of: 0xe0 | UInt8(count >> 8), as: UInt8.self)
            target.storeBytes(of: UInt8(count & 255), toByteOffset: 1, as: UInt8.self)
            (target + 2).copyMemory(from: bytes)
        } else {
            target.storeBytes(of: 0xf0, as: UInt8.self)
            target.storeBytes(of: UInt32(count), toByteOffset: 1, as: UInt32.self)
            (target + 5).copyMemory(from: bytes)
        }
    }
}

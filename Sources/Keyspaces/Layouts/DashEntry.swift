// What a slot of a dashtable holds: a key with a value, or a key with a time.
//
//     entries    [key 18][value 18]
//     expiries   [key 18][Unix ms 8]
//
// The top flag of the key says that there is an expiry: only then is it looked up. The record of
// use, 24 bits, is in the two `extra` bytes and, from its bit 16 on, in a byte of the bucket.

struct DashEntry: ValueObject {
    private static let expiryFlag: UInt8 = 0x80

    /// The slot.
    let address: UnsafeMutableRawPointer
    /// The byte of the bucket that is the slot's.
    let usageHigh: UnsafeMutableRawPointer

    @inline(__always)
    var key: CompactString { CompactString(address: address) }
    /// Not of an expiry.
    @inline(__always)
    var value: CompactString { CompactString(address: address + CompactString.size) }

    /// Unix ms; only of an expiry.
    var time: Int64 {
        get { address.loadUnaligned(fromByteOffset: CompactString.size, as: Int64.self) }
        nonmutating set {
            address.storeBytes(of: newValue, toByteOffset: CompactString.size, as: Int64.self)
        }
    }

    /// Whether the entry's expiry is to be looked up.
    var hasTime: Bool {
        get { key.flags & Self.expiryFlag != 0 }
        nonmutating set { key.flags = newValue ? Self.expiryFlag : 0 }
    }

    private static let lowOffset = CompactString.extraOffset
    private static let middleOffset = CompactString.size + CompactString.extraOffset

    var usage: UInt32 {
        get {
            let low = UInt32(address.load(fromByteOffset: Self.lowOffset, as: UInt8.self))
            let middle = UInt32(address.load(fromByteOffset: Self.middleOffset, as: UInt8.self))
            return low | middle &<< 8 | UInt32(usageHigh.load(as: UInt8.self)) &<< 16
        }
        nonmutating set {
            let (low, middle) = (newValue, newValue &>> 8)
            address.storeBytes(
                of: UInt8(truncatingIfNeeded: low), toByteOffset: Self.lowOffset, as: UInt8.self)
            address.storeBytes(
                of: UInt8(truncatingIfNeeded: middle), toByteOffset: Self.middleOffset,
                as: UInt8.self)
            usageHigh.storeBytes(of: UInt8(truncatingIfNeeded: newValue &>> 16), as: UInt8.self)
        }
    }

    @inline(__always)
    var isCollection: Bool { false }
    var view: ValueView? { value.isInteger ? .integer(value.integer) : .bytes(value.bytes) }

    var valueEncoding: ValueEncoding {
        value.isInteger ? .integer : value.isSeparate ? .separate : .embedded
    }

    func append(_ suffix: Bytes, _ slab: inout Slab) -> Int? {
        guard value.isSeparate else { return nil }
        value.append(suffix, &slab)
        return value.length
    }
}

// A string of 18 bytes in a slot, or the way to a longer one: what Dragonfly's slots hold of a key
// and of a value.
//
//     0                                 16          17
//     [up to 16 bytes, as they are    ] [f 3│tag 5] [extra]
//     [number 8][·]                                          tag 17: an integer
//     [address 8][length 8]                                  tag 18: in an allocation of its own
//
// Tags 0 to 16 are the length of what is in place. An allocation has the very bytes and no header:
// 100 bytes are served by the class of 112. The flags `f` and the byte `extra` are the entry's
// (`DashEntry`), and nothing here changes them.
//
// Deviation from Dragonfly: ASCII is not packed into seven bits a character.
//
// Credits: Dragonfly's compact_object.h (Roman Gershman and contributors).

import Glibc
import RESP

struct CompactString {
    static let size = 18
    /// Longest string that is in place.
    static let inlineMax = 16
    static let extraOffset = 17
    private static let tagOffset = 16
    private static let lengthOffset = 8
    private static let tagMask: UInt8 = 0x1f
    private static let integerTag: UInt8 = 17
    private static let separateTag: UInt8 = 18

    let address: UnsafeMutableRawPointer

    private var tagByte: UInt8 {
        get { address.load(fromByteOffset: Self.tagOffset, as: UInt8.self) }
        nonmutating set {
            address.storeBytes(of: newValue, toByteOffset: Self.tagOffset, as: UInt8.self)
        }
    }

    private var tag: UInt8 {
        get { tagByte & Self.tagMask }
        nonmutating set { tagByte = tagByte & ~Self.tagMask | newValue }
    }

    /// The entry's, above the tag.
    var flags: UInt8 {
        get { tagByte & ~Self.tagMask }
        nonmutating set { tagByte = newValue | tag }
    }

    var isInteger: Bool { tag == Self.integerTag }
    var isSeparate: Bool { tag == Self.separateTag }
    var isValid: Bool { tag <= Self.separateTag }

    /// The number; only of an integer.
    var integer: Int64 { address.loadUnaligned(as: Int64.self) }

    /// The allocation; only of a string that has one.
    var separate: UnsafeMutableRawPointer {
        UnsafeMutableRawPointer(bitPattern: address.loadUnaligned(as: UInt.self)).unsafelyUnwrapped
    }

    /// Bytes of a string that is no integer.
    var length: Int {
        isSeparate
            ? address.loadUnaligned(fromByteOffset: Self.lengthOffset, as: Int.self) : Int(tag)
    }

    /// A string that is no integer.
    var bytes: Bytes {
        Bytes(start: isSeparate ? separate : address, count: length)
    }

    @inline(__always)
    func equals(_ other: Bytes) -> Bool {
        guard length == other.count else { return false }
        guard let start = other.baseAddress else { return true }
        return memcmp(isSeparate ? separate : address, start, other.count) == 0
    }

    // MARK: Writing

    /// Writes over what was there, and frees nothing. The bytes may lie in this string.
    func initialize(_ bytes: Bytes, isSeparate: Bool, _ slab: inout Slab) {
        if isSeparate || bytes.count > Self.inlineMax {
            let block = slab.allocate(bytes.count)
            block.copyMemory(from: bytes)
            refer(to: block, bytes.count)
        } else {
            address.copyMemory(from: bytes)  // memmove
            tag = UInt8(truncatingIfNeeded: bytes.count)
        }
    }

    func initialize(_ number: Int64) {
        address.storeBytes(of: number, as: Int64.self)
        tag = Self.integerTag
    }

    private func refer(to block: UnsafeMutableRawPointer, _ length: Int) {
        address.storeBytes(of: UInt(bitPattern: block), as: UInt.self)
        address.storeBytes(of: length, toByteOffset: Self.lengthOffset, as: Int.self)
        tag = Self.separateTag
    }

    /// Another string in this one's place. The bytes may lie in this string or its allocation.
    func replace(_ bytes: Bytes, isSeparate: Bool, _ slab: inout Slab) {
        guard self.isSeparate else { return initialize(bytes, isSeparate: isSeparate, &slab) }
        let (block, old) = (separate, length)
        let staysSeparate = isSeparate || bytes.count > Self.inlineMax
        if staysSeparate, slab.resizeInPlace(from: old, to: bytes.count) {
            block.copyMemory(from: bytes)
            return refer(to: block, bytes.count)
        }
        initialize(bytes, isSeparate: isSeparate, &slab)
        slab.free(block, old)
    }

    func replace(_ number: Int64, _ slab: inout Slab) {
        free(&slab)
        initialize(number)
    }

    /// Frees the allocation, if there is one.
    func free(_ slab: inout Slab) {
        if isSeparate { slab.free(separate, length) }
    }

    /// Appends to a string that has an allocation; within its size class nothing else is copied.
    func append(_ suffix: Bytes, _ slab: inout Slab) {
        let (block, old) = (separate, length)
        let new = old &+ suffix.count
        if slab.resizeInPlace(from: old, to: new) {
            (block + old).copyMemory(from: suffix)
            return refer(to: block, new)
        }
        let wider = slab.allocate(new)
        wider.copyMemory(from: block, byteCount: old)
        (wider + old).copyMemory(from: suffix)
        refer(to: wider, new)
        slab.free(block, old)
    }
}

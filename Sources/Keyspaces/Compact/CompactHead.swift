// The head of a bucket: one cache line that says which records its body may hold, and where.
//
//     byte  0            6     7        8          36         64
//          [body 48 b  ┊ n ┊ filter]   [tag × 28] [code × 28]
//            └ bit 0   a record here may have an expiry
//              bit 1   chained: the body begins with the address of another head
//              bit 2   the body lies in a dense vector, not in the slab
//
// Bodies are aligned to 8, so an address has three bits to spare, and addresses of x86-64 and arm64
// processes fit 48. Tags and codes from the 29th on are in the body, behind the records; bit t & 7
// of the filter is set for each tag t among them, so that most misses need not look.
//
// Non-goals: AVX. A head is two 16-byte compares, a sum of lengths two more.
//
// Credits: the tag compare follows Abseil's Swiss tables (Matt Kulukundis), offsets as prefix sums
// array hash tables.

import CIntrinsics
import Glibc

struct CompactHead {
    /// A cache line.
    static let size = 64
    static let places = 28
    /// A bucket with so many continues elsewhere; `n` has 8 bits.
    static let most = 240
    private static let tagsAt = 8
    private static let codesAt = 36
    private static let addressMask: UInt64 = 0x0000_ffff_ffff_fff8
    private static let countShift: UInt64 = 48

    let address: UnsafeMutableRawPointer

    private var word: UInt64 {
        get { address.load(as: UInt64.self) }
        nonmutating set { address.storeBytes(of: newValue, as: UInt64.self) }
    }

    @inline(__always)
    private func setBit(_ bit: UInt64, _ isSet: Bool) {
        word = isSet ? word | bit : word & ~bit
    }

    var hasTimes: Bool {
        get { word & 1 != 0 }
        nonmutating set { setBit(1, newValue) }
    }

    var isChained: Bool {
        get { word & 2 != 0 }
        nonmutating set { setBit(2, newValue) }
    }

    var isDense: Bool {
        get { word & 4 != 0 }
        nonmutating set { setBit(4, newValue) }
    }

    /// Records in the body.
    var count: Int {
        get { Int(truncatingIfNeeded: word &>> Self.countShift) & 0xff }
        nonmutating set {
            let mask: UInt64 = 0xff &<< Self.countShift
            let bits = UInt64(truncatingIfNeeded: newValue) &<< Self.countShift
            word = word & ~mask | bits
        }
    }

    private(set) var filter: UInt8 {
        get { address.load(fromByteOffset: 7, as: UInt8.self) }
        nonmutating set { address.storeBytes(of: newValue, toByteOffset: 7, as: UInt8.self) }
    }

    /// Only of a bucket with records.
    var body: CompactBody {
        let bits = UInt(truncatingIfNeeded: word & Self.addressMask)
        return CompactBody(address: UnsafeMutableRawPointer(bitPattern: bits).unsafelyUnwrapped)
    }

    func isBody(at other: UnsafeMutableRawPointer) -> Bool {
        word & Self.addressMask == UInt64(UInt(bitPattern: other))
    }

    func setBody(_ body: CompactBody, isDense: Bool) {
        let rest = word & ~Self.addressMask
        word = rest | UInt64(UInt(bitPattern: body.address))
        self.isDense = isDense
    }

    /// No records, no body, no chain.
    func clear() { word = 0 }

    /// Takes everything over, the body included.
    func copy(_ other: CompactHead) {
        address.copyMemory(from: other.address, byteCount: Self.size)
    }

    // MARK: Body

    /// Records whose tags and codes are in the body.
    var overflow: Int { max(count &- Self.places, 0) }
    /// Where the first record begins.
    var start: Int { isChained ? CompactBody.chainedStart : CompactBody.start }
    /// Bytes of the body that are in use; 0 without one.
    var total: Int { count == 0 ? 0 : body.used &+ 2 &* overflow }
    /// Only of a chained one.
    var next: CompactHead { CompactHead(address: body.next) }

    // MARK: Tags and codes

    @inline(__always)
    static func tag(_ hash: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: hash &>> 56) }

    func tag(_ index: Int) -> UInt8 {
        if index < Self.places {
            return address.load(fromByteOffset: Self.tagsAt &+ index, as: UInt8.self)
        }
        return body.byte(body.used &+ index &- Self.places)
    }

    func code(_ index: Int) -> UInt8 {
        if index < Self.places {
            return address.load(fromByteOffset: Self.codesAt &+ index, as: UInt8.self)
        }
        return body.byte(body.used &+ overflow &+ index &- Self.places)
    }

    func setCode(_ code: UInt8, _ index: Int) {
        if index < Self.places {
            address.storeBytes(of: code, toByteOffset: Self.codesAt &+ index, as: UInt8.self)
        } else {
            body.setByte(code, body.used &+ overflow &+ index &- Self.places)
        }
    }

    /// Of the first 28 alone.
    func setPlace(_ index: Int, _ tag: UInt8, _ code: UInt8) {
        address.storeBytes(of: tag, toByteOffset: Self.tagsAt &+ index, as: UInt8.self)
        address.storeBytes(of: code, toByteOffset: Self.codesAt &+ index, as: UInt8.self)
    }

    /// Takes place `index` out of the first 28; the last of them is free then.
    func closePlace(_ index: Int) {
        let rest = Self.places &- 1 &- index
        let (tag, code) = (address + (Self.tagsAt &+ index), address + (Self.codesAt &+ index))
        memmove(tag, tag + 1, rest)
        memmove(code, code + 1, rest)
    }

    // MARK: Filter

    @inline(__always)
    private static func bit(_ tag: UInt8) -> UInt8 { 1 &<< (tag & 7) }

    /// Whether a record beyond the 28th may have `tag`.
    @inline(__always)
    func mayOverflow(_ tag: UInt8) -> Bool { filter & Self.bit(tag) != 0 }

    func noteOverflow(_ tag: UInt8) { filter |= Self.bit(tag) }

    /// What the filter should be.
    var exactFilter: UInt8 {
        var bits: UInt8 = 0
        var index = Self.places
        while index < count {
            bits |= Self.bit(tag(index))
            index &+= 1
        }
        return bits
    }

    func renewFilter() { filter = exactFilter }

    // MARK: Match

    /// Bit i where record i, of the first 28, has `tag`.
    @inline(__always)
    func candidates(_ tag: UInt8, _ match: GroupMatch) -> UInt32 {
        let equal: UInt32
        switch match {
        case .simd: equal = hashmark_match28_sse2(address + Self.tagsAt, tag)
        case .scalar: equal = matchGeneric(tag)
        }
        let present = min(count, Self.places)
        return equal & ((1 &<< UInt32(truncatingIfNeeded: present)) &- 1)
    }

    private func matchGeneric(_ tag: UInt8) -> UInt32 {
        let tags = address + Self.tagsAt
        var bits = 0
        for part in 0..<3 {
            let group = tags.load(fromByteOffset: part &* 8, as: UInt64.self)
            bits |= Bucket.matchGeneric(group, tag) &<< (part &* 8)
        }
        let last = UInt64(tags.load(fromByteOffset: 24, as: UInt32.self).littleEndian).littleEndian
        bits |= (Bucket.matchGeneric(last, tag) & 0xf) &<< 24
        return UInt32(truncatingIfNeeded: bits)
    }

    /// Where record `index` lies in the body.
    @inline(__always)
    func offset(of index: Int, _ match: GroupMatch) -> Int {
        start &+ lengths(min(index, Self.places), match) &+ overflowLengths(index)
    }

    /// The sum of the lengths of the first `count` records, at most 28.
    @inline(__always)
    func lengths(_ count: Int, _ match: GroupMatch) -> Int {
        let codes = address + Self.codesAt
        switch match {
        case .simd:
            let most = UInt32(truncatingIfNeeded: count)
            return Int(truncatingIfNeeded: hashmark_lengths28_sse2(codes, most))
        case .scalar: return CompactCode.lengthsGeneric(codes, count)
        }
    }

    /// The sum of the lengths of the records from the 29th to before `index`.
    @inline(__always)
    private func overflowLengths(_ index: Int) -> Int {
        guard index > Self.places else { return 0 }
        let codes = body.address + (body.used &+ overflow)
        var sum = 0
        var place = 0
        while place < index &- Self.places {
            sum &+= CompactCode.length(codes.load(fromByteOffset: place, as: UInt8.self))
            place &+= 1
        }
        return sum
    }
}

// The block of a bucket: its records one behind the other, and what its head has no room for.
//
//     | bucket u32 | used u16 | [next head 8] | records … | tag 29, 30 … | code 29, 30 … |
//     0            4          6               6 or 14     └ used
//
// The bucket's number is there for the body that is moved into a hole: its head must learn of it.
// Tags and codes are packed right behind the records, not at the block's end, so that a body is the
// same bytes in whatever class it lies.

import Glibc

struct CompactBody {
    /// Where records begin, without and with a next head.
    static let start = 6
    static let chainedStart = 14
    static let linkSize = chainedStart - start

    let address: UnsafeMutableRawPointer

    var bucket: Int {
        get { Int(address.load(as: UInt32.self)) }
        nonmutating set {
            address.storeBytes(of: UInt32(truncatingIfNeeded: newValue), as: UInt32.self)
        }
    }

    /// Where the records end.
    var used: Int {
        get { Int(address.load(fromByteOffset: 4, as: UInt16.self)) }
        nonmutating set {
            let bytes = UInt16(truncatingIfNeeded: newValue)
            address.storeBytes(of: bytes, toByteOffset: 4, as: UInt16.self)
        }
    }

    /// Only of a chained head's.
    var next: UnsafeMutableRawPointer {
        get {
            address.loadUnaligned(fromByteOffset: Self.start, as: UnsafeMutableRawPointer.self)
        }
        nonmutating set {
            let bits = UInt64(UInt(bitPattern: newValue))
            address.storeBytes(of: bits, toByteOffset: Self.start, as: UInt64.self)
        }
    }

    func byte(_ offset: Int) -> UInt8 { address.load(fromByteOffset: offset, as: UInt8.self) }
    func setByte(_ byte: UInt8, _ offset: Int) {
        address.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
    }

    /// Moves the `count` bytes at `source` to `target`; both may overlap.
    func move(_ source: Int, to target: Int, _ count: Int) {
        memmove(address + target, address + source, count)
    }

    /// Takes tag and code `index` out of the `count` of them behind `used`.
    func closeOverflow(_ index: Int, _ count: Int) {
        let tags = used
        let codes = used &+ count
        let rest = count &- 1 &- index
        move(tags &+ index &+ 1, to: tags &+ index, rest)
        move(codes, to: codes &- 1, index)
        move(codes &+ index &+ 1, to: codes &- 1 &+ index, rest)
    }

    /// Moves the `count` tags and codes behind `used` up by `length`, where a record is to lie, and
    /// adds one of each.
    func openOverflow(_ count: Int, by length: Int, _ tag: UInt8, _ code: UInt8) {
        let end = used &+ length
        move(used &+ count, to: end &+ count &+ 1, count)
        move(used, to: end, count)
        setByte(tag, end &+ count)
        setByte(code, end &+ 2 &* count &+ 1)
    }
}

/// Fills a new body and its head, whose records' number and bytes are known.
struct CompactBuilder {
    private let head: CompactHead
    private let body: CompactBody
    private let overflow: Int
    private var count = 0
    private var end = CompactBody.start

    /// - Parameter head: what it had is forgotten.
    init(
        _ head: CompactHead, _ body: CompactBody, isDense: Bool, _ share: CompactShare,
        of bucket: Int
    ) {
        self.head = head
        self.body = body
        overflow = max(share.count &- CompactHead.places, 0)
        head.clear()
        head.setBody(body, isDense: isDense)
        head.hasTimes = share.hasTimes
        head.count = share.count
        body.bucket = bucket
        body.used = CompactBody.start &+ share.bytes
    }

    mutating func add(
        _ tag: UInt8, _ code: UInt8, _ bytes: UnsafeMutableRawPointer, _ length: Int
    ) {
        memcpy(body.address + end, bytes, length)
        end &+= length
        if count < CompactHead.places {
            head.setPlace(count, tag, code)
        } else {
            let place = body.used &+ count &- CompactHead.places
            body.setByte(tag, place)
            body.setByte(code, place &+ overflow)
            head.noteOverflow(tag)
        }
        count &+= 1
    }
}

/// The records that one bucket gets.
struct CompactShare {
    var count = 0
    /// Of records and references.
    var bytes = 0
    var hasTimes = false

    /// Bytes of their body.
    var total: Int {
        CompactBody.start &+ bytes &+ 2 &* max(count &- CompactHead.places, 0)
    }

    mutating func add(_ length: Int, hasTime: Bool) {
        count &+= 1
        bytes &+= length
        if hasTime { hasTimes = true }
    }
}

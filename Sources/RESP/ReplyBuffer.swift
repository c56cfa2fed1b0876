// Replies, written into one growing buffer without a String or an array in between. The buffer is
// reused for every wake-up; what a large reply made it grow to is given back.
//
//      ┌──────── written ────────┬──── room ────┐
//      0                       count        capacity
//
// A long value need not be copied: `bulk(referring:)` writes its header and remembers where it
// lies; nothing may be written after it, nor the value change, until the reply was sent and
// forgotten.
//
//      [ written … $N\r\n ][ the value, where it is ][ \r\n ]      `pieces`
//
// The protocol version is the connection's: null, maps, sets and verbatim text have spellings of
// their own in RESP3 and fall back to bulk strings and arrays in RESP2.
import Glibc

public struct ReplyBuffer: ~Copyable {
    private var storage: UnsafeMutableRawPointer
    private var capacity: Int
    public private(set) var count = 0
    /// A value that belongs after what was written, and a line end after it.
    private var referred: UnsafeRawBufferPointer?
    /// 2 or 3: of the connection that is being answered.
    public var version: UInt8 = 2

    /// A pipeline of 64 replies with values of 1 KiB fits without growth.
    private static let initialCapacity = 128 * 1024
    /// Above it, `removeAll` gives memory back: a large value is an exception.
    private static let keptCapacity = 1024 * 1024

    public init() {
        capacity = Self.initialCapacity
        storage = .allocate(byteCount: capacity, alignment: 64)
    }

    deinit { storage.deallocate() }

    /// What was written since `removeAll`, a value that is referred to apart.
    public var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: storage, count: count)
    }

    /// Nothing may be written until this was sent.
    @inline(__always)
    public var endsWithReference: Bool { referred != nil }

    /// Everything there is to send, in bytes.
    @inline(__always)
    public var length: Int {
        guard let referred else { return count }
        return count &+ referred.count &+ Self.lineEndText.utf8CodeUnitCount
    }

    /// What there is to send with a reference, in order.
    public var pieces: InlineArray<3, UnsafeRawBufferPointer> {
        [bytes, referred ?? UnsafeRawBufferPointer(start: nil, count: 0), Self.lineEndBytes]
    }

    private static var lineEndText: StaticString { "\r\n" }
    private static var lineEndBytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(
            start: lineEndText.utf8Start, count: lineEndText.utf8CodeUnitCount)
    }

    /// Copies what there is to send, but its first `start` bytes, to `target`.
    public func copy(from start: Int, to target: UnsafeMutableRawPointer) {
        guard endsWithReference else {
            memcpy(target, storage + start, count - start)
            return
        }
        let pieces = pieces
        var (target, skipped) = (target, start)
        for index in 0..<3 {
            let rest = pieces[index].dropFirst(skipped)
            skipped -= pieces[index].count - rest.count
            guard rest.count > 0 else { continue }
            memcpy(target, UnsafeRawBufferPointer(rebasing: rest).baseAddress!, rest.count)
            target += rest.count
        }
    }

    @inline(__always)
    public mutating func removeAll() {
        count = 0
        referred = nil
        if capacity > Self.keptCapacity { resize(to: Self.initialCapacity) }
    }

    /// Forgets what was written after the first `length` bytes.
    public mutating func truncate(to length: Int) {
        count = min(count, length)
        referred = nil
    }

    /// Room for `size` more bytes; the address to write them to.
    @inline(__always)
    private mutating func room(_ size: Int) -> UnsafeMutableRawPointer {
        if size > capacity &- count { grow(size) }
        return storage + count
    }

    @inline(never)
    private mutating func grow(_ size: Int) { resize(to: max(capacity * 2, count + size)) }

    @inline(never)
    private mutating func resize(to newCapacity: Int) {
        let moved = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 64)
        moved.copyMemory(from: storage, byteCount: count)
        storage.deallocate()
        storage = moved
        capacity = newCapacity
    }

    // MARK: Raw bytes

    /// Bytes as they are: a whole reply or a part of one.
    @inline(__always)
    public mutating func raw(_ text: StaticString) {
        let length = text.utf8CodeUnitCount
        memcpy(room(length), text.utf8Start, length)
        count &+= length
    }

    /// The text as it is.
    public mutating func raw(_ text: String) {
        var text = text
        text.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }

    /// The bytes as they are.
    public mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count > 0 else { return }
        memcpy(room(bytes.count), bytes.baseAddress!, bytes.count)
        count &+= bytes.count
    }

    // MARK: Replies
    // - Allocations: none but the buffer's growth, save for those that take a String.

    /// `+OK`
    @inline(__always)
    public mutating func ok() { raw("+OK\r\n") }

    /// `:N`
    @inline(__always)
    public mutating func integer(_ value: Int) { prefixed(UInt8(ascii: ":"), Int64(value)) }

    /// `:N`
    @inline(__always)
    public mutating func integer(_ value: Int64) { prefixed(UInt8(ascii: ":"), value) }

    /// A bulk string of these bytes.
    @inline(__always)
    public mutating func bulk(_ bytes: UnsafeRawBufferPointer) {
        let size = bytes.count
        let start = room(size &+ Decimal.maxLength &+ 5)
        start.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
        var position = 1 &+ Decimal.write(UInt64(truncatingIfNeeded: size), to: start + 1)
        start.storeBytes(of: Self.lineEnd, toByteOffset: position, as: UInt16.self)
        position &+= 2
        if size > 0 { memcpy(start + position, bytes.baseAddress.unsafelyUnwrapped, size) }
        position &+= size
        start.storeBytes(of: Self.lineEnd, toByteOffset: position, as: UInt16.self)
        count &+= position &+ 2
    }

    /// A bulk string whose bytes stay where they are until the reply is sent.
    public mutating func bulk(referring bytes: UnsafeRawBufferPointer) {
        prefixed(UInt8(ascii: "$"), Int64(bytes.count))
        referred = bytes
    }

    /// The digits of `value` as a bulk string.
    @inline(__always)
    public mutating func bulk(decimal value: Int64) {
        let start = room(Decimal.maxLength &+ 7)
        // The length of a decimal has one or two digits: write the digits after two, then move up.
        let length = Decimal.write(value, to: start + 5)
        start.storeBytes(of: UInt8(ascii: "$"), as: UInt8.self)
        let headerLength = 1 &+ Decimal.write(UInt64(truncatingIfNeeded: length), to: start + 1)
        start.storeBytes(of: Self.lineEnd, toByteOffset: headerLength, as: UInt16.self)
        memmove(start + headerLength + 2, start + 5, length)
        let end = headerLength &+ 2 &+ length
        start.storeBytes(of: Self.lineEnd, toByteOffset: end, as: UInt16.self)
        count &+= end &+ 2
    }

    /// A bulk string.
    public mutating func bulk(_ text: String) {
        var text = text
        text.withUTF8 { bulk(UnsafeRawBufferPointer($0)) }
    }

    /// A bulk string, without an allocation.
    public mutating func bulk(_ text: StaticString) {
        bulk(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// A simple string; `text` has no line ends.
    public mutating func simple(_ text: String) {
        raw("+")
        raw(text)
        raw("\r\n")
    }

    /// An error with its code (`ERR …`). Line ends in it become blanks.
    public mutating func error(_ text: String) {
        raw("-")
        var clean = Array(text.utf8)
        for index in clean.indices where clean[index] == 13 || clean[index] == 10 {
            clean[index] = 32
        }
        clean.withUnsafeBytes { raw($0) }
        raw("\r\n")
    }

    /// The null of the connection's version.
    @inline(__always)
    public mutating func null() {
        if version == 2 { raw("$-1\r\n") } else { raw("_\r\n") }
    }

    /// A null where an array was to be.
    public mutating func nullArray() {
        if version == 2 { raw("*-1\r\n") } else { raw("_\r\n") }
    }

    /// Elements follow.
    @inline(__always)
    public mutating func array(_ elements: Int) { prefixed(UInt8(ascii: "*"), Int64(elements)) }

    /// `pairs` keys and values follow, in turn.
    public mutating func map(_ pairs: Int) {
        if version == 2 { array(pairs * 2) } else { prefixed(UInt8(ascii: "%"), Int64(pairs)) }
    }

    /// Elements without order follow.
    public mutating func set(_ elements: Int) {
        prefixed(version == 2 ? UInt8(ascii: "*") : UInt8(ascii: "~"), Int64(elements))
    }

    /// Elements follow, out of band in RESP3: an array in RESP2.
    public mutating func push(_ elements: Int) {
        prefixed(version == 2 ? UInt8(ascii: "*") : UInt8(ascii: ">"), Int64(elements))
    }

    /// A number that `text` spells: `,` in RESP3, a bulk string in RESP2.
    public mutating func double(_ text: String) {
        guard version != 2 else { return bulk(text) }
        raw(",")
        raw(text)
        raw("\r\n")
    }

    /// Text for people: `=` with the format `txt` in RESP3, a bulk string in RESP2.
    public mutating func verbatim(_ text: String) {
        guard version != 2 else { return bulk(text) }
        prefixed(UInt8(ascii: "="), Int64(text.utf8.count + 4))
        raw("txt:")
        raw(text)
        raw("\r\n")
    }

    /// `\r\n` as the two bytes lie in memory.
    private static var lineEnd: UInt16 {
        @inline(__always) get { UInt16(littleEndian: 0x0a0d) }
    }

    @inline(__always)
    private mutating func prefixed(_ prefix: UInt8, _ value: Int64) {
        let start = room(Decimal.maxLength &+ 3)
        start.storeBytes(of: prefix, as: UInt8.self)
        let end = 1 &+ Decimal.write(value, to: start + 1)
        start.storeBytes(of: Self.lineEnd, toByteOffset: end, as: UInt16.self)
        count &+= end &+ 2
    }
}

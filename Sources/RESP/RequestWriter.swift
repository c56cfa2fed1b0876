// Arguments of a request written one after the other into memory that is known to be large enough.
// The one writer of frames: load loops write with it per request, RequestEncoder ahead of time, and
// servers write down with it what they execute later.
// Inlinable: called across modules, an argument costs 3 % of a request more.

@frozen public struct RequestWriter {
    /// Where the next byte goes.
    public var target: UnsafeMutablePointer<UInt8>

    /// Bytes of a bulk string besides its contents, at most: "$", a length, two line ends.
    public static let bulkOverhead = Decimal.maxLength + 5

    @inlinable @inline(__always)
    public init(_ target: UnsafeMutablePointer<UInt8>) { self.target = target }

    /// `*N`
    @inlinable @inline(__always)
    public mutating func arguments(_ count: Int) { line(UInt8(ascii: "*"), count) }

    /// An argument of `count` bytes, which `body` writes.
    @inlinable @inline(__always)
    public mutating func bulk(_ count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        beginBulk(count)
        body(target)
        end(count)
    }

    /// An argument.
    @inlinable @inline(__always)
    public mutating func bulk(_ text: StaticString) {
        bulk(text.utf8CodeUnitCount) {
            $0.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        }
    }

    /// A number as an argument, in decimal.
    @inlinable @inline(__always)
    public mutating func bulk(number: UInt64) {
        beginBulk(Decimal.length(number))
        end(Decimal.write(number, to: target))
    }

    /// The line before an argument of `count` bytes.
    @inlinable @inline(__always)
    mutating func beginBulk(_ count: Int) { line(UInt8(ascii: "$"), count) }

    /// Bytes that are encoded already.
    @inlinable @inline(__always)
    public mutating func encoded(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        target.update(from: bytes, count: count)
        target += count
    }

    @inlinable @inline(__always)
    mutating func line(_ type: UInt8, _ value: Int) {
        target[0] = type
        target += 1
        end(Decimal.write(UInt64(truncatingIfNeeded: value), to: target))
    }

    /// Steps over `count` bytes and ends the line.
    @inlinable @inline(__always)
    mutating func end(_ count: Int) {
        target += count
        target[0] = UInt8(ascii: "\r")
        target[1] = UInt8(ascii: "\n")
        target += 2
    }
}

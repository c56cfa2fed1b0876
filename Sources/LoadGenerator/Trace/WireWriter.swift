// Arguments of a request written one after the other into memory that is known to be large enough.
import RESP

struct WireWriter {
    private(set) var target: UnsafeMutablePointer<UInt8>

    /// Bytes of a bulk string besides its contents, at most: "$", a length, two line ends.
    static let bulkOverhead = Decimal.maxLength + 5

    init(_ target: UnsafeMutablePointer<UInt8>) { self.target = target }

    /// `*N`
    @inline(__always)
    mutating func arguments(_ count: Int) { line(UInt8(ascii: "*"), count) }

    /// An argument of `count` bytes, which `body` writes.
    @inline(__always)
    mutating func bulk(_ count: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) {
        line(UInt8(ascii: "$"), count)
        body(target)
        target += count
        end()
    }

    @inline(__always)
    mutating func bulk(_ text: StaticString) {
        bulk(text.utf8CodeUnitCount) {
            $0.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        }
    }

    @inline(__always)
    mutating func bulk(number: UInt64) {
        bulk(Decimal.length(number)) { _ = Decimal.write(number, to: $0) }
    }

    @inline(__always)
    private mutating func line(_ type: UInt8, _ value: Int) {
        target[0] = type
        target += 1
        target += Decimal.write(UInt64(truncatingIfNeeded: value), to: target)
        end()
    }

    @inline(__always)
    private mutating func end() {
        target[0] = UInt8(ascii: "\r")
        target[1] = UInt8(ascii: "\n")
        target += 2
    }
}

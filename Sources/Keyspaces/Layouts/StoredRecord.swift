// A record with all of an entry in it, by its address: what is the same in Tsavorite's and in
// Segcache's, whatever their headers look like.
//
// Members that a look-up calls are inlined always, so that each record's own are compiled into
// them.
import Glibc
import RESP

protocol StoredRecord {
    var address: UnsafeMutableRawPointer { get }
    var key: Bytes { get }
    /// The value as it is spelled.
    var value: Bytes { get }
    /// The value is that of an integer.
    var isInteger: Bool { get }
    /// The value was appended to.
    var isAppended: Bool { get }
    /// Unix ms; nil: it does not expire.
    var time: Int64? { get }
    /// Nothing leads to it any more.
    var isDead: Bool { get }
    /// Bytes that it takes, what a shorter value leaves over included.
    var room: Int { get }
}

extension StoredRecord {
    @inline(__always)
    func hasKey(_ bytes: Bytes) -> Bool {
        let key = key
        guard key.count == bytes.count else { return false }
        guard let start = bytes.baseAddress else { return true }
        return memcmp(key.baseAddress.unsafelyUnwrapped, start, key.count) == 0
    }

    @inline(__always)
    var view: ValueView {
        guard isInteger, let number = Decimal.parse(value) else { return .bytes(value) }
        return .integer(number)
    }

    var kind: ValueKind {
        if isInteger { return .integer }
        return isAppended ? .appended : .text
    }
}

/// A record whose header is followed by both lengths where it cannot tell one of them, by the
/// expiry if there is one, by the key and by the value.
protocol ShapedRecord: StoredRecord {
    static var headerSize: Int { get }
    /// The longest that the header can tell.
    static var keyMax: Int { get }
    static var valueMax: Int { get }

    var shape: RecordShape<Self> { get }
    /// Writes more bytes behind the value.
    /// - Returns: false, and nothing changed, where it has no room for them.
    func append(_ suffix: Bytes) -> Bool
}

extension ShapedRecord {
    @inline(__always)
    var key: Bytes {
        let shape = shape
        return Bytes(start: address + shape.keyOffset, count: shape.keyLength)
    }

    @inline(__always)
    var value: Bytes {
        let shape = shape
        return Bytes(start: address + shape.valueOffset, count: shape.valueLength)
    }
}

/// What decides the size of a record.
struct RecordShape<Record: ShapedRecord> {
    var keyLength: Int
    var valueLength: Int
    var hasTime: Bool

    /// Both lengths are behind the header.
    @inline(__always)
    var isWide: Bool { keyLength > Record.keyMax || valueLength > Record.valueMax }

    /// Bytes before the key.
    @inline(__always)
    var keyOffset: Int { Record.headerSize &+ (isWide ? 8 : 0) &+ (hasTime ? 8 : 0) }

    @inline(__always)
    var valueOffset: Int { keyOffset &+ keyLength }

    /// Bytes of a record that was made so.
    @inline(__always)
    var size: Int { (valueOffset &+ valueLength &+ 7) & ~7 }
}

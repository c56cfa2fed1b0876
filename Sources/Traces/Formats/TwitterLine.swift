// A line of the Twitter traces, read from both ends: keys may hold commas, the other columns do
// not.
//
//     timestamp,anonymized key,key size,value size,client id,operation,TTL
//
// (Yang, Yue, Rashmi: "A large scale analysis of hundreds of in-memory cache clusters at Twitter",
// OSDI 2020; the traces' README has the columns.)
import Glibc

enum TwitterLine {
    private static let comma = UInt8(ascii: ",")

    /// Decodes `line[0 ..< count]`, without its end.
    /// - Returns: what is wrong with it; nil when it is fine.
    /// - Complexity: O(count). - Allocations: none for a line that is fine.
    @inline(__always)
    static func decode(
        _ line: UnsafePointer<UInt8>, _ count: Int, into record: inout TraceRecord
    ) -> DamagedRecord? {
        var start = 0
        guard let time = number(line, &start, count), start < count, line[start] == comma else {
            return damage(.time, line, count)
        }
        start &+= 1
        var end = count
        guard let ttl = lastNumber(line, start, &end) else { return damage(.ttl, line, count) }
        let wordEnd = end
        while end > start && line[end &- 1] != comma { end &-= 1 }
        let operation = operation(line + end, wordEnd &- end)
        end &-= 1
        guard let operation, end > start else { return damage(.operation, line, count) }
        guard lastNumber(line, start, &end) != nil else { return damage(.client, line, count) }
        guard let value = lastNumber(line, start, &end) else { return damage(.value, line, count) }
        guard let size = lastNumber(line, start, &end) else { return damage(.size, line, count) }
        guard end > start else { return damage(.key, line, count) }
        guard value <= TraceRecord.largestValue else { return damage(.value, line, count) }
        guard size <= longestKey else { return damage(.size, line, count) }
        // Lines that end in CR among others that end in LF would be one record with a strange key.
        guard memchr(line + start, 0x0d, end &- start) == nil else {
            return damage(.carriageReturn, line, count)
        }
        record.time = UInt64(time) &* TraceRecord.second
        record.key = hash(line + start, end &- start)
        record.keySize = size
        record.valueSize = value
        record.does(operation)
        record.timeToLive = UInt64(ttl) &* TraceRecord.second
        return nil
    }

    /// Whether a first line names the columns: seven names, none of them empty, with a digit or an
    /// operation, which a damaged record has.
    static func isHeading(_ line: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        let columns = UnsafeBufferPointer(start: line, count: count).split(
            separator: comma, omittingEmptySubsequences: false)
        return columns.count == 7
            && columns.allSatisfy { column in
                let start = line + (column.startIndex)
                return column.contains { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7a }
                    && !column.contains { $0 >= 0x30 && $0 <= 0x39 }
                    && operation(start, column.count) == nil
            }
    }

    /// Digits from `start` on; moves `start` behind them. Nil where there are none, or too many.
    @inline(__always)
    private static func number(
        _ line: UnsafePointer<UInt8>, _ start: inout Int, _ end: Int
    ) -> UInt32? {
        let first = start
        var value: UInt64 = 0
        while start < end {
            let digit = line[start] &- 0x30
            guard digit <= 9 else { break }
            value = value &* 10 &+ UInt64(digit)
            start &+= 1
        }
        // ten digits cannot overflow 64 bits
        guard start > first, start &- first <= 10, value <= UInt64(UInt32.max) else { return nil }
        return UInt32(truncatingIfNeeded: value)
    }

    /// The digits before `end` and the comma before them; moves `end` to that comma.
    @inline(__always)
    private static func lastNumber(
        _ line: UnsafePointer<UInt8>, _ start: Int, _ end: inout Int
    ) -> UInt32? {
        let last = end
        var value: UInt64 = 0
        var unit: UInt64 = 1
        while end > start {
            let digit = line[end &- 1] &- 0x30
            guard digit <= 9 else { break }
            value = value &+ unit &* UInt64(digit)
            unit = unit &* 10
            end &-= 1
        }
        guard end < last, last &- end <= 10, end > start, line[end &- 1] == comma,
            value <= UInt64(UInt32.max)
        else { return nil }
        end &-= 1
        return UInt32(truncatingIfNeeded: value)
    }

    @inline(__always)
    private static func operation(
        _ word: UnsafePointer<UInt8>, _ count: Int
    ) -> MemcachedOperation? {
        guard count >= 3 else { return nil }
        if count == 3 {
            let three = UInt32(word[0]) << 16 | UInt32(word[1]) << 8 | UInt32(word[2])
            switch three {
            case 0x676574: return .get
            case 0x736574: return .set
            case 0x616464: return .add
            case 0x636173: return .cas
            default: return nil
            }
        }
        return longOperation(word, count)
    }

    private static func longOperation(
        _ word: UnsafePointer<UInt8>, _ count: Int
    ) -> MemcachedOperation? {
        if count == 4 {
            let four =
                UInt32(word[0]) << 24 | UInt32(word[1]) << 16 | UInt32(word[2]) << 8
                | UInt32(word[3])
            switch four {
            case 0x6765_7473: return .gets
            case 0x696e_6372: return .incr
            case 0x6465_6372: return .decr
            default: return nil
            }
        }
        func spells(_ text: StaticString) -> Bool {
            text.utf8CodeUnitCount == count && memcmp(text.utf8Start, word, count) == 0
        }
        if spells("delete") { return .delete }
        if spells("replace") { return .replace }
        if spells("append") { return .append }
        return spells("prepend") ? .prepend : nil
    }

    /// A key's 64 bits: eight bytes at a time by a full multiplication, as wyhash mixes (Wang Yi).
    /// Of 10⁹ keys, two share them with a probability of 3 %.
    @inline(__always)
    static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let raw = UnsafeRawPointer(bytes)
        var state = 0x9e37_79b9_7f4a_7c15 ^ UInt64(truncatingIfNeeded: count)
        var offset = 0
        while offset &+ 8 <= count {
            state = mixed(state ^ raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        var rest: UInt64 = 0
        while offset < count {
            rest = rest << 8 | UInt64(bytes[offset])
            offset &+= 1
        }
        return mixed(mixed(state ^ rest) ^ 0xe703_7ed1_a0b4_28db)
    }

    @inline(__always)
    private static func mixed(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xa076_1d64_78bd_642f)
        return product.high ^ product.low
    }

    // MARK: what is wrong

    /// A key that a line of the longest length still holds (`TwitterTrace`).
    private static let longestKey = UInt32.max >> 16

    private enum Fault {
        case time, key, size, value, client, operation, ttl, carriageReturn

        /// The column it is in, counted from the line's start, or from its end where that is
        /// nearer: a key may hold commas.
        var column: Int? {
            switch self {
            case .time: 0
            case .size: -5
            case .value: -4
            case .client: -3
            case .ttl: -1
            case .key, .operation, .carriageReturn: nil
            }
        }

        var name: String {
            switch self {
            case .time: "the timestamp"
            case .key: "the key"
            case .size: "the key's size"
            case .value: "the value's size"
            case .client: "the client's id"
            case .operation: "the operation"
            case .ttl: "the time to live"
            case .carriageReturn: "the line"
            }
        }

        /// The largest number of its column; the smallest is 0.
        var most: UInt32 {
            switch self {
            case .size: longestKey
            case .value: TraceRecord.largestValue
            default: .max
            }
        }
    }

    @inline(never)
    private static func damage(
        _ fault: Fault, _ line: UnsafePointer<UInt8>, _ count: Int
    ) -> DamagedRecord {
        let columns = UnsafeBufferPointer(start: line, count: count).split(
            separator: comma, omittingEmptySubsequences: false)
        if columns.count < 7 { return DamagedRecord("\(columns.count) columns instead of 7") }
        switch fault {
        case .key: return DamagedRecord("the key is missing")
        case .operation: return DamagedRecord("there is no such operation")
        case .carriageReturn: return DamagedRecord("a carriage return within the line")
        case .time, .size, .value, .client, .ttl: break
        }
        let place = fault.column ?? 0
        let text = columns[place < 0 ? columns.count + place : place]
        let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            return DamagedRecord(
                "\(fault.name) is no number" + (fault == .time ? " of seconds" : ""))
        }
        return DamagedRecord(
            "\(fault.name) \(shown(text)) is out of range: use 0 to \(fault.most)")
    }

    /// As far as a message can show it.
    private static func shown(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> String {
        let most = 24
        let text = String(decoding: digits.prefix(most), as: UTF8.self)
        return digits.count > most ? "\(text)…" : text
    }
}

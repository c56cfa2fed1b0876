// RDB files, what Redis and Valkey write their data to, entry by entry and in one pass.
//
//     | REDIS0009 or VALKEY080 | opcodes … entries … | ff | CRC-64 |
//
//     opcode   fa name value   ff end     fe database     fb sizes of tables
//              fc, fd expiry   f8 idle    f9 frequency    of the entry that follows
//     entry    type u8 | key | value as its type says
//     length   00 6 bits | 01 14 bits | 80 u32 | 81 u64, big-endian | 11 a string that is encoded:
//              0, 1, 2 a number of 1, 2, 4 bytes, 3 compressed (LZF)
//
// Read are versions 1 to 12 of Redis and 80 of Valkey; of later ones everything but types that are
// not known, which end the reading: nothing says how long they are. (After rdb.c of Redis 7.4 and
// of Valkey 9.1.)
//
// Memory is bounded by the buffer and the largest single string, which is taken as it comes: a
// length that a damaged file claims costs nothing.
import Glibc

/// One reader's alone: made when it begins, and never shared.
final class RDBReader {
    /// Of the format; Valkey counts from 80.
    var version = 0
    var isValkey = false
    /// When the file was written, in s since 1970, where it says so.
    var writtenAt: UInt64?
    /// What wrote it, as `redis 7.0.15`.
    var software: String?
    /// The entry under way.
    var entry = SnapshotEntry()
    /// Where it begins.
    var entryStart: UInt64 = 0
    var entries: UInt64 = 0

    /// The string that was loaded last: valid until the next is asked for.
    private(set) var contents = UnsafeRawBufferPointer(start: nil, count: 0)

    /// How it stood in the file.
    private(set) var spelling = "raw"
    /// Copies of what is still needed when the next string is loaded.
    var first = GrowingBytes()
    var second = GrowingBytes()

    var checksum = CRC64()
    /// Where in the buffer what is not yet in `checksum` begins.
    private var summed = 0
    private var loaded = GrowingBytes()
    private var inflated = GrowingBytes()

    /// Longer strings no server takes.
    private static let longest = UInt64(TraceRecord.largestValue)

    /// The file begins where `input` stands.
    init(_ input: TraceInput) { summed = input.taken }

    // MARK: bytes

    /// Takes everything that was read into the checksum.
    func sum(_ input: TraceInput) {
        checksum.add(input.buffer + summed, input.taken - summed)
        summed = input.taken
    }

    /// Sees to it that `count` bytes, at most `TraceInput.capacity`, lie in the buffer.
    @inline(__always)
    private func need(_ count: Int, _ input: inout TraceInput) throws(DamagedRecord) {
        if input.filled &- input.taken < count { try fill(count, &input) }
    }

    @inline(never)
    private func fill(_ count: Int, _ input: inout TraceInput) throws(DamagedRecord) {
        while input.filled - input.taken < count {
            guard !input.isAtEnd, input.failure == nil else {
                let end = offset(input, atEnd: true)
                throw DamagedRecord("the file ends within it, at offset \(end)")
            }
            sum(input)
            input.refill()
            summed = input.taken
        }
    }

    private func offset(_ input: TraceInput, atEnd: Bool = false) -> UInt64 {
        input.origin + UInt64(atEnd ? input.filled : input.taken)
    }

    func byte(_ input: inout TraceInput) throws(DamagedRecord) -> UInt8 {
        try need(1, &input)
        defer { input.taken &+= 1 }
        return input.buffer[input.taken]
    }

    /// A little-endian number.
    func integer<Value: FixedWidthInteger & BitwiseCopyable>(
        _ type: Value.Type, _ input: inout TraceInput
    ) throws(DamagedRecord) -> Value {
        let count = MemoryLayout<Value>.size
        try need(count, &input)
        defer { input.taken &+= count }
        return UnsafeRawPointer(input.buffer + input.taken).loadUnaligned(as: Value.self)
            .littleEndian
    }

    func skip(_ count: Int, _ input: inout TraceInput) throws(DamagedRecord) {
        var left = count
        while left > 0 {
            let part = min(left, TraceInput.capacity)
            try need(part, &input)
            input.taken += part
            left -= part
        }
    }

    /// Makes `contents` the next `count` bytes.
    func load(_ count: Int, _ input: inout TraceInput) throws(DamagedRecord) {
        if count <= TraceInput.capacity {
            try need(count, &input)
            contents = UnsafeRawBufferPointer(start: input.buffer + input.taken, count: count)
            input.taken += count
            return
        }
        var done = 0
        while done < count {
            let part = min(count - done, TraceInput.capacity)
            try need(part, &input)
            loaded.reserve(done + part)
            memcpy(loaded.base + done, input.buffer + input.taken, part)
            input.taken += part
            done += part
        }
        contents = UnsafeRawBufferPointer(start: loaded.base, count: count)
    }

    // MARK: lengths and strings

    private enum Length {
        case plain(UInt64)
        /// A number of so many bytes instead of a string.
        case number(Int)
        case compressed
    }

    @inline(__always)
    private func anyLength(_ input: inout TraceInput) throws(DamagedRecord) -> Length {
        let first = try byte(&input)
        switch first >> 6 {
        case 0: return .plain(UInt64(first))
        case 1: return .plain(UInt64(first & 0x3f) << 8 | UInt64(try byte(&input)))
        case 2:
            if first == 0x80 { return .plain(UInt64(try integer(UInt32.self, &input).byteSwapped)) }
            if first == 0x81 { return .plain(try integer(UInt64.self, &input).byteSwapped) }
        default:
            switch first & 0x3f {
            case 0: return .number(1)
            case 1: return .number(2)
            case 2: return .number(4)
            case 3: return .compressed
            default: break
            }
        }
        throw DamagedRecord("there is no length \(first), at offset \(offset(input) - 1)")
    }

    func length(_ input: inout TraceInput) throws(DamagedRecord) -> UInt64 {
        guard case .plain(let value) = try anyLength(&input) else {
            throw DamagedRecord("a string where a length should be, at offset \(offset(input))")
        }
        return value
    }

    private func size(_ input: inout TraceInput) throws(DamagedRecord) -> Int {
        try size(length(&input), &input)
    }

    private func size(_ value: UInt64, _ input: inout TraceInput) throws(DamagedRecord) -> Int {
        guard value <= Self.longest else {
            throw DamagedRecord(
                "a string of \(value) bytes, more than the 512 MiB that a server takes, at offset "
                    + "\(offset(input))")
        }
        return Int(value)
    }

    /// A string: into `contents` if `keeps`, and its length in any case.
    func string(_ input: inout TraceInput, keeps: Bool) throws(DamagedRecord) -> Int {
        switch try anyLength(&input) {
        case .plain(let value):
            let count = try size(value, &input)
            spelling = "raw"
            if keeps { try load(count, &input) } else { try skip(count, &input) }
            return count
        case .number(let bytes):
            let value: Int64
            switch bytes {
            case 1: value = Int64(try integer(Int8.self, &input))
            case 2: value = Int64(try integer(Int16.self, &input))
            default: value = Int64(try integer(Int32.self, &input))
            }
            spelling = "int"
            guard keeps else { return Self.digits(value) }
            contents = inflated.spell(value)
            return contents.count
        case .compressed:
            let packed = try size(&input)
            let count = try size(&input)
            guard count <= packed.multipliedReportingOverflow(by: LZF.mostGrowth).partialValue
            else { throw DamagedRecord("\(packed) bytes cannot be \(count) (LZF)") }
            spelling = "lzf"
            guard keeps else {
                try skip(packed, &input)
                return count
            }
            try load(packed, &input)
            inflated.reserve(count)
            try LZF.decompress(contents, into: inflated.base, count)
            contents = UnsafeRawBufferPointer(start: inflated.base, count: count)
            return count
        }
    }

    /// How many characters a number has.
    static func digits(_ value: Int64) -> Int {
        var rest = value.magnitude
        var count = value < 0 ? 2 : 1
        while rest > 9 {
            rest /= 10
            count += 1
        }
        return count
    }
}

/// Bytes that stay where they are until more are asked for.
struct GrowingBytes: ~Copyable {
    private(set) var base = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
    private var capacity = 64

    deinit { base.deallocate() }

    /// Room for `count` bytes; keeps those that are there.
    mutating func reserve(_ count: Int) {
        guard count > capacity else { return }
        let larger = max(count, capacity * 2)
        let more = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        more.update(from: base, count: capacity)
        base.deallocate()
        (base, capacity) = (more, larger)
    }

    /// Makes them a number's digits.
    mutating func spell(_ value: Int64) -> UnsafeRawBufferPointer {
        // The longest has 20 characters.
        var place = 24
        var rest = value.magnitude
        repeat {
            place -= 1
            base[place] = UInt8(rest % 10) + 0x30
            rest /= 10
        } while rest > 0
        if value < 0 {
            place -= 1
            base[place] = UInt8(ascii: "-")
        }
        return UnsafeRawBufferPointer(start: base + place, count: 24 - place)
    }

    /// Makes them a copy.
    mutating func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        reserve(bytes.count)
        if let start = bytes.baseAddress { memcpy(base, start, bytes.count) }
        return UnsafeRawBufferPointer(start: base, count: bytes.count)
    }
}

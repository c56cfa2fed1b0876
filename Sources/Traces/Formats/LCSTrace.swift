// libCacheSim's own layout: a header with the version of the records that follow, little-endian and
// unaligned. (libCacheSim: Juncheng Yang and others.)
//
//     header  | magic u64 | version u64 | statistics | magic u64 |                     8,192 B
//     1       | time u32, s | id u64 | size u32 | next access i64 |                       24 B
//     2       | time u32, s | id u64 | size u32 | op:8 tenant:24 | next i64 |             28 B
//     3       | time u32, s | id u64 | size i64 | op:8 tenant:24 | ttl u32, s | next i64 |  36 B
//     4 … 8   the same and 1, 2, 4, 8, 16 features of 4 B
//
// Sizes count key and value. Records of version 1 are look-ups.

struct LCSTrace: FixedRecordDecoder {
    private var version: UInt64 = 3

    var name: String { "lcs" }
    var suffixes: [String] { ["lcs"] }
    var hasKeySizes: Bool { false }
    var isCertain: Bool { true }
    var operations: [TraceOperation] {
        version == 1 ? [TraceOperation("get", .get)] : MemcachedOperation.operations
    }
    var recordBytes: Int {
        switch version {
        case 1: 24
        case 2: 28
        case 3: 36
        default: 36 + 4 << (version - 4)
        }
    }

    private static let magic: UInt64 = 0x1234_5678_9abc_def0
    private static let headerBytes = 8_192
    private static let versions: ClosedRange<UInt64> = 1...8

    init() {}

    func fits(_ start: UnsafeRawBufferPointer) -> Bool {
        start.count >= 16 && start.loadUnaligned(as: UInt64.self).littleEndian == Self.magic
    }

    mutating func begin(_ input: inout TraceInput) {
        let header = UnsafeRawBufferPointer(start: input.buffer, count: input.filled)
        func word(_ offset: Int) -> UInt64 {
            header.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
        }
        guard header.count >= Self.headerBytes, word(0) == Self.magic,
            word(Self.headerBytes - 8) == Self.magic, Self.versions.contains(word(8))
        else {
            input.failure = TraceError(
                input.path, .file, "has no header of an lcs trace of version 1 to 8",
                remedy: "check that it is one (--format), and whole")
            return
        }
        version = word(8)
        input.taken = Self.headerBytes
    }

    @inline(__always)
    func decode(
        _ bytes: UnsafeRawPointer, _ number: UInt64, into record: inout TraceRecord
    ) -> DamagedRecord? {
        func half(_ offset: Int) -> UInt32 {
            bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian
        }
        record.time = UInt64(half(0)) &* TraceRecord.second
        record.key = bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self).littleEndian
        record.keySize = 0
        let size =
            version < 3
            ? UInt64(half(12))
            : bytes.loadUnaligned(fromByteOffset: 12, as: UInt64.self).littleEndian
        record.timeToLive = version < 3 ? 0 : UInt64(half(24)) &* TraceRecord.second
        record.does(.get)
        guard size <= UInt64(TraceRecord.largestValue) else { return Self.sizeDamage(size) }
        record.valueSize = UInt32(truncatingIfNeeded: size)
        guard version > 1 else { return nil }
        let code = UInt8(truncatingIfNeeded: half(version < 3 ? 16 : 20))
        guard let operation = Self.operation(code) else { return Self.operationDamage(code) }
        record.does(operation)
        return nil
    }

    /// libCacheSim's numbers are memcached's, and some more.
    private static func operation(_ code: UInt8) -> MemcachedOperation? {
        switch code {
        case 0, 12: .get  // none, read
        case 13, 14: .set  // write, update
        default: MemcachedOperation(rawValue: code)
        }
    }

    @inline(never)
    private static func sizeDamage(_ size: UInt64) -> DamagedRecord {
        DamagedRecord("an object of \(size) bytes, more than the 512 MiB that a server takes")
    }

    @inline(never)
    private static func operationDamage(_ operation: UInt8) -> DamagedRecord {
        DamagedRecord("there is no operation \(operation)")
    }
}

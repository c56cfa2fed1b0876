// libCacheSim's oracleGeneral, little-endian and unaligned: look-ups alone, each with the next one
// of its key. (libCacheSim: Juncheng Yang and others.)
//
//     | time u32, s | id u64 | size u32 | next access i64 |        24 B
//
// Sizes count key and value.

struct OracleGeneralTrace: FixedRecordDecoder {
    var name: String { "oracleGeneral" }
    var suffixes: [String] { ["oraclegeneral"] }
    var operations: [TraceOperation] { [TraceOperation("get", .get)] }
    var hasKeySizes: Bool { false }
    var recordBytes: Int { 24 }

    @inline(__always)
    func decode(
        _ bytes: UnsafeRawPointer, _ number: UInt64, into record: inout TraceRecord
    ) -> DamagedRecord? {
        let time = bytes.loadUnaligned(as: UInt32.self).littleEndian
        let size = bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self).littleEndian
        let next = bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self).littleEndian
        record.time = UInt64(time) &* TraceRecord.second
        record.key = bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self).littleEndian
        record.keySize = 0
        record.valueSize = size
        record.timeToLive = 0
        record.verb = .get
        record.operation = 0
        // Accesses are numbered from 0 or 1; none comes again is −1, or the largest number.
        if next < Int64(truncatingIfNeeded: number) && next != -1 {
            return Self.nextAccessDamage(next)
        }
        if size > TraceRecord.largestValue { return Self.sizeDamage(size) }
        return nil
    }

    @inline(never)
    private static func nextAccessDamage(_ next: Int64) -> DamagedRecord {
        DamagedRecord("its next access, \(next), lies before it")
    }

    @inline(never)
    private static func sizeDamage(_ size: UInt32) -> DamagedRecord {
        DamagedRecord("an object of \(size) bytes, more than the 512 MiB that a server takes")
    }
}

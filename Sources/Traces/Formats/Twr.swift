// libCacheSim's layouts of Twitter's traces, little-endian and unaligned. (libCacheSim: Juncheng
// Yang and others.)
//
//     twr    | time u32, s | id u64 | key:10 value:22 | op:8 ttl:24, s |                   20 B
//     twrNS  | time u32, s | id u64 | key:10 value:22 | op:8 ttl:24, s | namespace u16 |   22 B
//                                     high      low     high  low

struct TwrTrace: FixedRecordDecoder {
    var hasNamespaces = false

    var name: String { hasNamespaces ? "twrNS" : "twr" }
    var suffixes: [String] { [hasNamespaces ? "twrns" : "twr"] }
    var operations: [TraceOperation] { MemcachedOperation.operations }
    var hasKeySizes: Bool { true }
    var recordBytes: Int { hasNamespaces ? 22 : 20 }

    @inline(__always)
    func decode(
        _ bytes: UnsafeRawPointer, _ number: UInt64, into record: inout TraceRecord
    ) -> DamagedRecord? {
        let time = bytes.loadUnaligned(as: UInt32.self).littleEndian
        let sizes = bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self).littleEndian
        let rest = bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self).littleEndian
        record.time = UInt64(time) &* TraceRecord.second
        record.key = bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self).littleEndian
        record.keySize = sizes >> 22
        record.valueSize = sizes & 0x3f_ffff
        record.timeToLive = UInt64(rest & 0xff_ffff) &* TraceRecord.second
        guard let operation = MemcachedOperation(rawValue: UInt8(truncatingIfNeeded: rest >> 24))
        else { return Self.operationDamage(rest >> 24) }
        record.does(operation)
        return nil
    }

    @inline(never)
    private static func operationDamage(_ operation: UInt32) -> DamagedRecord {
        DamagedRecord("there is no operation \(operation)")
    }
}

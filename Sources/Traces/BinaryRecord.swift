// libCacheSim's layouts, little-endian and unaligned. (libCacheSim: Juncheng Yang and others.)
//
//     oracleGeneral  | time u32 | id u64 | size u32 | next access i64 |                      24 B
//     twr            | time u32 | id u64 | key:10 value:22 | op:8 ttl:24 |                   20 B
//     twrNS          | time u32 | id u64 | key:10 value:22 | op:8 ttl:24 | namespace u16 |   22 B
//                                          high      low     high  low

extension TraceFormat {
    /// The largest value that servers take (`proto-max-bulk-len`).
    static let largestValue: UInt32 = 512 << 20

    /// Decodes the record at `bytes`, the `number`-th of the file counted from 0.
    /// - Returns: what is wrong with it; nil when it is fine.
    /// - Complexity: O(1). - Allocations: none for a record that is fine.
    @inline(__always)
    func decode(
        _ bytes: UnsafeRawPointer, number: UInt64, into record: inout TraceRecord
    ) -> DamagedRecord? {
        record.time = bytes.loadUnaligned(as: UInt32.self).littleEndian
        record.key = bytes.loadUnaligned(fromByteOffset: 4, as: UInt64.self).littleEndian
        let third = bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self).littleEndian
        if self == .oracleGeneral {
            let next = bytes.loadUnaligned(fromByteOffset: 16, as: Int64.self).littleEndian
            record.keySize = 0
            record.valueSize = third
            record.ttlSeconds = 0
            record.operation = .get
            // Accesses are numbered from 0 or 1; none comes again is −1, or the largest number.
            if next < Int64(truncatingIfNeeded: number) && next != -1 {
                return Self.nextAccessDamage(next, number)
            }
            if third > Self.largestValue { return Self.sizeDamage(third) }
            return nil
        }
        let fourth = bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self).littleEndian
        record.keySize = third >> 22
        record.valueSize = third & 0x3f_ffff
        record.ttlSeconds = fourth & 0xff_ffff
        guard let operation = TraceOperation(rawValue: UInt8(truncatingIfNeeded: fourth >> 24))
        else { return Self.operationDamage(fourth >> 24) }
        record.operation = operation
        return nil
    }

    @inline(never)
    private static func nextAccessDamage(_ next: Int64, _ number: UInt64) -> DamagedRecord {
        DamagedRecord("its next access, \(next), lies before it")
    }

    @inline(never)
    private static func sizeDamage(_ size: UInt32) -> DamagedRecord {
        DamagedRecord("an object of \(size) bytes, more than the 512 MiB that a server takes")
    }

    @inline(never)
    private static func operationDamage(_ operation: UInt32) -> DamagedRecord {
        DamagedRecord("there is no operation \(operation)")
    }
}

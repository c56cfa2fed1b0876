// Traces of caches with headers of their own: Meta's CSV, libCacheSim's lcs.
import Foundation
import TestSupport
import Testing
import Traces

@Suite struct CacheTraceTests {
    private let folder = TemporaryFolder()

    private static let second: UInt64 = 1_000_000_000

    // MARK: Meta's CSV

    @Test func metaColumnsStandAnywhere() throws {
        let lines = """
            op_time,key,key_size,op,op_count,size,cache_hits,ttl,usecase,sub_usecase
            100,3f,16,GET,2,0,0,0,1,2
            101,3f,16,SET,1,300,0,60,1,2
            102,3f,16,DELETE,1,0,0,0,1,2

            """
        let path = try TraceFiles.write(Array(lines.utf8), folder, "kvcache.csv")
        let reader = try TraceReader(path)
        #expect(reader.format.name == "meta")
        let records = try readAll(reader, block: 1)
        #expect(records.map(\.verb) == [.get, .get, .set, .delete])
        #expect(records.map(\.time) == [100, 100, 101, 102].map { $0 * Self.second })
        #expect(
            records.map(\.valueSize) == [0, 0, 300, 0] && records[2].timeToLive == 60 * Self.second)
        let old = try opened(
            Array("key,op,size,op_count,key_size\nab,GET_LEASE,5,3,40\n".utf8), "meta")
        #expect(try readAll(old).map(\.keySize) == [40, 40, 40])
        let bad = try opened(Array("key,op,size,op_count,key_size\nab,GOT,5,3,40\n".utf8), "meta")
        #expect(failure(bad)?.place == .line(2))
    }

    // MARK: libCacheSim's lcs

    private static func header(_ version: UInt64) -> [UInt8] {
        let magic = TraceFiles.bytes(UInt64(0x1234_5678_9abc_def0))
        let between = [UInt8](repeating: 0, count: 8_192 - 24)
        return magic + TraceFiles.bytes(version) + between + magic
    }

    private static func lcs(
        _ version: UInt64, time: UInt32, id: UInt64, size: UInt32, operation: UInt32, ttl: UInt32
    ) -> [UInt8] {
        var record = TraceFiles.bytes(time)
        record += TraceFiles.bytes(id)
        if version < 3 {
            record += TraceFiles.bytes(size)
        } else {
            record += TraceFiles.bytes(UInt64(size))
        }
        // The tenant is in the upper 24 bits.
        if version > 1 { record += TraceFiles.bytes(operation | 7 << 8) }
        if version > 2 { record += TraceFiles.bytes(ttl) }
        record += TraceFiles.bytes(Int64(-1))
        let features = version < 4 ? 0 : 1 << Int(version - 4)
        return record + [UInt8](repeating: 0xee, count: 4 * features)
    }

    @Test(arguments: 1...8) func everyVersionOfLCSIsRead(version: Int) throws {
        let version = UInt64(version)
        var bytes = Self.header(version)
        for index in 0..<UInt32(14) {
            bytes += Self.lcs(
                version, time: 100 + index, id: UInt64(index) << 40, size: index * 1_000,
                operation: index + 1, ttl: 60)
        }
        let path = try TraceFiles.write(bytes, folder, "unnamed")
        let reader = try TraceReader(path)
        #expect(reader.format.name == "lcs" && reader.format.onlyLooksUp == (version == 1))
        let records = try readAll(reader)
        #expect(records.map(\.time) == (0..<14).map { (100 + $0) * Self.second })
        #expect(records.map(\.key) == (0..<14).map { UInt64($0) << 40 })
        #expect(records.map(\.valueSize) == (0..<14).map { $0 * 1_000 })
        #expect(records.allSatisfy { $0.timeToLive == (version < 3 ? 0 : 60 * Self.second) })
        let verbs: [TraceVerb] = [
            .get, .get, .set, .setIfAbsent, .setIfPresent, .setIfPresent, .append, .append,
            .delete, .increment, .decrement, .get, .set, .set,
        ]
        #expect(
            records.map(\.verb)
                == (version == 1 ? [TraceVerb](repeating: .get, count: 14) : verbs))
    }

    @Test func damageOfLCSIsSaid() throws {
        for header in [Self.header(9), Array(Self.header(1).prefix(4_000))] {
            #expect(failure(try opened(header, "lcs"))?.problem.contains("no header") == true)
        }
        let good = Self.lcs(3, time: 1, id: 2, size: 3, operation: 1, ttl: 0)
        let bad = Self.lcs(3, time: 1, id: 2, size: 3, operation: 99, ttl: 0)
        let bytes = Self.header(3) + good + bad + good
        #expect(failure(try opened(bytes, "lcs"))?.place == .record(2, offset: 8_192 + 36))
        #expect(try readAll(opened(bytes, "lcs", skipsDamaged: true)).count == 2)
    }
}

// A format of traces that nobody has: what one needs to be read, and times finer than seconds.
//
//     | time u64, ns | key u64 | time to live u64, ns |    24 B; odd keys are written, 0 is damage
import Traces

public struct FineTrace: FixedRecordDecoder {
    public init() {}

    public var name: String { "fine" }
    public var suffixes: [String] { ["fine"] }
    public var operations: [TraceOperation] {
        [TraceOperation("peek", .get), TraceOperation("poke", .set)]
    }
    public var tick: UInt64 { 1 }
    public var hasKeySizes: Bool { false }
    public var recordBytes: Int { 24 }

    public func decode(
        _ bytes: UnsafeRawPointer, _ number: UInt64, into record: inout TraceRecord
    ) -> DamagedRecord? {
        func word(_ offset: Int) -> UInt64 {
            bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
        }
        let isWrite = word(8) % 2 == 1
        record = TraceRecord(
            key: word(8), time: word(0), timeToLive: word(16), valueSize: 20,
            verb: isWrite ? .set : .get, operation: isWrite ? 1 : 0)
        return record.key == 0 ? DamagedRecord("a key of 0") : nil
    }

    public static func bytes(time: UInt64, key: UInt64, timeToLive: UInt64 = 0) -> [UInt8] {
        TraceFiles.bytes(time) + TraceFiles.bytes(key) + TraceFiles.bytes(timeToLive)
    }
}
